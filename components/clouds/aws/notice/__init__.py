"""What tells chats and pagers of an alert on AWS: a Lambda function, whose code is `notify.py`."""

from __future__ import annotations

import base64
import io
import zipfile
from hashlib import sha256
from pathlib import Path

import pulumi
from pulumi_aws import cloudwatch, iam, lambda_, s3, secretsmanager, sns

from components.base import Component
from components.clouds.aws.ground import AwsPlace, Bucket, after, tags
from components.clouds.aws.policies import Statement, allow, document
from components.foundation import AlertChannels

__all__ = ["archive", "channels"]

PROGRAM = "notify.py"
RUNTIME = "python3.13"
SECONDS = 60
FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # that a zip archive can name


def _code() -> bytes:
    return (Path(__file__).parent / PROGRAM).read_bytes()


def archive() -> bytes:
    """`notify.zip`: the same bytes whenever and wherever it is made."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_STORED) as made:
        member = zipfile.ZipInfo(PROGRAM, FIRST_DAY)
        member.external_attr = 0o644 << 16
        made.writestr(member, _code())
    return inner.getvalue()


def channels(
    owner: Component,
    place: AwsPlace,
    asked: AlertChannels,
    topic: sns.Topic,
    *,
    key_arn: pulumi.Output[str],
    artifacts: Bucket,
    log_group_arn: pulumi.Output[str],
    secrets: dict[str, secretsmanager.Secret],
) -> None:
    """
    Hand on what the alert topic hears: to a chat, a pager, another topic.

    The function runs outside every network of the account: it reaches the internet, where chats and pagers are, and
    nothing of the stack but the secrets that name them. It reads them when it is called, so they are in no plan, no
    state and no setting.

    Args:
        owner: The foundation.
        place: Account and region.
        asked: Who is told.
        topic: What tells.
        key_arn: Customer-managed key, of topic, secrets, settings and code.
        artifacts: Where the code is put.
        log_group_arn: Where the function writes what went wrong.
        secrets: By name.
    """
    if not asked.any:
        return
    context = owner.context
    name = context.name("notify", limit=64)
    told = {
        "WEBHOOK": secrets[asked.webhook.removeprefix("secret/")].arn if asked.webhook else None,
        "PAGER": secrets[asked.pager.removeprefix("secret/")].arn if asked.pager else None,
        "TOPIC": pulumi.Output.from_input(asked.topic) if asked.topic else None,
    }
    known = {variable: value for variable, value in told.items() if value is not None}
    reads = [value for variable, value in known.items() if variable != "TOPIC"]
    role = _role(owner, [*_may(key_arn, log_group_arn, reads), *_forwards(place, asked.topic)])
    digest = base64.b64encode(sha256(archive()).digest()).decode()
    code = s3.BucketObjectv2(
        "notify-code",
        bucket=artifacts.name,
        key=f"code/notify/{sha256(archive()).hexdigest()[:16]}/notify.zip",
        content_base64=base64.b64encode(archive()).decode(),
        content_type="application/zip",
        server_side_encryption="aws:kms",
        kms_key_id=key_arn,
        tags=tags(context, most=10),
        opts=owner.child(),
    )
    function = lambda_.Function(
        "notify",
        name=name,
        description=f"Hands on the alerts of {context.blueprint} {context.environment}",
        role=role,
        runtime=RUNTIME,
        handler="notify.handler",
        s3_bucket=code.bucket,
        s3_key=code.key,
        source_code_hash=digest,
        timeout=SECONDS,
        memory_size=128,
        kms_key_arn=key_arn,
        environment=lambda_.FunctionEnvironmentArgs(variables=known),
        logging_config=lambda_.FunctionLoggingConfigArgs(
            log_format="JSON", log_group=log_group_arn.apply(lambda arn: arn.split(":log-group:")[1])
        ),
        tags=tags(context),
        opts=owner.child(),
    )
    let_in = lambda_.Permission(
        "notify-topic",
        statement_id="Topic",
        action="lambda:InvokeFunction",
        function=function.name,
        principal="sns.amazonaws.com",
        source_arn=topic.arn,
        source_account=place.account,
        opts=owner.child(),
    )
    sns.TopicSubscription(
        "alerts-notify",
        topic=topic.arn,
        protocol="lambda",
        endpoint=function.arn,
        opts=owner.child(depends_on=[let_in]),
    )
    _unheard(owner, function, topic)


def _role(owner: Component, may: list[Statement]) -> pulumi.Output[str]:
    context = owner.context
    # Lambda names neither account nor source when it takes a role, so there is no condition it would meet; who makes
    # a function must hold iam:PassRole in the role's own account. Source:
    # https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
    trusted = document(allow("Lambda", ["sts:AssumeRole"], None, principal={"Service": "lambda.amazonaws.com"}))
    role = iam.Role(
        "notify-role",
        name=context.name("notify", limit=64, unique=True),
        description=f"Hands on alerts of {context.blueprint} {context.environment}",
        assume_role_policy=trusted,
        max_session_duration=3600,
        tags=tags(context),
        opts=owner.child(),
    )
    policy = iam.RolePolicy(
        "notify-role-policy", name="notify", role=role.name, policy=document(*may), opts=owner.child()
    )
    return after(role.arn, policy)


def _may(
    key_arn: pulumi.Output[str], log_group_arn: pulumi.Output[str], reads: list[pulumi.Output[str]]
) -> list[Statement]:
    stream = pulumi.Output.concat(log_group_arn, ":log-stream:*")
    found = [
        allow("Log", ["logs:CreateLogStream", "logs:PutLogEvents"], stream),
        allow("Key", ["kms:Decrypt"], key_arn),
    ]
    return [*found, allow("Secrets", ["secretsmanager:GetSecretValue"], reads)] if reads else found


def _forwards(place: AwsPlace, topic: str | None) -> list[Statement]:
    """To publish to a topic of yours, also where a key of its account, whichever it is, encrypts that one topic."""
    if not topic:
        return []
    _arn, partition, _sns, region, account, _name = topic.split(":")
    where = {
        "StringEquals": {
            "kms:ViaService": f"sns.{region}.{place.domain}",
            "kms:EncryptionContext:aws:sns:topicArn": topic,
        }
    }
    keys = f"arn:{partition}:kms:{region}:{account}:key/*"
    return [
        allow("Forward", ["sns:Publish"], topic),
        allow("ForwardKey", ["kms:Decrypt", "kms:GenerateDataKey"], keys, when=where),
    ]


def _unheard(owner: Component, function: lambda_.Function, topic: sns.Topic) -> None:
    """A channel that is not told must not look calm: those with an address hear of it, and the alarm shows it."""
    context = owner.context
    cloudwatch.MetricAlarm(
        "notify-failed",
        name=context.name("notify-failed", limit=255),
        alarm_description="An alert was not handed on to a chat, a pager or a topic; the stack's log says why",
        namespace="AWS/Lambda",
        metric_name="Errors",
        dimensions={"FunctionName": function.name},
        statistic="Sum",
        period=300,
        evaluation_periods=1,
        datapoints_to_alarm=1,
        threshold=0,
        comparison_operator="GreaterThanThreshold",
        treat_missing_data="notBreaching",
        alarm_actions=[topic.arn],
        ok_actions=[topic.arn],
        tags=tags(context),
        opts=owner.child(),
    )
