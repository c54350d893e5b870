"""
What of a stack the hard stop switches off and cancels: starters, executions, jobs, apps of notebooks.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html (how a task calls it,
    and how the names of errors begin)
"""

from __future__ import annotations

from components.base import Context
from components.clouds.aws.rights import JOB_STEM, SCORE_STEM
from components.clouds.aws.states import literal
from components.clouds.aws.stop_lists import Kind, Listed, starts_with
from components.clouds.aws.tuning_rights import TUNE_STEM

__all__ = ["APPS", "EXECUTIONS", "jobs", "machines", "rewritten", "rules", "schedules"]

_JOBS = {"StatusEquals": "InProgress", "MaxResults": 100}
# of what describes a schedule, what writes it
_WRITTEN = [
    "ActionAfterCompletion",
    "Description",
    "EndDate",
    "FlexibleTimeWindow",
    "GroupName",
    "KmsKeyArn",
    "Name",
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "StartDate",
    "Target",
]


def rewritten(state: str) -> str:
    """
    Expression of the arguments that give the schedule `$thing` a state: what an update does not say is unset.

    Source: https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html
    """
    return f"$merge([$sift($thing, function($v, $k) {{$k in {literal(_WRITTEN)}}}), {{'State': '{state}'}}])"


def schedules(context: Context, own: str) -> Kind:
    """Those of EventBridge Scheduler that are on, but for the one that starts the stop."""
    return Kind(
        name="Schedule",
        what="schedule",
        service="scheduler",
        prefix="Scheduler",
        lists="listSchedules",
        asked={"GroupName": "default", "NamePrefix": context.start(64), "State": "ENABLED", "MaxResults": 100},
        picks=f"$states.result.Schedules[Name != {literal(own)}].Name",
        read="getSchedule",
        reads="{'GroupName': 'default', 'Name': $it}",
        stops="updateSchedule",
        sent=rewritten("DISABLED"),
    )


def rules(context: Context) -> Kind:
    """Rules of EventBridge that are on: files that arrive, alarms that are raised."""
    return Kind(
        name="Rule",
        what="rule",
        service="eventbridge",
        prefix="EventBridge",
        lists="listRules",
        asked={"NamePrefix": context.start(64), "Limit": 100},
        picks="$states.result.Rules[State != 'DISABLED'].Name",
        stops="disableRule",
        sent="{'Name': $it}",
    )


def machines(context: Context, spared: list[str]) -> Listed:
    """
    State machines whose executions are stopped; those of express ones are over by themselves.

    Args:
        context: The stack's.
        spared: Names of others: the stop's own, and those whose executions only wait.
    """
    mine = f"{starts_with('Name', context.start(80))} and Type = 'STANDARD' and $not(Name in {literal(spared)})"
    return Listed(
        name="Machine",
        what="state machine",
        service="sfn",
        prefix="Sfn",
        lists="listStateMachines",
        asked={"MaxResults": 1000},
        picks=f"$states.result.StateMachines[{mine}].StateMachineArn",
    )


EXECUTIONS = Kind(
    name="Execution",
    what="execution",
    service="sfn",
    prefix="Sfn",
    lists="listExecutions",
    asked={"StatusFilter": "RUNNING", "MaxResults": 1000},
    and_asked="{'StateMachineArn': $machineFound[$machineFoundAt]}",
    picks="$states.result.Executions.ExecutionArn",
    more="$machineFoundAt < $count($machineFound)",
    turn={"machineFoundAt": "{% $states.result.NextToken ? $machineFoundAt : $machineFoundAt + 1 %}"},
    skip={"machineFoundAt": "{% $machineFoundAt + 1 %}"},
    stops="stopExecution",
    sent="{'ExecutionArn': $it, 'Error': 'Stopped', 'Cause': 'The limit of the budget is reached.'}",
    label="$join($split($it, ':')[[6..7]], ' ')",
)
"""Of every state machine in turn: `arn:aws:states:<region>:<account>:execution:<machine>:<execution>`."""


def jobs(context: Context) -> list[Kind]:
    """
    Searches first, as they start trials; SageMaker stops the trials of one with it.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopHyperParameterTuningJob.html
    """
    trial = "$count($filter($searchFound, function($s) {$substring($name, 0, $length($s) + 1) = $s & '-'})) > 0"
    names = f"$states.result.TrainingJobSummaries[{starts_with('TrainingJobName', context.start(JOB_STEM))}]"
    return [
        _job("Search", "search", "HyperParameterTuningJob", context.start(TUNE_STEM)),
        _job(
            "Training",
            "training job",
            "TrainingJob",
            context.start(JOB_STEM),
            picks=f"$filter({names}.TrainingJobName, function($name) {{$not({trial})}})",
        ),
        _job("Transform", "batch job", "TransformJob", context.start(SCORE_STEM)),
    ]


def _job(name: str, what: str, api: str, start: str, *, picks: str = "") -> Kind:
    """A kind of job, as SageMaker's API calls it."""
    mine = f"$states.result.{api}Summaries[{starts_with(f'{api}Name', start)}].{api}Name"
    return Kind(
        name=name,
        what=what,
        service="sagemaker",
        prefix="SageMaker",
        lists=f"list{api}s",
        asked=_JOBS,
        picks=picks or mine,
        stops=f"stop{api}",
        sent=f"{{'{api}Name': $it}}",
    )


APPS = Kind(
    name="App",
    what="notebook",
    service="sagemaker",
    prefix="SageMaker",
    lists="listApps",
    asked={"MaxResults": 100},
    and_asked="{'DomainIdEquals': $studio}",
    picks="$states.result.Apps[Status in ['InService', 'Pending']]",
    stops="deleteApp",
    sent="$merge([$sift($it, function($v, $k) {$k in ['DomainId', 'AppType', 'AppName', 'SpaceName']}),"
    " $it.SpaceName ? {} : {'UserProfileName': $it.UserProfileName}])",
    label="($it.SpaceName ? $it.SpaceName : $it.UserProfileName)",
)
"""Machines of the stack's own Studio domain; a space keeps its disk."""
