"""
Tracking on SageMaker: a serverless MLflow app, with its artifacts in the stack's store.

Not a tracking server: that takes half an hour to make and is paid by the hour, used or not; neither takes a key of
one's own for what it keeps itself.
"""

from __future__ import annotations

import pulumi
from pulumi_aws import iam, sagemaker

from components.clouds.aws.grants import grant
from components.clouds.aws.ground import AwsGround, after, here, tags
from components.clouds.aws.key import USE
from components.clouds.aws.policies import allow, document, trust
from components.clouds.aws.reach import WRITE, bucket_access
from components.tracking import Tracking, TrackingResult

__all__ = ["SageMakerTracking"]

ARTIFACTS = "mlflow/"
# what MLflow's client does, of which IAM knows one action for all. Source:
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
CALL = ["sagemaker:CallMlflowAppApi"]
OPEN = [*CALL, "sagemaker:CreatePresignedMlflowAppUrl", "sagemaker:DescribeMlflowApp"]


class SageMakerTracking(Tracking):
    """One app a stack; who trains logs to it, who submits opens it too."""

    def build(self) -> TrackingResult:
        ground, context = self.need(AwsGround), self.context
        app = sagemaker.MlflowApp(
            "tracking",
            name=context.name(limit=256),
            artifact_store_uri=ground.artifacts.uri("mlflow"),
            role_arn=self._role(ground),
            # versions are registered by the stack's own way, which asks for an approval
            model_registration_mode="AutoModelRegistrationDisabled",
            account_default_status="DISABLED",
            tags=tags(context),
            opts=self.keeps_data(),
        )
        grant(
            self,
            ground.roles["train"],
            "log",
            [allow("Log", CALL, app.arn), *bucket_access("Artifacts", ground.artifacts, WRITE, ARTIFACTS)],
        )
        grant(self, ground.roles["submit"], "open", [allow("Open", OPEN, app.arn)])
        return TrackingResult(
            tracking_uri=app.arn,
            experiments={name: pulumi.Output.from_input(name) for name in sorted(self.spec.experiments)},
            artifacts_uri=ground.artifacts.uri("mlflow"),
        )

    def _role(self, ground: AwsGround) -> pulumi.Output[str]:
        place, context = here(self), self.context
        role = iam.Role(
            "tracking-app",
            name=context.name("tracking", limit=64, unique=True),
            description=f"Keeps artifacts of runs of {context.blueprint} {context.environment}",
            assume_role_policy=trust(place, {"sagemaker": place.arn("sagemaker", "*")}),
            max_session_duration=3600,
            tags=tags(context),
            opts=self.child(),
        )
        policy = iam.RolePolicy(
            "tracking-app-policy",
            name="artifacts",
            role=role.name,
            policy=document(
                *bucket_access("Artifacts", ground.artifacts, WRITE, ARTIFACTS), allow("Key", USE, ground.key_arn)
            ),
            opts=self.child(),
        )
        return after(role.arn, policy)
