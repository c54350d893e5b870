"""GP-SEC-047: roles allow what their duty needs, and no more."""

from policies import rights
from policies.checks import all_of, value
from policies.iam import bindings, document_check
from policies.rule import Absent, Breach, Check, Rule, Severity

_FULL = [f"arn:aws:iam::aws:policy/{name}" for name in ("AdministratorAccess", "AmazonS3FullAccess")]
_OWN = "arn:aws:iam::111122223333:policy/train"
_ROLES = ["roles/owner", "roles/editor", "roles/aiplatform.admin"]


def _documents(*paths: str) -> Check:
    return document_check(
        *paths,
        wrong=rights.too_much,
        passes={"Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::data/*"},
        fails=[
            {"Action": "*", "Resource": "*"},
            {"Action": ["s3:*"], "Resource": "arn:aws:s3:::data/*"},
            {"NotAction": "iam:*", "Resource": "*"},
            {"Action": "s3:Get*", "Resource": "*"},
            {"Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/train"},
        ],
    )


def _managed(path: str) -> Check:
    return value(path, rights.managed_policy, passes=_OWN, fails=_FULL, absent=Absent.PASSES)


_ROLE = value("role", rights.gcp_role, passes="roles/aiplatform.user", fails=_ROLES, absent=Absent.PASSES)
_CUSTOM = value(
    "permissions.*",
    rights.gcp_permission,
    passes="aiplatform.endpoints.predict",
    fails=["aiplatform.*", "iam.serviceAccountKeys.create"],
    absent=Absent.PASSES,
)
_POLICY = Check(
    run=lambda resource, settings: [
        Breach(f"policyData binds {role}; {wrong}", "policyData")
        for role, members in bindings(resource.at("policyData"))
        if members and (wrong := rights.gcp_role(role, settings))
    ],
    reads=("policyData",),
    passes={"policyData": '{"bindings": [{"role": "roles/aiplatform.user", "members": ["user:a@example.com"]}]}'},
    fails=({"policyData": '{"bindings": [{"role": "roles/editor", "members": ["user:a@example.com"]}]}'},),
    absent=Absent.PASSES,
)
_WIDER = ("projects", "folder", "organizations")

RULE = Rule(
    id="GP-SEC-047",
    demand="Roles name the actions and resources of their duty.",
    why="Code in a training image or a notebook acts with its role: what the role may do, a poisoned package may do.",
    fix="Name actions and resources, condition iam:PassRole on its service, and use narrow roles and not basic ones.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
    severity=Severity.CRITICAL,
    external=(
        "CKV_AWS_62",
        "CKV_AWS_63",
        "CKV_AWS_274",
        "CKV2_AWS_40",
        "CKV2_AWS_56",
        "CKV2_AWS_68",
        "CKV_GCP_41",
        "CKV_GCP_117",
        "CKV_AZURE_39",
        "OWASP:LLM06",
    ),
    checks={
        "aws:iam/role:Role": all_of(_managed("managedPolicyArns.*"), _documents("inlinePolicies.*.policy")),
        "aws:iam/policy:Policy": _documents("policy"),
        **{f"aws:iam/{who.lower()}Policy:{who}Policy": _documents("policy") for who in ("Role", "User", "Group")},
        **{
            f"aws:iam/{who[0].lower()}{who[1:]}PolicyAttachment:{who}PolicyAttachment": _managed("policyArn")
            for who in ("Role", "User", "Group")
        },
        "aws:iam/policyAttachment:PolicyAttachment": _managed("policyArn"),
        **{f"gcp:{wider}/iAM{kind}:IAM{kind}": _ROLE for wider in _WIDER for kind in ("Member", "Binding")},
        **{f"gcp:{wider}/iAMPolicy:IAMPolicy": _POLICY for wider in _WIDER},
        "gcp:projects/iAMCustomRole:IAMCustomRole": _CUSTOM,
        "gcp:organizations/iAMCustomRole:IAMCustomRole": _CUSTOM,
        "azure-native:authorization:RoleAssignment": value(
            "roleDefinitionId",
            rights.azure_role,
            passes="/providers/Microsoft.Authorization/roleDefinitions/f6c7c914-8db3-469d-8ca1-694a8f32e121",
            fails=["/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"],
            absent=Absent.PASSES,
        ),
        "azure-native:authorization:RoleDefinition": all_of(
            *(
                value(
                    f"permissions.*.{kind}.*",
                    rights.azure_action,
                    passes="Microsoft.MachineLearningServices/workspaces/jobs/read",
                    fails=["*", "Microsoft.MachineLearningServices/*", "Microsoft.Authorization/roleAssignments/write"],
                    absent=Absent.PASSES,
                )
                for kind in ("actions", "dataActions")
            )
        ),
    },
)
