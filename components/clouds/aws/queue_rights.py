"""What the duties may do where endpoints keep hours, or requests wait in a queue; no stack without one has it."""

from __future__ import annotations

from components.clouds.aws.ground import AwsPlace
from components.clouds.aws.policies import Statement, allow, own_account
from components.clouds.aws.reach import LIST, READ
from components.foundation import Foundation

__all__ = ["QueueRights", "keeps_hours"]

PUT = ["s3:AbortMultipartUpload", "s3:PutObject"]


def keeps_hours(owner: Foundation) -> bool:
    """Whether releases may have to put scheduled actions back."""
    return bool({"async", "schedule"}.intersection(owner.spec.serving))


class QueueRights:
    """Writes the statements."""

    def __init__(self, owner: Foundation, place: AwsPlace) -> None:
        context = owner.context
        self.place = place
        self.buckets = f"arn:{place.partition}:s3:::{context.start(63, unique=True)}*-queue-{context.suffix}"
        self.endpoints = place.arn("sagemaker", f"endpoint/{context.start(63)}*")
        self.machines = place.arn("states", f"stateMachine:{context.start(80)}*")

    def hours(self) -> list[Statement]:
        """What a release needs to put back the hours of an endpoint."""
        return [
            allow(
                "Hours",
                ["application-autoscaling:PutScheduledAction"],
                self.place.arn("application-autoscaling", "scalable-target/*"),
                when={"StringEquals": {"application-autoscaling:service-namespace": "sagemaker"}},
            )
        ]

    def serve(self) -> list[Statement]:
        """Reads requests, writes answers; where it writes, and by which name, SageMaker decides."""
        return [
            self._objects("QueueRequests", READ, "requests/", "own/"),
            self._objects("QueueWritten", PUT, "written/", "failed/"),
            self._list(),
        ]

    def pipeline(self) -> list[Statement]:
        """Asks for the answer to each request, and brings it to its name."""
        return [
            allow("QueueAsk", ["sagemaker:InvokeEndpointAsync"], self.endpoints),
            self._objects("QueueRead", READ, "requests/", "tickets/", "written/", "failed/"),
            self._objects("QueueWrite", PUT, "answers/", "tickets/"),
            self._objects("QueueTidy", ["s3:DeleteObject"], "tickets/", "written/", "failed/"),
            self._list(),
            allow("QueueStart", ["states:StartExecution"], self.machines),
            allow("QueueTell", ["states:SendTaskSuccess"], "*"),  # it knows no resource: whoever has the token may
        ]

    def submit(self) -> list[Statement]:
        """Puts requests, takes answers; may ask SageMaker by itself."""
        return [
            allow("QueueAsk", ["sagemaker:InvokeEndpointAsync"], self.endpoints),
            self._objects("QueuePut", [*READ, *PUT], "requests/", "own/"),
            self._objects("QueueTake", READ, "answers/", "written/", "failed/"),
            self._list(),
        ]

    def _objects(self, sid: str, actions: list[str], *paths: str) -> Statement:
        return allow(sid, actions, [f"{self.buckets}/{path}*" for path in paths], when=own_account(self.place))

    def _list(self) -> Statement:
        return allow("QueueList", LIST, self.buckets, when=own_account(self.place))
