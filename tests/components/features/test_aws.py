"""Features on SageMaker: what the engine gets, and what a materialization does."""

import json
from functools import cache
from typing import Any

import pytest

from components.features import FeaturesSpec
from components.foundation import FoundationSpec
from groundplan.sandbox.rules import cloudcontrol
from groundplan.testing import Planned
from groundplan.testing.component import plan_component
from tests.truth.aws_features import FakeFeatureStore
from tests.truth.aws_iam import as_list, statements
from tests.truth.aws_states import Ended, StateError, run

GROUND = FoundationSpec(features=True)
GROUP = "aws:cloudcontrol/resource:Resource"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
VIEW: dict[str, Any] = {
    "entity": "customer",
    "event_time": "ts",
    "schema": {"amount": "float", "count": "int", "home": "string", "good": "bool", "vec": "vector"},
    "source": "data/spending/",
    "online": {"ttl": "30d"},
    "materialize": {"every": "15m"},
    "freshness": "30m",
}


@cache
def _planned(changes: str = "{}") -> Planned:
    view = {**VIEW, **json.loads(changes)}
    spec = FeaturesSpec.model_validate({"entities": {"customer": {"key": "customer_id"}}, "views": {"spending": view}})
    return plan_component("features", "aws", spec, foundation=GROUND)


def _group(planned: Planned) -> dict[str, Any]:
    return json.loads(planned.one(GROUP).inputs["desiredState"])


def _run(api: FakeFeatureStore, changes: str = "{}") -> Ended:
    machine = _planned(changes).one("aws:sfn/stateMachine:StateMachine")
    return run(json.loads(machine.inputs["definition"]), {}, api)


def test_a_view_is_online_and_offline_under_the_stacks_key():
    """
    Both stores are encrypted with the customer's key, and an online value goes after its time.
    """
    planned = _planned()
    group, key = _group(planned), planned.one("aws:kms/key:Key").outputs["arn"]

    assert key == group["OnlineStoreConfig"]["SecurityConfig"]["KmsKeyId"]
    assert key == group["OfflineStoreConfig"]["S3StorageConfig"]["KmsKeyId"]
    assert {"Unit": "Days", "Value": 30} == group["OnlineStoreConfig"]["TtlDuration"]
    assert ("customer_id", "ts") == (group["RecordIdentifierFeatureName"], group["EventTimeFeatureName"])


def test_a_further_column_does_not_replace_the_store():
    """
    One column more, or another time to live, is an update of the feature group, which keeps what it holds.
    """
    before = _planned().one(GROUP).inputs
    for change in ({"schema": {**VIEW["schema"], "new": "float"}}, {"online": {"ttl": "7d"}}):
        after = _planned(json.dumps(change)).one(GROUP).inputs
        assert before["desiredState"] != after["desiredState"]
        assert not cloudcontrol.replaces(before, after)


def test_another_owner_does_not_replace_the_store():
    """
    A label, the owner and the class of the data are no tags of a feature group, as it could not take other ones later.
    """
    spec = FeaturesSpec.model_validate({"entities": {"customer": {"key": "customer_id"}}, "views": {"spending": VIEW}})
    changed = {"owner": "somebody-else", "labels": {"a": "b"}, "classification": "restricted"}
    after = plan_component("features", "aws", spec, foundation=GROUND, context=changed)

    assert _group(_planned()) == _group(after)


def test_new_rows_are_written_with_the_names_and_types_of_the_schema():
    """
    Each row that is new is put with its columns' names; what has no value is left out.
    """
    api = FakeFeatureStore(
        [
            {"c0": "a", "c1": "2026-11-21T00:00:00.000Z", "c2": "1.5", "c3": "3", "c4": "", "c5": "1", "c6": "[1.0]"},
            {"c0": "b", "c1": "2026-11-21T00:00:01.000Z", "c2": "", "c3": "", "c4": "", "c5": "", "c6": ""},
        ]
    )

    ended = _run(api)

    assert {"written": True, "age_seconds": 60} == ended.output
    moment = {"customer_id": "a", "ts": "2026-11-21T00:00:00.000Z"}
    assert {**moment, "amount": "1.5", "count": "3", "good": "1", "vec": "[1.0]"} == api.records[0]
    assert {"customer_id": "b", "ts": "2026-11-21T00:00:01.000Z"} == api.records[1]


