"""GP-SEC-001: interactive machines are not on the internet."""

from policies.checks import known, must_equal
from policies.rule import Absent, Rule, Severity

_MACHINE = "properties.computeType"  # an attached AKS or Databricks has no such property

RULE = Rule(
    id="GP-SEC-001",
    demand="Interactive ML machines have no direct internet access and no public address.",
    why="A notebook holds data and a role: an open one lets a poisoned package send both away, and lets others in.",
    fix="Turn it off, and put the machine into a network with private endpoints, as the blueprint's notebooks are.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/appendix-notebook-and-internet-access.html",
    severity=Severity.HIGH,
    external=(
        "CKV_AWS_122",
        "SageMaker.1",
        "SAGEMAKER_NOTEBOOK_NO_DIRECT_INTERNET_ACCESS",
        "CKV_GCP_89",
        "CKV2_GCP_28",
        "CKV2_GCP_36",
        "gcp:ainotebooks.restrictPublicIp",
        "prowler:sagemaker_notebook_instance_without_direct_internet_access_configured",
    ),
    checks={
        "aws:sagemaker/notebookInstance:NotebookInstance": must_equal(
            "directInternetAccess",
            "Disabled",
            wrong="Enabled",
            because="SageMaker gives it internet access",
        ),
        "gcp:workbench/instance:Instance": must_equal(
            "gceSetup.disablePublicIp", True, wrong=False, because="Workbench gives it a public address", remedy=True
        ),
        "gcp:colab/runtimeTemplate:RuntimeTemplate": must_equal(
            "networkSpec.enableInternetAccess", False, wrong=True, absent=Absent.PASSES
        ),
        "gcp:colab/notebookExecution:NotebookExecution": must_equal(
            "customEnvironmentSpec.networkSpec.enableInternetAccess", False, wrong=True, absent=Absent.PASSES
        ),
        "azure-native:machinelearningservices:Compute": must_equal(
            "properties.properties.enableNodePublicIp",
            False,
            wrong=True,
            because="Azure ML gives it a public address",
            given={_MACHINE: "ComputeInstance"},
            when=known(_MACHINE, "ComputeInstance", "AmlCompute"),
        ),
    },
)
