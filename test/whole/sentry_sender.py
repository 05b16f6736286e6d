"""Sends what Sentry's integration platform sends, as it signs it (docs.sentry.io, "Integration Platform: Webhooks")."""

import hashlib
import hmac
import json
import time
import uuid

import requests


def signature(secret, body):
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def headers_of(resource, body, secret, request_id=None):
    return {"Content-Type": "application/json", "Request-ID": request_id or uuid.uuid4().hex, "Sentry-Hook-Resource": resource,
            "Sentry-Hook-Timestamp": str(int(time.time())), "Sentry-Hook-Signature": signature(secret, body)}


def issue(action="created", **fields):
    return {"action": action, "actor": {"id": "sentry", "name": "Sentry", "type": "application"},
            "data": {"issue": {"id": "1170820242", "shortId": "FRONT-END-9", "level": "error", "substatus": "new", "userCount": 1,
                               "permalink": None, "project": {"id": "1", "slug": "front-end"}, "title": "ReferenceError", **fields}},
            "installation": {"uuid": "a8e5d37a-696c-4c54-adb5-b3f28d64c7de"}}


def alert(issue_id="1117540176", **fields):
    return {"action": "triggered", "actor": {"id": "sentry", "name": "Sentry", "type": "application"},
            "data": {"event": {"event_id": "e4874d664c3540c1a32eab185f12c5ab", "issue_id": issue_id, "level": "error", "release": None,
                               "issue_url": f"https://sentry.io/api/0/issues/{issue_id}/", "title": "ReferenceError",
                               "tags": [["environment", "production"], ["level", "error"]], **fields},
                     "triggered_rule": "Very Important Alert Rule!",
                     "issue_alert": {"title": "Very Important Alert Rule!", "settings": [{"name": "channel", "value": "#general"}]}},
            "installation": {"uuid": "a8e5d37a-696c-4c54-adb5-b3f28d64c7de"}}


class Sender:
    """An internal integration in Sentry, with its secret and the URL it sends to."""

    def __init__(self, api, project, secret):
        self.api, self.path, self.secret = api, f"/webhooks/sentry/{project}", secret
        self.session = requests.Session()
        self.session.trust_env = False

    def send(self, resource, message, request_id=None, secret=None, **headers):
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        signed = {**headers_of(resource, body, secret or self.secret, request_id), **headers}
        return self.api.request("POST", self.path, data=body, headers={k: v for k, v in signed.items() if v is not None})
