"""`devflow test:generate` for Java, Go, Ruby and PHP: a test in outline, skipped and said to be not verified, with the call, the conditions and
the values of the event; nothing of the event in it but literals and comments (test/fuzz/fuzz_outline.c has the property)."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "testgen"))
import suite  # noqa: E402

DATA = os.environ.get("DEVFLOW_TEST_DATA")
FORMS = {
    "java": ("Shop1ATest.java".replace("Shop", "SHOP"), "@Disabled(", 'Object name = "Zo\\u00eb";', "// The call that failed: com.shop.Cart.total, line 7"),
    "go": ("shop_1a_test.go", "t.Skip(", 'var name any = "Zo\\u00eb"', "// The call that failed: com.shop.Cart.total, line 7"),
    "ruby": ("shop_1a_test.rb", "    skip ", 'name = "Zo\\u{eb}"', "# The call that failed: com.shop.Cart.total, line 7"),
    "php": ("SHOP1ATest.php", "$this->markTestIncomplete(", '$name = "Zo\\u{eb}";', "// The call that failed: com.shop.Cart.total, line 7"),
}
LISTS = {"java": 'pairs("a", Arrays.asList(1L, null, true))', "go": 'map[string]any{"a": []any{1, nil, true}}', "ruby": '{"a" => [1, nil, true]}',
         "php": '["a" => [1, null, true]]'}


def event(language, **variables):
    frame = {"function": "total", "module": "com.shop.Cart", "filename": "Cart", "lineno": 7, "in_app": True, "vars": variables}
    return {"event_id": "a" * 32, "platform": language, "release": "2.1", "environment": "production", "exception": {"values": [
        {"type": "StateError", "value": "no line", "stacktrace": {"frames": [frame]}}]},
        "breadcrumbs": {"values": [{"category": "cart", "message": "emptied"}]}}


def run(folder, given):
    (folder / "source").mkdir(exist_ok=True)
    (folder / "event").write_text(json.dumps(given))
    done = subprocess.run([suite.PROGRAM, "test:generate", "--event", folder / "event", "--source", folder / "source", "--out", folder / "out", "--issue",
                           "SHOP-1A", "--json"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 3, done.stderr
    said = json.loads(done.stdout)
    return said, pathlib.Path(said["file"])


@pytest.mark.parametrize("language", FORMS)
def test_an_outline_has_call_conditions_and_values_and_is_never_green(language, tmp_path):
    said, file = run(tmp_path, event(language, name="Zo\u00eb", lists={"a": [1, None, True]}, **{"class": 1}))
    name, skipped, value, call = FORMS[language]
    text = file.read_text()
    assert file.name == name and skipped in text and value in text and call in text and LISTS[language] in text
    assert "class_ = 1" in text or "class_ any = 1" in text
    for condition in ("Sentry issue SHOP-1A: StateError: no line", "Release: 2.1", "Environment: production", "Just before: cart: emptied"):
        assert condition in text
    assert said["status"] == "not_reproduced" and "not run here" in said["reason"] and said["add"] and "Not verified" in text


def test_ruby_is_for_rspec_where_the_checkout_uses_it(tmp_path):
    (tmp_path / "source" / "spec").mkdir(parents=True)
    _, file = run(tmp_path, event("ruby"))
    assert file.name == "shop_1a_spec.rb" and 'it "no longer raises StateError", skip: "Not verified' in file.read_text()


@pytest.mark.parametrize(("sample", "language", "said"), [] if not DATA else [
    ("samples-ingest/java.json", "java", "io.sentry.example.ApiRequest.perform, line 8 of ApiRequest.java"),
    ("golden/ingest/go_file_not_found.json", "go", "main.main, line 25 of file-not-found.go"),
    ("golden/ingest/ruby_zero_division.json", "ruby", "app/controllers/articles_controller.rb"),
    ("samples-ingest/php.json", "php", '"foo" => "bar"')])
def test_events_of_sentry_s_own(sample, language, said, tmp_path):
    given = json.loads(pathlib.Path(DATA, "sentry", sample).read_text())
    _, file = run(tmp_path, {**given, "platform": language})
    assert said in file.read_text()
