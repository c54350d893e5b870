"""GP-GOV-009: logs are encrypted with a key of one's own."""

from policies.checks import must_have
from policies.rule import Level, Rule, Severity

RULE = Rule(
    id="GP-GOV-009",
    demand="Logs are encrypted with a customer-managed key.",
    why="Logs hold requests and names: with the cloud's own key nobody can cut off who reads them.",
    fix="Set the key of the log group, as the blueprint's foundation does.",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
    severity=Severity.LOW,
    level=Level.ADVISORY,
    external=("CKV_AWS_158",),
    checks={
        "aws:cloudwatch/logGroup:LogGroup": must_have(
            "kmsKeyId",
            passes="arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            because="CloudWatch takes a key of its own",
        ),
        "gcp:logging/projectBucketConfig:ProjectBucketConfig": must_have(
            "cmekSettings.kmsKeyName",
            passes="projects/ml/locations/europe-west4/keyRings/ml/cryptoKeys/logs",
            because="Cloud Logging takes a key of its own",
        ),
    },
)
