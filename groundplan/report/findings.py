"""What the rules have to say of a plan, as rows for a page or a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.report.view import Resource, View

__all__ = ["Finding", "findings"]


@dataclass(frozen=True)
class Finding:
    """One breach of one rule."""

    view: View
    rule: str
    level: str
    property: str
    message: str
    fix: str
    source: str
    resource: Resource | None
    subject: str
    waiver: str


def findings(view: View) -> list[Finding]:
    """The plan's findings in its own order."""
    return [_finding(view, entry) for entry in view.plan.get("findings") or ()]


def _finding(view: View, entry: Mapping[str, Any]) -> Finding:
    urn = str(entry.get("urn") or entry.get("resource") or "")
    resource = view.by_urn.get(urn)
    return Finding(
        view=view,
        rule=str(entry.get("rule") or entry.get("id") or ""),
        level=str(entry.get("level") or entry.get("severity") or ""),
        property=str(entry.get("property") or ""),
        message=str(entry.get("message") or entry.get("demand") or ""),
        fix=str(entry.get("fix") or ""),
        source=str(entry.get("source") or ""),
        resource=resource,
        subject=resource.name if resource else urn.rpartition("::")[2],
        waiver=_waiver(entry.get("waived")),
    )


def _waiver(given: Any) -> str:
    if isinstance(given, Mapping):
        parts = [str(given[key]) for key in ("reason", "owner") if given.get(key)]
        until = [f"until {given['until']}"] if given.get("until") else []
        return ", ".join(parts + until)
    return str(given or "")
