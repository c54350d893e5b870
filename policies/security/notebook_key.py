"""GP-SEC-005: disks of interactive machines are under a key of one's own."""

from policies.checks import all_of
from policies.keys import aws_key, google_key
from policies.rule import Level, Rule, Severity

RULE = Rule(
    id="GP-SEC-005",
    demand="Disks of interactive ML machines are encrypted with a customer's key.",
    why="Only a key of your own can be taken away, and shows in its log who opened the data.",
    fix="Name the stack's key as the notebook's, the domain's, or the boot and data disk's.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest-nbi.html",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    external=(
        "CKV_AWS_22",
        "CKV_AWS_187",
        "SageMaker.21",
        "SAGEMAKER_NOTEBOOK_INSTANCE_KMS_KEY_CONFIGURED",
        "CKV2_GCP_21",
        "CKV2_GCP_27",
        "CKV2_GCP_35",
    ),
    checks={
        "aws:sagemaker/notebookInstance:NotebookInstance": aws_key(
            "kmsKeyId", "SageMaker encrypts its volume with a key that is not yours"
        ),
        "aws:sagemaker/domain:Domain": aws_key(
            "kmsKeyId", "SageMaker encrypts its file system and volumes with AWS's key"
        ),
        "gcp:workbench/instance:Instance": all_of(
            google_key("gceSetup.bootDisk.kmsKey"),
            google_key("gceSetup.dataDisks.kmsKey"),  # one is made even where none is asked for
        ),
        "gcp:colab/runtimeTemplate:RuntimeTemplate": google_key(),
    },
)
