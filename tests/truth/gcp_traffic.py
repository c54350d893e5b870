"""Requests to a Vertex AI endpoint, and what Cloud Monitoring comes to know of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.truth.gcp_promql import Point, evaluate

__all__ = ["Behaviour", "Traffic"]

ONLINE = "aiplatform_googleapis_com:prediction_online_"
BUCKETS = (10, 50, 100, 200, 500, 1000, 60_000)  # milliseconds
KEPT = 15  # minutes


@dataclass(frozen=True)
class Behaviour:
    """
    How a version answers.

    Attributes:
        milliseconds: How long an answer takes.
        refused: Share of the requests that is answered with a 4xx, 0 to 1.
        failed: Likewise, with a 5xx.
        numbers: Metric of one's own to what is published of it every minute.
        labelled: Whether those say which version they are of.
    """

    milliseconds: float = 20
    refused: float = 0
    failed: float = 0
    numbers: Mapping[str, float] = field(default_factory=dict)
    labelled: bool = True


@dataclass
class Traffic:
    """
    Callers of one endpoint, since its traffic was first split.

    Attributes:
        requests: How many a minute.
        behaves: Version and its share of the traffic to how it answers.
        family: Which of the two names Vertex AI counts them under.
        late: Seconds until they can be seen.
        endpoint: Its number.
        splits: Since when which version had which share, by its deployed model's id.
    """

    requests: float = 600
    behaves: Callable[[str, int], Behaviour] = lambda _version, _share: Behaviour()
    family: str = "private_"
    late: float = 360
    endpoint: str = ""
    splits: list[tuple[float, dict[str, tuple[str, int]]]] = field(default_factory=list)

    def split(self, now: float, split: Mapping[str, int], deployed: Iterable[Mapping[str, Any]]) -> None:
        """The traffic is split otherwise from now on."""
        versions = {model["id"]: model["displayName"].split(" ")[0].removeprefix("v") for model in deployed}
        self.splits.append((now, {key: (versions[key], share) for key, share in split.items()}))

    def answer(self, query: str, now: float) -> dict[str, Any]:
        """What the Prometheus API of Cloud Monitoring answers."""
        vector, _ = evaluate(query, self._points(now), now)
        result = [{"metric": dict(labels), "value": [now, f"{value:g}"]} for labels, value in vector.items()]
        return {"status": "success", "data": {"resultType": "vector", "result": result}}

    def _points(self, now: float) -> Iterator[Point]:
        last = int(now // 60)
        for minute in range(last - KEPT, last + 1):
            at = 60.0 * minute
            serving = next((split for since, split in reversed(self.splits) if since <= at - 30), {})
            for deployed, (version, share) in serving.items():
                acts = self.behaves(version, share)
                labels = {"endpoint_id": self.endpoint, "deployed_model_id": deployed}
                if share and self.requests and at <= now - self.late:
                    yield from self._counted(acts, labels, at, self.requests * share / 100)
                yield from _published(acts, version, at)

    def _counted(self, acts: Behaviour, labels: dict[str, str], at: float, count: float) -> Iterator[Point]:
        private = bool(self.family)
        name = f"{ONLINE}{self.family}"
        shares = {"2": 1 - acts.refused - acts.failed, "4": acts.refused, "5": acts.failed}
        for first, share in shares.items():
            if share:
                code = f"{first}03" if private else f"{first}xx"
                yield Point(f"{name}response_count", {**labels, "response_code": code}, at, count * share)
        kind = {} if private else {"latency_type": "total"}
        for bound in BUCKETS:
            within = count if acts.milliseconds <= bound else 0
            yield Point(f"{name}prediction_latencies_bucket", {**labels, **kind, "le": str(bound)}, at, within)


def _published(acts: Behaviour, version: str, at: float) -> Iterator[Point]:
    of = {"stack": "example-prod", "endpoint": "scorer", "task_id": version}
    for name, value in acts.numbers.items():
        labels = {**of, "version": version} if acts.labelled else of
        yield Point(f"custom_googleapis_com:groundplan_{name}", labels, at, value)
