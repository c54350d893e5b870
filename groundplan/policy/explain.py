"""What a rule is for, in words and in snippets, for a terminal and for the reference."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML

from policies.pack import pack_of
from policies.resource import Resource
from policies.rule import Absent, Rule
from policies.values import Opaque

__all__ = ["explained", "snippet"]


def explained(rule: Rule) -> dict[str, Any]:
    """The rule as a document; `text` is for people."""
    types = [
        {
            "type": kind,
            "reads": list(check.reads),
            "absent": str(check.absent),
            "because": check.because,
            "passes": _shown(check.passes),
            "fails": [_shown(bad) for bad in check.fails],
        }
        for kind, check in rule.checks.items()
    ]
    document = {
        "rule": rule.id,
        "pack": pack_of(rule),
        "severity": rule.severity.value,
        "level": str(rule.level),
        "levels": {name: str(level) for name, level in rule.levels.items()},
        "demand": rule.demand,
        "why": rule.why,
        "fix": rule.fix,
        "source": rule.source,
        "external": list(rule.external),
        "types": types,
        "across": [list(check.types) for check in rule.across],
    }
    return {**document, "text": _text(rule)}


def _text(rule: Rule) -> str:
    levels = "".join(f", {level} in {name}" for name, level in rule.levels.items())
    lines = [
        f"{rule.id}: {rule.demand}",
        f"Severity {rule.severity.value}; {rule.level}{levels}; pack {pack_of(rule)}.",
        "",
        f"Why: {rule.why}",
        f"Fix: {rule.fix}",
        f"Source: {rule.source}",
    ]
    if rule.external:
        lines.append(f"Also known as: {', '.join(rule.external)}")
    for kind, check in rule.checks.items():
        absent = "fails" if check.absent is Absent.FAILS else "passes"
        because = f": {check.because}" if check.because else ""
        lines += ["", f"{kind} (not set {absent}{because})"]
        lines += _block("passes", check.passes)
        if check.fails:
            lines += _block("fails", check.fails[0])
    for check in rule.across:
        lines += ["", f"Together: {', '.join(check.types)}"]
        lines += _block("passes", _stack(check.passes))
        lines += _block("fails", _stack(check.fails))
    return "\n".join(lines)


def _block(title: str, inputs: Any) -> list[str]:
    return [f"  {title}:", *(f"    {line}" for line in snippet(inputs).splitlines())]


def _stack(resources: tuple[Resource, ...]) -> list[dict[str, Any]]:
    return [{"type": r.type, "name": r.urn.rpartition("::")[2], **r.inputs} for r in resources]


def snippet(inputs: Any) -> str:
    """Inputs as YAML, as a Pulumi program in YAML would have them."""
    if not inputs:
        return "{}"
    text = io.StringIO()
    yaml = YAML(typ="safe")
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # pyright: ignore[reportAttributeAccessIssue]
    yaml.dump(_shown(inputs), text)
    return text.getvalue()


def _shown(value: Any) -> Any:
    if isinstance(value, Opaque):
        return f"({value.value})"
    if isinstance(value, Mapping):
        return {key: _shown(inner) for key, inner in value.items()}
    return [_shown(inner) for inner in value] if isinstance(value, list | tuple) else value
