"""Plays one endpoint of SageMaker, its alarms and its autoscaler: what it refuses, and how an update ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.truth.aws_registry import package
from tests.truth.aws_states import EXECUTION, StateError, Stopped

__all__ = ["OLD_MODEL", "FakeEndpoint"]

ARN = "arn:aws:sagemaker:us-east-1:111122223333:"
OLD_MODEL = "the-old-model"


@dataclass(kw_only=True)
class FakeEndpoint:
    """
    An account with one endpoint.

    Attributes:
        instance_type: Machine of the running configuration.
        serves: Version that serves, as its configuration's tag says; empty for the one that an endpoint starts with.
        approval: Of every version.
        container: Of every version.
        versions: That there are.
        status: Of the endpoint before a release.
        rolls_back: Whether an update to a new model fails, and the old configuration serves again.
        breaks: Whether an update fails, and going back from it too.
        stuck: Whether an update never ends.
        update_refused: Error and cause of `UpdateEndpoint`.
        bad_at: Share of the traffic at which the candidate raises its alarms.
        raised: Names of alarms that are raised.
        others: Executions of the same state machine that run, the newest first.
        dies_at: Number of the call at which the execution ends.
        there: Whether there is an endpoint of that name at all.
    """

    instance_type: str = "ml.c5.xlarge"
    serves: str = "11"
    approval: str = "Approved"
    container: dict[str, Any] = field(
        default_factory=lambda: {"Image": "i", "ModelDataUrl": "s3://b/m.tar.gz", "Environment": {"A": "1"}}
    )
    versions: frozenset[str] = frozenset({"12", "13"})
    status: str = "InService"
    rolls_back: bool = False
    breaks: bool = False
    stuck: bool = False
    update_refused: tuple[str, str] | None = None
    bad_at: float | None = None
    raised: set[str] = field(default_factory=set)
    others: list[str] = field(default_factory=list)
    dies_at: int | None = None
    there: bool = True
    configuration: str = "at-first"
    configurations: dict[str, dict[str, Any]] = field(default_factory=dict)
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    alarms: dict[str, dict[str, Any]] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    scaled: dict[str, Any] = field(default_factory=lambda: {"SuspendedState": {}})
    actions: dict[str, dict[str, Any]] = field(default_factory=dict)
    policies: set[str] = field(default_factory=set)
    fresh: bool = False
    target: str | None = None
    reason: str = ""
    polls: int = 0
    calls: int = 0

    def __post_init__(self) -> None:
        self.models[OLD_MODEL] = {}
        variant = {
            "VariantName": "main",
            "ModelName": OLD_MODEL,
            "InstanceType": self.instance_type,
            "InitialInstanceCount": 3,
            "InitialVariantWeight": 1,
        }
        tags = [{"Key": "version", "Value": self.serves}, {"Key": "former", "Value": "gone"}] if self.serves else []
        first = {"EndpointConfigName": self.configuration, "ProductionVariants": [variant], "Tags": tags}
        self.configurations.setdefault(self.configuration, first)
        self.weights, self.counts = {"main": 1}, {"main": 3}

    @property
    def serving(self) -> str:
        """The model of the variant that serves."""
        variants = self.configurations[self.configuration]["ProductionVariants"]
        return max(variants, key=lambda variant: self.weights[variant["VariantName"]])["ModelName"]

    def tags(self, configuration: str) -> dict[str, str]:
        """Of a configuration."""
        return {tag["Key"]: tag["Value"] for tag in self.configurations[configuration]["Tags"]}

    def shares(self) -> dict[str, float]:
        """Of the traffic, in hundredths."""
        return {name: 100 * weight / sum(self.weights.values()) for name, weight in self.weights.items()}

    def _died(self) -> None:
        self.calls += 1
        if self.calls == self.dies_at:
            raise Stopped

    # Step Functions and CloudWatch

    def _listExecutions(self, arguments: dict[str, Any]) -> dict[str, Any]:
        assert arguments["StatusFilter"] == "RUNNING"
        return {"Executions": [{"ExecutionArn": arn} for arn in self.others or [EXECUTION]]}

    def _is_raised(self, name: str) -> bool:
        if name in self.raised:
            return True
        on = self.alarms.get(name, {}).get("Dimensions") or [
            d for m in self.alarms.get(name, {}).get("Metrics", []) if "MetricStat" in m
            for d in m["MetricStat"]["Metric"]["Dimensions"]
        ]  # fmt: skip
        share = self.shares().get("candidate", 0)
        on_candidate = {"Name": "VariantName", "Value": "candidate"} in on
        return self.bad_at is not None and on_candidate and share >= self.bad_at

    def _describeAlarms(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {
            "MetricAlarms": [
                {
                    "AlarmName": name,
                    "StateValue": "ALARM" if self._is_raised(name) else "OK",
                    **({"Namespace": "example-prod"} if "-metric-" in name else {}),
                }
                for name in arguments["AlarmNames"]
            ]
        }

    def _putMetricAlarm(self, arguments: dict[str, Any]) -> dict[str, Any]:
        self.alarms[arguments["AlarmName"]] = arguments
        return {}

    # Application Auto Scaling

    def _registerScalableTarget(self, arguments: dict[str, Any]) -> dict[str, Any]:
        self.scaled = arguments
        return {}

    def _deregisterScalableTarget(self, _arguments: dict[str, Any]) -> dict[str, Any]:
        self.scaled, self.actions = {}, {}
        return {}

    def _putScalingPolicy(self, arguments: dict[str, Any]) -> dict[str, Any]:
        assert self.scaled, "a policy needs a target"
        self.policies.add(arguments["PolicyName"])
        return {"PolicyARN": f"arn:aws:autoscaling:us-east-1:111122223333:scalingPolicy:2:{arguments['PolicyName']}"}

    def _putScheduledAction(self, arguments: dict[str, Any]) -> dict[str, Any]:
        assert self.scaled, "a scheduled action needs a target"
        self.actions[arguments["ScheduledActionName"]] = arguments
        return {}

    # SageMaker

    def _describeEndpoint(self, arguments: dict[str, Any]) -> dict[str, Any]:
        self._see(arguments["EndpointName"])
        if self.status in ("Creating", "Updating") and not self.stuck:
            self.polls += 1
            if self.polls >= 3:
                self._settle()
        found = {
            "EndpointName": arguments["EndpointName"],
            "EndpointStatus": self.status,
            "EndpointConfigName": self.configuration,
            "ProductionVariants": [
                {"VariantName": name, "DesiredInstanceCount": count, "CurrentWeight": self.weights[name]}
                for name, count in self.counts.items()
            ],
        }
        return {**found, "FailureReason": self.reason} if self.reason else found

    def _see(self, name: str) -> None:
        if not self.there:
            raise StateError("SageMaker.SageMakerException", f'Could not find endpoint "{ARN}endpoint/{name}".')

    def _createEndpoint(self, arguments: dict[str, Any]) -> dict[str, Any]:
        assert not self.there, "Cannot create already existing endpoint"
        assert arguments["Tags"]
        self.configuration = arguments["EndpointConfigName"]
        variants = self.configurations[self.configuration]["ProductionVariants"]
        self.weights = {variant["VariantName"]: variant["InitialVariantWeight"] for variant in variants}
        self.counts = {variant["VariantName"]: variant["InitialInstanceCount"] for variant in variants}
        self.there, self.status, self.target, self.polls = True, "Creating", None, 0
        return {"EndpointArn": f"{ARN}endpoint/{arguments['EndpointName']}"}

    def _deleteEndpoint(self, arguments: dict[str, Any]) -> dict[str, Any]:
        self._see(arguments["EndpointName"])
        if self.status not in ("Failed", "InService"):
            raise StateError("SageMaker.SageMakerException", "Cannot update in-progress endpoint")
        self.there, self.counts = False, {}
        self.scaled, self.actions, self.policies = {}, {}, set()  # the autoscaler goes with it
        return {}

    def _settle(self) -> None:
        if self.status == "Creating" and (self.rolls_back or self.breaks):
            self.status, self.polls, self.reason = "Failed", 0, "The container did not pass the ping health check."
            return
        self.status, self.polls = "UpdateRollbackFailed" if self.breaks else "InService", 0
        if self.target is None or self.breaks:
            return
        new = self.configurations[self.target]
        variants = {variant["VariantName"]: variant for variant in new["ProductionVariants"]}
        if self.rolls_back and variants["main"]["ModelName"] != OLD_MODEL:
            self.reason = "The container did not pass the ping health check."
            self.target = None
            return
        self.configuration, self.target = self.target, None
        self.weights = {name: variant["InitialVariantWeight"] for name, variant in variants.items()}
        first: dict[str, int] = {name: variant.get("InitialInstanceCount", 0) for name, variant in variants.items()}
        self.counts = {name: count if self.fresh else self.counts.get(name, count) for name, count in first.items()}

    def _describeEndpointConfig(self, arguments: dict[str, Any]) -> dict[str, Any]:
        name = arguments["EndpointConfigName"]
        if name not in self.configurations:
            raise StateError("SageMaker.SageMakerException", f'Could not find endpoint configuration "{name}".')
        found = {key: value for key, value in self.configurations[name].items() if key != "Tags"}
        return {**found, "EndpointConfigArn": f"{ARN}endpoint-config/{name}"}

    def _listTags(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {"Tags": self.configurations[arguments["ResourceArn"].rpartition("/")[2]]["Tags"]}

    def _describeModelPackage(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return package(arguments["ModelPackageName"], self.versions, self.approval, self.container)

    def _createModel(self, arguments: dict[str, Any]) -> dict[str, Any]:
        assert arguments["ModelName"] not in self.models
        self.models[arguments["ModelName"]] = arguments
        return {"ModelArn": f"{ARN}model/{arguments['ModelName']}"}

    def _createEndpointConfig(self, arguments: dict[str, Any]) -> dict[str, Any]:
        shadows = arguments.get("ShadowProductionVariants", [])
        assert arguments["EndpointConfigName"] not in self.configurations
        assert not shadows or len(shadows) == len(arguments["ProductionVariants"]) == 1
        keys = [tag["Key"] for tag in arguments["Tags"]]
        assert len(keys) == len(set(keys)) <= 50, keys
        for variant in (*arguments["ProductionVariants"], *shadows):
            assert variant["ModelName"] in self.models, variant
        self.configurations[arguments["EndpointConfigName"]] = arguments
        return {"EndpointConfigArn": f"{ARN}endpoint-config/{arguments['EndpointConfigName']}"}

    def _updateEndpoint(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if self.update_refused:
            raise StateError(*self.update_refused)
        assert self.status == "InService", "Cannot update in-progress endpoint"
        new = self.configurations[arguments["EndpointConfigName"]]
        if "DeploymentConfig" in arguments:
            _see_guardrails(arguments["DeploymentConfig"], self.configurations[self.configuration], new)
            routing = arguments["DeploymentConfig"]["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
            assert routing["Type"] == "ALL_AT_ONCE" or self.counts["main"] > 1, "no half of one machine"
            alarms = arguments["DeploymentConfig"].get("AutoRollbackConfiguration", {}).get("Alarms", [])
            self.rolls_back |= any(self._is_raised(alarm["AlarmName"]) for alarm in alarms)
        excluded = arguments.get("ExcludeRetainedVariantProperties", [])
        self.fresh = {"VariantPropertyType": "DesiredInstanceCount"} in excluded
        kinds = {v.get("InstanceType") for v in new["ProductionVariants"] if v["VariantName"] == "main"}
        assert not self.scaled or kinds in ({self.instance_type}, {None}), "a scaled variant may not change its machine"
        self.status, self.target, self.polls = "Updating", arguments["EndpointConfigName"], 0
        return {"EndpointArn": f"{ARN}endpoint/e"}

    def _updateEndpointWeightsAndCapacities(self, arguments: dict[str, Any]) -> dict[str, Any]:
        assert self.status == "InService"
        wanted = {one["VariantName"]: one["DesiredWeight"] for one in arguments["DesiredWeightsAndCapacities"]}
        assert set(wanted) == set(self.weights)
        self.weights, self.status = wanted, "Updating"
        return {"EndpointArn": f"{ARN}endpoint/e"}

    def _deleteEndpointConfig(self, arguments: dict[str, Any]) -> dict[str, Any]:
        name = arguments["EndpointConfigName"]
        assert not self.there or name not in (self.configuration, self.target), f"{name} is in use"
        if name not in self.configurations:
            raise StateError("SageMaker.SageMakerException", f'Could not find endpoint configuration "{name}".')
        del self.configurations[name]
        return {}

    def _deleteModel(self, arguments: dict[str, Any]) -> dict[str, Any]:
        for name in filter(None, (self.configuration, self.target) if self.there else ()):
            variants = self.configurations[name]
            for variant in (*variants["ProductionVariants"], *variants.get("ShadowProductionVariants", [])):
                assert variant["ModelName"] != arguments["ModelName"], "the model is in use"
        self.models.pop(arguments["ModelName"])
        return {}


def _see_guardrails(asked: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """
    What SageMaker wants of a guarded update besides its shapes.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html (names),
        https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TrafficRoutingConfig.html (sizes),
        https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_BlueGreenUpdatePolicy.html (waits)
    """
    for kind in ("ProductionVariants", "ShadowProductionVariants"):
        names = [sorted(v["VariantName"] for v in one.get(kind, [])) for one in (old, new)]
        assert names[0] == names[1], names
    policy = asked["BlueGreenUpdatePolicy"]
    routing = policy["TrafficRoutingConfiguration"]
    sizes = {"ALL_AT_ONCE": set(), "CANARY": {"CanarySize"}, "LINEAR": {"LinearStepSize"}}
    assert sizes[routing["Type"]] == set(routing) - {"Type", "WaitIntervalInSeconds"}
    size = next((routing[key]["Value"] for key in sizes[routing["Type"]]), 100)
    assert routing["Type"] == "ALL_AT_ONCE" or (10 if routing["Type"] == "LINEAR" else 1) <= size <= 50
    steps = {"ALL_AT_ONCE": 0, "CANARY": 1, "LINEAR": -(-100 // size) - 1}[routing["Type"]]
    waits = steps * routing["WaitIntervalInSeconds"] + policy["TerminationWaitInSeconds"]
    assert waits < policy["MaximumExecutionTimeoutInSeconds"]
