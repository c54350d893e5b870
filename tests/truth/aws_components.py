"""Plays an endpoint of inference components to a release: what SageMaker refuses of one, and how an update ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.truth.aws_registry import package
from tests.truth.aws_states import EXECUTION, StateError, Stopped

__all__ = ["AT_FIRST", "FakeComponents"]

ARN = "arn:aws:sagemaker:us-east-1:111122223333:"
AT_FIRST = "scorer-bootstrap-1234567"
BUSY = 2  # looks until a change is through


@dataclass(kw_only=True)
class FakeComponents:
    """
    An account with inference components.

    Attributes:
        needs: What each reserves; those of the blueprint where it is not given.
        endpoint: Whose they are.
        models: Component to the model that it runs.
        copies: Component to how many copies it has.
        versions: That there are.
        approval: Of every version.
        container: Of every version.
        rolls_back: Whether a new model does not start, and the former one serves again.
        alarmed: Alarms that are raised as soon as a new model is asked.
        breaks: Whether it fails for good.
        stuck: Whether a change never ends.
        wakes: Whether a first copy starts.
        scaling: How many updates are refused, as the autoscaler changes the number of copies.
        others: Executions of the same state machine that run, the newest first.
        dies_at: Number of the call at which the execution ends.
    """

    models: dict[str, str]
    needs: dict[str, Any] = field(default_factory=dict)
    endpoint: str = "shared"
    copies: dict[str, int] = field(default_factory=dict)
    versions: frozenset[str] = frozenset({"11", "12", "13"})
    approval: str = "Approved"
    container: dict[str, Any] = field(default_factory=lambda: {"Image": "i", "ModelDataUrl": "s3://b/m.tar.gz"})
    rolls_back: bool = False
    alarmed: frozenset[str] = frozenset()
    breaks: bool = False
    stuck: bool = False
    wakes: bool = True
    scaling: int = 0
    others: list[str] = field(default_factory=list)
    dies_at: int | None = None
    made: dict[str, dict[str, Any]] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    suspended: dict[str, bool] = field(default_factory=dict)
    status: dict[str, str] = field(default_factory=dict)
    ahead: dict[str, dict[str, Any]] = field(default_factory=dict)
    reason: str = ""
    looks: int = 0
    calls: int = 0

    def __call__(self, _service: str, operation: str, arguments: dict[str, Any]) -> Any:
        self.calls += 1
        if self.calls == self.dies_at:
            raise Stopped
        return getattr(self, f"_{operation[0].lower()}{operation[1:]}")(arguments)

    def _listExecutions(self, arguments: dict[str, Any]) -> dict[str, Any]:
        assert "RUNNING" == arguments["StatusFilter"]
        return {"Executions": [{"ExecutionArn": arn} for arn in self.others or [EXECUTION]]}

    def _registerScalableTarget(self, arguments: dict[str, Any]) -> dict[str, Any]:
        assert "MinCapacity" not in arguments, "a release leaves the bounds as they are"
        name = arguments["ResourceId"].removeprefix("inference-component/")
        self.suspended[name] = arguments["SuspendedState"]["DynamicScalingInSuspended"]
        return {}

    def _describeInferenceComponent(self, arguments: dict[str, Any]) -> dict[str, Any]:
        name = arguments["InferenceComponentName"]
        assert name in self.models, name
        if self.status.get(name, "InService") == "Updating" and not self.stuck:
            self.looks += 1
            if self.looks >= BUSY:
                self._settle(name)
        copies = self.copies.get(name, 1)
        found = {
            "InferenceComponentName": name,
            "EndpointName": self.endpoint,
            "InferenceComponentArn": f"{ARN}inference-component/{name}",
            "InferenceComponentStatus": self.status.get(name, "InService"),
            "Specification": {"ModelName": self.models[name], "ComputeResourceRequirements": self.needs},
            "RuntimeConfig": {
                "DesiredCopyCount": self.ahead.get(name, {}).get("copies", copies),
                "CurrentCopyCount": copies,
            },
        }
        return {**found, "FailureReason": self.reason} if self.reason else found

    def _settle(self, name: str) -> None:
        asked, self.looks = self.ahead.pop(name, {}), 0
        if "copies" in asked and not self.wakes:
            self.status[name], self.reason = "Failed", "no capacity"
        elif "model" in asked and self.breaks:
            self.status[name], self.models[name], self.reason = "Failed", asked["model"], "Could not start"
        else:
            self.status[name] = "InService"
            self.copies[name] = asked.get("copies", self.copies.get(name, 1))
            if "model" in asked and asked["guard"] & self.alarmed:
                self.reason = f"One or more alarms are in ALARM: {sorted(asked['guard'] & self.alarmed)}"
            elif "model" in asked and self.rolls_back:
                self.reason = "The container did not pass the ping health check."
            elif "model" in asked:
                self.models[name], self.needs = asked["model"], asked["needs"]

    def _idle(self, name: str) -> None:
        if self.status.get(name, "InService") != "InService":
            raise StateError("SageMaker.SageMakerException", f"Cannot update in-progress {name}")

    def _updateInferenceComponentRuntimeConfig(self, arguments: dict[str, Any]) -> dict[str, Any]:
        name = arguments["InferenceComponentName"]
        self._idle(name)
        self.status[name], self.ahead[name] = "Updating", {"copies": arguments["DesiredRuntimeConfig"]["CopyCount"]}
        return {"InferenceComponentArn": f"{ARN}inference-component/{name}"}

    def _updateInferenceComponent(self, arguments: dict[str, Any]) -> dict[str, Any]:
        name, asked = arguments["InferenceComponentName"], arguments["Specification"]
        if self.scaling:
            self.scaling -= 1
            self.status[name], self.ahead[name] = "Updating", {"copies": self.copies.get(name, 1) + 1}
        self._idle(name)
        assert asked["ModelName"] in {*self.made, *self.models.values()}
        assert self.suspended[name], "nothing may take a copy away"
        assert self.copies.get(name, 1), "without a copy nothing shows whether the version starts"
        self.status[name] = "Updating"
        alarms = arguments["DeploymentConfig"].get("AutoRollbackConfiguration", {}).get("Alarms", [])
        guard = {alarm["AlarmName"] for alarm in alarms}
        self.ahead[name] = {
            "model": asked["ModelName"],
            "needs": asked["ComputeResourceRequirements"],
            "guard": guard,
        }
        return {"InferenceComponentArn": f"{ARN}inference-component/{name}"}

    def _listTags(self, arguments: dict[str, Any]) -> dict[str, Any]:
        found = self.tags[arguments["ResourceArn"].rpartition("/")[2]]
        return {"Tags": [{"Key": key, "Value": value} for key, value in found.items()]}

    def _addTags(self, arguments: dict[str, Any]) -> dict[str, Any]:
        own = {tag["Key"]: tag["Value"] for tag in arguments["Tags"]}
        self.tags.setdefault(arguments["ResourceArn"].rpartition("/")[2], {}).update(own)
        return {"Tags": arguments["Tags"]}

    def _describeModelPackage(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return package(arguments["ModelPackageName"], self.versions, self.approval, self.container)

    def _createModel(self, arguments: dict[str, Any]) -> dict[str, Any]:
        keys = [tag["Key"] for tag in arguments["Tags"]]
        assert len(keys) == len(set(keys)) <= 50, keys
        self.made[arguments["ModelName"]] = arguments
        self.tags[arguments["ModelName"]] = {tag["Key"]: tag["Value"] for tag in arguments["Tags"]}
        return {"ModelArn": f"{ARN}model/{arguments['ModelName']}"}

    def _deleteModel(self, arguments: dict[str, Any]) -> dict[str, Any]:
        used = {*self.models.values(), *(asked["model"] for asked in self.ahead.values() if "model" in asked)}
        assert arguments["ModelName"] not in used, "the model is in use"
        if arguments["ModelName"] not in self.made:
            raise StateError("SageMaker.SageMakerException", "Could not find model")
        del self.made[arguments["ModelName"]]
        return {}
