"""GP-SEC-002: interactive machines are in a network of one's own."""

from collections.abc import Mapping
from typing import Any

from policies.checks import all_of, must_have, value
from policies.managed_network import networked
from policies.rule import Absent, Rule, Severity
from policies.settings import Settings


def _own(interface: Any, _settings: Settings) -> str | None:
    names = [interface.get(key) for key in ("subnet", "network")] if isinstance(interface, Mapping) else []
    if not any(names):
        return "it must name a subnet"
    default = any(isinstance(name, str) and name.rpartition("/")[2] == "default" for name in names)
    return "it must not be the default network, which lets SSH in from everywhere" if default else None


_INTERFACES = "gceSetup.networkInterfaces"

RULE = Rule(
    id="GP-SEC-002",
    demand="Interactive ML machines are in a network of yours, or in one that their workspace manages for you.",
    why="Outside it, no firewall, private endpoint or flow log of yours applies to what a notebook does.",
    fix="Give the machine a subnet and security groups of the stack's network, or manage the workspace's network.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/appendix-notebook-and-internet-access.html",
    severity=Severity.HIGH,
    external=(
        "CKV_AWS_306",
        "SageMaker.2",
        "SAGEMAKER_NOTEBOOK_INSTANCE_INSIDE_VPC",
        "azpol:7804b5c7-01dc-4723-969b-ae300cc07ff1",
        "gcp:ainotebooks.restrictVpcNetworks",
    ),
    checks={
        "aws:sagemaker/notebookInstance:NotebookInstance": all_of(
            must_have("subnetId", passes="subnet-1", because="SageMaker puts it into a network of its own"),
            must_have("securityGroups", passes=["sg-1"]),
        ),
        "gcp:workbench/instance:Instance": all_of(
            must_have(_INTERFACES, passes=[{}], because="Workbench puts it into the project's default network"),
            value(
                f"{_INTERFACES}.*",
                _own,
                passes={"subnet": "projects/p/regions/r/subnetworks/private"},
                fails=[{"subnet": ""}, {"network": "projects/p/global/networks/default"}],
                absent=Absent.PASSES,
            ),
        ),
    },
    across=(networked("ComputeInstance"),),
)
