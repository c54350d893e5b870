"""Policies of the clouds' access control, as rules read them: AWS documents, GCP roles and members, Azure roles."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from policies.addresses import is_open
from policies.checks import sample
from policies.resource import Resource
from policies.rule import Absent, Breach, Check
from policies.settings import Settings
from policies.values import is_known, look, word

__all__ = [
    "PUBLIC_MEMBERS",
    "actions",
    "all_match",
    "anybody",
    "bindings",
    "conditions",
    "document_check",
    "listed",
    "principals",
    "resources",
    "statements",
]


def statements(document: Any, effect: str = "Allow") -> Iterator[Mapping[str, Any]]:
    """
    Statements of a policy, given as JSON text or as a mapping.

    None of a document that is unknown, secret, or no JSON (IAM refuses that by itself), and none whose condition
    is not known: it may be the one that makes it good.
    """
    if not is_known(document):
        return
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return
    found = document.get("Statement", document.get("statements", ())) if isinstance(document, Mapping) else ()
    for statement in listed(found):
        if not isinstance(statement, Mapping) or _is_hidden(statement.get("Condition")):
            continue
        if statement.get("Effect", statement.get("effect", "Allow")) == effect:
            yield statement


def _is_hidden(condition: Any) -> bool:
    keys = condition.values() if isinstance(condition, Mapping) else ()
    return not is_known(condition) or any(not is_known(inner) for inner in keys)


def listed(found: Any) -> list[Any]:
    """A list of what policies write as one or as several."""
    return list(found) if isinstance(found, list | tuple) else [] if found is None else [found]


def actions(statement: Mapping[str, Any]) -> list[str]:
    """Actions of a statement; `*` for one that names those it leaves out."""
    if "NotAction" in statement:
        return ["*"]
    return [str(action) for action in listed(statement.get("Action")) if is_known(action)]


def resources(statement: Mapping[str, Any]) -> list[str]:
    """Resources of a statement; `*` for one that names those it leaves out."""
    if "NotResource" in statement:
        return ["*"]
    return [str(resource) for resource in listed(statement.get("Resource")) if is_known(resource)]


def principals(statement: Mapping[str, Any]) -> list[str]:
    """Who a statement is for, whatever their kind; `*` for one that names those it leaves out."""
    if "NotPrincipal" in statement:
        return ["*"]
    found = statement.get("Principal")
    kinds = found.values() if isinstance(found, Mapping) else [found]
    return [str(who) for kind in kinds for who in listed(kind) if is_known(who)]


_BOUND = (  # condition keys that leave one account, organisation, network or resource
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "kms:calleraccount",
    "s3:dataaccesspointaccount",
)


def conditions(statement: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """
    What a statement asks of a request before it holds: key in lower case, and the values it may have.

    Without operators that hold where the key is absent or other than the values: Not…, …IfExists, ForAllValues, Null.
    """
    held = statement.get("Condition")
    for operator, keys in held.items() if isinstance(held, Mapping) else ():
        name = operator.lower()
        lenient = name == "null" or "not" in name or name.endswith("ifexists") or name.startswith("forallvalues:")
        if not lenient and isinstance(keys, Mapping):
            yield from ((key.lower(), listed(values)) for key, values in keys.items())


def anybody(statement: Mapping[str, Any]) -> bool:
    """
    Whether everybody is let in: any principal, and no condition that leaves an account, organisation or network.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    if not any(who == "*" or who.endswith(":iam::*:root") for who in principals(statement)):
        return False
    for key, values in conditions(statement):
        if key in _BOUND and "*" not in values:
            return False
        if key == "aws:sourceip" and not any(map(is_open, values)):
            return False
    return True


def document_check(
    *paths: str,
    wrong: Callable[[Mapping[str, Any], Settings], str | None],
    passes: Mapping[str, Any],
    fails: Iterable[Mapping[str, Any]],
    effect: str = "Allow",
) -> Check:
    """
    A check of each statement of the policy documents at the paths.

    Args:
        paths: Where a resource has documents, dotted.
        wrong: What is wrong with a statement, as the rest of "a statement …"; None where nothing is.
        passes: A good statement.
        fails: Bad ones.
        effect: Effect of the statements that are looked at.
    """

    def run(resource: Resource, settings: Settings) -> Iterator[Breach]:
        for path in paths:
            for where, found in resource.all(path):
                for statement in statements(found, effect):
                    if told := wrong(statement, settings):
                        name = statement.get("Sid")
                        which = f"statement {word(name)}" if name and is_known(name) else "a statement"
                        yield Breach(f"{where}: {which} {told}", where)

    def written(statement: Mapping[str, Any]) -> str:
        return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": effect, **statement}]})

    return Check(
        run=run,
        reads=paths,
        passes=sample({path: written(passes) for path in paths}),
        fails=tuple(sample({path: written(bad)}) for path in paths for bad in fails),
        absent=Absent.PASSES,
    )


def all_match(pattern: str, *names: str) -> bool:
    """Whether an action with wildcards covers one of the named ones; IAM takes no note of case."""
    return any(fnmatchcase(name.lower(), pattern.lower()) for name in names)


PUBLIC_MEMBERS = ("allUsers", "allAuthenticatedUsers")
"""
GCP's members that are everybody, and everybody with any Google account.

Source: https://cloud.google.com/iam/docs/principals-overview
"""


def bindings(document: Any) -> Iterator[tuple[str, list[str]]]:
    """Roles of a GCP policy document with their members; none of one that is unknown, secret or no JSON."""
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return
    for binding in listed(look(document, "bindings")) if isinstance(document, Mapping) else ():
        if isinstance(binding, Mapping):
            role = binding.get("role", "")
            yield str(role), [str(who) for who in listed(binding.get("members")) if is_known(who)]
