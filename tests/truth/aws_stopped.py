"""Plays an account to the hard stop: its budget, what starts, runs and serves in it, of this stack and of another."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.truth.aws_components import FakeComponents
from tests.truth.aws_sagemaker import FakeSageMaker
from tests.truth.aws_states import StateError

__all__ = ["Account", "schedule"]

ARN = "arn:aws:{}:us-east-1:111122223333:"
JOBS = ("HyperParameterTuningJob", "TrainingJob", "TransformJob")
KEY = f"{ARN.format('kms')}key/k"


def schedule(machine: str, role: str, state: str = "ENABLED") -> dict[str, Any]:
    """A schedule as `GetSchedule` tells it."""
    return {
        "Arn": f"{ARN.format('scheduler')}schedule/default/x",
        "CreationDate": "2026-11-01T00:00:00Z",
        "LastModificationDate": "2026-11-01T00:00:00Z",
        "GroupName": "default",
        "ScheduleExpression": "cron(0 2 * * ? *)",
        "ScheduleExpressionTimezone": "Europe/Paris",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "KmsKeyArn": KEY,
        "Description": "Starts it",
        "State": state,
        "Target": {"Arn": machine, "RoleArn": role, "Input": "{}"},
    }


@dataclass(kw_only=True)
class Account:
    """
    What the hard stop, and releases, call.

    Attributes:
        spend: Of the month, as AWS Budgets tells it; None where it does not know.
        limit: Of the budget.
        schedules, rules: By name; a rule is its state.
        machines: ARN of each state machine to its type.
        executions: ARN to status.
        jobs: Kind of job to the status of each.
        apps: Of all Studio domains.
        endpoints: Name to each endpoint.
        components: Inference components.
        by_components: Names of the endpoints that have them.
        refused: What the API refuses: operation and part of its arguments.
        page: How many of a list come at once.
    """

    spend: str | float | None = "0"
    limit: str | float = "300"
    schedules: dict[str, dict[str, Any]] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)
    machines: dict[str, str] = field(default_factory=dict)
    executions: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, dict[str, str]] = field(default_factory=lambda: {kind: {} for kind in JOBS})
    apps: list[dict[str, Any]] = field(default_factory=list)
    endpoints: dict[str, FakeSageMaker] = field(default_factory=dict)
    components: FakeComponents = field(default_factory=lambda: FakeComponents(models={}))
    by_components: tuple[str, ...] = ()
    refused: set[tuple[str, str]] = field(default_factory=set)
    page: int = 2
    held: dict[tuple[str, str], str] = field(default_factory=dict)
    told: list[tuple[str, str]] = field(default_factory=list)
    stopped_jobs: list[str] = field(default_factory=list)
    releases: int = 1

    def __call__(self, service: str, operation: str, arguments: dict[str, Any]) -> Any:
        for name, part in self.refused:
            if name == operation and part in json.dumps(arguments):
                raise StateError(f"{service}.{service}Exception", "Access denied")
        own: Callable[[dict[str, Any]], Any] | None = getattr(self, f"_{operation[0].lower()}{operation[1:]}", None)
        if own:
            return own(arguments)
        return self._whose(arguments)(service, operation, arguments)

    def note(self) -> dict[str, Any]:
        """What is written down; empty where nothing is."""
        return next((json.loads(body) for (_b, key), body in self.held.items() if key == "budget/stopped.json"), {})

    def hour(self) -> None:
        """The next hour begins: trials have ended with their searches, and what was on its way is through."""
        for search in self.stopped_jobs:
            trials = [name for name in self.jobs["TrainingJob"] if name.startswith(f"{search}-")]
            self.jobs["TrainingJob"] |= dict.fromkeys(trials, "Stopped")

    def on(self) -> set[str]:
        """Names of the schedules and rules that are on."""
        found = {name for name, known in self.schedules.items() if known["State"] == "ENABLED"}
        return found | {name for name, state in self.rules.items() if state == "ENABLED"}

    def running(self) -> set[str]:
        """Executions and jobs."""
        found = {name for held in self.jobs.values() for name, status in held.items() if status == "InProgress"}
        return found | {arn for arn, status in self.executions.items() if status == "RUNNING"}

    def _whose(self, arguments: dict[str, Any]) -> Any:
        """Whoever is spoken of; a part of the name is enough, as models and configurations have more of it."""
        text = json.dumps(arguments)
        if "omponent" in text or any(f"-{stem}-" in text for stem in self.by_components):
            return self.components
        known = sorted(self.endpoints, key=len, reverse=True)
        return self.endpoints[next((name for name in known if name in text), known[0])]

    def _pages(self, items: Iterable[Any], key: str, arguments: dict[str, Any]) -> Any:
        found, at = list(items), int(arguments.get("NextToken", "0"))
        page = {key: found[at : at + self.page]}
        return {**page, "NextToken": str(at + self.page)} if at + self.page < len(found) else page

    def _describeBudget(self, _arguments: dict[str, Any]) -> Any:
        told: dict[str, Any] = {"BudgetLimit": {"Amount": self.limit, "Unit": "USD"}}
        if self.spend is not None:
            told["CalculatedSpend"] = {"ActualSpend": {"Amount": self.spend, "Unit": "USD"}}
        return {"Budget": told}

    # S3 and SNS

    def _getObject(self, arguments: dict[str, Any]) -> Any:
        where = (arguments["Bucket"], arguments["Key"])
        if where not in self.held:
            raise StateError("S3.NoSuchKeyException", "The specified key does not exist.")
        return {"Body": self.held[where]}

    def _putObject(self, arguments: dict[str, Any]) -> Any:
        self.held[arguments["Bucket"], arguments["Key"]] = arguments["Body"]
        return {"ETag": '"1"'}

    def _deleteObject(self, arguments: dict[str, Any]) -> Any:
        self.held.pop((arguments["Bucket"], arguments["Key"]), None)
        return {}

    def _publish(self, arguments: dict[str, Any]) -> Any:
        assert len(arguments["Subject"]) <= 100
        assert arguments["Subject"].isascii()
        self.told.append((arguments["Subject"], arguments["Message"]))
        return {"MessageId": "1"}

    # EventBridge

    def _listSchedules(self, arguments: dict[str, Any]) -> Any:
        found = [
            {"Name": name, "State": known["State"]}
            for name, known in self.schedules.items()
            if name.startswith(arguments["NamePrefix"]) and known["State"] == arguments["State"]
        ]
        return self._pages(found, "Schedules", arguments)

    def _getSchedule(self, arguments: dict[str, Any]) -> Any:
        if arguments["Name"] not in self.schedules:
            raise StateError("Scheduler.ResourceNotFoundException", "Schedule does not exist.")
        return {"Name": arguments["Name"], **self.schedules[arguments["Name"]]}

    def _updateSchedule(self, arguments: dict[str, Any]) -> Any:
        """What is not said is unset."""
        known = self.schedules[arguments["Name"]]
        told = {key: known[key] for key in ("Arn", "CreationDate", "LastModificationDate")}
        self.schedules[arguments["Name"]] = {**told, **{k: v for k, v in arguments.items() if k != "Name"}}
        return {"ScheduleArn": known["Arn"]}

    def _listRules(self, arguments: dict[str, Any]) -> Any:
        found = [
            {"Name": name, "State": state}
            for name, state in self.rules.items()
            if name.startswith(arguments["NamePrefix"])
        ]
        return self._pages(found, "Rules", arguments)

    def _disableRule(self, arguments: dict[str, Any]) -> Any:
        self.rules[arguments["Name"]] = "DISABLED"
        return {}

    def _enableRule(self, arguments: dict[str, Any]) -> Any:
        if arguments["Name"] not in self.rules:
            raise StateError("EventBridge.ResourceNotFoundException", "Rule does not exist.")
        self.rules[arguments["Name"]] = "ENABLED"
        return {}

    # Step Functions

    def _listStateMachines(self, arguments: dict[str, Any]) -> Any:
        found = [
            {"StateMachineArn": arn, "Name": arn.rpartition(":")[2], "Type": kind}
            for arn, kind in self.machines.items()
        ]
        return self._pages(found, "StateMachines", arguments)

    def _listExecutions(self, arguments: dict[str, Any]) -> Any:
        machine = arguments["StateMachineArn"].rpartition(":")[2]
        assert self.machines.get(arguments["StateMachineArn"]) != "EXPRESS", "an express one has no list"
        found = [
            {"ExecutionArn": arn}
            for arn, status in self.executions.items()
            if arn.split(":")[6] == machine and status == arguments["StatusFilter"]
        ]
        return self._pages(found, "Executions", arguments)

    def _stopExecution(self, arguments: dict[str, Any]) -> Any:
        self.executions[arguments["ExecutionArn"]] = "ABORTED"
        return {"StopDate": "2026-11-21T10:20:05Z"}

    # jobs and notebooks of SageMaker

    def _jobs(self, kind: str, arguments: dict[str, Any]) -> Any:
        found = [{f"{kind}Name": n} for n, status in self.jobs[kind].items() if status == arguments["StatusEquals"]]
        return self._pages(found, f"{kind}Summaries", arguments)

    def _stop(self, kind: str, arguments: dict[str, Any]) -> Any:
        name = arguments[f"{kind}Name"]
        if self.jobs[kind][name] != "InProgress" or name.endswith("-over"):
            status = "Completed" if name.endswith("-over") else self.jobs[kind][name]
            cause = f"The request was rejected because the job is in status {status}."
            raise StateError("SageMaker.SageMakerException", cause)
        self.jobs[kind][name] = "Stopping"
        self.stopped_jobs.append(name)
        return {}

    def _listHyperParameterTuningJobs(self, arguments: dict[str, Any]) -> Any:
        return self._jobs("HyperParameterTuningJob", arguments)

    def _listTrainingJobs(self, arguments: dict[str, Any]) -> Any:
        return self._jobs("TrainingJob", arguments)

    def _listTransformJobs(self, arguments: dict[str, Any]) -> Any:
        return self._jobs("TransformJob", arguments)

    def _stopHyperParameterTuningJob(self, arguments: dict[str, Any]) -> Any:
        return self._stop("HyperParameterTuningJob", arguments)

    def _stopTrainingJob(self, arguments: dict[str, Any]) -> Any:
        return self._stop("TrainingJob", arguments)

    def _stopTransformJob(self, arguments: dict[str, Any]) -> Any:
        return self._stop("TransformJob", arguments)

    def _listApps(self, arguments: dict[str, Any]) -> Any:
        found = [app for app in self.apps if app["DomainId"] == arguments["DomainIdEquals"]]
        return self._pages(found, "Apps", arguments)

    def _deleteApp(self, arguments: dict[str, Any]) -> Any:
        (app,) = [a for a in self.apps if arguments.items() <= a.items()]
        app["Status"] = "Deleting"
        return {}
