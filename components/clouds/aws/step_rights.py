"""What steps may do on AWS, and the state machines that run them: the statements of their roles' policies."""

from __future__ import annotations

from components.clouds.aws.ground import Role
from components.clouds.aws.policies import Statement, allow, own_account
from components.clouds.aws.reach import LIST, READ, WRITE, bucket_access
from components.clouds.aws.rights import Rights

__all__ = ["StepRights"]

REPORTS = ("monitoring/", "pipelines/")  # where steps write in the artifact store


class StepRights(Rights):
    """Writes the statements of duties, those of monitors and pipelines included."""

    def steps(self) -> list[Statement]:
        """Any step of a monitor or a pipeline: reads data, captures and models, and writes its report."""
        means, jobs = self.means, self.place.arn("logs", "log-group:/aws/sagemaker/TrainingJobs")
        models, captures = self._models(), self._captures()
        return [
            *bucket_access("Data", means.data, READ),
            *bucket_access("Artifacts", means.artifacts, WRITE, *REPORTS),
            allow("Trained", READ, [means.artifacts.objects(path) for path in ("code/steps/", "training/")]),
            allow("Models", READ, f"{models}/*"),
            allow("Captured", READ, f"{captures}/*", when=own_account(self.place)),
            allow("CapturedList", LIST, [models, captures], when=own_account(self.place)),
            *self._container(jobs, "/aws/sagemaker/TrainingJobs"),
            *self._framework_images("training"),
        ]

    def step_runs(self, steps: Role) -> list[Statement]:
        """Runs steps, reads what they report, and sees which hours of captures, and which labels, there are."""
        means = self.means
        return [
            allow(
                "PassSteps",
                ["iam:PassRole"],
                steps.arn,
                when={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
            ),
            allow("Reports", ["s3:GetObject"], [means.artifacts.objects(path) for path in REPORTS]),
            # without it, what is not there can't be told from what must not be read
            allow("SeeStores", ["s3:ListBucket"], [means.artifacts.arn, means.data.arn]),
            allow("SeeCaptured", ["s3:ListBucket"], self._captures(), when=own_account(self.place)),
        ]

    def chains(self, topic: str) -> list[Statement]:
        """
        Starts trainings and releases and waits for them, keeps the files of versions, and tells people.

        Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html#sync-async-iam-policies
        """
        context, arn = self.owner.context, self.place.arn
        models = self._models()
        return [
            allow("StartChained", ["states:StartExecution"], arn("states", f"stateMachine:{context.start(80)}*")),
            allow(
                "FollowChained",
                ["states:DescribeExecution", "states:StopExecution"],
                arn("states", f"execution:{context.start(80)}*"),
            ),
            allow(
                "ChainedEnds",
                ["events:DescribeRule", "events:PutRule", "events:PutTargets"],
                arn("events", "rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"),
            ),
            allow("Claim", ["s3:PutObject"], self.means.artifacts.objects("pipelines/")),
            allow("TakeModel", ["s3:GetObject"], self.means.artifacts.objects("training/")),
            allow("KeepModel", ["s3:AbortMultipartUpload", "s3:PutObject"], f"{models}/*"),
            allow("TellPeople", ["sns:Publish"], topic),
        ]

    def _models(self) -> str:
        """ARN of the bucket in which the registry keeps the files of versions."""
        name = self.owner.context.name("models", limit=63, unique=True)
        return f"arn:{self.place.partition}:s3:::{name}"
