"""The documents say what the sources say: error codes, settings, commands, links, the OpenAPI document."""
import json
import re
import subprocess

import pytest
from guide_text import ROOT
from jsonschema import Draft202012Validator
from openapi import DOCUMENT as OPENAPI
from openapi import resolve

DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])
OPERATIONS = [(path, method, operation) for path, item in OPENAPI["paths"].items() for method, operation in item.items()
              if method in ("get", "post", "put", "delete")]
# Codes of the program, which the API does not send.
CLI_ONLY = {"ok", "failed", "api_unreachable", "wrong_configuration", "interrupted", "not_reproduced"}


def error_table():
    header = (ROOT / "src/base/error.h").read_text(encoding="utf-8")
    exits = dict(re.findall(r"^\s+(DF_EXIT_\w+) = (\d+),", header, re.MULTILINE))
    rows = re.findall(r'^\s+X\(DF_\w+,\s*"(\w+)",\s*(\d+),\s*(DF_EXIT_\w+)\)', header, re.MULTILINE)
    return [(code, http, exits[exit_code]) for code, http, exit_code in rows]


def walk(node):
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from walk(value)


def test_errors_md_is_the_table_of_error_h():
    page = (DOCS / "errors.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \| (\d+) \| (\d+) \|", page, re.MULTILINE) == error_table()


def test_openapi_has_the_codes_of_error_h():
    codes = [code for code, _, _ in error_table() if code not in CLI_ONLY]
    assert OPENAPI["components"]["schemas"]["Error"]["properties"]["code"]["enum"] == codes


@pytest.mark.parametrize("name", sorted(OPENAPI["components"]["responses"]))
def test_each_error_answer_has_codes_of_its_own_status(name):
    http = {code: int(status) for code, status, _ in error_table()}
    schema = OPENAPI["components"]["responses"][name]["content"]["application/json"]["schema"]
    own = schema["allOf"][1]["properties"]
    assert {http[code] for code in own["code"]["enum"]} == {own["statusCode"]["const"]}


def test_every_reference_leads_somewhere_and_every_schema_is_one():
    for node in walk(OPENAPI):
        if "$ref" in node:
            assert resolve(node)
    for schema in OPENAPI["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_the_examples_fit_their_schemas():
    shown = [node for node in walk(OPENAPI["paths"]) if "schema" in node and "example" in node]
    assert shown
    for node in shown:
        Draft202012Validator({**node["schema"], "components": OPENAPI["components"]}).validate(node["example"])


def test_operations_are_named_once_and_their_path_parameters_given():
    names = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(names) == len(set(names))
    for path, _, operation in OPERATIONS:
        given = [*OPENAPI["paths"][path].get("parameters", []), *operation.get("parameters", [])]
        in_path = {p["name"] for p in map(resolve, given) if p["in"] == "path"}
        assert in_path == set(re.findall(r"{(\w+)}", path))


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_to_files(page):
    for target in re.findall(r"\]\((?!https?:|\.\./\.\./compare|\.\./\.\./releases)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def help_text(devflow, bare_env, *words):
    return subprocess.run([devflow, *words], env=bare_env, capture_output=True, text=True, check=True, timeout=60).stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_commands_that_are_named_exist(page, devflow, bare_env):
    known = set(re.findall(r"^  ([a-z:]+)", help_text(devflow, bare_env, "help"), re.MULTILINE))
    assert set(re.findall(r"devflow ([a-z]+:[a-z]+)", page.read_text(encoding="utf-8"))) <= known


def test_every_command_is_in_the_index(devflow, bare_env):
    index = (DOCS / ".docs/DOCUMENTATION.md").read_text(encoding="utf-8")
    listed = help_text(devflow, bare_env, "help").split("Options of every command")[0]
    for name in re.findall(r"^  ([a-z]+(?::[a-z]+)?) ", listed, re.MULTILINE):
        assert f"`devflow {name}" in index, name


def test_every_setting_is_in_the_configuration_page(devflow, bare_env, tmp_path):
    page = (DOCS / "configuration.md").read_text(encoding="utf-8")
    key = help_text(devflow, bare_env, "key:generate").strip()
    checked = subprocess.run([devflow, "config:check", "--json"], env={**bare_env, "OAUTH_ENCRYPTION_KEY": key}, cwd=tmp_path,
                             capture_output=True, text=True, check=True, timeout=60)
    names = [setting["name"] for setting in json.loads(checked.stdout)["settings"]]
    assert len(names) > 10
    for name in names:
        assert f"`{name}" in page, name
