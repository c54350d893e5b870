"""GP-SEC-015: what monitoring jobs write is under a key of one's own."""

from policies.checks import all_of, when_known
from policies.keys import aws_key, refuses_key
from policies.nested import each
from policies.rule import Check, Rule, Severity


def _keys(cluster: str, output: str) -> Check:
    machine = f"{cluster}.instanceType"
    return all_of(
        aws_key(
            f"{cluster}.volumeKmsKeyId",
            "SageMaker encrypts the volume with a key of its own",
            given={machine: "ml.m5.xlarge"},
            when=when_known(machine, lambda name: not refuses_key(name)),
        ),
        aws_key(f"{output}.kmsKeyId", "SageMaker encrypts the reports with AWS's key for S3"),
    )


RULE = Rule(
    id="GP-SEC-015",
    demand="Volumes and reports of monitoring jobs are encrypted with a customer's key.",
    why="They hold captured requests: only a key of your own can be taken away, and shows who opened them.",
    fix="Name the stack's key for the cluster's volume and for the output.",
    source="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_MonitoringOutputConfig.html",
    severity=Severity.MEDIUM,
    external=("CKV_AWS_367", "CKV_AWS_368"),
    checks={
        "aws:sagemaker/dataQualityJobDefinition:DataQualityJobDefinition": _keys(
            "jobResources.clusterConfig", "dataQualityJobOutputConfig"
        ),
        "aws:sagemaker/monitoringSchedule:MonitoringSchedule": each(
            _keys("monitoringResources.clusterConfig", "monitoringOutputConfig"),
            "monitoringScheduleConfig.monitoringJobDefinition",
        ),
    },
)
