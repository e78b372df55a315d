"""Validates answers against the recorded part of the public API description."""
import json
import re

from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from .qdrant_client import fixture

ROOT = "urn:openapi"


def _without_nullable(node):
    """OpenAPI 3.0 says `nullable`, JSON Schema says `anyOf` with null."""
    if isinstance(node, list):
        return [_without_nullable(one) for one in node]
    if not isinstance(node, dict):
        return node
    node = {key: _without_nullable(one) for key, one in node.items()}
    if node.pop("nullable", False) is True:
        return {"anyOf": [node, {"type": "null"}]}
    return node


DOCUMENT = _without_nullable(json.loads(fixture("openapi-subset.json")))
REGISTRY = Registry().with_resource(ROOT, Resource(contents=DOCUMENT, specification=DRAFT7))
PATTERNS = [
    (re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))), path)
    for path in sorted(DOCUMENT["paths"], key=lambda path: path.count("{"))
]


def violations(method, path, status, body):
    """What is wrong with a JSON answer; None when the description does not cover it."""
    for pattern, known in PATTERNS:
        if pattern.fullmatch(path.partition("?")[0]) and method.lower() in DOCUMENT["paths"][known]:
            answers = DOCUMENT["paths"][known][method.lower()]["responses"]
            answer = answers.get(str(status)) or answers.get("4XX" if status >= 400 else "default")
            schema = (answer or {}).get("content", {}).get("application/json", {}).get("schema")
            if schema is None:
                return None
            pointer = "/".join(one.replace("~", "~0").replace("/", "~1") for one in (
                "paths", known, method.lower(), "responses", str(status) if str(status) in answers else "4XX",
                "content", "application/json", "schema",
            ))
            validator = Draft7Validator({"$ref": f"{ROOT}#/{pointer}"}, registry=REGISTRY)
            return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(body)]
    return None
