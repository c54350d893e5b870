"""A plan such as a real blueprint gives: about a hundred resources in ten components, on any cloud."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.report.inventory import KINDS, PARITY, PARTS, REGIONS

STACK = "fraud-detection-prod"


class Recorder:
    """Builds a plan document resource by resource."""

    def __init__(self, cloud: str) -> None:
        self.cloud, self.stack = cloud, f"{STACK}-{cloud}"
        self.resources: list[dict[str, Any]] = []
        self.urns: dict[str, str] = {}

    def component(self, label: str) -> None:
        kind = f"groundplan:{self.cloud}:{label.partition('/')[0].capitalize()}"
        self._add(kind, label.rpartition("/")[2], label, "", (), None)

    def leaf(self, label: str, part: str, name: str, needs: Sequence[str]) -> None:
        kind = KINDS[part][self.cloud]
        found = [self.urns[need] for need in needs]
        self._add(kind, name, name, label, found, self.urns[label])

    def _add(self, kind: str, name: str, key: str, label: str, needs: Sequence[str], parent: str | None) -> None:
        chain = f"groundplan:{self.cloud}:X$" if parent else ""
        urn = f"urn:pulumi:{self.stack}::groundplan::{chain}{kind}::{name}"
        self.urns[key] = urn
        properties = {f"source{index or ''}Arn": [urn] for index, urn in enumerate(needs[:2])}
        self.resources.append(
            {
                "urn": urn,
                "type": kind,
                "name": name,
                "parent": parent,
                "inputs": _inputs(kind, name, self.cloud) if label else {},
                "id": f"{name}-0a1b2c" if label else None,
                "outputs": {"arn": f"arn:aws:x:::{name}"} if label else {},
                "dependencies": sorted(set(needs)),
                "propertyDependencies": properties,
                "component": label or key,
                "protect": bool(label) and ("Bucket" in kind or "Key" in kind.rpartition(":")[2]),
            }
        )


def _inputs(kind: str, name: str, cloud: str) -> dict[str, Any]:
    inputs: dict[str, Any] = {
        "name": name,
        "tags": {"blueprint": "fraud-detection", "environment": "prod", "owner": "risk-ml"},
        "region": REGIONS[cloud],
        "retentionInDays": 365,
        "enabled": True,
    }
    if "olicy" in kind or "ole" in kind:
        actions = '["s3:GetObject","s3:PutObject"]'
        inputs["policy"] = f'{{"Statement":[{{"Effect":"Allow","Action":{actions}}}]}}'
    if "Secret" in kind or "secret" in name:
        inputs["value"] = {"secret": True}
    return inputs


def plan(cloud: str = "aws", environment: str = "prod") -> dict[str, Any]:
    """One plan document."""
    recorder = Recorder(cloud)
    for label, leaves in PARTS.items():
        recorder.component(label)
        for part, name, needs in leaves:
            recorder.leaf(label, part, name, needs)
    return {
        "schema": "groundplan.plan/1",
        "blueprint": "fraud-detection",
        "environment": environment,
        "cloud": cloud,
        "region": REGIONS[cloud],
        "stack": recorder.stack,
        "resources": recorder.resources,
        "outputs": {"endpoints/scorer": {"endpoint_name": "scorer", "url": "https://example.com/s"}},
        "parity": [
            {"capability": c, "feature": f, "cloud": cloud, "needed": needed, "refused": False} | answers[cloud]
            for c, f, needed, answers in PARITY
        ],
        "cost": _cost(recorder, cloud),
        "findings": [],
    }


def plans() -> list[dict[str, Any]]:
    """The same blueprint on three clouds."""
    return [plan(cloud) for cloud in ("aws", "gcp", "azure")]


PRICES = {  # component: part of a resource's name, what is billed, monthly amount by cloud
    "foundation": [("endpoint-", "interface endpoint", {"azure": 7.3}), ("vault", "requests", {})],
    "training/fraud-xgb": [("train", "spot machine", {"aws": 61.2, "gcp": 48.9, "azure": 70.1})],
    "endpoints/scorer": [("scorer-config", "machine", {"aws": 322.5, "gcp": 281.0, "azure": 366.1})],
    "features/spending": [("online", "online store", {"aws": 41.0, "gcp": 212.4, "azure": 98.0})],
    "monitoring/scorer": [("monitor-0", "monitor run", {"aws": 24.1, "gcp": 12.0, "azure": 18.6})],
    "governance": [("audit-log", "log ingestion", {"aws": 12.5, "gcp": 11.0, "azure": 55.2})],
}


def _cost(recorder: Recorder, cloud: str) -> dict[str, Any]:
    components = [_component_cost(recorder, label, cloud) for label in PRICES]
    rows = [row for component in components for row in component["rows"]]
    known = sum(row["amount"] or 0 for row in rows)
    return {
        "currency": "USD",
        "monthly": {"min": known * 0.8, "expected": known, "max": known * 1.6},
        "idle_monthly": known * 0.62,
        "unknown": [{"urn": r["urn"], "item": r["item"]} for r in rows if r["basis"] == "unknown"],
        "components": components,
    }


def _component_cost(recorder: Recorder, label: str, cloud: str) -> dict[str, Any]:
    owner = recorder.urns[label]
    rows = [
        _row(owner if "machine" in item else resource["urn"], item, amounts.get(cloud))
        for fragment, item, amounts in PRICES[label]
        for resource in recorder.resources
        if resource["component"] == label and fragment in resource["name"]
    ]
    known = sum(row["amount"] or 0 for row in rows)
    spread = {"min": known * 0.8, "expected": known, "max": known * 1.6}
    return {"name": label, "monthly": spread, "rows": rows}


def _row(urn: str, item: str, amount: float | None) -> dict[str, Any]:
    known = amount is not None
    return {
        "urn": urn,
        "item": item,
        "quantity": 730,
        "unit": "hour: all month",
        "unit_price": amount / 730 if known else None,
        "amount": amount,
        "low": amount * 0.8 if known else None,
        "high": amount * 1.6 if known else None,
        "basis": "listed" if known else "unknown",
        "source": "https://aws.amazon.com/sagemaker/pricing/" if known else "",
        "date": "2026-07-20" if known else "",
    }
