"""GP-SEC-026: a workspace's managed network lets out what is approved, and nothing else."""

from policies.checks import must_equal
from policies.rule import Level, Rule, Severity

RULE = Rule(
    id="GP-SEC-026",
    demand="The managed network of a workspace lets out only what is approved.",
    why="A package or a prompt that reads data can send it anywhere while the way out is open.",
    fix="Set managedNetwork.isolationMode to AllowOnlyApprovedOutbound and list what jobs need as outbound rules.",
    source="https://learn.microsoft.com/azure/machine-learning/how-to-managed-network",
    severity=Severity.HIGH,
    level=Level.ADVISORY,
    external=("azpol:6ddb1705-c8cf-450e-aa4b-19ad6703c440",),
    checks={
        "azure-native:machinelearningservices:Workspace": must_equal(
            "managedNetwork.isolationMode",
            "AllowOnlyApprovedOutbound",
            wrong="AllowInternetOutbound",
            because="Azure ML isolates nothing",
            when=lambda workspace, _: not workspace.has("hubResourceId"),  # a project is in its hub's network
        ),
    },
)
