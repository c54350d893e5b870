"""What the emulated clouds take of what watches a stack: composite alarms, dashboards, what hands alerts on."""

import json

import pytest

from tests.sandbox.conftest import emulator_of

GOOD = {
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": {"alarmName": "a", "alarmRule": 'ALARM("x") AND ALARM("y")'},
    "aws:cloudwatch/dashboard:Dashboard": {"dashboardName": "shop-prod", "dashboardBody": json.dumps({"widgets": []})},
    "aws:lambda/function:Function": {
        "name": "notify",
        "role": "arn:aws:iam::111122223333:role/notify",
        "handler": "notify.handler",
        "runtime": "python3.13",
        "s3Bucket": "b",
        "s3Key": "k",
        "timeout": 60,
        "memorySize": 128,
    },
    "azure-native:applicationinsights:Workbook": {
        "resourceName": "f2b970e5-bf6f-5c1a-8dd5-56d6b6389c52",
        "resourceGroupName": "g",
        "category": "workbook",
        "displayName": "shop",
        "kind": "shared",
        "serializedData": "{}",
    },
    "azure-native:alertsmanagement:AlertProcessingRuleByName": {
        "alertProcessingRuleName": "r",
        "resourceGroupName": "g",
        "location": "global",
        "properties": {"scopes": ["/s"], "actions": [{"actionType": "AddActionGroups", "actionGroupIds": ["/a"]}]},
    },
    "gcp:monitoring/dashboard:Dashboard": {"dashboardJson": json.dumps({"displayName": "shop"})},
}
WRONG = [
    ("aws:cloudwatch/compositeAlarm:CompositeAlarm", "alarmRule", "x AND y"),
    ("aws:cloudwatch/compositeAlarm:CompositeAlarm", "alarmRule", 'ALARM("x") AND ' * 1000),
    ("aws:cloudwatch/dashboard:Dashboard", "dashboardBody", "{"),
    ("aws:cloudwatch/dashboard:Dashboard", "dashboardName", "shop prod"),
    ("aws:lambda/function:Function", "timeout", 901),
    ("aws:lambda/function:Function", "memorySize", 64),
    ("aws:lambda/function:Function", "name", "n" * 65),
    ("azure-native:applicationinsights:Workbook", "resourceName", "shop"),
    ("azure-native:applicationinsights:Workbook", "serializedData", "{"),
    ("azure-native:applicationinsights:Workbook", "kind", "user"),
    ("azure-native:alertsmanagement:AlertProcessingRuleByName", "location", "westeurope"),
    ("gcp:monitoring/dashboard:Dashboard", "dashboardJson", "{"),
]


@pytest.mark.parametrize("kind", GOOD)
def test_what_is_right_is_taken(kind):
    """
    A resource as we make it is refused by nothing.
    """
    assert [] == emulator_of(kind).check(kind, GOOD[kind])


@pytest.mark.parametrize(("kind", "field", "value"), WRONG)
def test_what_is_wrong_is_refused_where_it_stands(kind, field, value):
    """
    A value that the cloud refuses is refused by its emulation, by name.
    """
    (failure,) = emulator_of(kind).check(kind, {**GOOD[kind], field: value})

    assert field == failure.property
