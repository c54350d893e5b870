"""Plays SageMaker's searches to a state machine: trials end as a test says."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tests.truth.aws_sagemaker import FakeSageMaker
from tests.truth.aws_states import StateError

__all__ = ["FakeTuner", "Search", "Trial"]


@dataclass(frozen=True)
class Trial:
    """
    How a trial ends.

    Attributes:
        figure: Its objective, where it told one.
        values: What it was told, as text.
        status: `Completed`, `Failed` or `Stopped`.
        reason: Of a failure.
    """

    figure: float | None = None
    values: dict[str, str] = field(default_factory=dict)
    status: str = "Completed"
    reason: str = ""


@dataclass(frozen=True)
class Search:
    """
    How a search ends.

    Attributes:
        trials: Of it.
        status: `Completed`, `Failed` or `Stopped`.
        reason: Of a failure.
        refused: Error and cause with which it is not even made.
    """

    trials: tuple[Trial, ...] = ()
    status: str = "Completed"
    reason: str = ""
    refused: tuple[str, str] | None = None


@dataclass
class FakeTuner(FakeSageMaker):
    """
    An account in which searches run.

    Attributes:
        searches: How each search made ends, in turn.
    """

    searches: list[Search] = field(default_factory=list)
    searched: dict[str, tuple[dict[str, Any], Search]] = field(default_factory=dict)

    def _createHyperParameterTuningJob(self, arguments: dict[str, Any]) -> dict[str, Any]:
        name, search = arguments["HyperParameterTuningJobName"], self.searches.pop(0)
        if name in self.searched:
            raise StateError("SageMaker.ResourceInUseException", "Tuning job names must be unique")
        if search.refused:
            raise StateError(*search.refused)
        self.searched[name] = (arguments, search)
        found = self._describeHyperParameterTuningJob({"HyperParameterTuningJobName": name})
        if search.status == "Failed" or (search.status == "Stopped" and self.raises_when_stopped):
            raise StateError("States.TaskFailed", json.dumps(found))
        return found

    def _describeHyperParameterTuningJob(self, arguments: dict[str, Any]) -> dict[str, Any]:
        name = arguments["HyperParameterTuningJobName"]
        asked, search = self.searched[name]
        told = [one for one in self._summaries(name) if "FinalHyperParameterTuningJobObjectiveMetric" in one]
        goal = asked["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]["Type"]
        pick = max if goal == "Maximize" else min
        best = pick(told, key=lambda one: one["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]) if told else None
        return {
            "HyperParameterTuningJobName": name,
            "HyperParameterTuningJobArn": f"arn:aws:sagemaker:us-east-1:111122223333:hyper-parameter-tuning-job/{name}",
            "HyperParameterTuningJobStatus": search.status,
            **({"BestTrainingJob": best} if best else {}),
            **({"FailureReason": search.reason} if search.reason else {}),
        }

    def _listTrainingJobsForHyperParameterTuningJob(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {"TrainingJobSummaries": self._summaries(arguments["HyperParameterTuningJobName"])}

    def _summaries(self, name: str) -> list[dict[str, Any]]:
        asked, search = self.searched[name]
        objective = asked["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]["MetricName"]
        found = []
        for number, trial in enumerate(search.trials, 1):
            job = f"{name}-{number:03}-1a2b3c4d"
            one: dict[str, Any] = {
                "TrainingJobName": job,
                "TrainingJobStatus": trial.status,
                "TunedHyperParameters": dict(trial.values),
            }
            if trial.reason:
                one["FailureReason"] = trial.reason
            if trial.figure is not None:
                figure = {"MetricName": objective, "Value": trial.figure}
                one["FinalHyperParameterTuningJobObjectiveMetric"] = figure
            output = asked["TrainingJobDefinition"]["OutputDataConfig"]["S3OutputPath"]
            model = f"{output}/{job}/output/model.tar.gz"
            self.made[job] = {"TrainingJobName": job, "ModelArtifacts": {"S3ModelArtifacts": model}}
            found.append(one)
        return found
