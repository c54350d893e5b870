"""The plan of a stack, by its configuration, held against its budget: what it breaks, as a JSON list of lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from groundplan.configuration import from_config
from groundplan.plan import document
from groundplan.policy.subjects import of_plan
from groundplan.policy.verdict import verdict
from policies.configuration import Configuration
from policies.cost.estimate_in_budget import RULE

__all__ = ["beyond"]


class _Given:
    """What reads like `pulumi.Config`, of a mapping by full key."""

    def __init__(self, config: Mapping[str, str], namespace: str) -> None:
        self._config, self._namespace = config, namespace

    def get(self, key: str) -> str | None:
        return self._config.get(f"{self._namespace}:{key}")

    def get_object(self, key: str) -> Any:
        return json.loads(self.get(key) or "null")


def beyond(config: Mapping[str, str]) -> Iterator[str]:
    """Where the blueprint says it, what is wrong and what to write instead: a line where no waiver lets it."""
    target = from_config(lambda namespace: _Given(config, namespace), Path())
    judged = verdict(of_plan(document.unjudged(target)), [RULE], Configuration(), target.origin)
    for finding in judged.findings:
        if finding.fails and finding.rule == RULE.id:
            place = judged.place(finding)
            where = f"{place['file']}:{place['line']}: " if place else ""
            yield f"{where}{finding.rule}: {finding.message}. {finding.fix}"


if __name__ == "__main__":
    print(json.dumps(list(beyond(json.load(sys.stdin)))))
