"""Every rule, found in its folder: a new rule is a new file and nothing else."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path

from policies.rule import Rule

__all__ = ["PACKS", "pack_of", "rule", "rules"]

PACKS = ("security", "cost", "reliability", "governance")
_HERE = Path(__file__).parent


@cache
def rules(*packs: str) -> tuple[Rule, ...]:
    """
    Rules of the packs, or of all, in the order of their ids.

    Raises:
        ValueError: Two rules share an id.
    """
    found = [
        import_module(f"policies.{pack}.{path.stem}").RULE
        for pack in packs or PACKS
        for path in sorted((_HERE / pack).glob("[!_]*.py"))
    ]
    ids = [rule.id for rule in found]
    if twice := sorted({i for i in ids if ids.count(i) > 1}):
        raise ValueError(f"rule ids used twice: {', '.join(twice)}")
    return tuple(sorted(found, key=lambda rule: rule.id))


def rule(name: str) -> Rule:
    """
    The rule of an id, in upper or lower case.

    Raises:
        KeyError: There is none.
    """
    return {rule.id: rule for rule in rules()}[name.upper()]


def pack_of(wanted: Rule) -> str:
    """Name of the pack that a rule is in."""
    return next(pack for pack in PACKS if wanted in rules(pack))
