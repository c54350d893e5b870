"""The IAM role of each duty: training, serving, orchestrating and submitting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pulumi
from pulumi_aws import iam

from components.clouds.aws.component_rights import ComponentRights, has_components
from components.clouds.aws.ground import AwsPlace, Duty, Role, after, root, tags
from components.clouds.aws.policies import Statement, allow, document, trust
from components.clouds.aws.queue_rights import QueueRights, keeps_hours
from components.clouds.aws.reach import reach
from components.clouds.aws.release_anew import made_anew
from components.clouds.aws.rights import RELEASE_STEM, Means
from components.clouds.aws.step_rights import StepRights
from components.clouds.aws.tuning_rights import followed_searches, searches
from components.foundation import Foundation, Reach

__all__ = ["roles"]


def roles(owner: Foundation, place: AwsPlace, means: Means) -> Mapping[Duty, Role]:
    """Register a role for each duty, with its permissions."""
    sagemaker = trust(place, {"sagemaker": place.arn("sagemaker", "*")})
    states = trust(place, {"states": place.arn("states", f"stateMachine:{owner.context.start(80)}*")})
    account = document(
        # IAM policies of the account say which of its people and pipelines may take this role
        allow("Account", ["sts:AssumeRole"], None, principal={"AWS": root(place)})
    )
    rights = StepRights(owner, place, means)
    train = _role(owner, "train", "Runs training jobs", sagemaker, rights.train())
    train = _reaching(owner, "train", train, owner.spec.train_reach, means)
    serve = _role(owner, "serve", "Serves models", sagemaker, rights.serve())
    serve = _reaching(owner, "serve", serve, owner.spec.serve_reach, means)
    if owner.spec.captures:
        serve = _capturing(owner, serve, rights.captures())
    pipeline = _role(owner, "pipeline", "Starts runs and releases", states, rights.pipeline(train, serve))
    if owner.spec.tunes:
        pipeline = _more(owner, pipeline, "tuning", searches(owner, place))
    if owner.spec.scores:
        pipeline = _more(owner, pipeline, "batch", rights.batches())
    further: dict[Duty, Role] = {}
    if owner.spec.monitors or owner.spec.pipelines:
        steps = _role(owner, "steps", "Runs steps of monitors and pipelines", sagemaker, rights.steps())
        steps = further["steps"] = _reaching(owner, "steps", steps, owner.spec.steps_reach, means)
        pipeline = _more(owner, pipeline, "steps", rights.step_runs(steps))
    if owner.spec.pipelines:
        topic = place.arn("sns", owner.context.name("alerts", limit=256))
        pipeline = _more(owner, pipeline, "chains", rights.chains(topic))
    submit = _role(owner, "submit", "Submits runs, registers and releases versions", account, rights.submit())
    if owner.spec.tunes:
        submit = _with(owner, "submit", submit, "tuning", followed_searches(owner, place))
    if has_components(owner):
        own = ComponentRights(owner, place, RELEASE_STEM)
        serve = _with(owner, "serve", serve, "components", own.serve())
        pipeline = _more(owner, pipeline, "components", own.pipeline())
        submit = _with(owner, "submit", submit, "components", own.submit())
    if owner.spec.stops:
        pipeline = _more(owner, pipeline, "anew", made_anew(owner, place, RELEASE_STEM))
    queues = QueueRights(owner, place)
    if keeps_hours(owner):
        pipeline = _more(owner, pipeline, "hours", queues.hours())
    if "async" in owner.spec.serving:
        serve = _with(owner, "serve", serve, "queue", queues.serve())
        pipeline = _more(owner, pipeline, "queue", queues.pipeline())
        submit = _with(owner, "submit", submit, "queue", queues.submit())
    return {"train": train, "serve": serve, "pipeline": pipeline, "submit": submit, **further}


def _role(
    owner: Foundation, duty: Duty, description: str, trusted: pulumi.Output[str], may: Iterable[Statement]
) -> Role:
    context = owner.context
    made = iam.Role(
        duty,
        name=context.name(duty, limit=64, unique=True),  # IAM has one name space for all regions
        description=f"{description} of {context.blueprint} {context.environment}",
        assume_role_policy=trusted,
        max_session_duration=3600,
        tags=tags(context),
        opts=owner.child(),
    )
    policy = iam.RolePolicy(f"{duty}-policy", name=duty, role=made.name, policy=document(*may), opts=owner.child())
    return Role(made.name, after(made.arn, policy))


def _reaching(owner: Foundation, duty: Duty, role: Role, asked: Reach, means: Means) -> Role:
    """The role with what it may use outside the stack; its ARN comes once it may."""
    made = reach(owner, duty, role.name, asked, means.artifacts)
    return replace(role, arn=after(role.arn, *made), reach=asked) if made else role


def _with(owner: Foundation, duty: Duty, role: Role, what: str, may: Iterable[Statement]) -> Role:
    """The role with what only some stacks have; apart, so that the first of them changes nothing else."""
    policy = iam.RolePolicy(f"{duty}-{what}", name=what, role=role.name, policy=document(*may), opts=owner.child())
    return replace(role, arn=after(role.arn, policy))


def _more(owner: Foundation, pipeline: Role, what: str, may: Iterable[Statement]) -> Role:
    """
    The pipeline's role with what only some stacks have, by a policy of its own.

    All inline policies of a role share 10,240 characters, which those of a stack with everything would not fit in; a
    managed policy has 6,144 to itself, and a role ten of them.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    context = owner.context
    policy = iam.Policy(
        f"pipeline-{what}",
        name=context.name("pipeline", what, limit=128, unique=True),
        description=f"What the pipeline role of {context.blueprint} {context.environment} may do besides",
        policy=document(*may),
        tags=tags(context),
        opts=owner.child(),
    )
    attached = iam.RolePolicyAttachment(
        f"pipeline-{what}-attached", role=pipeline.name, policy_arn=policy.arn, opts=owner.child()
    )
    return replace(pipeline, arn=after(pipeline.arn, attached))


def _capturing(owner: Foundation, serve: Role, may: Iterable[Statement]) -> Role:
    """Likewise with the buckets in which endpoints record; apart, so that the first of them changes nothing else."""
    policy = iam.RolePolicy("serve-capture", name="capture", role=serve.name, policy=document(*may), opts=owner.child())
    return replace(serve, arn=after(serve.arn, policy), captures=True)
