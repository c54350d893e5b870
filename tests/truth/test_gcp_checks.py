"""The checks that Google Cloud plans are held against refuse what they should."""

import json
from typing import Any

import pytest

from tests.truth.gcp_discovery import faults, find
from tests.truth.gcp_promql import Point, evaluate
from tests.truth.gcp_workflow_engine import Engine, Raised, Reply, check_source

SCHEDULING = "GoogleCloudAiplatformV1Scheduling"


def _main(*steps: dict[str, Any], **routines: Any) -> str:
    return json.dumps({"main": {"params": ["start"], "steps": list(steps)}, **routines})


def _run(*steps: dict[str, Any], start: Any = None) -> Any:
    return Engine(lambda *_: Reply(404, {})).run(_main(*steps), start)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"strategy": "CHEAP"}, "none of"),
        ({"timeout": "4h"}, "google-duration"),
        ({"timeout": 14400}, "no string"),
        ({"restartJobOnWorkerRestart": "yes"}, "no boolean"),
        ({"max_wait": "1s"}, "no field max_wait"),
    ],
)
def test_a_body_that_the_api_would_refuse_is_told(body, says):
    """
    A wrong enum, format, type or field name is a fault; the right ones are none.
    """
    assert says in faults("aiplatform.v1", SCHEDULING, body)[0]
    assert [] == faults("aiplatform.v1", SCHEDULING, {"strategy": "SPOT", "timeout": "14400s"})


def test_what_only_the_service_sets_may_not_be_sent():
    """
    A field that is read only is a fault in a request.
    """
    assert faults("aiplatform.v1", "GoogleCloudAiplatformV1CustomJob", {"state": "JOB_STATE_RUNNING"})


@pytest.mark.parametrize(
    ("verb", "url"),
    [
        ("POST", "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/r/customJob"),
        ("PUT", "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/r/customJobs"),
        ("GET", "https://aiplatform.example.com/v1/projects/p"),
    ],
)
def test_a_call_that_no_api_has_is_told(verb, url):
    """
    A path or a verb that Google's APIs don't have is not answered.
    """
    with pytest.raises(LookupError):
        find(verb, url)


@pytest.mark.parametrize(
    "step",
    [
        {"a": {"assign": [{"x": "${[1, 2]}"}]}},
        {"a": {"assign": [{"x": "${'single'}"}]}},
        {"a": {"assign": [{"x": "${text.shout(start)}"}]}},
        {"a": {"assign": [{"x": "before ${start}"}]}},
        {"a": {"assign": [{"x": "${" + '"x" + ' * 100 + '"x"}'}]}},
        {"a": {"assign": [{"x": 1}], "next": "nowhere"}},
        {"a": {"switch": [{"condition": "${true}", "assign": [{"x": 1}]}]}},
        {"a": {"call": "http.fetch", "args": {}}},
        {"a": {"call": "sys.log", "arguments": {"text": "x"}}},
        {"end": {"return": 1}},
    ],
)
def test_what_is_not_in_the_language_of_workflows_is_told(step):
    """
    Literals in expressions, unknown functions, calls, keys and jumps are refused without running anything.
    """
    with pytest.raises(AssertionError):
        check_source(_main(step))


def test_steps_of_one_routine_have_names_of_their_own():
    """
    Two steps of a name are refused, also where one is nested.
    """
    nested = {"b": {"switch": [{"condition": "${true}", "steps": [{"a": {"return": 1}}]}]}}
    with pytest.raises(AssertionError, match="two steps"):
        check_source(_main({"a": {"assign": [{"x": 1}]}}, nested))


def test_variables_of_a_loop_are_gone_after_it():
    """
    What is first set in a loop is not there after it.
    """
    loop = {"for": {"value": "v", "in": [1], "steps": [{"set": {"assign": [{"x": "${v}"}]}}]}}
    with pytest.raises(AssertionError, match="x is not set"):
        _run({"loop": loop}, {"use": {"return": "${x}"}})


def test_sums_and_members_are_strict():
    """
    A text and a number don't add up, and a missing member is an error.
    """
    with pytest.raises(Raised, match="can't add"):
        _run({"a": {"return": '${"n" + 1}'}})
    with pytest.raises(Raised, match="no 'b'"):
        _run({"a": {"return": "${start.b}"}}, start={"a": 1})


def test_an_error_is_tried_again_and_then_caught():
    """
    A retry policy tries what it is for; what is left reaches `except`, and its variable.
    """
    codes = iter([503, 503, 200])
    step = {
        "get": {
            "try": {"call": "http.get", "args": {"url": "u", "auth": {"type": "OAuth2"}}, "result": "seen"},
            "retry": "${http.default_retry}",
            "except": {"as": "e", "steps": [{"told": {"return": "${e.code}"}}]},
        }
    }
    source = _main(step, {"answer": {"return": "${seen.code}"}})

    assert 200 == Engine(lambda *_: Reply(next(codes), {})).run(source)
    assert 404 == Engine(lambda *_: Reply(404, {})).run(source)


OF = 'monitored_resource="aiplatform.googleapis.com/Endpoint"'
COUNT = "aiplatform_googleapis_com:prediction_online_response_count"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (f"sum(increase({COUNT}s{{{OF}}}[1m])) > 1", "no measure"),
        (f"sum(increase({COUNT}_bucket{{{OF}}}[1m])) > 1", "no measure"),
        (f'sum(increase({COUNT}{{{OF},code="500"}}[1m])) > 1', "no label"),
        (f'sum(increase({COUNT}{{monitored_resource="global"}}[1m])) > 1', "is of"),
        (f"sum(increase({COUNT}{{{OF}}})) > 1", "span of minutes"),
        (f"sum(deriv({COUNT}{{{OF}}}[1m])) > 1", "no function"),
        (f"sum(increase({COUNT}{{{OF}}}[1m])) > 1)", "left over"),
    ],
)
def test_a_query_that_cloud_monitoring_would_not_answer_is_told(query, says):
    """
    Measures and labels that there are not, the wrong resource, and what is not PromQL.
    """
    with pytest.raises((AssertionError, LookupError), match=says):
        evaluate(query, [], 0)


def test_a_query_is_of_its_window_and_its_labels():
    """
    Shares are of what lies in the window and has the labels; nothing is more than nothing.
    """
    points = [
        Point(COUNT, {"endpoint_id": "1", "response_code": code}, at, 10)
        for code, at in (("2xx", 30), ("5xx", 90), ("2xx", 90), ("2xx", 100))
    ]
    part, whole = (f"sum(increase({COUNT}{{{OF}{more}}}[1m]))" for more in (',response_code=~"5.."', ""))

    (share,) = evaluate(f"100 * {part} / {whole}", points, 120)[0].values()

    assert round(share, 3) == 33.333
    assert {} == evaluate(f"100 * {part} / {whole} > 0", points, 60)[0]
    assert {} == evaluate(f"{whole} > 0", points, 300)[0]
