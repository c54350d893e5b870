"""Alerts that go on to a chat or a pager on Google Cloud: the workflow itself is run, against what it calls."""

import base64
import json
from typing import Any

import pytest

from components.foundation import FoundationSpec
from groundplan.testing.component import plan_component
from tests.truth.gcp_discovery import find
from tests.truth.gcp_expression import Raised
from tests.truth.gcp_workflow_engine import Engine, Reply

CHAT = "https://chat.example.com/v1/spaces/x?key=secret-part"
PAGER = {"url": "https://events.example.com/v2/enqueue", "routing_key": "r" * 32}
BOTH = {"webhook": "secret/chat", "pager": "secret/page"}
INCIDENT = {
    "incident_id": "0.abc",
    "policy_name": "shop prod: errors of scorer is more than 1%",
    "state": "open",
    "summary": "errors is 3%",
    "url": "https://console.cloud.google.com/monitoring/alerting/incidents/0.abc",
}


def _planned(**channels: str) -> Any:
    secrets = [ref.removeprefix("secret/") for ref in channels.values() if ref.startswith("secret/")]
    spec = FoundationSpec.model_validate({"secrets": [*secrets, "token"], "alert_channels": channels})
    return plan_component("foundation", "gcp", spec)


def _run(planned: Any, published: Any, values: dict[str, str], codes: dict[str, int] | None = None) -> Any:
    """What an execution returns, and what it posted."""
    posted: list[tuple[str, Any]] = []

    def http(verb: str, url: str, _query: Any, body: Any) -> Reply:
        if "secretmanager.googleapis.com" in url:
            assert "secretmanager.projects.secrets.versions.access" == find(verb, url).id
            name = next((n for n in values if f"-{n}-" in url), None)
            data = base64.b64encode(values[name].encode()).decode() if name else ""
            return Reply(200, {"payload": {"data": data}}) if name else Reply(404, {})
        posted.append((url, body))
        return Reply((codes or {}).get(url, 200), {})

    source = planned.one("gcp:workflows/workflow:Workflow").inputs["sourceContents"]
    data = base64.b64encode(json.dumps(published).encode()).decode()
    engine = Engine(http)
    try:
        return engine.run(source, {"data": {"message": {"data": data}}}), posted
    except Raised as error:
        return error.value, posted


def test_an_incident_is_told_to_chat_and_pager():
    """
    A chat reads a sentence with a link; a pager is triggered and resolved by the incident's own key.
    """
    planned, values = _planned(**BOTH), {"chat": f"{CHAT}\n", "page": json.dumps(PAGER)}

    answer, ((chat, said), (pager, paged)) = _run(planned, {"incident": INCIDENT}, values)
    _, (_, (_, over)) = _run(planned, {"incident": {**INCIDENT, "state": "closed"}}, values)

    assert ({"told": 1}, CHAT, PAGER["url"]) == (answer, chat, pager)
    assert f"{INCIDENT['policy_name']} is raised. errors is 3% {INCIDENT['url']}" == said["text"]
    assert ("trigger", PAGER["routing_key"]) == (paged["event_action"], paged["routing_key"])
    assert {"summary", "source", "severity"} == set(paged["payload"])
    assert ("resolve", "0.abc") == (over["event_action"], over["dedup_key"])


def test_what_a_budget_publishes_is_not_told():
    """
    A budget publishes what was spent several times a day: nobody is called for it.
    """
    assert ({"told": 0}, []) == _run(_planned(**BOTH), {"costAmount": 3.0, "budgetAmount": 100.0}, {"chat": CHAT})


@pytest.mark.parametrize(
    ("values", "codes", "why"),
    [
        ({"chat": CHAT, "page": json.dumps(PAGER)}, {CHAT: 404}, "webhook: not taken, code 404"),
        ({"chat": CHAT, "page": json.dumps(PAGER)}, {CHAT: 503}, "webhook: not taken, code 503"),
        ({"page": json.dumps(PAGER)}, {}, "webhook: its secret has no value"),
        ({"chat": "http://plain", "page": json.dumps(PAGER)}, {}, "webhook: its secret has no https:// address"),
        ({"chat": CHAT, "page": "r" * 32}, {}, "pager: its secret has no value of the form"),
        ({"chat": CHAT, "page": "{}"}, {}, "pager: its secret has no value of the form"),
    ],
)
def test_one_that_fails_keeps_no_other_from_hearing_of_it(values, codes, why):
    """
    A chat that is down, or an empty secret, fails the execution, which a policy sees; the other channel is told, and
    the error shows neither address nor key.
    """
    error, posted = _run(_planned(**BOTH), {"incident": INCIDENT}, values, codes)

    assert isinstance(error, str)
    assert why in error
    assert {url for url, _ in posted} & {CHAT, PAGER["url"]}
    assert CHAT not in error
    assert PAGER["routing_key"] not in error


def test_only_the_workflow_reads_what_it_sends_with():
    """
    The account of this one workflow may read these two secrets, no value is in the plan, and no call is logged.
    """
    planned = _planned(**BOTH)
    workflow = planned.one("gcp:workflows/workflow:Workflow", "notify")
    readers = planned.all("gcp:secretmanager/secretIamMember:SecretIamMember")

    assert {"notify-reads-chat", "notify-reads-page"} == {r.name for r in readers}
    assert {f"serviceAccount:{workflow.at('serviceAccount')}"} == {r.at("member") for r in readers}
    assert "LOG_NONE" == workflow.at("callLogLevel")
    assert [] == _planned().all("gcp:eventarc/trigger:Trigger")


def test_a_channel_of_yours_hears_of_every_alert():
    """
    It is among the channels of the stack's policies; one of another project could not be.
    """
    own = "projects/example-project/notificationChannels/123"
    spec = FoundationSpec.model_validate(
        {"secrets": ["chat"], "alert_channels": {"topic": own, "webhook": "secret/chat"}}
    )
    planned = plan_component("foundation", "gcp", spec)

    assert [own] == planned.one("gcp:monitoring/alertPolicy:AlertPolicy").at("notificationChannels")
    with pytest.raises(ValueError, match=r"channels of their own project\. Write projects/example-project/"):
        _planned(topic="projects/other/notificationChannels/123")