def test_what_is_in_the_store_is_not_written_again():
    """
    The query leaves out what the offline store has, and takes each moment of each entity once.
    """
    api = FakeFeatureStore()
    _run(api)
    new, _age = api.queries

    assert 'LEFT JOIN (SELECT DISTINCT "customer_id" AS known_key' in new
    assert "o.known_key IS NULL" in new
    assert 'PARTITION BY "customer_id", "ts"' in new


def test_the_age_of_the_newest_value_is_published():
    """
    A materialization tells how old the newest value is, also where nothing was new.
    """
    api = FakeFeatureStore(age=4711)
    _run(api)

    (metric,) = api.metrics
    assert ("groundplan/features", "FeatureAgeSeconds", 4711) == tuple(
        metric[key] for key in ("Namespace", "MetricName", "Value")
    )


def test_no_values_are_no_age():
    """
    An empty source publishes nothing, so that the alarm, to which silence is late, goes off.
    """
    api = FakeFeatureStore(age=None)

    assert {"written": True} == _run(api).output
    assert [] == api.metrics
    assert "breaching" == _planned().one(ALARM).at("treatMissingData")


def test_a_second_run_leaves_it_to_the_first():
    """
    Started while another runs, a materialization writes nothing.
    """
    api = FakeFeatureStore([{"c0": "a", "c1": "x"}], others=1)

    assert {"written": False} == _run(api).output
    assert ([], []) == (api.queries, api.records)


def test_a_write_that_the_store_refuses_at_first_is_tried_again():
    """
    A throttled write is repeated; one that never succeeds fails the run, which then publishes no age.
    """
    row = {"c0": "a", "c1": "x", "c2": "1"}
    slow = FakeFeatureStore([row], fails={"PutRecord": [StateError("States.TaskFailed", "throttled")] * 2})
    stuck = FakeFeatureStore([row], fails={"PutRecord": [StateError("States.TaskFailed", "no")] * 9})

    assert _run(slow).output
    assert 1 == len(slow.records)
    assert "States.ExceedToleratedFailureThreshold" == _run(stuck).error
    assert [] == stuck.metrics


def test_a_query_that_fails_fails_the_run():
    """
    Athena's error is the run's, as when a file has another type in a column.
    """
    api = FakeFeatureStore(fails={"StartQueryExecution": [StateError("States.TaskFailed", "HIVE_BAD_DATA")]})

    assert "HIVE_BAD_DATA" == _run(api).cause


def test_the_alarm_is_as_late_as_the_blueprint_says():
    """
    The alarm goes off above the freshness, and its first look covers no more than that.
    """
    alarm = _planned().one(ALARM)
    days = _planned('{"freshness": "3d", "materialize": {"every": "1d"}}').one(ALARM)

    assert (1800, 1800, 1) == tuple(alarm.at(key) for key in ("threshold", "period", "evaluationPeriods"))
    assert (259_200, 86_400, 3) == tuple(days.at(key) for key in ("threshold", "period", "evaluationPeriods"))
    assert alarm.at("dimensions")["FeatureGroup"] == _group(_planned())["FeatureGroupName"]


def test_each_duty_has_its_own_right():
    """
    Training reads the offline store, serving the online one, and the pipeline alone writes.
    """
    planned = _planned()
    may = {
        policy.name: {a for s in statements(policy.inputs["policy"]) for a in as_list(s["Action"])}
        for policy in planned.all("aws:iam/rolePolicy:RolePolicy")
    }

    assert "sagemaker:PutRecord" in may["features-materialize"]
    assert {"sagemaker:BatchGetRecord", "sagemaker:GetRecord"} == may["features-online"]
    assert {"s3:GetBucketLocation", "s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"} == may["features-offline"]
    others = set().union(*(actions for name, actions in may.items() if name != "features-materialize"))
    assert "sagemaker:PutRecord" not in others


def test_the_store_is_reached_privately():
    """
    With a feature store the network has an endpoint of its own for it.
    """
    services = {e.at("serviceName") for e in _planned().all("aws:ec2/vpcEndpoint:VpcEndpoint")}

    assert "com.amazonaws.us-east-1.sagemaker.featurestore-runtime" in services


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schema": {"_a": "int"}}, "_a is no name of a feature"),
        ({"schema": {"write_time": "int"}}, "write_time is no name of a feature"),
        ({"freshness": "8d"}, "looks back 7d"),
        ({"materialize": {"every": "30s"}}, "once a minute"),
        ({"source": "gs://b/x"}, "not on S3"),
    ],
)
def test_what_sagemaker_can_not_take_is_refused(changes, said):
    """
    A wish beyond the services' limits is refused with the limit.
    """
    with pytest.raises(ValueError, match=said):
        _planned(json.dumps(changes))
