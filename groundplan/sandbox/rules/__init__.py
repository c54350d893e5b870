"""What the SDKs' types don't tell: allowed values, lengths, patterns, and what a change replaces."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

from groundplan.sandbox.rules import aws, azure, gcp
from groundplan.sandbox.rules.rule import Refusal, Rule

__all__ = ["Rule", "Rules", "load"]

_TABLES = {"aws": aws, "gcp": gcp, "azure-native": azure}


@dataclass(frozen=True)
class Rules:
    """
    The rules of one resource type, by property path without indices.

    A change at a path in `replaces` needs a new resource (`*`: any change); one in `keeps` does
    not, whatever else says so.
    """

    values: Mapping[str, Rule] = field(default_factory=dict)
    replaces: frozenset[str] = frozenset()
    keeps: frozenset[str] = frozenset()
    together: Callable[[Mapping[str, Any]], Iterator[Refusal]] | None = None

    def get(self, path: str) -> Rule | None:
        """Return the rule on the values at a path such as `productionVariants.instanceType`."""
        return self.values.get(path)

    def cross(self, inputs: Mapping[str, Any]) -> Iterator[Refusal]:
        """Yield what several properties break together."""
        if self.together is not None:
            yield from self.together(inputs)


@lru_cache(maxsize=512)
def load(token: str) -> Rules:
    """Return the rules of a type: generated ones, overlaid by hand-written ones."""
    table = _TABLES.get(token.split(":", 1)[0])
    if table is None:
        return Rules()
    generated = _generated()["types"].get(token, {"values": {}, "replaces": []})
    models = {path: _rule(index) for path, index in generated["values"].items()}
    own = table.VALUES.get(token, {})
    both = {path: rule.also(models[path]) for path, rule in own.items() if path in models}
    return Rules(
        values={**table.COMMON, **models, **own, **both},
        replaces=frozenset(generated["replaces"]) | table.REPLACES.get(token, frozenset()),
        keeps=table.KEEPS.get(token, frozenset()),
        together=table.CROSS.get(token),
    )


@lru_cache(maxsize=1)
def _generated() -> dict[str, Any]:
    text = resources.files(__name__).joinpath("aws.json").read_text(encoding="utf-8")
    return json.loads(text)


@lru_cache(maxsize=1024)
def _rule(index: int) -> Rule:
    known: dict[str, Any] = dict(_generated()["rules"][index])
    known["enum"] = frozenset(known.get("enum", ()))
    return Rule(**known)
