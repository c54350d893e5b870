"""What hands an alert on from the stack's topic, inside AWS Lambda: to a chat, to a pager, to another topic."""

import json
import os
import urllib.error
import urllib.request

SECONDS = 10  # that a chat or a pager may take to answer
LONGEST = 3000  # characters of a text, which every chat takes


class NotDelivered(Exception):
    """Somebody was not told; Lambda then tries again, twice."""


def handler(event, _context):
    """Tell every channel; one that can't be told keeps the others from nothing."""
    failed = []
    for record in event["Records"]:
        for tell in _channels():
            try:
                tell(record["Sns"])
            except NotDelivered as reason:
                failed.append(str(reason))
    if failed:
        raise NotDelivered("; ".join(failed))
    return {"told": len(event["Records"])}


def _channels():
    for variable, tell in (("WEBHOOK", _chat), ("PAGER", _page), ("TOPIC", _forward)):
        where = os.environ.get(variable)
        if where:
            yield lambda message, tell=tell, where=where: tell(where, message)


def _chat(secret, message):
    _post("webhook", _value("webhook", secret), {"text": _text(message)})


def _page(secret, message):
    """Source: https://developer.pagerduty.com/docs/events-api-v2/trigger-events/."""
    try:
        known = json.loads(_value("pager", secret))
        address, key = known["url"], known["routing_key"]
    except (KeyError, TypeError, ValueError):
        raise NotDelivered('pager: the secret is not {"url": "https://…", "routing_key": "…"}') from None
    alarm = _alarm(message)
    body = {
        "routing_key": key,
        "event_action": "resolve" if alarm.get("NewStateValue") == "OK" else "trigger",
        "dedup_key": (alarm.get("AlarmArn") or message["MessageId"])[-255:],
        "payload": {"summary": _text(message)[:1024], "source": message["TopicArn"], "severity": "error"},
    }
    _post("pager", address, body)


def _forward(topic, message):
    import boto3  # noqa: PLC0415 - Lambda has it; nobody else needs it
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    subject = {"Subject": message["Subject"]} if message.get("Subject") else {}
    try:
        # the message as it is: who reads that topic knows CloudWatch's own form
        boto3.client("sns", region_name=topic.split(":")[3]).publish(
            TopicArn=topic, Message=message["Message"], **subject
        )
    except (BotoCoreError, ClientError) as error:
        raise NotDelivered(f"topic: {error}") from None


def _alarm(message):
    """What CloudWatch says of an alarm; empty where something else speaks."""
    try:
        found = json.loads(message["Message"])
    except ValueError:
        return {}
    return found if isinstance(found, dict) and "AlarmName" in found else {}


def _text(message):
    alarm = _alarm(message)
    if not alarm:
        return "\n".join(part for part in (message.get("Subject"), message["Message"]) if part)[:LONGEST]
    state = {"OK": "over", "ALARM": "raised"}.get(alarm.get("NewStateValue", ""), "without data")
    said = alarm.get("AlarmDescription") or ""
    return f"{alarm['AlarmName']} is {state}. {said}\n{alarm.get('NewStateReason', '')}"[:LONGEST].strip()


def _value(channel, secret):
    import boto3  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        value = boto3.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"].strip()
    except (BotoCoreError, ClientError, KeyError) as error:
        raise NotDelivered(f"{channel}: the secret can't be read ({type(error).__name__}): give it a value") from None
    return value


def _post(channel, address, body):
    """No message of it ever shows the address, which is the secret."""
    if not address.startswith("https://"):
        raise NotDelivered(f"{channel}: the secret is no https:// address")
    try:
        request = urllib.request.Request(  # noqa: S310 - it begins with https://
            address, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=SECONDS):  # noqa: S310
            return
    except urllib.error.HTTPError as refusal:
        raise NotDelivered(f"{channel}: answered {refusal.code}") from None
    except (OSError, ValueError) as error:
        raise NotDelivered(f"{channel}: not reached ({type(error).__name__})") from None
