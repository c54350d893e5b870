"""A played Azure ML: jobs that wait and run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.truth.azure_language import Clock
from tests.truth.azure_workflows import Answer, Request

__all__ = ["Jobs"]


@dataclass
class Jobs:
    """
    Azure ML's jobs.

    Attributes:
        spot: Seconds after which a job on spot has a status, in order; the first is `Queued`.
        dedicated: The same on dedicated machines.
        cancel_seconds: How long a cancellation takes.
    """

    spot: Sequence[tuple[int, str]] = ((0, "Queued"),)
    dedicated: Sequence[tuple[int, str]] = ((0, "Queued"), (300, "Running"), (3600, "Completed"))
    cancel_seconds: int = 90
    bodies: dict[str, Any] = field(default_factory=dict)
    environments: dict[str, Any] = field(default_factory=dict)
    started: dict[str, float] = field(default_factory=dict)
    cancelled: dict[str, float] = field(default_factory=dict)

    def __call__(self, request: Request, clock: Clock) -> Answer:
        now = clock.now.timestamp()
        kind, _, rest = request.path.partition("/workspaces/")[2].partition("/")[2].partition("/")
        if kind == "environments":
            self.environments[request.path] = request.body
            return 201, request.body
        job, _, verb = rest.partition("/")
        if request.method == "PUT":
            if job in self.bodies:
                return 400, {"error": {"code": "UserError", "message": f"job {job} exists and can't change"}}
            self.bodies[job], self.started[job] = request.body["properties"], now
            return 201, request.body
        if job not in self.bodies:
            return 404, {"error": {"code": "NotFound"}}
        if verb == "cancel":
            self.cancelled[job] = now
            return 202, None
        return 200, {"properties": {"status": self.status(job, now)}}

    def status(self, job: str, now: float) -> str:
        """Status of a job at a moment."""
        stop = self.cancelled.get(job)
        plan = self.spot if self.bodies[job]["computeId"].endswith("-spot") else self.dedicated
        # what would come after a cancellation took hold does not come
        until = now if stop is None else min(now, stop + self.cancel_seconds)
        status = [name for after, name in plan if self.started[job] + after <= until][-1]
        ended = status in ("Completed", "Failed", "Canceled")
        if stop is not None and not ended:
            return "Canceled" if now >= stop + self.cancel_seconds else "CancelRequested"
        return status
