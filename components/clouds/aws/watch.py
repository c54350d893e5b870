"""
A look at a window of what an endpoint was asked, as a state machine: what it finds becomes metrics, which alarms watch.

It is started with `{"signals": ["drift"], "hours": 1}`, both optional. The window ends with the last whole hour; that
of figures which need the truth ends `delay` before. A window without requests has no figure but `rows`, which is 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi

from components.clouds.aws.release_means import CANDIDATE
from components.clouds.aws.states import State, caught, expr, fail, literal, machine, sdk
from components.clouds.aws.step import NEW_RUN, S3_RETRY, Step
from components.clouds.aws.variant import VARIANT

__all__ = ["LARGEST_DRIFT", "Truth", "Watch"]

LARGEST_DRIFT = "largest_drift"
"""Metric: the larger of `drift` and `prediction_drift`, which the alarm watches."""
FIGURES = {"drift": ["drift", "prediction_drift"], "data_quality": ["data_quality"], "quality": ["quality"]}
LONGEST_HOURS = 24
HOUR = 3_600_000  # milliseconds
FEW_HOURS = 3
"""Hours that are a channel each; more of the same ten are one, and the step leaves out what is not of the window."""


@dataclass(frozen=True)
class Truth:
    """
    Where labels come, for the signals that need them.

    Attributes:
        signals: Those.
        delay: Seconds after an answer at which its truth is known.
        path: Of the labels, as the step reads it.
        bucket, prefix: The same, to see whether there are any.
    """

    signals: list[str]
    delay: int
    path: pulumi.Output[str]
    bucket: pulumi.Output[str]
    prefix: pulumi.Output[str]


@dataclass(frozen=True)
class Watch:
    """
    What the definition is made of.

    Attributes:
        label: Of the monitor, for people.
        endpoint: Name of the endpoint.
        namespace: Of the metrics.
        settings: Signal to what the step is told of it.
        fixed: What it is told of each.
        truth: Of the signals that need it; None where none does.
        hours: Length of a window where the start names none.
        baseline: Path of what windows are held against.
        bucket, prefix: Where the endpoint records.
        step: What runs it.
    """

    label: str
    endpoint: pulumi.Output[str]
    namespace: str
    settings: dict[str, dict[str, Any]]
    fixed: dict[str, Any]
    truth: Truth | None
    hours: int
    baseline: pulumi.Output[str]
    bucket: pulumi.Output[str]
    prefix: pulumi.Output[str]
    step: Step

    def definition(self) -> dict[str, Any]:
        """The state machine; Outputs in it are still to be waited for."""
        states = self._read() | self._window() | self._labels() | self._ask() | self._tell() | self._ends()
        return machine(f"Looks at what {self.label} was asked", "Read", states)

    @property
    def _late(self) -> list[str]:
        return self.truth.signals if self.truth else []

    def _read(self) -> dict[str, State]:
        """What is asked: a window for the signals that need no truth, and an earlier one for those that do."""
        given, signals = "$states.input", list(self.settings)
        delay = self.truth.delay if self.truth else 0
        now = "$toMillis($states.context.Execution.StartTime)"
        one = (
            "function($late, $ends) {{ {{'late': $late, 'signals': [$asked[$late = ($ in {late})]], 'until': $ends}} }}"
        )
        window = (one.replace("{{", "{").replace("}}", "}")).replace("{late}", literal(self._late))
        looks = (
            f"($asked := [{given}.signals ? {given}.signals : {literal(signals)}]; $look := {window};"
            f" [[$look(false, $floor({now} / {HOUR})), $look(true, $floor(({now} - {delay * 1000}) / {HOUR}))]"
            "[$count(signals) > 0]])"
        )
        odd = f"$count([$keys({given})[$not($ in ['signals', 'hours'])]]) > 0"
        unknown = f"$count([$append([], {given}.signals)[$not($ in {literal(signals)})]]) > 0"
        return {
            "Read": {
                "Type": "Pass",
                "Assign": {
                    "run": expr(NEW_RUN),
                    "odd": expr(f"{odd} or {unknown}"),
                    "hours": expr(f"$exists({given}.hours) ? {given}.hours : {self.hours}"),
                    "looks": expr(looks),
                    # looks are as far apart as windows are long, so each has its own period of the alarm
                    "stamp": expr(f"$fromMillis($floor({now} / {HOUR}) * {HOUR})"),
                    "n": 0,
                    "windows": [],
                    "failure": "",
                },
                "Next": "Check",
            },
            "Check": {
                "Type": "Choice",
                "Choices": [
                    {"Condition": expr("$odd or $count($looks) = 0"), "Next": "BadStart"},
                    {"Condition": expr("$type($hours) != 'number'"), "Next": "BadStart"},
                    {
                        "Condition": expr(f"$hours < 1 or $hours > {LONGEST_HOURS} or $floor($hours) != $hours"),
                        "Next": "BadStart",
                    },
                ],
                "Default": "Window",
            },
        }

    def _window(self) -> dict[str, State]:
        """
        Which prefixes hold the window's captures; SageMaker takes no channel without a file.

        Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
            (…/<endpoint>/<variant>/yyyy/mm/dd/hh/)
        """
        path = f"$replace($substring($fromMillis($ * {HOUR}), 0, 13), /[-T]/, '/')"
        blocks = (
            f"($all := [[$from..$to - 1].({path})]; $tens := $distinct([$all.$substring($, 0, 12)]);"
            " [$tens.($ten := $; $of := [$all[$substring($, 0, 12) = $ten]];"
            f" $count($of) > {FEW_HOURS} ? $ten : [$of.($ & '/')])])"
        )
        base: list[Any] = ["{% ($to := $looks[$n].until; $from := $to - $hours; $blocks := ", blocks]
        base += ["; [", literal([VARIANT, CANDIDATE]), ".($variant := $; [$blocks].('", self.prefix, "/", self.endpoint]
        base += ["/' & $variant & '/' & $))]) %}"]
        return {
            "Window": {
                "Type": "Pass",
                "Assign": {
                    "look": expr("$looks[$n]"),
                    "since": expr(f"$fromMillis(($looks[$n].until - $hours) * {HOUR})"),
                    "until": expr(f"$fromMillis($looks[$n].until * {HOUR})"),
                    "prefixes": pulumi.Output.concat(*base),
                    "found": [],
                    "i": 0,
                    "report": {"metrics": {"rows": 0}},
                },
                "Next": "Look",
            },
            "Look": {
                "Type": "Task",
                "Resource": sdk("s3", "listObjectsV2"),
                "Arguments": {"Bucket": self.bucket, "Prefix": expr("$prefixes[$i]"), "MaxKeys": 1},
                "Assign": {
                    "found": expr("$states.result.KeyCount > 0 ? [$append($found, $prefixes[$i])] : $found"),
                    "i": expr("$i + 1"),
                },
                "Retry": S3_RETRY,
                "Catch": [caught("Failed")],
                "Next": "More",
            },
            "More": {
                "Type": "Choice",
                "Choices": [
                    {"Condition": expr("$i < $count($prefixes)"), "Next": "Look"},
                    {"Condition": expr("$count($found) = 0"), "Next": "Figures"},
                    *([{"Condition": expr("$look.late"), "Next": "Labels"}] if self.truth else []),
                ],
                "Default": "Ask",
            },
        }

    def _labels(self) -> dict[str, State]:
        if not self.truth:
            return {}
        return {
            "Labels": {
                "Type": "Task",
                "Resource": sdk("s3", "listObjectsV2"),
                "Arguments": {"Bucket": self.truth.bucket, "Prefix": self.truth.prefix, "MaxKeys": 1},
                "Assign": {"labels": expr("$states.result.KeyCount")},
                "Retry": S3_RETRY,
                "Catch": [caught("Failed")],
                "Next": "AreLabels",
            },
            "AreLabels": {
                "Type": "Choice",
                "Choices": [{"Condition": expr("$labels = 0"), "Next": "Figures"}],
                "Default": "Ask",
            },
        }

    def _ask(self) -> dict[str, State]:
        told = literal(self.settings)
        always = "'quality' in $keys($all) and $look.late ? {'quality': $all.quality} : {}"
        settings = (
            f"($all := {told}; $string($merge([{literal(self.fixed)}, {{'since': $since, 'until': $until}}, {always},"
            " $sift($all, function($v, $k) {$k in $look.signals})])))"
        )
        labels: list[Any] = [", $look.late ? {'labels': '", self.truth.path, "'} : {}"] if self.truth else []
        paths = [
            "{% $merge([{'baseline': '",
            self.baseline,
            "'}, $map([0..$count($found) - 1], function($k) {{'capture-' & $k: 's3://",
            self.bucket,
            "/' & $found[$k]}})",
            *labels,
            "]) %}",
        ]
        asked: State = {
            "Type": "Pass",
            "Assign": {"told": expr(settings), "paths": pulumi.Output.concat(*paths)},
            "Next": "Monitor",
        }
        suffix = "('-' & $n)"
        return {"Ask": asked, **self.step.states("Monitor", "Figures", "Failed", suffix=suffix)}

    def _tell(self) -> dict[str, State]:
        """Figures of the signals that were asked for, as metrics; of an earlier window, how many labels there were."""
        names = {**FIGURES, "bias": ["bias"], "explain": ["explain"]}
        early = bool(set(self.settings) - set(self._late))
        rows = "$look.late ? 'labelled' : 'rows'" if early else "$look.late ? ['labelled', 'rows'] : 'rows'"
        figures = (
            f"($of := {literal(names)}; $told := $append([{rows}], [$look.signals.$lookup($of, $)]);"
            " $largest := $max([$report.metrics.drift, $report.metrics.prediction_drift]);"
            " $merge([$look.late ? {'labelled': 0} : {}, $sift($report.metrics, function($v, $k) {$k in $told}),"
            f" 'drift' in $look.signals and $exists($largest) ? {{'{LARGEST_DRIFT}': $largest}} : {{}}]))"
        )
        one = ["{'MetricName': $k, 'Value': $v, 'Timestamp': $stamp, 'Unit': 'None',"]
        dimensions = [" 'Dimensions': [{'Name': 'Endpoint', 'Value': '", self.endpoint, "'}]}"]
        return {
            "Figures": {"Type": "Pass", "Assign": {"figures": expr(figures)}, "Next": "Publish"},
            "Publish": {
                "Type": "Task",
                "Resource": sdk("cloudwatch", "putMetricData"),
                "Arguments": {
                    "Namespace": self.namespace,
                    "MetricData": pulumi.Output.concat(
                        "{% [$each($figures, function($v, $k) { ", *one, *dimensions, " })] %}"
                    ),
                },
                "Assign": {
                    "n": expr("$n + 1"),
                    "windows": expr(
                        "[$append($windows, {'signals': $look.signals, 'since': $since, 'until': $until,"
                        " 'figures': $figures, 'notes': [$report.notes]})]"
                    ),
                },
                "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "MaxAttempts": 3, "BackoffRate": 2}],
                "Catch": [caught("Failed")],
                "Next": "Next",
            },
            "Next": {
                "Type": "Choice",
                "Choices": [{"Condition": expr("$n < $count($looks)"), "Next": "Window"}],
                "Default": "Done",
            },
        }

    def _ends(self) -> dict[str, State]:
        known = ", ".join(self.settings)
        return {
            "Done": {"Type": "Succeed", "Output": {"run": expr("$run"), "windows": expr("[$windows]")}},
            "BadStart": fail(
                "BadStart",
                f'A start takes "signals", of {known}, and "hours", a whole number from 1 to {LONGEST_HOURS}.',
            ),
            "Failed": fail("MonitorFailed", expr("$failure")),
        }
