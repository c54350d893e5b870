"""Alarms of endpoints on Azure, and the rights that watching takes."""

from tests.components.endpoint.azure_plans import SLO, WORKFLOW, canary, own, plan


def test_each_promise_has_an_alarm_that_the_action_group_hears():
    """
    Also without a rollout: latency from the metric, shares from the log, and all of them reach who is on duty.
    """
    planned = plan(slo=SLO)

    latency = planned.one("azure-native:monitor:MetricAlert", "scorer-latency_p99")
    (criterion,) = latency.at("criteria.allOf")
    assert ("RequestLatency_P99", "GreaterThan", 200) == tuple(
        criterion[key] for key in ("metricName", "operator", "threshold")
    )
    assert [{"name": "deployment", "operator": "Exclude", "values": ["shadow"]}] == criterion["dimensions"]
    group = planned.one("azure-native:monitor:ActionGroup")
    assert group.urn in latency.needs
    for name, operator, threshold in (("errors", "GreaterThan", 1), ("availability", "LessThan", 99.9)):
        rule = planned.one("azure-native:monitor:ScheduledQueryRule", f"scorer-{name}")
        (condition,) = rule.at("criteria.allOf")
        assert (operator, threshold, name) == (
            condition["operator"],
            condition["threshold"],
            condition["metricMeasureColumn"],
        )
        assert "AmlOnlineEndpointTrafficLog" in condition["query"]
        assert "where requests > 0" in condition["query"], "an idle endpoint has no row, and so no breach"
        assert "code == 424 and toint(ModelStatusCode) >= 500" in condition["query"], "so Azure tells of a model's 5xx"
        assert group.urn in rule.needs


def test_a_number_of_ones_own_has_an_alarm_and_publishers():
    """
    A metric of the rollout is watched in its own namespace, and only on this endpoint two identities may publish it.
    """
    planned = own({"below": 0.5})

    alarm = planned.one("azure-native:monitor:MetricAlert", "scorer-metric-refunds")
    (criterion,) = alarm.at("criteria.allOf")
    assert ("groundplan", "refunds", "LessThan", 0.5, True) == tuple(
        criterion[key] for key in ("metricNamespace", "metricName", "operator", "threshold", "skipMetricValidation")
    )
    for duty in ("serve", "pipeline"):
        right = planned.one("azure-native:authorization:RoleAssignment", f"scorer-{duty}-publishes")
        assert right.at("scope").endswith(alarm.at("scopes")[0])


def test_without_a_promise_there_is_no_alarm():
    """
    An endpoint that promises nothing has no alarm, and nobody may publish on it.
    """
    planned = plan()

    assert [] == planned.all("azure-native:monitor:MetricAlert") + planned.all(
        "azure-native:monitor:ScheduledQueryRule"
    )
    assert not [a for a in planned.all("azure-native:authorization:RoleAssignment") if a.name.endswith("-publishes")]


def test_the_release_may_read_what_it_watches_and_no_more():
    """
    The release's identity reads metrics and one table of the log; it may not publish logs or read others.
    """
    role = canary().one("azure-native:authorization:RoleDefinition", "pipeline-role")
    actions = [action for permission in role.inputs["permissions"] for action in permission["actions"]]

    read = [action for action in actions if action.startswith("Microsoft.Insights/") and "autoscale" not in action]
    assert ["Microsoft.Insights/logs/AmlOnlineEndpointTrafficLog/read", "Microsoft.Insights/metrics/read"] == read


def test_two_starts_wait_for_each_other_with_a_rollout_too():
    """
    One release at a time: the others wait.
    """
    trigger = canary().one(WORKFLOW).inputs["definition"]["triggers"]["manual"]

    assert {"runs": 1, "maximumWaitingRuns": 10} == trigger["runtimeConfiguration"]["concurrency"]
