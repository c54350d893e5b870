"""GP-SEC-012: a model's container calls nobody."""

from policies.calls import called
from policies.checks import must_equal
from policies.rule import Rule, Severity

# no remedy: a container that fetches its weights when it starts no longer would
_ISOLATED = must_equal(
    "enableNetworkIsolation", True, wrong=False, because="SageMaker lets the container open connections"
)

RULE = Rule(
    id="GP-SEC-012",
    demand="A SageMaker model runs isolated from the network.",
    why="A model's file can hold code, and with a network that code can send requests and credentials away.",
    fix="Turn network isolation on, and pack what the container fetches at its start into the model's files.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html",
    severity=Severity.HIGH,
    external=(
        "CKV_AWS_370",
        "SageMaker.5",
        "SAGEMAKER_MODEL_ISOLATION_ENABLED",
        "prowler:sagemaker_models_network_isolation_enabled",
    ),
    checks={"aws:sagemaker/model:Model": _ISOLATED, **called({"CreateModel": _ISOLATED})},
)
