"""How well each cloud keeps each promise, gathered from several plans into one matrix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundplan.report.view import View

__all__ = ["LEVELS", "Promise", "counts", "promises"]

LEVELS = ("native", "substitute", "missing")


@dataclass(frozen=True)
class Promise:
    """One feature and each plan's answer to it, None where a plan has none."""

    capability: str
    feature: str
    needed: bool
    answers: tuple[Mapping[str, Any] | None, ...]


def promises(shown: Sequence[View]) -> tuple[Promise, ...]:
    """Every feature that a plan speaks of, in the order they first appear, by capability."""
    tables = [{(str(line["capability"]), str(line["feature"])): line for line in _lines(view)} for view in shown]
    pairs = list(dict.fromkeys(pair for table in tables for pair in table))
    order = {name: index for index, name in enumerate(dict.fromkeys(c for c, _ in pairs))}
    return tuple(
        Promise(
            capability,
            feature,
            any(table.get((capability, feature), {}).get("needed") for table in tables),
            tuple(table.get((capability, feature)) for table in tables),
        )
        for capability, feature in sorted(pairs, key=lambda pair: order[pair[0]])
    )


def counts(view: View) -> Mapping[str, int]:
    """How many of the promises the blueprint asks for are kept at each level."""
    lines = _lines(view)
    asked = [line for line in lines if line.get("needed")] or lines
    counted = Counter(str(line.get("support")) for line in asked)
    return {level: counted[level] for level in LEVELS}


def _lines(view: View) -> Sequence[Mapping[str, Any]]:
    return view.plan.get("parity") or ()
