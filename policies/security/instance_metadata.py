"""GP-SEC-004: a machine's credentials are not to be had by one plain request."""

from collections.abc import Iterator

from policies.checks import all_of, any_of, must_equal, must_have
from policies.gke import CLUSTER, POOL, keeps_own_pool
from policies.resource import Resource, Stack
from policies.rule import Absent, Breach, Rule, Severity, StackCheck
from policies.settings import Settings
from policies.values import ABSENT, is_known

_MODE, _IDENTITY = "nodeConfig.workloadMetadataConfig.mode", "workloadIdentityConfig.workloadPool"
_BECAUSE = "without Workload Identity, GKE gives every pod the machine's credentials"
_URN = "urn:pulumi:dev::ml::"
_TOKENS = any_of(  # the service may also be off altogether
    must_equal(
        "metadataOptions.httpTokens",
        "required",
        wrong="optional",
        because="EC2 answers without a token, unless the image or the account asks for one",
    ),
    must_equal("metadataOptions.httpEndpoint", "disabled", wrong="enabled"),
)


def _linux(resource: Resource, _: Settings) -> bool:
    """Windows nodes have no server that could keep the machine's metadata from pods."""
    image = resource.at("nodeConfig.imageType")
    windows = (is_known(image) and "windows" in str(image).lower()) or resource.has("nodeConfig.windowsNodeConfig")
    return not windows and keeps_own_pool(resource)


_SERVER = must_equal(_MODE, "GKE_METADATA", wrong="GCE_METADATA", absent=Absent.PASSES, when=_linux)


def _bare_pools(stack: Stack, settings: Settings) -> Iterator[Breach]:
    """Pools say nothing, and their cluster has no Workload Identity, which would be the default then."""
    for pool in stack.of(POOL):
        clusters = [c for c in stack.of(CLUSTER) if stack.joined(c, pool, {"cluster": "name"})]
        unsafe = clusters and not any(c.has(_IDENTITY) or c.at("enableAutopilot") is True for c in clusters)
        if unsafe and pool.at(_MODE) is ABSENT and _linux(pool, settings):
            yield Breach(f"{_MODE} is not set: {_BECAUSE}", _MODE, pool.urn)


RULE = Rule(
    id="GP-SEC-004",
    demand="The metadata service of a machine answers only to a token, and pods do not reach the machine's own.",
    why="A program tricked into one request to the metadata service hands out the role of the whole machine.",
    fix="Ask for version 2 of the service: httpTokens required on EC2, 2 on a notebook, GKE_METADATA on GKE.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/nbi-imds.html",
    severity=Severity.MEDIUM,
    external=("CKV_AWS_371", "CKV_AWS_79", "CKV_GCP_69"),
    checks={
        "aws:sagemaker/notebookInstance:NotebookInstance": must_equal(
            "instanceMetadataServiceConfiguration.minimumInstanceMetadataServiceVersion",
            "2",
            wrong="1",
            because="SageMaker also answers version 1",
            remedy="2",
        ),
        "aws:ec2/launchTemplate:LaunchTemplate": _TOKENS,
        "aws:ec2/launchConfiguration:LaunchConfiguration": _TOKENS,
        "aws:ec2/instance:Instance": _TOKENS,
        POOL: _SERVER,
        CLUSTER: all_of(
            _SERVER,
            any_of(
                must_have(_MODE, passes="GKE_METADATA", because=_BECAUSE, when=_linux),
                must_have(_IDENTITY, passes="p.svc.id.goog"),
            ),
        ),
    },
    across=(
        StackCheck(
            run=_bare_pools,
            types=(POOL, CLUSTER),
            passes=(
                Resource(_URN + "cluster", CLUSTER, {"name": "ml", "workloadIdentityConfig": {"workloadPool": "p"}}),
                Resource(_URN + "pool", POOL, {"cluster": "ml"}),
            ),
            fails=(
                Resource(_URN + "cluster", CLUSTER, {"name": "ml"}),
                Resource(_URN + "pool", POOL, {"cluster": "ml"}),
            ),
        ),
    ),
)
