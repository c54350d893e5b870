"""Secrets written out in environment variables and scripts, told by a variable's name or by the value's own form."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any

from policies.checks import sample
from policies.resource import Resource
from policies.rule import Absent, Breach, Check
from policies.settings import Settings
from policies.values import SECRET, is_known

__all__ = ["in_list", "in_mapping", "in_text", "secret_variable", "variables"]

_NAME = re.compile(
    r"(^|_)(password|passwd|passphrase|secret|(api|access|account|private|secret|signing|storage|auth|encryption)_?key|"
    r"(access|api|auth|bearer|hf|refresh|session|secret)_?token|token|credentials?|connection_?string|sas)(_value)?$"
)
_LANGUAGE = re.compile(r"(^|_)(eos|bos|pad|unk|sep|cls|mask|stop|image|special|trigger)_token$")
"""Tokens of a language model, which are no secrets."""
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_REFERENCE = re.compile(
    r"^(arn:|projects/[^/]+/secrets/|/|\./|[a-z][a-z0-9+-]*://[^@\s]*$|@microsoft\.keyvault|\$|%|\{\{|resolve:|"
    r"true$|false$|none$|null$|[\d.]+$|(?-i:[a-z][a-z0-9._-]*(/[a-z0-9._-]+)+$))",
    re.IGNORECASE,
)
"""Values that say where a secret is: an ARN, a path, a URI, the name of a secret, an expression."""
_FORMS = re.compile(  # what clouds and services give out, each told by its own beginning
    r"\b(AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\bAIza[\w-]{35}\b"
    r"|\bgh[pousr]_\w{36,}"
    r"|\bgithub_pat_\w{22,}"
    r"|\bglpat-[\w-]{20}"
    r"|\bhf_[A-Za-z0-9]{30,}"
    r"|\bsk-(ant-|proj-)?(?=[\w-]*\d)(?=[\w-]*[A-Z])[\w-]{32,}"
    r"|\bxox[abprs]-[\w-]{10,}"
    r"|-----BEGIN ([A-Z]+ )*PRIVATE KEY-----"
    r"|\bAccountKey=[\w+/]{40,}"
    r"|\bSharedAccess(Key|Signature)=[^;\s]{16,}"
    r"|://[^/\s:@]+:[^/\s:@$]{3,}@[\w.-]+"
)
_FAKE_KEY = "AKIA" + "IOSFODNN7EXAMPLE"


def secret_variable(name: str, found: Any) -> str | None:
    """
    Why a variable's value is a secret; None where it is none, or only names where one is kept.

    The value is never in the answer. One that Pulumi keeps secret is one where the name says so too.
    """
    plain = _CAMEL.sub("_", name).replace("-", "_").lower()
    named = bool(_NAME.search(plain)) and not _LANGUAGE.search(plain)
    if found is SECRET:
        return "is a secret in plain sight of whoever may describe the resource" if named else None
    if not is_known(found) or not isinstance(found, str) or not found.strip():
        return None
    if _FORMS.search(found):
        return "has the form of a secret"
    return "holds a secret, by its name" if named and not _REFERENCE.match(found.strip()) else None


def in_mapping(*paths: str) -> Check:
    """Variables at the paths, each a mapping of names to values, hold no secret."""

    def run(resource: Resource, _settings: Settings) -> Iterator[Breach]:
        for where, found in _all(resource, paths):
            for name, inner in found.items() if isinstance(found, Mapping) else ():
                if why := secret_variable(name, inner):
                    yield Breach(f"{where}.{name} {why}", f"{where}.{name}")

    good = {"LOG_LEVEL": "info", "DB_PASSWORD": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db"}
    return _check(run, paths, good, [{"DB_PASSWORD": "hunter-2"}, {"WHERE": "postgres://user:hunter2@db/features"}])


def in_list(*paths: str) -> Check:
    """Variables at the paths, each a list of names with values, hold no secret."""

    def run(resource: Resource, _settings: Settings) -> Iterator[Breach]:
        for where, found in _all(resource, paths):
            yield from variables(where, found)

    return _check(run, paths, [{"name": "LOG_LEVEL", "value": "info"}], [[{"name": "API_KEY", "value": "hunter-2"}]])


def variables(where: str, found: Any) -> Iterator[Breach]:
    """Breaches of a list of variables, as containers have them."""
    for index, variable in enumerate(found if isinstance(found, list) else ()):
        name = variable.get("name") if isinstance(variable, Mapping) else None
        if isinstance(name, str) and (why := secret_variable(name, variable.get("value"))):
            yield Breach(f"{where}.{index}: {name} {why}", f"{where}.{index}.value")


def in_text(*paths: str) -> Check:
    """Scripts at the paths, plain or in base64, hold nothing that has the form of a secret."""

    def run(resource: Resource, _settings: Settings) -> Iterator[Breach]:
        for where, found in _all(resource, paths):
            if isinstance(found, str) and _FORMS.search(_decoded(found)):
                yield Breach(f"{where} has a secret in it", where)

    bad = f"#!/bin/sh\nexport AWS_ACCESS_KEY_ID={_FAKE_KEY}\n"
    return _check(run, paths, "#!/bin/sh\n", [bad, base64.b64encode(bad.encode()).decode()])


def _all(resource: Resource, paths: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for path in paths:
        yield from resource.all(path)


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return text


def _check(run: Any, paths: tuple[str, ...], good: Any, bad: list[Any]) -> Check:
    return Check(
        run=run,
        reads=paths,
        passes=sample(dict.fromkeys(paths, good)),
        fails=tuple(sample({path: one}) for path in paths for one in bad),
        absent=Absent.PASSES,
    )
