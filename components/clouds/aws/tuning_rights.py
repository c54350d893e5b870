"""What hyper-parameter searches add to the permissions of a stack's duties, where there are any."""

from __future__ import annotations

from components.base import Component
from components.clouds.aws.ground import AwsPlace
from components.clouds.aws.policies import Statement, allow

__all__ = ["TUNE_STEM", "followed_searches", "searches"]

TUNE_STEM = 20
"""
Characters of a search's name that are of the stack and the component: of 32 it takes nine for a digest of the run's
name and three for `-od`.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateHyperParameterTuningJob.html
"""


def _searches(owner: Component, place: AwsPlace) -> str:
    return place.arn("sagemaker", f"hyper-parameter-tuning-job/{owner.context.start(TUNE_STEM)}*")


def _trials(owner: Component, place: AwsPlace) -> str:
    """SageMaker begins the name of a trial with that of its search."""
    return place.arn("sagemaker", f"training-job/{owner.context.start(TUNE_STEM)}*")


def searches(owner: Component, place: AwsPlace) -> list[Statement]:
    """
    Starts searches, and sees what came of them; SageMaker itself starts the trials.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html#sagemaker-iam
    """
    return [
        allow(
            "Searches",
            [
                "sagemaker:AddTags",
                "sagemaker:CreateHyperParameterTuningJob",
                "sagemaker:DescribeHyperParameterTuningJob",
                "sagemaker:ListTags",
                "sagemaker:ListTrainingJobsForHyperParameterTuningJob",
                "sagemaker:StopHyperParameterTuningJob",
            ],
            _searches(owner, place),
        ),
        allow("Trials", ["sagemaker:DescribeTrainingJob"], _trials(owner, place)),
        allow(
            "SearchEnds",
            ["events:DescribeRule", "events:PutRule", "events:PutTargets"],
            place.arn("events", "rule/StepFunctionsGetEventsForSageMakerHyperParameterTuningJobsRule"),
        ),
    ]


def followed_searches(owner: Component, place: AwsPlace) -> list[Statement]:
    """Who starts a search sees how it goes."""
    return [
        allow("SeeSearches", ["sagemaker:DescribeHyperParameterTuningJob"], _searches(owner, place)),
        allow("SeeTrials", ["sagemaker:DescribeTrainingJob"], _trials(owner, place)),
    ]
