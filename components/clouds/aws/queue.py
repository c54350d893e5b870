"""
Requests to an asynchronous endpoint as files: where they lie, what brings each to SageMaker, and names its answer.

A file under `requests/` starts an execution of its own, which asks SageMaker and leaves a ticket where the answer will
be; SageMaker's file finds the ticket and wakes the execution, which names the answer after the request.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_aws import s3

from components.base import Component
from components.catalog import Machine
from components.clouds.aws.alarms import NAME_LIMIT
from components.clouds.aws.answers import Answers
from components.clouds.aws.ground import AwsGround, Bucket, tags
from components.clouds.aws.held import REQUESTS, Held
from components.clouds.aws.hours import turns
from components.clouds.aws.queue_steps import ANSWERS, ASKED, Desk
from components.clouds.aws.starts import Starts
from components.clouds.aws.states import state_machine
from components.clouds.aws.store import Store, expire, keep_versions
from components.clouds.aws.variant import Scaling, held, see_scalable
from components.clouds.aws.wake import Wake
from components.endpoint import Endpoint, EndpointSpec, Queue

__all__ = ["Room", "queue_scaling", "room", "see_queue", "serve"]

OVERWRITTEN_DAYS = 1
BACKLOG = 5  # requests that wait for each machine, where the blueprint names no target; the number of AWS's own example
# Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointAsync.html
LEAST_AGE_SECONDS, MOST_AGE_SECONDS = 60, 21_600
_API = "docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointAsync.html"
_METRICS = "docs.aws.amazon.com/sagemaker/latest/dg/async-inference-monitor.html"


@dataclass(frozen=True)
class Room:
    """The bucket in which requests wait, and answers are kept."""

    bucket: Bucket
    queue: Queue

    @property
    def requests_uri(self) -> pulumi.Output[str]:
        """Where a caller puts a file."""
        return self.bucket.uri(ASKED)

    @property
    def answers_uri(self) -> pulumi.Output[str]:
        """Where the answer to it arrives."""
        return self.bucket.uri(ANSWERS)

    def answers(self, key_arn: pulumi.Output[str], at_once: int | None) -> Answers:
        """Where SageMaker writes, by names of its own."""
        return Answers(self.bucket.uri("written"), self.bucket.uri("failed"), key_arn, at_once)


def room(owner: Component, ground: AwsGround, queue: Queue) -> Room:
    """A bucket of the endpoint's own: only so has what waits in it its own end, and its own readers."""
    store = Store(
        owner,
        f"{owner.name}-queue",
        owner.context.name(owner.name, "queue", limit=63, unique=True),
        ground.key_arn,
        [keep_versions(OVERWRITTEN_DAYS), expire("kept", "", queue.retain.days)],
        access_logs=ground.access_logs,
    ).build()
    s3.BucketNotification(f"{owner.name}-queue-arrivals", bucket=store.name, eventbridge=True, opts=owner.child())
    return Room(store, queue)


def serve(owner: Component, ground: AwsGround, waiting: Room, endpoint: pulumi.Output[str]) -> None:
    """Register what answers requests: three state machines, and what starts them."""
    context = owner.context
    desk = Desk(waiting.bucket.name, endpoint, waiting.queue.max_age.seconds)
    names = {what: context.name(owner.name, f"queue-{what}", limit=80) for what in ("request", "gate", "answer")}
    asked = state_machine(owner, ground, f"{owner.name}-queue-request", names["request"], desk.request())
    gate = state_machine(owner, ground, f"{owner.name}-queue-gate", names["gate"], desk.gate(asked.arn), kind="EXPRESS")
    told = state_machine(owner, ground, f"{owner.name}-queue-answer", names["answer"], desk.answer(), kind="EXPRESS")
    Starts(owner, ground, gate.arn, names["gate"]).on_objects("queue-requests", waiting.bucket, f"{ASKED}/")
    answered = Starts(owner, ground, told.arn, names["answer"])
    answered.on_objects("queue-written", waiting.bucket, "written/")
    answered.on_objects("queue-failed", waiting.bucket, "failed/")


def see_queue(spec: EndpointSpec) -> None:
    """
    Refuse what SageMaker's queue can't do.

    Raises:
        ValueError: It is asked for.
    """
    queue = spec.queue or Queue()
    age = queue.max_age.seconds
    if not LEAST_AGE_SECONDS <= age <= MOST_AGE_SECONDS:
        nearest = "1m" if age < LEAST_AGE_SECONDS else "6h"
        raise ValueError(
            f"queue.max_age is {queue.max_age}; SageMaker keeps a request waiting 1 minute to 6 hours ({_API})."
            f" Write max_age: {nearest}."
        )
    if spec.capture:
        raise ValueError(
            "capture: SageMaker documents data capture of real-time endpoints and of transform jobs alone"
            " (docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture.html). Requests and answers are files"
            " already, kept for queue.retain. Leave capture out."
        )
    rollout = spec.rollout
    if rollout and rollout.steps and not rollout.equal:
        first = f"{min(rollout.steps[0].value, 50):g}%"
        raise ValueError(
            "rollout.steps are not equal, which SageMaker's deployment guardrails want; an asynchronous endpoint has"
            " one variant, so no weights to shift by"
            " (docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green-linear.html)."
            f" Write steps: [{first}]."
        )


def waits(spec: EndpointSpec, machine: Machine, endpoint: str) -> Held:
    """
    What the autoscaler of a queue holds: as many requests that wait for each machine, or the use of the machines.

    Raises:
        NoMachine: SageMaker has no such metric of the machine.
        ValueError: It has none of the queue, or of machines where there may be none.
    """
    target = spec.scale.target
    if target is None or target.concurrent_requests:
        backlog = target.concurrent_requests if target and target.concurrent_requests else BACKLOG
        return Held("ApproximateBacklogSizePerInstance", backlog, REQUESTS, (("EndpointName", endpoint),))
    if not (target.cpu_utilisation or target.gpu_utilisation):
        raise ValueError(
            f"scale.target: of a queue SageMaker measures what waits, not what comes ({_METRICS})."
            " Write scale.target: {concurrent_requests: 4}, or leave target out."
        )
    if may_be_empty(spec):
        raise ValueError(
            f"scale.target: where there is no machine none is in use ({_METRICS}), so that none would come."
            " Write scale.target: {concurrent_requests: 4}, or scale.min: 1."
        )
    return held(spec, machine, endpoint)


def queue_scaling(owner: Endpoint, machine: Machine, endpoint: str, policy: str) -> Scaling:
    """
    The autoscaler of a queue's machines.

    Raises:
        NoMachine: SageMaker has no such metric of the machine, or does not scale it.
        ValueError: It has no such target.
    """
    spec, context = owner.spec, owner.context
    see_scalable(machine)
    wake = None
    if may_be_empty(spec):
        wake = Wake(
            policy=context.name(owner.name, "wake", limit=255),
            alarm=context.name(owner.name, "wake", limit=NAME_LIMIT),
            endpoint=endpoint,
            says=f"Requests to {owner.name} wait, and no machine is there",
        )
    found = waits(spec, machine, endpoint)
    return Scaling(endpoint, spec.scale, policy, found, tags(context), tuple(turns(owner, spec.scale)), wake)


def may_be_empty(spec: EndpointSpec) -> bool:
    """Whether at some hours no machine stands by."""
    return not spec.scale.min or any(not hours.min for hours in spec.scale.schedule.values())
