"""GP-REL-014: a drained node never takes the last server along."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.resource import Resource, Stack
from policies.rule import Breach, Level, Rule, Severity, StackCheck
from policies.serving import DEPLOYMENT, STATEFUL_SET, serves
from policies.settings import Settings
from policies.values import is_known

BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"
_LABELS = {"app": "scorer"}


def _unguarded(stack: Stack, _settings: Settings) -> Iterator[Breach]:
    for server in filter(serves, stack.of(DEPLOYMENT, STATEFUL_SET)):
        if _replicated(server) and not any(_guards(budget, server) for budget in stack.of(BUDGET)):
            yield Breach("no PodDisruptionBudget is for its pods", urn=server.urn)


def _replicated(server: Resource) -> bool:
    replicas = server.at("spec.replicas")
    return isinstance(replicas, int | float) and replicas > 1


def _guards(budget: Resource, server: Resource) -> bool:
    """Whether a budget selects the pods, as far as is known."""
    spaces = budget.at("metadata.namespace"), server.at("metadata.namespace")
    if all(map(is_known, spaces)) and spaces[0] != spaces[1]:
        return False
    wanted, labels = budget.at("spec.selector.matchLabels"), server.at("spec.template.metadata.labels")
    if not isinstance(wanted, Mapping) or not isinstance(labels, Mapping):
        return budget.has("spec.selector")
    return all(key in labels and _same(value, labels[key]) for key, value in wanted.items())


def _same(one: Any, other: Any) -> bool:
    return one == other or not (is_known(one) and is_known(other))


def _at(kind: str, spec: dict[str, Any]) -> Resource:
    return Resource(f"urn:pulumi:prod::ml::{kind}::scorer", kind, {"spec": spec}, "scorer")


def _server(kind: str) -> Resource:
    containers = [{"name": "serve", "ports": [{"containerPort": 8080}]}]
    return _at(kind, {"replicas": 2, "template": {"metadata": {"labels": _LABELS}, "spec": {"containers": containers}}})


RULE = Rule(
    id="GP-REL-014",
    demand="Servers with several replicas have a PodDisruptionBudget.",
    why="An upgrade drains nodes one after the other, and may stop all replicas at the same time.",
    fix="Add a PodDisruptionBudget with maxUnavailable: 1 that selects the pods.",
    source="https://kubernetes.io/docs/tasks/run-application/configure-pdb/",
    severity=Severity.LOW,
    level=Level.ADVISORY,
    across=(
        StackCheck(
            run=_unguarded,
            types=(DEPLOYMENT, STATEFUL_SET, BUDGET),
            passes=(
                _server(DEPLOYMENT),
                _server(STATEFUL_SET),
                _at(BUDGET, {"maxUnavailable": 1, "selector": {"matchLabels": _LABELS}}),
            ),
            fails=(
                _server(DEPLOYMENT),
                _server(STATEFUL_SET),
                _at(BUDGET, {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "other"}}}),
            ),
        ),
    ),
)
