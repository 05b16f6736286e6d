"""The context of an error and the lists around it, as the running program says them: nothing secret leaves it unmarked."""
import re

import pytest
from test_openapi import send_event

SECRETS = ("hunter2", "ann@example.com", "4111111111111111", "s3cr3t-token-1")
EVENT = {"message": "login of ann@example.com failed: password=hunter2", "tags": {"api_token": "s3cr3t-token-1"},
         "exception": {"values": [{"type": "LoginError", "value": "ann@example.com sent password=hunter2, card 4111111111111111",
                                   "stacktrace": {"frames": [{"function": "login", "filename": "app.py", "lineno": 3, "in_app": True,
                                                              "vars": {"password": "hunter2", "mail": "ann@example.com"}}]}}]}}


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
