"""
One hyper-parameter search as a state machine: on spot where that is asked, then on demand where spot had nothing.

It is started as a run is. SageMaker's search runs an image's own program `train` and no command, so the trial comes as
a channel: AWS's framework images, and others with the package `sagemaker-training`, run the script that the
hyper-parameters name.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_HyperParameterAlgorithmSpecification.html,
https://github.com/aws/sagemaker-training-toolkit
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import pulumi

from components.clouds.aws.job import CHECKPOINT_DIR, INPUTS, OUTPUT_DIR, channels
from components.clouds.aws.states import DESCRIBE_RETRY, State, expr, fail, literal, machine, sdk
from components.clouds.aws.training_run import TrainingRun
from components.training.contract import ARCHIVE, CODE_CHANNEL, SHELL, run_archive
from components.training.tuning import METRIC_LINE, TRIAL, Tuning, rounds, settings, text_of

__all__ = ["CHANNEL", "SCRIPT", "TuningRun"]

ON_DEMAND = "-od"
CHANNEL, SCRIPT = "trial_package", "trial.py"
PIECE = 2500  # characters of a hyper-parameter
LARGEST = 150_000
"""
Bytes of what a trial is told besides its hyper-parameters: the variables that a state sets have 256 KiB.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""
LONGEST_SECONDS = 30 * 86_400
BETWEEN = 900
"""Seconds that a round takes besides its trials: SageMaker does not say whether it or a person stopped a search."""
TARGETS = {"maximize": "Maximize", "minimize": "Minimize"}


