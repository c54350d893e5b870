"""The findings as SARIF 2.1.0, as code scanning and editors read them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from blueprints.problems import Problem
from groundplan import __version__
from groundplan.ci.changes import Broken
from groundplan.ci.findings import Told, key
from groundplan.ci.report import Report, StackReport
from groundplan.plan.document import REFUSED
from policies.judge import EXPIRED, UNUSED
from policies.rule import Level, Rule

__all__ = ["SCHEMA", "sarif"]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ERROR = "blueprint-error"
LEVELS = {Level.MANDATORY: "error", Level.ADVISORY: "warning", Level.DISABLED: "none"}
# GitHub's scale: https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
SCORES = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0"}
OWN = {  # what is no rule of a pack: title, text, help, level
    ERROR: (
        "The blueprint has no errors.",
        "A blueprint with errors can be neither planned nor judged.",
        "Write what the message says. `groundplan validate` tells all errors of a file at once.",
        "error",
    ),
    REFUSED: (
        "The cloud takes what the blueprint asks for.",
        "The cloud's own API refuses an input of the resource.",
        "Ask for something that the cloud takes.",
        "error",
    ),
    EXPIRED: (
        "No waiver is over.",
        "A waiver whose last day is over covers nothing.",
        "Mend what it covers, or agree on a later day.",
        "error",
    ),
    UNUSED: (
        "Every waiver covers something.",
        "A waiver that covers nothing hides the next breach.",
        "Take it out of the blueprint.",
        "warning",
    ),
}


def sarif(report: Report) -> dict[str, Any]:
    """The log: one run, whose results are the findings of the stacks as they are, and the errors of blueprints."""
    rules = _rules(report.rules)
    places = {rule["id"]: index for index, rule in enumerate(rules)}
    results = [_error(each, problem) for each in report.broken for problem in each.problems]
    results += [_result(stack, told) for stack in report.stacks for told in stack.findings if told.since != "fixed"]
    for result in results:
        result["ruleIndex"] = places[result["ruleId"]]
    driver = {"name": "groundplan", "semanticVersion": __version__, "rules": rules}
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "groundplan/"},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rules(rules: Sequence[Rule]) -> list[dict[str, Any]]:
    known = {rule.id for rule in rules}
    own = [_own(name) for name in OWN if name not in known]
    return [*own, *map(_rule, rules)]


def _own(name: str) -> dict[str, Any]:
    title, text, fix, level = OWN[name]
    return {
        "id": name,
        "shortDescription": {"text": title},
        "fullDescription": {"text": text},
        "help": {"text": fix},
        "defaultConfiguration": {"level": level},
    }


def _rule(rule: Rule) -> dict[str, Any]:
    security = rule.id.startswith("GP-SEC-")
    help_text = f"{rule.demand} {rule.why}\n\n{rule.fix}"
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.demand},
        "fullDescription": {"text": f"{rule.demand} {rule.why}"},
        "help": {"text": help_text, "markdown": f"{rule.why}\n\n**Fix:** {rule.fix}\n\n[Source]({rule.source})"},
        "defaultConfiguration": {"level": LEVELS[rule.level]},
        **({"helpUri": rule.source} if rule.source.startswith(("https://", "http://")) else {}),
        "properties": {
            "precision": "high",
            "problem.severity": LEVELS[rule.level].replace("none", "recommendation"),
            **({"security-severity": SCORES[rule.severity.value]} if security else {}),
            "tags": [*(["security"] if security else []), *rule.external],
        },
    }


def _result(stack: StackReport, told: Told) -> dict[str, Any]:
    finding = told.finding
    subject = " ".join(dict.fromkeys(part for part in (finding.component, told.name) if part))
    where = f"{stack.name}: {subject}: " if subject else f"{stack.name}: "
    told_already = finding.path in finding.message or finding.path.startswith("waivers[")
    at = "" if told_already else f"{finding.path}: "
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": LEVELS[finding.level],
        "message": {"text": f"{where}{at}{finding.message}. {finding.fix}"},
        "locations": [_location(told.file, told.line, 0, [stack.name, finding.component, told.name])],
        "partialFingerprints": _prints(stack.name, *key(finding)),
        "properties": {"stack": stack.name, "since": told.since, "severity": finding.severity},
    }
    if finding.waived:
        held = finding.waived
        result["suppressions"] = [
            {
                "kind": "inSource" if told.in_blueprint else "external",
                "status": "accepted",
                "justification": f"{held.reason} ({held.owner}, until {held.until})",
            }
        ]
    return result


def _error(broken: Broken, problem: Problem) -> dict[str, Any]:
    path = f"{problem.path}: " if problem.path else ""
    stack = f"{broken.stack}: " if broken.stack else ""
    return {
        "ruleId": ERROR,
        "level": "error",
        "message": {"text": f"{stack}{path}{problem.message}"},
        "locations": [_location(problem.file, problem.line, problem.column, [broken.stack])],
        "partialFingerprints": _prints(problem.file, broken.stack, problem.path, problem.message),
    }


def _location(file: str, line: int, column: int, names: Sequence[str]) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": quote(file), "uriBaseId": "%SRCROOT%"}}
    region: Mapping[str, int] = {"startLine": max(line, 1), **({"startColumn": column} if line and column else {})}
    physical["region"] = region  # code scanning shows nothing that has no line
    logical = "/".join(name for name in names if name)
    return {
        "physicalLocation": physical,
        **({"logicalLocations": [{"fullyQualifiedName": logical}]} if logical else {}),
    }


def _prints(*parts: str) -> dict[str, str]:
    """What makes it the same result in another run: no line, which moves, and the stack, as stacks share lines."""
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
    return {"groundplan/v1": digest, "primaryLocationLineHash": digest}  # the latter is what code scanning reads
