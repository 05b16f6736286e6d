"""Holds an answer of the API to docs/openapi.json."""
import json
import re

from guide_text import ROOT
from jsonschema import Draft202012Validator, FormatChecker

DOCUMENT = json.loads((ROOT / "docs/openapi.json").read_text(encoding="utf-8"))


def resolve(node):
    while "$ref" in node:
        at = DOCUMENT
        for part in node["$ref"].removeprefix("#/").split("/"):
            at = at[part]
        node = at
    return node


def item_of(path):
    """The path item of a request's path (no prefix, no query); literal parts go before templates. None when there is none."""
    def matches(template):
        pattern = re.escape(template).replace(r"\{path\}", ".*")  # the rest of a proxied path
        return re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", pattern), path)
    found = [template for template in DOCUMENT["paths"] if matches(template)]
    return DOCUMENT["paths"][min(found, key=lambda t: t.count("{"))] if found else None


def content_of(path, method, status):
    """The answer's content as described, None where the document leaves it out: unknown routes and wrong methods."""
    item = item_of(path)
    operation = item.get(method.lower()) if item else None
    if operation is None:
        assert status in (404, 405, 403, 400, 413), f"{method} {path} is not described"
        return {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    response = operation["responses"].get(str(status)) or operation["responses"].get("default")
    assert response, f"{method} {path}: {status} is not described"
    return resolve(response).get("content", {})


def context_schema():
    """docs/context.schema.json, as this document has it: the context, and what it refers to."""
    used, todo = {}, ["Context"]
    while todo:
        name = todo.pop()
        text = json.dumps(DOCUMENT["components"]["schemas"][name])
        todo += sorted(set(re.findall(r"#/components/schemas/(\w+)", text)) - used.keys() - {name})
        used[name] = json.loads(text.replace("#/components/schemas/", "#/$defs/"))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "The context of an error, as DevFlow's JSON",
            **used.pop("Context"), "$defs": dict(sorted(used.items()))}


def check(method, path, status, content_type, body):
    """Raises when the answer is not as described; body is text."""
    content = content_of(path.split("?")[0], method, status)
    if not content:
        assert body == ""
        return
    if "*/*" in content and (content_type != "application/json" or '"requestId"' not in body):
        return  # a provider's answer
    assert content_type in content, f"{method} {path}: {content_type} is not described"
    if content_type == "application/json":
        schema = {**content[content_type]["schema"], "components": DOCUMENT["components"]}
        Draft202012Validator(schema, format_checker=FormatChecker()).validate(json.loads(body))
