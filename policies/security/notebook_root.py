"""GP-SEC-003: users of a notebook are not root."""

from policies.checks import must_equal
from policies.rule import Rule, Severity

RULE = Rule(
    id="GP-SEC-003",
    demand="Users of a notebook have no root access to its machine.",
    why="Root turns off what watches the machine, and a package that a user installs gets the same power.",
    fix="Turn root access off, and put what needs root into the image or a start-up script, which keep it.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/nbi-root-access.html",
    severity=Severity.HIGH,
    external=(
        "CKV_AWS_307",
        "SageMaker.3",
        "SAGEMAKER_NOTEBOOK_INSTANCE_ROOT_ACCESS_CHECK",
        "gcp:ainotebooks.disableRootAccess",
    ),
    checks={
        "aws:sagemaker/notebookInstance:NotebookInstance": must_equal(
            "rootAccess", "Disabled", wrong="Enabled", because="SageMaker gives users root", remedy="Disabled"
        ),
        "gcp:workbench/instance:Instance": must_equal(
            "gceSetup.metadata.notebook-disable-root",
            "true",
            wrong="false",
            because="Workbench lets users become root",
            remedy="true",
        ),
    },
)
