"""Asynchronous endpoints on SageMaker: a file becomes an answer of its name, machines come and go, releases."""

import json
from functools import cache
from typing import Any

import pytest

from components.endpoint import EndpointSpec
from groundplan.testing import Planned
from groundplan.testing.component import plan_component
from tests.truth.aws_queue import Queue
from tests.truth.aws_sagemaker import FakeSageMaker
from tests.truth.aws_states import Ended, run

CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
MACHINE = "aws:sfn/stateMachine:StateMachine"
POLICY = "aws:appautoscaling/policy:Policy"
RULE = "aws:cloudwatch/eventRule:EventRule"
SLO = {"latency_p99": "5s", "errors": "0.5%", "availability": "99.9%"}


@cache
def _plan(fields: str) -> Planned:
    given = {"model": "fraud", "form": "async", "machine": {"cpu": 4, "memory": "8GiB"}, "scale": {"min": 0, "max": 8}}
    spec = EndpointSpec.model_validate({**given, **json.loads(fields)})
    return plan_component("endpoint", "aws", spec, name="scorer")


def _planned(**fields: Any) -> Planned:
    return _plan(json.dumps(fields))


def _definition(what: str, **fields: Any) -> dict[str, Any]:
    return json.loads(_planned(**fields).one(MACHINE, f"scorer-{what}").inputs["definition"])


def _queue(fields: dict[str, Any] | None = None, **more: Any) -> Queue:
    given = fields or {}
    bucket = _planned(**given).one("aws:s3/bucket:Bucket", "scorer-queue").inputs["bucket"]
    return Queue(
        {what: _definition(f"queue-{what}", **given) for what in ("request", "gate", "answer")}, bucket, **more
    )


def _release(cloud: FakeSageMaker, **fields: Any) -> Ended:
    return run(_definition("release", **fields), {"version": "12"}, cloud)


def test_a_file_becomes_an_answer_of_its_name():
    """
    What is put under the requests is answered under the answers, folders and all, and nothing else is left.
    """
    queue = _queue()

    queue.put("requests/june/7.json", '{"amount": 3}')

    (ended,) = queue.ended.values()
    assert {"answer": "answers/june/7.json.out"} == ended.output
    assert {"requests/june/7.json": '{"amount": 3}', "answers/june/7.json.out": '{"score": 0.5}'} == queue.objects


def test_a_request_says_how_long_it_may_wait():
    """
    SageMaker is told when it is too old, how long an answer may take, and by which id it is known.
    """
    queue = _queue({"queue": {"max_age": "2h", "retain": "7d"}})

    queue.put("requests/7.json")

    (asked,) = queue.asked
    (name,) = queue.ended
    assert (7200, 3600, name) == (
        asked["RequestTTLSeconds"],
        asked["InvocationTimeoutSeconds"],
        asked["InferenceId"],
    )


@pytest.mark.parametrize(
    ("key", "given", "sent"),
    [
        ("requests/a.json", "", "application/json"),
        ("requests/a.CSV", "binary/octet-stream", "text/csv"),
        ("requests/a.json", "text/plain", "text/plain"),
        ("requests/image", "application/octet-stream", "application/octet-stream"),
    ],
)
def test_the_content_type_is_the_callers_or_by_the_name(key, given, sent):
    """
    What a caller names counts; where none is named, the end of the file's name says it.
    """
    queue = _queue(types={key: given} if given else {})

    queue.put(key)

    assert sent == queue.asked[0]["ContentType"]


def test_a_model_that_fails_leaves_its_reason():
    """
    It is under the answers too, as `.error`, and the execution fails.
    """
    queue = _queue(fails=True)

    queue.put("requests/7.json")

    (ended,) = queue.ended.values()
    assert '{"error": "no such column"}' == queue.objects["answers/7.json.error"]
    assert "NotAnswered" == ended.error
    assert {"requests/7.json", "answers/7.json.error"} == set(queue.objects)


def test_a_request_that_waits_too_long_is_given_up():
    """
    There is an answer in any case: the one that says that there will be none.
    """
    queue = _queue({"queue": {"max_age": "10m"}}, silent=True)

    queue.put("requests/7.json")

    (ended,) = queue.ended.values()
    wait = queue.definitions["request"]["States"]["Wait"]
    assert 660 == wait["TimeoutSeconds"]
    assert "GivenUp" == ended.error
    assert {"error": "no answer after 600 s"} == json.loads(queue.objects["answers/7.json.error"])


