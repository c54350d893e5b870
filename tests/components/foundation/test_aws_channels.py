"""Alerts that go on to a chat, a pager or another topic on AWS: the Lambda function itself is run."""

import base64
import io
import json
import sys
import types
import urllib.error
import zipfile
from typing import Any

import pytest

from components.foundation import FoundationSpec
from groundplan.testing.component import plan_component
from tests.truth.aws_iam import as_list, statements

CHAT = "https://hooks.example.com/T0/B0/secret-part"
PAGER = {"url": "https://events.example.com/v2/enqueue", "routing_key": "r" * 32}
TOPIC = "arn:aws:sns:eu-west-1:111122223333:on-call"
ALARM = {
    "AlarmName": "shop-prod-scorer-errors",
    "AlarmArn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:shop-prod-scorer-errors",
    "AlarmDescription": "scorer answers more than 1% of its requests with an error",
    "NewStateValue": "ALARM",
    "NewStateReason": "Threshold Crossed",
}


def _planned(**channels: str) -> Any:
    secrets = [ref.removeprefix("secret/") for ref in channels.values() if ref.startswith("secret/")]
    spec = FoundationSpec.model_validate({"secrets": [*secrets, "token"], "alert_channels": channels})
    return plan_component("foundation", "aws", spec)


class World:
    """What the function reaches: secrets, topics, and whoever takes a POST."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, secrets: dict[str, str], codes: dict[str, int]) -> None:
        self.secrets, self.codes = secrets, codes
        self.region = ""
        self.posted: list[tuple[str, Any]] = []
        self.published: list[dict[str, Any]] = []
        boto3: Any = types.ModuleType("boto3")
        boto3.client = self._client
        monkeypatch.setitem(sys.modules, "boto3", boto3)
        monkeypatch.setattr("urllib.request.urlopen", self._open)

    def _client(self, _name: str, region_name: str = "us-east-1") -> Any:
        self.region = region_name
        return self

    def get_secret_value(self, SecretId: str) -> dict[str, str]:
        return {"SecretString": self.secrets[SecretId]}

    def publish(self, **message: Any) -> None:
        self.published.append({**message, "region": self.region})

    def _open(self, request: Any, timeout: float) -> Any:
        assert timeout <= 10
        self.posted.append((request.full_url, json.loads(request.data)))
        code = self.codes.get(request.full_url, 200)
        if code >= 400:
            raise urllib.error.HTTPError(request.full_url, code, "no", request.headers, None)
        return io.BytesIO()


def _run(planned: Any, monkeypatch: pytest.MonkeyPatch, message: Any, subject: str = "") -> Any:
    """The code that is uploaded, called as SNS calls it."""
    function = planned.one("aws:lambda/function:Function")
    packed = planned.one("aws:s3/bucketObjectv2:BucketObjectv2", "notify-code").inputs["contentBase64"]
    name, _, called = function.at("handler").partition(".")
    code = zipfile.ZipFile(io.BytesIO(base64.b64decode(packed))).read(f"{name}.py")
    for variable in ("WEBHOOK", "PAGER", "TOPIC"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in function.at("environment.variables").items():
        monkeypatch.setenv(variable, value)
    module: dict[str, Any] = {}
    exec(compile(code, "notify.py", "exec"), module)  # noqa: S102 - our own code, as Lambda runs it
    text = message if isinstance(message, str) else json.dumps(message)
    told = {"Message": text, "MessageId": "m-1", "TopicArn": "arn:aws:sns:eu-west-1:1:alerts", "Subject": subject}
    return module[called]({"Records": [{"Sns": told}]}, None)


def _secrets(planned: Any, **values: str) -> dict[str, str]:
    variables = planned.one("aws:lambda/function:Function").at("environment.variables")
    return {variables[name]: value for name, value in values.items()}


def test_an_alarm_is_told_to_chat_pager_and_topic(monkeypatch):
    """
    A chat reads a sentence, a pager is triggered and resolved by the alarm's own key, a topic has the message as it is.
    """
    planned = _planned(webhook="secret/chat", pager="secret/page", topic=TOPIC)
    world = World(monkeypatch, _secrets(planned, WEBHOOK=f"{CHAT}\n", PAGER=json.dumps(PAGER)), {})

    _run(planned, monkeypatch, ALARM, "ALARM: errors")
    _run(planned, monkeypatch, {**ALARM, "NewStateValue": "OK"})

    (chat, said), (pager, paged), _, (_, over) = world.posted
    assert (CHAT, PAGER["url"]) == (chat, pager)
    assert said["text"].startswith("shop-prod-scorer-errors is raised. scorer answers more than 1%")
    assert ("trigger", PAGER["routing_key"]) == (paged["event_action"], paged["routing_key"])
    assert {"summary", "source", "severity"} <= set(paged["payload"])
    assert ("resolve", paged["dedup_key"]) == (over["event_action"], over["dedup_key"])
    sent = {"TopicArn": TOPIC, "Message": json.dumps(ALARM), "Subject": "ALARM: errors", "region": "eu-west-1"}
    assert sent == world.published[0]


def test_what_is_no_alarm_is_told_too(monkeypatch):
    """
    A budget's mail, and a pipeline's JSON, reach the chat as they are.
    """
    planned = _planned(webhook="secret/chat")
    world = World(monkeypatch, _secrets(planned, WEBHOOK=CHAT), {})

    _run(planned, monkeypatch, "80% of 4000 USD", "AWS Budgets")
    _run(planned, monkeypatch, {"status": "rejected"})

    assert ["AWS Budgets\n80% of 4000 USD", '{"status": "rejected"}'] == [body["text"] for _, body in world.posted]


@pytest.mark.parametrize(
    ("values", "codes", "why"),
    [
        ({"WEBHOOK": CHAT, "PAGER": json.dumps(PAGER)}, {CHAT: 404}, "webhook: answered 404"),
        ({"PAGER": json.dumps(PAGER)}, {}, "webhook: the secret can't be read"),
        ({"WEBHOOK": "http://plain", "PAGER": json.dumps(PAGER)}, {}, "webhook: the secret is no https:// address"),
        ({"WEBHOOK": CHAT, "PAGER": "r" * 32}, {}, "pager: the secret is not"),
    ],
)
def test_one_that_fails_keeps_no_other_from_hearing_of_it(monkeypatch, values, codes, why):
    """
    A chat that is down, or an empty secret, fails the call, which Lambda repeats and an alarm sees; the other channel
    is told, and no message shows an address or a key.
    """
    planned = _planned(webhook="secret/chat", pager="secret/page")
    world = World(monkeypatch, _secrets(planned, **values), codes)

    with pytest.raises(Exception, match=why) as failed:
        _run(planned, monkeypatch, ALARM)

    assert {url for url, _ in world.posted} & {CHAT, PAGER["url"]}
    assert CHAT not in str(failed.value)
    assert PAGER["routing_key"] not in str(failed.value)


def test_only_the_function_reads_what_it_sends_with():
    """
    No plan has an address: the function is told where the secrets are, it alone may read them, and jobs may not.
    """
    planned = _planned(webhook="secret/chat", pager="secret/page")
    alerting = {r.name: r for r in planned.all("aws:secretsmanager/secret:Secret")}
    may: dict[str, set[str]] = {}
    for policy in planned.all("aws:iam/rolePolicy:RolePolicy"):
        for statement in statements(policy.inputs["policy"]):
            if "secretsmanager:GetSecretValue" in as_list(statement["Action"]):
                may[policy.name] = set(as_list(statement["Resource"]))

    assert {"notify-role-policy", "train-policy"} == set(may)
    assert {alerting["secret-chat"].outputs["arn"], alerting["secret-page"].outputs["arn"]} == may["notify-role-policy"]
    (jobs,) = may["train-policy"]
    assert alerting["secret-token"].outputs["arn"].startswith(jobs.removesuffix("*"))
    assert not alerting["secret-chat"].outputs["arn"].startswith(jobs.removesuffix("*"))


def test_a_function_that_fails_raises_an_alarm():
    """
    A channel that nobody is told by does not look calm; and without channels there is no function at all.
    """
    planned = _planned(webhook="secret/chat")
    alarm = planned.one("aws:cloudwatch/metricAlarm:MetricAlarm", "notify-failed")

    assert planned.one("aws:lambda/function:Function").at("name") == alarm.at("dimensions.FunctionName")
    assert planned.one("aws:lambda/permission:Permission").at("sourceArn") == alarm.at("alarmActions.0")
    assert [] == _planned().all("aws:lambda/function:Function")