@dataclass(frozen=True, kw_only=True)
class TuningRun(TrainingRun):
    """
    What the definition is made of, besides what a run's is.

    Attributes:
        tuning: What is searched.
        script: URI of the folder with the program that a trial starts with.
    """

    tuning: Tuning
    script: pulumi.Output[str]

    def definition(self) -> dict[str, Any]:
        """
        The state machine; Outputs in it are still to be waited for.

        Raises:
            ValueError: There is more to tell a trial than a state can hold.
        """
        first = "OnSpot" if self.max_wait_seconds else "OnDemand"
        states: dict[str, State] = {
            "Read": self._read(),
            "Check": self._check(),
            **self._refused_starts(),
            "Prepare": self._prepare(first),
        }
        if self.max_wait_seconds:
            fallback = "OnDemand" if self.fallback else None
            states |= self._search("OnSpot", "", self._spot_stop(), self.max_wait_seconds, fallback)
        if not self.max_wait_seconds or self.fallback:
            stop = {"StoppingCondition": {"MaxRuntimeInSeconds": self.max_run_seconds}}
            name = ON_DEMAND if self.max_wait_seconds else ""
            states |= self._search("OnDemand", name, stop, self.max_run_seconds, None)
        return machine("Searches the best hyper-parameters of one training", "Read", states | self._ends())

    def _read(self) -> State:
        state = super()._read()
        asked = expr("$states.input.hyperparameters ? $states.input.hyperparameters : {}")
        return {**state, "Assign": {**state["Assign"], "asked": asked}}

    def _refused_starts(self) -> dict[str, State]:
        return {
            **super()._refused_starts(),
            "Searched": fail(
                "Searched",
                f"These are searched; leave them out of hyperparameters: {', '.join(self.tuning.parameters)}.",
            ),
            "OwnImage": fail(
                "OwnImage", "The training has no command, so there is nothing to start in an image. Leave image out."
            ),
        }

    def _refused_when(self) -> list[dict[str, Any]]:
        names = literal(list(self.tuning.parameters))
        searched = f"$count($keys($asked)[$ in {names}]) > 0"
        own = [{"Condition": expr("$own"), "Next": "OwnImage"}] if self.code is not None else []
        return [*super()._refused_when(), {"Condition": expr(searched), "Next": "Searched"}, *own]

    def _told(self, command: list[str]) -> str:
        """JSONata of all that the program is told, as JSON."""
        known = {
            **settings(self.tuning, "aws", command),
            "environment": {**self.environment, "OUTPUT_DIR": OUTPUT_DIR, "RUN": TRIAL},
        }
        if self.checkpoints is not None:
            known["environment"]["CHECKPOINT_DIR"] = f"{CHECKPOINT_DIR}/{TRIAL}"
        if (size := len(json.dumps(known, ensure_ascii=False).encode())) > LARGEST:
            raise ValueError(
                f"tuning, command and environment have {size} bytes as JSON, and {LARGEST} can be told to a trial"
                " (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html)."
                " Write fewer or shorter choices."
            )
        variable = "'INPUT_' & $replace($uppercase($k), /[^A-Z0-9_]/, '_')"
        inputs = f"$each($paths, function($v, $k) {{{{{variable}: '{INPUTS}/' & $k}}}})"
        environment = f"$string($merge([{literal(known.pop('environment'))}, {inputs}]))"
        rest = literal(json.dumps(known)[1:])
        return f"'{{\"hyperparameters\":' & $told & ',\"environment\":' & {environment} & ',' & {rest}"

    def _prepare(self, first: str) -> State:
        """The training of each trial; what runs in it is told by the hyper-parameters that are not searched."""
        algorithm = dict(self.request["AlgorithmSpecification"])
        command = [*algorithm.pop("ContainerEntrypoint", []), *algorithm.pop("ContainerArguments", [])]
        if self.code is not None:
            command = self._archive()
        fixed = {
            "sagemaker_program": SCRIPT,
            "sagemaker_submit_directory": f"{INPUTS}/{CHANNEL}",
            # TensorFlow's image fails a trial that is not told one
            "model_dir": OUTPUT_DIR,
        }
        piece = f"$substring($document, $ * {PIECE}, {PIECE})"
        pieces = f"[0..$floor(($length($document) - 1) / {PIECE})].({{'groundplan_' & ($ + 1): {piece}}})"
        metric = {
            "Name": self.tuning.objective,
            "Regex": METRIC_LINE.format(name=re.escape(self.tuning.objective)),
        }
        job: dict[str, Any] = {
            **{key: value for key, value in self.request.items() if key != "Tags"},
            "AlgorithmSpecification": {
                **algorithm,
                "TrainingImage": expr("$image"),
                "MetricDefinitions": [metric],
            },
            "StaticHyperParameters": expr(
                f"($document := {self._told(command)}; $merge([{literal(fixed)}, {pieces}]))"
            ),
        }
        if self.checkpoints is not None:
            where = pulumi.Output.concat("{% '", self.checkpoints, "/' & $run %}")
            job["CheckpointConfig"] = {"S3Uri": where, "LocalPath": CHECKPOINT_DIR}
        brought = channels(self.data_uri, self.code, {CHANNEL: self.script})
        return {"Type": "Pass", "Assign": {"job": job, "channels": brought}, "Next": first}

    def _archive(self) -> list[str]:
        path = f"{INPUTS}/{CODE_CHANNEL}/{ARCHIVE}"
        if not self.launch:
            return [*SHELL, run_archive(path)]
        return [word for words in self.launch.archive(path).values() for word in words]

    def _job_name(self, suffix: str) -> str:
        # a name of 32 characters has no room for the run's; the same run comes to the same name, and is refused
        return f"'{self.stem}-' & $substring($hash($run, 'SHA-256'), 0, 8) & '{suffix}'"

    def _config(self, longest: int) -> dict[str, Any]:
        tuning = self.tuning
        return {
            "Strategy": "Bayesian",
            "HyperParameterTuningJobObjective": {"Type": TARGETS[tuning.goal], "MetricName": tuning.objective},
            "ResourceLimits": {
                "MaxNumberOfTrainingJobs": tuning.trials,
                "MaxParallelTrainingJobs": tuning.parallel,
                "MaxRuntimeInSeconds": min(LONGEST_SECONDS, rounds(tuning) * (longest + BETWEEN)),
            },
            "ParameterRanges": self._ranges(),
            "TrainingJobEarlyStoppingType": "Auto" if tuning.early_stopping else "Off",
        }

    def _ranges(self) -> dict[str, Any]:
        found: dict[str, list[dict[str, Any]]] = {}
        for name, searched in self.tuning.parameters.items():
            ((kind, values),) = searched.items()
            if kind == "choice":
                one = {"Name": name, "Values": [_plain(text_of(value)) for value in values]}
                found.setdefault("CategoricalParameterRanges", []).append(one)
                continue
            low, high = (str(int(v)) if kind == "int" else repr(float(v)) for v in values)
            scale = "Logarithmic" if kind == "log" else "Linear"
            bounds = {"Name": name, "MinValue": low, "MaxValue": high, "ScalingType": scale}
            found.setdefault(f"{'Integer' if kind == 'int' else 'Continuous'}ParameterRanges", []).append(bounds)
        return found

    def _search(
        self, name: str, suffix: str, stop: dict[str, Any], longest: int, fallback: str | None
    ) -> dict[str, State]:
        """
        A search, what became of it, and where that leads.

        What counts is the best trial: a search that was stopped when its time was over, or in which some trials
        failed, has one too. Without one, the trials say why.
        """
        job = self._job_name(suffix)
        best = "$exists($result.BestTrainingJob.FinalHyperParameterTuningJobObjectiveMetric.Value)"
        by_hand = "$result.HyperParameterTuningJobStatus in ['Stopped', 'Stopping']"
        reasons = "$join([$result.FailureReason, $trials.FailureReason], ' ')"
        no_capacity = (
            f"'Stopped' in $trials.TrainingJobStatus or $contains({reasons}, /CapacityError|ResourceLimitExceeded/)"
        )
        outcomes = []
        if fallback:
            outcomes.append({"Condition": expr(f"$not({by_hand}) and ({no_capacity})"), "Next": fallback})
        arguments = {
            "HyperParameterTuningJobName": expr(job),
            "HyperParameterTuningJobConfig": self._config(longest),
            "TrainingJobDefinition": expr(f"$merge([$job, {{'InputDataConfig': $channels}}, {literal(stop)}])"),
            "Tags": self.request["Tags"],
        }
        return {
            **self._made(name, "HyperParameterTuningJob", job, arguments, fallback),
            f"{name}Outcome": {
                "Type": "Choice",
                "Choices": [{"Condition": expr(best), "Next": "Best"}],
                "Default": f"{name}Trials",
            },
            f"{name}Trials": {
                "Type": "Task",
                "Resource": sdk("sagemaker", "listTrainingJobsForHyperParameterTuningJob"),
                "Arguments": {"HyperParameterTuningJobName": expr(job), "MaxResults": 100},
                "Assign": {
                    "trials": expr(
                        "[$states.result.TrainingJobSummaries.{"
                        "'TrainingJobStatus': TrainingJobStatus,"
                        " 'FailureReason': FailureReason ? FailureReason : ''}]"
                    ),
                },
                "Retry": DESCRIBE_RETRY,
                "Next": f"{name}Why",
            },
            f"{name}Why": {"Type": "Choice", "Choices": outcomes, "Default": "Failed"}
            if outcomes
            else {"Type": "Pass", "Next": "Failed"},
        }

    def _ends(self) -> dict[str, State]:
        found = "$lookup($result.BestTrainingJob.TunedHyperParameters, {})"
        values = []
        for name, searched in self.tuning.parameters.items():
            text = found.format(literal(name))
            if "choice" in searched:
                known = literal({text_of(value): value for value in searched["choice"]})
                values.append(f"{literal(name)}: $lookup({known}, {text})")
            else:
                values.append(f"{literal(name)}: $number({text})")
        best = "$result.BestTrainingJob"
        figure = f"{best}.FinalHyperParameterTuningJobObjectiveMetric.Value"
        why = "$join([$result.FailureReason, $distinct($trials.FailureReason)], ' ')"
        output = (
            f"$merge([{{'run': $run, 'trial': {best}.TrainingJobName,"
            f" 'hyperparameters': $merge([{literal(self.hyperparameters)}, $asked, {{{', '.join(values)}}}]),"
            " 'model': $trained.ModelArtifacts.S3ModelArtifacts},"
            f" {{{literal(self.tuning.objective)}: {figure}}}])"
        )
        return {
            "Best": {
                "Type": "Task",
                "Resource": sdk("sagemaker", "describeTrainingJob"),
                "Arguments": {"TrainingJobName": expr(f"{best}.TrainingJobName")},
                "Assign": {"trained": expr("$states.result")},
                "Retry": DESCRIBE_RETRY,
                "Next": "Done",
            },
            "Done": {"Type": "Succeed", "Output": expr(output)},
            "Failed": fail(
                "TuningFailed",
                expr(
                    "$result.HyperParameterTuningJobName & ' ended as ' & $result.HyperParameterTuningJobStatus & '; '"
                    f" & $substring({why}, 0, 2000)"
                ),
            ),
            "Refused": fail("TuningRefused", expr("$error.Error & ': ' & $error.Cause")),
        }


def _plain(text: str) -> str:
    """A text in which Step Functions sees no expression of its own."""
    return expr(literal(text)) if text.startswith("{%") else text
