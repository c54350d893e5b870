"""What the duties may do where endpoints host inference components; no stack without one has it."""

from __future__ import annotations

from components.clouds.aws.ground import AwsPlace
from components.clouds.aws.policies import Statement, allow
from components.foundation import Foundation

__all__ = ["ComponentRights", "has_components"]


def has_components(owner: Foundation) -> bool:
    """Whether an endpoint of the stack hosts inference components."""
    return bool({"models", "zero"}.intersection(owner.spec.serving))


class ComponentRights:
    """Writes the statements."""

    def __init__(self, owner: Foundation, place: AwsPlace, release_stem: int) -> None:
        start = owner.context.start
        self.place, self.own, self.stem = place, start(63), start(release_stem)

    @property
    def _components(self) -> str:
        return self.place.arn("sagemaker", f"inference-component/{self.own}*")

    def serve(self) -> list[Statement]:
        """Their logs and metrics."""
        groups = self.place.arn("logs", f"log-group:/aws/sagemaker/InferenceComponents/{self.own}*")
        return [
            allow(
                "ComponentLog",
                ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                [groups, f"{groups}:log-stream:*"],
            ),
            allow(
                "ComponentMetrics",
                ["cloudwatch:PutMetricData"],
                "*",  # the service knows no resource
                when={"StringEquals": {"cloudwatch:namespace": "/aws/sagemaker/InferenceComponents"}},
            ),
        ]

    def pipeline(self) -> list[Statement]:
        """
        Puts a version on one, and starts a copy where there is none.

        Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
        """
        return [
            allow(
                "Components",
                [
                    "sagemaker:AddTags",
                    "sagemaker:DescribeInferenceComponent",
                    "sagemaker:UpdateInferenceComponent",
                    "sagemaker:UpdateInferenceComponentRuntimeConfig",
                ],
                self._components,
            ),
            allow("ServedVersions", ["sagemaker:ListTags"], self.place.arn("sagemaker", f"model/{self.stem}*")),
        ]

    def submit(self) -> list[Statement]:
        """Asks each by name."""
        return [
            allow(
                "CallComponents",
                ["sagemaker:DescribeInferenceComponent", "sagemaker:InvokeEndpoint"],
                self._components,
            )
        ]
