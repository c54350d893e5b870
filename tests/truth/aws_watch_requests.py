"""The API requests of what watches a stack: alarms and budgets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from tests.truth.aws_request_parts import Inputs, Request, pascal, tags, without

__all__ = ["WATCH", "alarm", "budget"]


def alarm(inputs: Inputs) -> Iterator[Request]:
    """`PutMetricAlarm`, of one metric or of several."""

    def dimensions(value: Mapping[str, str]) -> list[dict[str, str]]:
        return [{"Name": name, "Value": held} for name, held in value.items()]

    renames = {"evaluateLowSampleCountPercentiles": "EvaluateLowSampleCountPercentile", "okActions": "OKActions"}
    body = pascal(without(inputs, "name", "tags", "dimensions", "metricQueries"), renames)
    if "dimensions" in inputs:
        body["Dimensions"] = dimensions(inputs["dimensions"])
    for query in inputs.get("metricQueries", []):
        made = pascal(without(query, "metric"))
        if metric := query.get("metric"):
            where = {"Namespace": metric["namespace"], "MetricName": metric["metricName"]}
            counted = {"Metric": {**where, "Dimensions": dimensions(metric["dimensions"])}}
            made["MetricStat"] = {**counted, "Period": metric["period"], "Stat": metric["stat"]}
        body.setdefault("Metrics", []).append(made)
    yield "cloudwatch", "PutMetricAlarm", {"AlarmName": inputs["name"], **body, "Tags": tags(inputs)}


def budget(inputs: Inputs) -> Iterator[Request]:
    """`CreateBudget`, with who is told."""
    alerts = [
        {
            "Notification": pascal(without(n, "subscriberEmailAddresses", "subscriberSnsTopicArns")),
            "Subscribers": [
                *({"SubscriptionType": "EMAIL", "Address": a} for a in n.get("subscriberEmailAddresses") or []),
                *({"SubscriptionType": "SNS", "Address": a} for a in n.get("subscriberSnsTopicArns") or []),
            ],
        }
        for n in inputs["notifications"]
    ]
    yield (
        "budgets",
        "CreateBudget",
        {
            "AccountId": inputs["accountId"],
            "Budget": {
                "BudgetName": inputs["name"],
                "BudgetType": inputs["budgetType"],
                "TimeUnit": inputs["timeUnit"],
                "BudgetLimit": {"Amount": inputs["limitAmount"], "Unit": inputs["limitUnit"]},
                "CostFilters": {f["name"]: f["values"] for f in inputs["costFilters"]},
                "TimePeriod": {"Start": inputs["timePeriodStart"]},
            },
            "NotificationsWithSubscribers": alerts,
            "ResourceTags": tags(inputs),
        },
    )


def _composite(inputs: Inputs) -> Iterator[Request]:
    body = pascal(without(inputs, "tags"), {"okActions": "OKActions"})
    yield "cloudwatch", "PutCompositeAlarm", {**body, "Tags": tags(inputs)}


def _dashboard(inputs: Inputs) -> Iterator[Request]:
    yield "cloudwatch", "PutDashboard", pascal(inputs)


def _function(inputs: Inputs) -> Iterator[Request]:
    plain = ("name", "tags", "environment", "s3Bucket", "s3Key", "sourceCodeHash")
    body = pascal(without(inputs, *plain), {"kmsKeyArn": "KMSKeyArn"})
    body["Code"] = {"S3Bucket": inputs["s3Bucket"], "S3Key": inputs["s3Key"]}
    body["Environment"] = {"Variables": inputs["environment"]["variables"]}
    yield "lambda", "CreateFunction", {"FunctionName": inputs["name"], **body, "Tags": inputs["tags"]}


def _permission(inputs: Inputs) -> Iterator[Request]:
    yield "lambda", "AddPermission", pascal(inputs, {"function": "FunctionName"})


WATCH: Mapping[str, Callable[[Inputs], Iterator[Request]]] = {
    "aws:budgets/budget:Budget": budget,
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": _composite,
    "aws:cloudwatch/dashboard:Dashboard": _dashboard,
    "aws:cloudwatch/metricAlarm:MetricAlarm": alarm,
    "aws:lambda/function:Function": _function,
    "aws:lambda/permission:Permission": _permission,
}
"""What watches a stack, and hands on what it sees."""
