"""What a notebook on SageMaker Studio may do: read the data, keep drafts, and run its own user's space."""

from __future__ import annotations

from components.base import Component
from components.clouds.aws.ground import AwsGround, here
from components.clouds.aws.policies import Statement, allow
from components.clouds.aws.reach import READ, WRITE, bucket_access
from components.clouds.aws.rights import Rights
from components.clouds.aws.score_role import means_of

__all__ = ["DRAFTS", "notebook_rights"]

DRAFTS = ("tmp/",)  # where a notebook may write in the artifact store


def notebook_rights(component: Component, ground: AwsGround) -> list[Statement]:
    """
    Statements of the role that notebooks of a kind run with.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-spaces-permissions.html and
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html: in Studio a user
    starts and stops apps with this role, and it must own the space.
    """
    place = here(component)
    profile = place.arn("sagemaker", "user-profile/${sagemaker:DomainId}/${sagemaker:UserProfileName}")
    own = {"ArnLike": {"sagemaker:OwnerUserProfileArn": profile}}
    private = {**own, "StringEquals": {"sagemaker:SpaceSharingType": ["Private"]}}
    logs = place.arn("logs", "log-group:/aws/sagemaker/studio")
    return [
        *bucket_access("Data", ground.data, READ),
        *bucket_access("Artifacts", ground.artifacts, READ),
        allow("Drafts", WRITE, [ground.artifacts.objects(path) for path in DRAFTS]),
        allow(
            "Domain",
            [  # none of which is asked with an owner
                "sagemaker:DescribeApp",
                "sagemaker:DescribeDomain",
                "sagemaker:DescribeSpace",
                "sagemaker:DescribeUserProfile",
            ],
            [place.arn("sagemaker", f"{kind}/*") for kind in ("app", "domain", "space", "user-profile")],
        ),
        allow("Spaces", ["sagemaker:ListApps", "sagemaker:ListSpaces"], "*"),
        allow("OwnApps", ["sagemaker:CreateApp", "sagemaker:DeleteApp"], place.arn("sagemaker", "app/*"), when=private),
        allow("OwnSpace", ["sagemaker:UpdateSpace"], place.arn("sagemaker", "space/*"), when=private),
        *Rights(component, place, means_of(component, ground)).notebook(logs),
    ]
