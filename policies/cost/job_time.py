"""GP-COST-004: jobs have a time limit."""

import json
import re
from collections.abc import Iterator

from policies.checks import at_most, value
from policies.definitions import DOCUMENTS, document, holders
from policies.durations import seconds
from policies.resource import Resource
from policies.rule import Absent, Breach, Check, Rule, Severity
from policies.settings import Settings
from policies.values import ABSENT, is_known


def _seconds(settings: Settings) -> float:
    return settings.max_run_hours * 3600


def _training(path: str, because: str) -> Check:
    """At most the longest run; SageMaker's own limit is a day."""

    def run(resource: Resource, settings: Settings) -> Iterator[Breach]:
        found = resource.at(path)
        longest = 86_400 if found is ABSENT else found
        if is_known(longest) and float(longest) > _seconds(settings):
            yield Breach(f"{path} is {float(longest):g}; it must be {_seconds(settings):g} or less", path)

    return Check(
        run=run,
        reads=(path,),
        passes=_nested(path, 7200),
        fails=(_nested(path, 2_000_000),),
        absent=Absent.PASSES,
        because=because,
    )


def _nested(path: str, found: int) -> dict[str, object]:
    first, last = path.split(".")
    return {first: {last: found}}


def _gke(found: object, settings: Settings) -> str | None:
    return f"it must be {_seconds(settings):g}s or less" if (seconds(found) or 0) > _seconds(settings) else None


def _called(kind: str, passes: object, fails: object) -> Check:
    """Limits within what a workflow starts."""
    path = DOCUMENTS[kind]

    def run(resource: Resource, settings: Settings) -> Iterator[Breach]:
        found = document(resource)
        text = json.dumps(found, default=str) if found is not None else ""
        runs = [int(n) for n in re.findall(r'MaxRuntimeInSeconds\\*": *(\d+)', text)]
        runs += [int(n) for h in holders(found) for n in _timeouts(h)]
        for longest in {max(runs)} if runs else ():
            if longest > _seconds(settings):
                yield Breach(f"it starts a job of {longest} s; it must be {_seconds(settings):g} or less", path)

    return Check(
        run=run, reads=(path,), passes={path: json.dumps(passes)}, fails=({path: json.dumps(fails)},),
        absent=Absent.PASSES,
    )  # fmt: skip


def _timeouts(holder: object) -> list[str]:
    """Vertex AI's `scheduling: {timeout: 7200s}`."""
    scheduling = holder.get("scheduling") if isinstance(holder, dict) else None
    timeout = scheduling.get("timeout") if isinstance(scheduling, dict) else None
    return re.findall(r"^(\d+)s$", timeout) if isinstance(timeout, str) else []


RULE = Rule(
    id="GP-COST-004",
    demand="Jobs have a time limit, and it is not longer than the longest run allowed.",
    why="A job that hangs is paid for until somebody looks.",
    fix="Write max_run for a training; set maxRunHours where runs are longer for good reason.",
    fields=("max_run",),
    source="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StoppingCondition.html",
    severity=Severity.MEDIUM,
    external=("infracost:finops",),
    checks={
        "aws:sagemaker/trainingJob:TrainingJob": _training(
            "stoppingCondition.maxRuntimeInSeconds", "SageMaker stops it after a day"
        ),
        "aws:sagemaker/hyperParameterTuningJob:HyperParameterTuningJob": at_most(
            "config.resourceLimits.maxRuntimeInSeconds",
            _seconds,
            absent=Absent.FAILS,
            because="SageMaker goes on until all its jobs are done",
        ),
        "aws:batch/jobDefinition:JobDefinition": at_most(
            "timeout.attemptDurationSeconds",
            _seconds,
            absent=Absent.FAILS,
            because="Batch lets an attempt run for ever",
        ),
        "gcp:container/nodePool:NodePool": value(
            "nodeConfig.maxRunDuration",
            _gke,
            passes="86400s",
            fails=["864000s"],
            absent=Absent.PASSES,
            because="GKE stops flex-start machines after a week; others serve until they are not needed",
        ),
        "kubernetes:batch/v1:Job": at_most(
            "spec.activeDeadlineSeconds", _seconds, absent=Absent.FAILS, because="Kubernetes sets no deadline"
        ),
        "kubernetes:batch/v1:CronJob": at_most(
            "spec.jobTemplate.spec.activeDeadlineSeconds",
            _seconds,
            absent=Absent.FAILS,
            because="Kubernetes sets no deadline",
        ),
        "aws:sfn/stateMachine:StateMachine": _called(
            "aws:sfn/stateMachine:StateMachine",
            {"StoppingCondition": {"MaxRuntimeInSeconds": 7200}},
            {"StoppingCondition": {"MaxRuntimeInSeconds": 2_000_000}},
        ),
        "gcp:workflows/workflow:Workflow": _called(
            "gcp:workflows/workflow:Workflow",
            {"scheduling": {"timeout": "7200s"}},
            {"scheduling": {"timeout": "2000000s"}},
        ),
    },
)
