"""GP-SEC-018: captured requests and answers are under a key of one's own."""

from policies.calls import called
from policies.checks import all_of
from policies.keys import aws_key
from policies.nested import each
from policies.rule import Rule, Severity

_S3 = "SageMaker leaves it to the bucket's default"
_ENDPOINT = all_of(
    each(
        aws_key("kmsKeyId", _S3, when=lambda capture, _: capture.at("enableCapture") is not False),
        "dataCaptureConfig",
    ),
    each(aws_key("outputConfig.kmsKeyId", _S3), "asyncInferenceConfig"),
    each(aws_key("kmsKeyId", _S3), "productionVariants.*.coreDumpConfig"),
)

RULE = Rule(
    id="GP-SEC-018",
    demand="Captured inference data, asynchronous answers, reviews and model cards use a customer's key.",
    why="They are the requests of real people: only a key of your own can be taken away, and shows who opened them.",
    fix="Name the stack's key where the data is written to.",
    source="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DataCaptureConfig.html",
    severity=Severity.MEDIUM,
    external=("CKV_AWS_372",),
    checks={
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration": _ENDPOINT,
        "aws:sagemaker/flowDefinition:FlowDefinition": aws_key("outputConfig.kmsKeyId", _S3),
        "aws:sagemaker/labelingJob:LabelingJob": aws_key("outputConfig.kmsKeyId", "SageMaker uses AWS's key for S3"),
        "aws:sagemaker/modelCard:ModelCard": aws_key(
            "securityConfig.kmsKeyId", "SageMaker encrypts the card with a key of its own"
        ),
        **called({"CreateEndpointConfig": _ENDPOINT}),
    },
)
