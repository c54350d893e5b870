"""GP-SEC-013: models are in a network of one's own."""

from policies.calls import called
from policies.checks import all_of, must_have
from policies.rule import Level, Rule, Severity

_NETWORKED = all_of(
    must_have("vpcConfig.subnets", passes=["subnet-1"], because="SageMaker runs it in a network of its own"),
    must_have("vpcConfig.securityGroupIds", passes=["sg-1"]),
)

RULE = Rule(
    id="GP-SEC-013",
    demand="A SageMaker model has subnets and security groups of yours.",
    why="In your network its files come by your endpoints alone, and flow logs show what it does.",
    fix="Give the model vpcConfig with private subnets and a security group.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/host-vpc.html",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    external=("SAGEMAKER_MODEL_IN_VPC", "prowler:sagemaker_models_vpc_settings_configured"),
    checks={"aws:sagemaker/model:Model": _NETWORKED, **called({"CreateModel": _NETWORKED})},
)
