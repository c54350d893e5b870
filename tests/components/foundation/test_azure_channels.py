"""Alerts that go on to an action group of yours on Azure, and what Azure can't keep secret."""

from components.base import Cloud
from components.foundation import FoundationSpec
from components.parity import lines
from groundplan.testing.component import plan_component

TOPIC = "/subscriptions/s/resourceGroups/r/providers/Microsoft.Insights/actionGroups/on-call"
RULE = "azure-native:alertsmanagement:AlertProcessingRuleByName"


def test_an_action_group_of_yours_hears_of_every_alert_of_the_stack():
    """
    One rule adds it to whatever is raised in the stack's resource group.
    """
    spec = FoundationSpec.model_validate({"alert_channels": {"topic": TOPIC}})
    planned = plan_component("foundation", "azure", spec)
    rule = planned.one(RULE)

    assert [planned.one("azure-native:resources:ResourceGroup").id] == rule.at("properties.scopes")
    assert {"actionType": "AddActionGroups", "actionGroupIds": [TOPIC]} == rule.at("properties.actions.0")
    assert [] == planned.refusals
    assert [] == plan_component("foundation", "azure", FoundationSpec()).all(RULE)


def test_an_address_that_would_show_is_refused():
    """
    A chat or a pager by its secret is refused before anything is planned, and the reason says what to write instead.
    """
    spec = FoundationSpec.model_validate({"alert_channels": {"webhook": "secret/chat", "pager": "secret/page"}})
    refused = [line for line in lines("foundation", Cloud.AZURE, [spec]) if line.refused]

    assert ["alerts to a chat", "alerts to a pager"] == [line.feature for line in refused]
    assert all("write alerts: {topic:" in line.reason for line in refused)
    assert not [line for cloud in (Cloud.AWS, Cloud.GCP) for line in lines("foundation", cloud, [spec]) if line.refused]