def test_an_answer_that_comes_too_late_harms_nobody():
    """
    Nobody waits any more: its file ends with the others, and what would tell of it ends well.
    """
    queue = _queue(silent=True)
    queue.put("requests/7.json")
    queue.output = "given up"
    queue.objects[f"written/{'x'}.out"] = "late"
    key = next(k for k in queue.objects if k.startswith("tickets/written/")).removeprefix("tickets/")

    assert "" == run(queue.definitions["answer"], queue.event(key), queue).error


def test_what_sagemaker_refuses_is_answered_with_the_reason():
    """
    Such as while no endpoint is in service.
    """
    queue = _queue(refuses=("SageMakerRuntime.ValidationErrorException", "Endpoint is not in service"))

    queue.put("requests/7.json")

    (ended,) = queue.ended.values()
    assert "NotAnswered" == ended.error
    assert "not in service" in queue.objects["answers/7.json.error"]


def test_a_busy_sagemaker_is_asked_again():
    """
    A throttled request is not a lost one.
    """
    queue = _queue(busy=3)

    queue.put("requests/7.json")

    assert "answers/7.json.out" in queue.objects


def test_an_answer_before_its_ticket_is_found():
    """
    The model may answer before the execution has written where it waits.
    """
    queue = _queue(early=True)

    queue.put("requests/7.json")

    assert "answers/7.json.out" in queue.objects


def test_an_event_that_comes_twice_is_one_request():
    """
    EventBridge may tell twice; a new version of the file is a new request.
    """
    queue = _queue()

    first = queue.put("requests/7.json")
    again = queue.put("requests/7.json")
    queue.put("requests/7.json", version="v2")

    assert ("", "") == (first.error, again.error)
    assert (2, 2) == (len(queue.asked), len(queue.ended))


def test_what_others_ask_sagemaker_is_left_to_them():
    """
    A caller may ask SageMaker by itself: its answer has no ticket, and stays where it is.
    """
    queue = _queue()
    queue.objects["written/own.out"] = "theirs"

    ended = run(queue.definitions["answer"], queue.event("written/own.out"), queue)

    assert "" == ended.error
    assert "theirs" == queue.objects["written/own.out"]


def test_requests_and_answers_have_an_end_and_a_key():
    """
    The bucket is the endpoint's own, under the stack's key, and keeps files as long as the blueprint says.
    """
    planned = _planned(queue={"retain": "7d"})
    rules = planned.one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "scorer-queue-lifecycle")
    key = planned.one(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", "scorer-queue-key"
    )
    written = planned.one(CONFIGURATION).at("asyncInferenceConfig.outputConfig")

    assert 7 == {r["id"]: r for r in rules.at("rules")}["kept"]["expiration"]["days"]
    assert ":key/" in json.dumps(key.inputs)
    assert ":key/" in written["kmsKeyId"]
    assert written["s3OutputPath"].endswith("/written")
    assert {"requests/"} == {
        prefix["prefix"]
        for rule in planned.all(RULE, "scorer-queue-requests")
        for prefix in json.loads(rule.inputs["eventPattern"])["detail"]["object"]["key"]
    }


def test_machines_come_and_go_with_what_waits():
    """
    Target tracking divides what waits by the machines; where there is none, a policy of its own brings the first.
    """
    planned = _planned()
    held = planned.one(POLICY, "scorer-target").at("targetTrackingScalingPolicyConfiguration")
    alarm = planned.one("aws:cloudwatch/metricAlarm:MetricAlarm", "scorer-wake")

    assert 0 == planned.one("aws:appautoscaling/target:Target").inputs["minCapacity"]
    assert "ApproximateBacklogSizePerInstance" == held["customizedMetricSpecification"]["metricName"]
    assert "HasBacklogWithoutCapacity" == alarm.inputs["metricName"]
    assert "wake" in alarm.inputs["alarmActions"][0]
    assert [] == _planned(scale={"min": 1}).all(POLICY, "scorer-wake")


