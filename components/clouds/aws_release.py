"""
A release as a state machine: it puts one version of a model into service, and says so only once it serves.

It is started with `{"version": "12"}` (or the ARN of a version that another environment shares), optionally with an
`"image"` that serves it in place of the version's own. With `{}` the model that serves now is put on the machines,
capture and scaling that the blueprint asks for by now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi

from components.clouds.aws_states import DESCRIBE_RETRY, State, expr, fail, machine, sdk
from components.clouds.aws_variant import Scaling, Variant

__all__ = ["Release"]

POLL_SECONDS = 30
LONGEST_UPDATE_SECONDS = 7200
MOVING = ["Creating", "RollingBack", "SystemUpdating", "Updating"]


@dataclass(frozen=True)
class Release:
    """
    What the definition is made of.

    Attributes:
        stem: How the names of the models and configurations it makes start.
        endpoint: Name of the endpoint.
        packages: ARN up to the version's number: `arn:…:model-package/<group>`.
        repository: Where the stack's own images are.
        image: What serves a version that was registered without an image; empty where each release must say.
        model: What `CreateModel` is sent besides name and container.
        variant: What each configuration has.
        scaling: The autoscaler, which must let go while the kind of machine changes.
        tags: Of models and configurations.
    """

    stem: str
    endpoint: str
    packages: str
    repository: pulumi.Output[str]
    image: pulumi.Output[str]
    model: dict[str, Any]
    variant: Variant
    scaling: Scaling
    tags: list[dict[str, str]]

    def definition(self) -> dict[str, Any]:
        """The state machine; Outputs in it are still to be waited for."""
        return machine(
            f"Puts a version into service on {self.endpoint}",
            "Read",
            self._version() | self._configuration() | self._update() | self._autoscaler() | self._ends(),
        )

    def _version(self) -> dict[str, State]:
        """From the version's number to a model of it; none is made where the start names no version."""
        version = "$string($states.input.version)"
        return {
            "Read": {
                "Type": "Pass",
                "Assign": {
                    "version": expr(f"$states.input.version ? {version} : ''"),
                    "image": expr("$states.input.image ? $states.input.image : ''"),
                    "name": expr(f"'{self.stem}-' & $substring($uuid(), 0, 8)"),
                    "model": "",
                    "failure": "",
                },
                "Next": "Endpoint",
            },
            "Endpoint": {
                "Type": "Task",
                "Resource": sdk("sagemaker", "describeEndpoint"),
                "Arguments": {"EndpointName": self.endpoint},
                "Assign": {"endpoint": expr("$states.result")},
                "Retry": DESCRIBE_RETRY,
                "Next": "IsReady",
            },
            "IsReady": {
                "Type": "Choice",
                "Choices": [
                    {"Condition": expr("$endpoint.EndpointStatus != 'InService'"), "Next": "NotReady"},
                    {"Condition": expr("$version = ''"), "Next": "Running"},
                ],
                "Default": "Version",
            },
            "Version": {
                "Type": "Task",
                "Resource": sdk("sagemaker", "describeModelPackage"),
                "Arguments": {
                    "ModelPackageName": expr(f"$contains($version, /^arn:/) ? $version : '{self.packages}/' & $version")
                },
                "Assign": {"package": expr("$states.result")},
                "Retry": DESCRIBE_RETRY,
                "Catch": [self._caught("NoVersion")],
                "Next": "IsApproved",
            },
            "IsApproved": {
                "Type": "Choice",
                "Choices": [{"Condition": expr("$package.ModelApprovalStatus = 'Approved'"), "Next": "Model"}],
                "Default": "NotApproved",
            },
            "Model": {
                "Type": "Task",
                "Resource": sdk("sagemaker", "createModel"),
                "Arguments": {
                    **self.model,
                    "ModelName": expr("$name"),
                    "PrimaryContainer": self._container(),
                    "Tags": self.tags,
                },
                "Assign": {"model": expr("$name")},
                "Catch": [self._caught("Refused")],
                "Next": "Running",
            },
        }

    def _container(self) -> pulumi.Output[str]:
        """The version as it was registered; with another image it is taken apart and put together anew."""
        kept = "['ModelDataUrl', 'ModelDataSource', 'Environment']"
        return pulumi.Output.concat(
            "{% ($held := $package.InferenceSpecification.Containers[0]; ",
            "$own := $not($contains($image, '/') and $contains($split($image, '/')[0], /[.:]/)); ",
            "$other := $image != '' ? ($own ? '",
            self.repository,
            "/' & $image : $image) : ($held.Image ? '' : '",
            self.image,
            "'); $other = '' ? {'ModelPackageName': $package.ModelPackageArn} : ",
            f"$merge([{{'Image': $other}}, $sift($held, function($v, $k) {{$k in {kept}}})])) %}}",
        )

    def _configuration(self) -> dict[str, State]:
        """A new configuration as the blueprint asks for it, with the new model or the one that serves."""
        return {
            "Running": {
                "Type": "Task",
                "Resource": sdk("sagemaker", "describeEndpointConfig"),
                "Arguments": {"EndpointConfigName": expr("$endpoint.EndpointConfigName")},
                "Assign": {"running": expr("$states.result.ProductionVariants[0]")},
                "Retry": DESCRIBE_RETRY,
                "Next": "Configuration",
            },
            "Configuration": {
                "Type": "Task",
                "Resource": sdk("sagemaker", "createEndpointConfig"),
                "Arguments": {
                    **self.variant.request(expr("$model = '' ? $running.ModelName : $model")),
                    "EndpointConfigName": expr("$name"),
                    "Tags": self.tags,
                },
                "Catch": [self._caught("Refused")],
                "Next": "IsSameMachine",
            },
            # a variant that is scaled may not change its kind of machine
            "IsSameMachine": {
                "Type": "Choice",
                "Choices": [
                    {
                        "Condition": expr(f"$running.InstanceType = '{self.variant.machine.name}'"),
                        "Next": "Update",
                    }
                ],
                "Default": "LetGo",
            },
        }

    def _update(self) -> dict[str, State]:
        """Blue/green: the new machines take over once they are healthy, and SageMaker goes back if they are not."""
        return {
            "Update": {
                "Type": "Task",
                "Resource": sdk("sagemaker", "updateEndpoint"),
                "Arguments": {
                    "EndpointName": self.endpoint,
                    "EndpointConfigName": expr("$name"),
                    # as many machines as the autoscaler has by now, but the capture of the new configuration
                    "RetainAllVariantProperties": True,
                    "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DataCaptureConfig"}],
                    "DeploymentConfig": self._deployment(),
                },
                "Catch": [self._caught("TakeBack")],
                "Next": "Wait",
            },
            "Wait": {"Type": "Wait", "Seconds": POLL_SECONDS, "Next": "Look"},
            "Look": {
                "Type": "Task",
                "Resource": sdk("sagemaker", "describeEndpoint"),
                "Arguments": {"EndpointName": self.endpoint},
                "Assign": {"endpoint": expr("$states.result")},
                "Retry": DESCRIBE_RETRY,
                "Next": "HasSettled",
            },
            "HasSettled": {
                "Type": "Choice",
                "Choices": [{"Condition": expr(f"$endpoint.EndpointStatus in {MOVING}"), "Next": "Wait"}],
                "Default": "TakeBack",
            },
        }

    @staticmethod
    def _deployment() -> dict[str, Any]:
        return {
            "BlueGreenUpdatePolicy": {
                "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0},
                "TerminationWaitInSeconds": 0,
                "MaximumExecutionTimeoutInSeconds": LONGEST_UPDATE_SECONDS,
            }
        }

    def _autoscaler(self) -> dict[str, State]:
        """The autoscaler lets go of the variant, and takes it back whatever came of the update."""
        target = self.scaling.target_request()
        tags = {tag["Key"]: tag["Value"] for tag in self.tags}
        limits = {"MinCapacity": self.scaling.least, "MaxCapacity": self.scaling.most, "Tags": tags}
        return {
            "LetGo": {
                "Type": "Task",
                "Resource": sdk("applicationautoscaling", "deregisterScalableTarget"),
                "Arguments": target,
                "Catch": [
                    {
                        "ErrorEquals": ["ApplicationAutoScaling.ObjectNotFoundException"],
                        "Next": "Update",
                    }
                ],
                "Next": "Update",
            },
            "TakeBack": {
                "Type": "Choice",
                "Choices": [
                    {
                        "Condition": expr(f"$running.InstanceType = '{self.variant.machine.name}'"),
                        "Next": "Verdict",
                    }
                ],
                "Default": "Register",
            },
            "Register": {
                "Type": "Task",
                "Resource": sdk("applicationautoscaling", "registerScalableTarget"),
                "Arguments": {**target, **limits},
                "Next": "Policy",
            },
            "Policy": {
                "Type": "Task",
                "Resource": sdk("applicationautoscaling", "putScalingPolicy"),
                "Arguments": self.scaling.policy_request(),
                "Next": "Verdict",
            },
        }

    @staticmethod
    def _caught(following: str) -> dict[str, Any]:
        why = "$states.errorOutput.Error & ': ' & $states.errorOutput.Cause"
        return {"ErrorEquals": ["States.ALL"], "Assign": {"failure": expr(why)}, "Next": following}

    def _ends(self) -> dict[str, State]:
        # SageMaker ends in service after a rollback too: what serves is what tells
        serves = "$endpoint.EndpointStatus = 'InService' and $endpoint.EndpointConfigName = $name"
        reason = "$endpoint.FailureReason ? $endpoint.FailureReason : $endpoint.EndpointStatus"
        return {
            "Verdict": {
                "Type": "Choice",
                "Choices": [
                    {"Condition": expr("$failure != ''"), "Next": "Refused"},
                    {"Condition": expr(serves), "Next": "Released"},
                ],
                "Default": "RolledBack",
            },
            "Released": {
                "Type": "Succeed",
                "Output": {
                    "endpoint": self.endpoint,
                    "configuration": expr("$name"),
                    "version": expr("$version"),
                    "model": expr("$model = '' ? $running.ModelName : $model"),
                },
            },
            "NotReady": fail("NotReady", expr(f"'{self.endpoint} is ' & $endpoint.EndpointStatus")),
            "NoVersion": fail("NoVersion", expr("'There is no version ' & $version & '. ' & $failure")),
            "NotApproved": fail(
                "NotApproved",
                expr("'Version ' & $version & ' is ' & $package.ModelApprovalStatus & ', not Approved.'"),
            ),
            "Refused": fail("Refused", expr("$failure")),
            "RolledBack": fail(
                "RolledBack",
                expr(f"'{self.endpoint} serves ' & $endpoint.EndpointConfigName & ' again: ' & ({reason})"),
            ),
        }
