"""The context of an error and the lists around it, as the running program says them: nothing secret leaves it unmarked."""
import json
import re
import xml.etree.ElementTree as ET

import openapi
import pytest
from conftest import Walk
from guide_text import ROOT
from jsonschema import Draft202012Validator
from test_openapi import send_event

SECRETS = ("hunter2", "ann@example.com", "4111111111111111", "s3cr3t-token-1")
EVENT = {"message": "login of ann@example.com failed: password=hunter2", "tags": {"api_token": "s3cr3t-token-1", "lane": "left", "ref": "CUST-1234"},
         "exception": {"values": [{"type": "LoginError", "value": "ann@example.com sent password=hunter2, card 4111111111111111",
                                   "stacktrace": {"frames": [{"function": "login", "filename": "app.py", "lineno": 3, "in_app": True,
                                                              "vars": {"password": "hunter2", "mail": "ann@example.com"}}]}}]}}


RULES = {"keys": {"lane": "lane"}, "patterns": [{"pattern": "CUST-####", "kind": "customer"}]}


@pytest.fixture
def ask(connected, sandbox, api):
    """ask(path) below the issues of a project with one hostile issue."""
    send_event(sandbox, EVENT)

    def get(path="", status=200, **params):
        answer = api.get("/integrations/shop/sentry/issues" + path, params=params)
        assert answer.status_code == status, answer.text
        return answer
    return get


def test_lists_and_titles_are_scrubbed(ask):
    [issue] = ask().json()["issues"]
    at = f"/{issue['shortId']}"
    for path in ("", at, at + "/events", at + "/context", at + "/context?format=markdown"):
        text = ask(path).text
        assert not [secret for secret in SECRETS if secret in text], path
        assert "[scrubbed:email#" in text and "[scrubbed:password#" in text, path


def test_equal_values_have_equal_marks(ask):
    at = f"/{ask().json()['issues'][0]['shortId']}"
    marks = set(re.findall(r"\[scrubbed:email#\w+\]", ask(at).text + ask(at + "/events").text + ask(at + "/context").text))
    assert len(marks) == 1


def test_the_json_form_follows_its_published_schema(ask):
    """docs/context.schema.json is made of docs/openapi.json: write it with `python3 -c "import json, openapi;
    print(json.dumps(openapi.context_schema(), indent=2))"` in this folder."""
    schema = json.loads((ROOT / "docs/context.schema.json").read_text(encoding="utf-8"))
    assert schema == openapi.context_schema()
    Draft202012Validator.check_schema(schema)
    context = ask(f"/{ask().json()['issues'][0]['shortId']}/context").json()
    Draft202012Validator(schema).validate(context)
    del context["event"]["exceptions"][0]["type"]
    assert not Draft202012Validator(schema).is_valid(context)


def test_presets_budgets_and_languages(ask):
    at = f"/{ask().json()['issues'][0]['shortId']}/context"
    whole = ask(at, format="markdown").text
    short = ask(at, format="markdown", budget=1200).text
    assert len(short) <= 1200 < len(whole)
    assert "Left out to fit 1200 characters (preset full): " in short
    assert "## User" in whole
    assert "## User" not in ask(at, format="markdown", preset="llm").text
    assert "Données de production" in ask(at, format="markdown", lang="fr").text
    for params in ({"budget": 499}, {"budget": "many"}, {"preset": "huge"}, {"lang": "de"}, {"format": "json", "budget": 900}):
        assert ask(at, 400, **{"format": "markdown", **params}).json()["code"] == "invalid_request"


def test_the_commands_options(ask, cli):
    issue = ask().json()["issues"][0]["shortId"]
    short = cli("sentry:context", issue, "--project", "shop", "--budget", "1200", "--lang", "fr")
    assert len(short.stdout) <= 1200
    assert "Omis pour tenir en 1200 caractères" in short.stdout
    assert "(preset brief)" in cli("sentry:context", issue, "--project", "shop", "--preset", "brief", "--budget", "900").stdout
    refused = cli("sentry:context", issue, "--project", "shop", "--json", "--lang", "fr")
    assert refused.returncode == 2
    assert "--lang is for the Markdown" in refused.stderr


def test_events_over_time(ask, cli, tmp_path):
    [issue] = ask().json()["issues"]
    assert sum(count for _, count in issue["stats"]["24h"]) == 1
    assert "24 HOURS" in cli("sentry:issues", "--project", "shop").stdout
    assert re.search(r"\*\*Last 24 hours:\*\* `.{24}` 1 in all, at most 1 in an hour", ask(f"/{issue['shortId']}/context", format="markdown").text)
    target = tmp_path / "plot.svg"
    target.write_text("old")
    done = cli("sentry:context", issue["shortId"], "--project", "shop", "--plot", str(target))
    assert done.stdout.startswith("# `")
    assert "Plot written to" in done.stderr
    picture = ET.parse(target).getroot()
    tags = {element.tag.removeprefix("{http://www.w3.org/2000/svg}") for element in picture.iter()}
    assert tags == {"svg", "title", "rect", "text", "line"}
    assert not [name for element in picture.iter() for name in element.attrib if name.startswith("on") or "href" in name]
    assert not [secret for secret in SECRETS if secret in target.read_text()]
    assert [path.name for path in tmp_path.glob("plot*")] == ["plot.svg"]
    assert "Events an hour, last 14 days" in target.read_text()
    hourly = ask(f"/{issue['shortId']}", hourly="true").json()["stats"]["14dHourly"]
    assert len(hourly) == 336 and sum(count for _, count in hourly) == 1 and hourly[1][0] - hourly[0][0] == 3600
    ask(f"/{issue['shortId']}", 400, hourly="yes")


def test_rules_with_a_request(ask, api, cli, tmp_path):
    issue = ask().json()["issues"][0]["shortId"]
    at = f"/integrations/shop/sentry/issues/{issue}/context?format=markdown"
    assert "CUST-1234" in api.get(at).text
    text = api.post(at, {"scrubRules": RULES}).text
    assert "[scrubbed:customer#" in text
    assert "[scrubbed:lane#" in text
    assert "CUST-1234" not in text
    for body in ({}, {"scrubRules": {"keep": ["ip"]}}, {"scrubRules": []}, {"scrubRules": {}, "more": 1}):
        assert api.post(at, body).json()["code"] == "invalid_request"
    file = tmp_path / "rules.json"
    file.write_text(json.dumps(RULES))
    done = cli("sentry:context", issue, "--project", "shop", "--scrub-rules", str(file), "--json")
    assert "[scrubbed:customer#" in done.stdout
    file.write_text('{"keep": ["ip"]}')
    refused = cli("sentry:context", issue, "--project", "shop", "--scrub-rules", str(file))
    assert refused.returncode == 2
    assert "for the server to say" in refused.stderr
    assert cli("sentry:context", issue, "--project", "shop", "--scrub-rules", str(tmp_path / "none")).returncode == 2


def test_rules_of_the_server(start_api, start_sandbox, tmp_path):
    file = tmp_path / "rules.json"
    file.write_text(json.dumps({"keep": ["email"], "projects": {"shop": RULES}}))
    api = start_api({"SCRUB_RULES_FILE": str(file)})
    sandbox = start_sandbox(api.redirect_uri)
    Walk(api, sandbox).connect()
    send_event(sandbox, EVENT)
    [issue] = api.get("/integrations/shop/sentry/issues").json()["issues"]
    assert "ann@example.com" in issue["title"]
    assert "[scrubbed:customer#" in api.get(f"/integrations/shop/sentry/issues/{issue['shortId']}/events").text