def test_requests_at_once_are_how_many_a_machine_takes():
    """
    As many wait for each machine as it answers at the same time.
    """
    planned = _planned(scale={"min": 0, "target": {"concurrent_requests": 3}})

    client = planned.one(CONFIGURATION).at("asyncInferenceConfig.clientConfig")
    assert 3 == client["maxConcurrentInvocationsPerInstance"]
    assert 3 == planned.one(POLICY, "scorer-target").at("targetTrackingScalingPolicyConfiguration.targetValue")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"queue": {"max_age": "7h"}}, r"queue\.max_age is 7h.*Write max_age: 6h"),
        ({"capture": {}}, r"capture: .*Leave capture out"),
        ({"slo": SLO, "rollout": {"steps": ["10%", "50%"]}}, r"rollout\.steps are not equal.*Write steps: \[10%\]"),
        ({"scale": {"min": 0, "target": {"requests_per_replica": "9/min"}}}, r"scale\.target: .*concurrent_requests"),
        ({"scale": {"min": 1, "target": {"latency": "1s"}}}, r"scale\.target: .*concurrent_requests"),
        ({"scale": {"min": 0, "target": {"cpu_utilisation": "50%"}}}, r"scale\.target: .*scale\.min: 1"),
    ],
)
def test_what_a_queue_can_not_do_is_refused(fields, says):
    """
    With what can be written instead.
    """
    with pytest.raises(ValueError, match=says):
        _planned(**fields)


def test_a_release_starts_a_machine_where_there_is_none():
    """
    A version that does not start must not take over because nobody asked; nor are machines lost that work.
    """
    for standing, started in ((0, 1), (5, 5)):
        cloud = FakeSageMaker()
        cloud.counts = {"main": standing}

        ended = _release(cloud)

        (configuration,) = ended.called("CreateEndpointConfig")
        assert "" == ended.error
        assert started == configuration["ProductionVariants"][0]["InitialInstanceCount"]
        assert {"main": started} == cloud.counts
        assert configuration["AsyncInferenceConfig"]["OutputConfig"]["S3FailurePath"].endswith("/failed")


def test_a_release_to_another_machine_wakes_it_as_before():
    """
    The policy that brings the first machine is new then, and its alarm is told.
    """
    cloud = FakeSageMaker(instance_type="ml.m5.large")

    ended = _release(cloud)

    (alarm,) = ended.called("PutMetricAlarm")
    assert 2 == len(ended.called("PutScalingPolicy"))
    assert alarm["AlarmName"] == _planned().one("aws:cloudwatch/metricAlarm:MetricAlarm", "scorer-wake").inputs["name"]
    assert alarm["AlarmActions"][0].startswith("arn:aws:autoscaling")
    assert 0 == cloud.scaled["MinCapacity"]


@pytest.mark.parametrize(("standing", "kind"), [(4, "CANARY"), (0, "ALL_AT_ONCE")])
def test_a_rollout_is_guarded(standing, kind):
    """
    By SageMaker's own guardrails; no half of one machine, and never by the weights of two variants.
    """
    cloud = FakeSageMaker()
    cloud.counts = {"main": standing}

    ended = _release(cloud, slo=SLO, rollout={"steps": ["10%"], "bake": "10m"})

    (update,) = ended.called("UpdateEndpoint")
    policy = update["DeploymentConfig"]["BlueGreenUpdatePolicy"]
    assert "" == ended.error
    assert kind == policy["TrafficRoutingConfiguration"]["Type"]
    assert update["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]
    assert [] == ended.called("UpdateEndpointWeightsAndCapacities")


def test_requests_that_were_never_answered_break_the_promise():
    """
    One that waited too long is neither a 4xx nor a 5xx, and counts as an error all the same.
    """
    (alarm,) = _planned(slo=SLO).all("aws:cloudwatch/metricAlarm:MetricAlarm", "scorer-errors")
    metrics = {q["id"]: q["metric"]["metricName"] for q in alarm.at("metricQueries") if "metric" in q}
    share = next(q["expression"] for q in alarm.at("metricQueries") if "expression" in q)

    assert "ExpiredRequests" == metrics["expired"]
    assert "expired" in share
    assert "Invocations" not in metrics.values()
