"""What gives away more than a duty needs: AWS statements and managed policies, GCP roles, Azure roles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policies.iam import actions, all_match, conditions, resources
from policies.settings import Settings

__all__ = ["azure_action", "azure_role", "gcp_permission", "gcp_role", "managed_policy", "too_much"]

_DATA = (  # actions that read, change or hand over everything of an account where their resource is `*`
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:DeleteBucket",
    "kms:Decrypt",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter",
    "sts:AssumeRole",
    "lambda:InvokeFunction",
    "iam:PutRolePolicy",
    "iam:AttachRolePolicy",
    "iam:CreateAccessKey",
)
_EVERYTHING = ("*", "arn:aws:s3:::*", "arn:aws:s3:::*/*")


def too_much(statement: Mapping[str, Any], _settings: Settings) -> str | None:
    """
    What is wrong with an AWS statement that allows: wildcard actions, data of the whole account, roles for anything.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege
    """
    allowed = actions(statement)
    whole = next((action for action in allowed if action.partition(":")[2] in ("", "*")), None)
    if whole:
        return f"allows {'every action' if whole == '*' else whole}"
    asked = dict(conditions(statement))
    passing = any(all_match(action, "iam:PassRole") for action in allowed)
    if passing and not ({"iam:passedtoservice", "iam:associatedresourcearn"} & asked.keys()):
        return "allows iam:PassRole without a condition on iam:PassedToService"
    everything = any(resource in _EVERYTHING for resource in resources(statement))
    data = next((action for action in allowed if all_match(action, *_DATA)), None)
    return f"allows {data} on every resource" if everything and data and not asked else None


_WIDE = ("AdministratorAccess", "PowerUserAccess", "SystemAdministrator", "DatabaseAdministrator", "DataScientist")


def managed_policy(found: Any, settings: Settings) -> str | None:
    """
    What is wrong with one of AWS's own policies; SageMaker's full access is for production to do without.

    Source: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
    """
    owner, _, name = str(found).rpartition("/")
    if not owner.startswith("arn:") or ":iam::aws:policy" not in owner:
        return None
    if name == "AmazonSageMakerFullAccess" and not settings.production:
        return None
    wide = name in _WIDE or name.endswith(("FullAccess", "FullAccessV2")) or name.startswith("AdministratorAccess")
    return "that policy allows more than a duty needs: write one of the actions it calls" if wide else None


_GCP_WIDE = {
    "roles/owner": "it can do everything",
    "roles/editor": "it can change everything",
    "roles/iam.securityAdmin": "it can give itself any role",
    "roles/resourcemanager.projectIamAdmin": "it can give itself any role",
    "roles/iam.serviceAccountAdmin": "it can make itself any service account",
    "roles/iam.serviceAccountKeyAdmin": "it can make keys of every service account",
    "roles/iam.serviceAccountTokenCreator": "it can act as every service account: bind it to the one it needs",
    "roles/iam.serviceAccountUser": "it can act as every service account: bind it to the one it needs",
}


def gcp_role(found: Any, settings: Settings) -> str | None:
    """
    What is wrong with a role of a whole project, folder or organisation.

    Source: https://cloud.google.com/iam/docs/roles-overview#basic
    """
    if found == "roles/aiplatform.admin":
        return "it can delete every model and endpoint" if settings.production else None
    return _GCP_WIDE.get(str(found))


def gcp_permission(found: Any, _settings: Settings) -> str | None:
    """What is wrong with a permission of a custom role."""
    text = str(found)
    if "*" in text:
        return "name the permissions it needs"
    if text in ("resourcemanager.projects.setIamPolicy", "iam.roles.update", "iam.serviceAccountKeys.create"):
        return "it can give itself more"
    return None


_AZURE_WIDE = {  # built-in roles by their ids, the same in every tenant
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator",
}


def azure_role(found: Any, _settings: Settings) -> str | None:
    """
    What is wrong with the role of an assignment, an id that ends in a UUID.

    Source: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
    """
    name = _AZURE_WIDE.get(str(found).rpartition("/")[2].lower())
    return f"that is {name}, which allows more than a duty needs" if name else None


def azure_action(found: Any, _settings: Settings) -> str | None:
    """What is wrong with an action of a role definition: all of them, all of a provider's, or rights themselves."""
    text = str(found).lower()
    if text in ("*", "*/write", "*/action", "*/delete") or (text.count("/") == 1 and text.endswith("/*")):
        return "name the actions it needs"
    gives = text.startswith("microsoft.authorization/") and not text.endswith("/read")
    return "it can give itself more" if gives else None
