"""Google's own description of its APIs: which methods there are, and which bodies they take."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["Method", "api", "faults", "find"]

HOSTS = {  # host to the document of its API, without the version
    "aiplatform": "aiplatform",
    "bigquery": "bigquery",
    "cloudscheduler": "cloudscheduler",
    "dns": "dns",
    "monitoring": "monitoring",
    "notebooks": "notebooks",
    "run": "run",
    "secretmanager": "secretmanager",
    "workflowexecutions": "workflowexecutions",
    "workflows": "workflows",
}
WHOLE = {"int32", "int64", "uint32", "uint64"}
FORMATS = {
    "google-duration": re.compile(r"-?\d+(?:\.\d{1,9})?s"),
    "int64": re.compile(r"-?\d+"),
    "uint64": re.compile(r"\d+"),
}
PYTHON = {"string": str, "boolean": bool, "array": list, "object": dict}


@cache
def api(name: str) -> dict[str, Any]:
    """The discovery document of an API and version, such as `aiplatform.v1`."""
    return json.loads((files("googleapiclient.discovery_cache") / "documents" / f"{name}.json").read_text("utf-8"))


@dataclass(frozen=True)
class Method:
    """One method of an API: its id, its API, and the names in its path."""

    id: str
    api: str
    request: str | None
    query: frozenset[str]
    path: Mapping[str, str]


@cache
def _methods(name: str) -> list[tuple[str, re.Pattern[str], dict[str, Any]]]:
    def walk(resources: Mapping[str, Any]) -> Iterator[tuple[str, re.Pattern[str], dict[str, Any]]]:
        for resource in resources.values():
            for method in resource.get("methods", {}).values():
                path = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/:]+)", re.escape(method.get("flatPath", method["path"])))
                yield method["httpMethod"], re.compile(path), method
            yield from walk(resource.get("resources", {}))

    return list(walk(api(name)["resources"]))


def find(verb: str, url: str) -> Method:
    """
    The method that a request calls.

    Raises:
        LookupError: No API of Google's has it.
    """
    match = re.fullmatch(r"https://(?:[a-z0-9-]+-)?([a-z]+)\.googleapis\.com/(?:(?:dns|bigquery)/)?(v\w+)/(.+)", url)
    if match is None or match[1] not in HOSTS:
        raise LookupError(f"{url} is no API of Google Cloud that we know")
    service, version, rest = match.groups()
    document = f"{HOSTS[service]}.{version}"
    # how an API writes its own paths
    path = {"dns": f"dns/{version}/{rest}", "bigquery": rest}.get(service, f"{version}/{rest}")
    for http, pattern, method in _methods(document):
        found = pattern.fullmatch(path) if http == verb else None
        if found:
            known = {**method.get("parameters", {}), **api(document).get("parameters", {})}
            query = frozenset(k for k, v in known.items() if v.get("location") == "query")
            return Method(method["id"], document, method.get("request", {}).get("$ref"), query, found.groupdict())
    raise LookupError(f"{verb} {url} is no method of {document}")


def faults(document: str, schema: str, body: Any) -> list[str]:
    """Why the API would not take the body: fields it does not know, wrong types, enums and formats."""
    return list(_faults(api(document)["schemas"], {"$ref": schema}, body, schema))


def _faults(schemas: Mapping[str, Any], wanted: Mapping[str, Any], value: Any, at: str) -> Iterator[str]:
    if "$ref" in wanted:
        wanted = schemas[wanted["$ref"]]
    kind = wanted.get("type", "any")
    if kind == "any" or value is None:
        return
    if kind in ("integer", "number"):
        yield from _number(wanted, value, at)
        return
    if not isinstance(value, PYTHON[kind]):
        yield f"{at}: {value!r} is no {kind}"
        return
    if kind == "array":
        for index, item in enumerate(value):
            yield from _faults(schemas, wanted["items"], item, f"{at}[{index}]")
    elif kind == "object":
        yield from _members(schemas, wanted, value, at)
    elif kind == "string":
        yield from _text(wanted, value, at)


def _members(schemas: Mapping[str, Any], wanted: Mapping[str, Any], value: Mapping[str, Any], at: str) -> Iterator[str]:
    known, others = wanted.get("properties", {}), wanted.get("additionalProperties")
    for key, inner in value.items():
        if key in known:
            if known[key].get("readOnly"):
                yield f"{at}.{key}: only the service sets it"
            yield from _faults(schemas, known[key], inner, f"{at}.{key}")
        elif others:
            yield from _faults(schemas, others, inner, f"{at}[{key}]")
        else:
            yield f"{at}: no field {key}; it has {', '.join(sorted(known))}"
    for key, field in known.items():
        required = field.get("description", "").startswith("Required.") and "Output" not in field["description"]
        if required and key not in value:
            yield f"{at}: {key} is required"


def _number(wanted: Mapping[str, Any], value: Any, at: str) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield f"{at}: {value!r} is no {wanted['type']}"
    elif wanted.get("format") in WHOLE and value != int(value):
        yield f"{at}: {value!r} is not whole"


def _text(wanted: Mapping[str, Any], value: str, at: str) -> Iterator[str]:
    if "enum" in wanted and value not in wanted["enum"]:
        yield f"{at}: {value!r} is none of {', '.join(wanted['enum'])}"
    pattern = FORMATS.get(wanted.get("format", ""))
    if pattern and not pattern.fullmatch(value):
        yield f"{at}: {value!r} is no {wanted['format']}"
    if "pattern" in wanted and not re.search(wanted["pattern"], value):
        yield f"{at}: {value!r} does not match {wanted['pattern']}"
