"""Who a blueprint has told of alerts: by secret, by what exists, and never by an address."""

import pytest

from blueprints import parse
from components.base import Cloud

BLUEPRINT = """
apiVersion: groundplan/v1
name: shop
owner: risk-ml
alerts: {email: [a@example.com], webhook: secret/chat, pager: secret/page}
"""


def _told(text: str, cloud: Cloud = Cloud.AWS) -> list[str]:
    return [str(problem) for problem in parse(text, "b.yaml").check(clouds=[cloud])]


def test_secrets_of_alerts_are_made_and_kept_from_jobs():
    """
    Each has its place in the stack's store, and no job may read it.
    """
    foundation = parse(BLUEPRINT).resolve("prod", Cloud.AWS).foundation

    assert ["chat", "page"] == foundation.secrets
    assert [] == foundation.job_secrets
    assert ("secret/chat", "secret/page") == (foundation.alert_channels.webhook, foundation.alert_channels.pager)


def test_an_address_in_clear_is_refused():
    """
    The address of a chat is a secret: written out, it is refused where it stands.
    """
    (line,) = _told(BLUEPRINT.replace("secret/chat", '"https://hooks.example.com/T0"'))

    assert "this is not a secret's name" in line


def test_chat_and_pager_have_a_secret_each():
    """
    One holds an address, the other an address and a key.
    """
    (line,) = _told(BLUEPRINT.replace("secret/page", "secret/chat"))

    assert "a pager and a chat don't take the same. Name another secret." in line


TOPICS = {
    Cloud.AWS: "arn:aws:sns:eu-west-1:111122223333:on-call",
    Cloud.GCP: "projects/acme-ml/notificationChannels/1234567890",
    Cloud.AZURE: "/subscriptions/s/resourceGroups/r/providers/Microsoft.Insights/actionGroups/on-call",
}


@pytest.mark.parametrize("cloud", TOPICS)
@pytest.mark.parametrize("named", TOPICS)
def test_what_exists_is_of_the_cloud_itself(cloud, named):
    """
    A topic, a channel or an action group is named under the cloud that has it.
    """
    plain = BLUEPRINT.replace(", webhook: secret/chat, pager: secret/page", "")
    text = f"{plain}overrides: {{{cloud}: {{alerts: {{topic: '{TOPICS[named]}'}}}}}}\n"

    wrong = [line for line in _told(text, cloud) if "is nothing that" in line]

    assert bool(wrong) == (cloud != named)
    assert all(f"under overrides.{cloud}" in line for line in wrong)


def test_azure_refuses_what_would_show_and_says_where():
    """
    A chat or a pager is refused on Azure at the key that asks for it, with what to write instead.
    """
    lines = _told(BLUEPRINT, Cloud.AZURE)

    assert 2 == len(lines)
    assert all("without showing its address. Write overrides: {azure: {alerts: {" in line for line in lines)
    assert ["alerts.pager", "alerts.webhook"] == sorted(line.split(": ")[1] for line in lines)
    assert all(line.startswith("b.yaml:5:") for line in lines)
