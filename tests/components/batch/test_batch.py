"""Batch scoring on every cloud: one promise, and what no cloud is asked for."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from components.base import Cloud
from components.batch import BatchSpec
from components.parity import lines
from components.units import Schedule
from groundplan.testing import Planned, plan_blueprint
from groundplan.testing.component import plan_component

EXAMPLE = Path(__file__).parents[3] / "blueprints" / "demand-forecast.yaml"
SPEC: dict[str, Any] = {"model": "m", "image": "s:1", "input": "data/in/", "output": "data/out/", "machine": {"cpu": 4}}


@cache
def _plan(cloud: Cloud, fields: str) -> Planned:
    spec = BatchSpec.model_validate({**SPEC, **json.loads(fields)})
    return plan_component("batch", cloud, spec, name="nightly")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"output": "data/in/scores/"}, "lie in each other"),
        ({"input": "data/", "output": "data/out"}, "lie in each other"),
        ({"on": "data", "input": "s3://a/b/"}, "watches the stack's data store"),
        ({"image": "s:1", "runtime": "xgboost"}, "both say what serves"),
        ({"settle": "1m"}, "not from 5m to 1d"),
        ({"max_run": "31d"}, "not from 5m to 30d"),
        ({"schedule": "daily 25:00"}, "is not a schedule"),
        ({"schedule": "daily 02:00 Europe/Atlantis"}, "is not a time zone"),
        ({"replicas": 0}, "greater than or equal to 1"),
    ],
)
def test_a_job_that_can_not_be_is_refused(fields, said):
    """
    What no cloud could do, or what would start itself for ever, is refused in the language.
    """
    with pytest.raises(ValidationError, match=said):
        BatchSpec.model_validate({**SPEC, **fields})


@pytest.mark.parametrize(
    ("cloud", "uri"), [(Cloud.AWS, "gs://a/b"), (Cloud.GCP, "azureml://a/b"), (Cloud.AZURE, "s3://a/b")]
)
def test_data_of_another_cloud_is_refused(cloud, uri):
    """
    A URI of another cloud is refused by what reads it, whether input or output.
    """
    for field in ("input", "output"):
        with pytest.raises(ValueError, match=rf"{field} is {uri}.*can't reach"):
            _plan(cloud, json.dumps({field: uri}))


def test_spot_is_promised_where_it_is():
    """
    Spot is asked of the clouds only where it is written; the two that have none for batch say so, and are not refused.
    """

    def needed(cloud: Cloud, **fields: Any) -> tuple[str, bool, bool]:
        found = lines("batch", cloud, [BatchSpec.model_validate({**SPEC, **fields})])
        (line,) = [each for each in found if each.feature == "spot"]
        return line.support, line.needed, line.refused

    assert ("missing", False, False) == needed(Cloud.AWS)
    assert ("missing", True, False) == needed(Cloud.AWS, spot=True)
    assert ("missing", True, False) == needed(Cloud.GCP, spot=True)
    assert ("native", True, False) == needed(Cloud.AZURE, spot=True)


def test_csv_is_refused_where_a_record_would_be_lost():
    """
    Google Cloud reads names from the first line of a CSV file, so a job with CSV is refused there, and nowhere else.
    """
    spec = BatchSpec.model_validate({**SPEC, "format": "csv"})
    refused = {cloud: [line.feature for line in lines("batch", cloud, [spec]) if line.refused] for cloud in Cloud}

    assert {Cloud.AWS: [], Cloud.GCP: ["CSV without a line of names"], Cloud.AZURE: []} == refused


def test_results_have_the_same_fields_on_every_cloud():
    """
    What a script reads of a batch job, and of notebooks, needs to know no cloud.
    """
    outputs = [plan_blueprint(EXAMPLE, "prod", cloud).document["outputs"] for cloud in Cloud]

    for label, fields in (
        ("batch/nightly", {"batch_id", "machine", "output_uri"}),
        ("notebooks/exploration", {"machine", "notebook_ids", "urls"}),
    ):
        assert [fields] * 3 == [set(found[label]) for found in outputs]
    assert 1 == len({tuple(found["notebooks/exploration"]["urls"]) for found in outputs})
    assert all(found["batch/nightly"]["output_uri"].endswith("/data/forecasts") for found in outputs)


ZONES = ("", " Europe/Paris", " Asia/Kathmandu", " America/St_Johns", " Pacific/Apia")
SCHEDULES = st.one_of(
    st.just("hourly"),
    st.times().map(lambda t: f"daily {t:%H:%M}"),
    st.tuples(st.sampled_from(["monday", "sunday", "saturday"]), st.times()).map(
        lambda p: f"weekly {p[0]} {p[1]:%H:%M}"
    ),
    st.tuples(st.integers(1, 28), st.times()).map(lambda p: f"monthly {p[0]} {p[1]:%H:%M}"),
)


@settings(max_examples=40, deadline=None)
@given(
    cloud=st.sampled_from(Cloud),
    fields=st.fixed_dictionaries(
        {"machine": st.fixed_dictionaries({"cpu": st.integers(1, 200)}, optional={"gpu_memory": st.just("16GiB")})},
        optional={
            "replicas": st.integers(1, 500),
            "max_run": st.integers(5, 43_200).map(lambda n: f"{n}m"),
            "settle": st.integers(300, 86_400).map(lambda n: f"{n}s"),
            "on": st.just("data"),
            "schedule": st.tuples(SCHEDULES, st.sampled_from(ZONES)).map("".join),
            "spot": st.booleans(),
            "input": st.sampled_from(["a", "a-b/c.d/", "x=1/y=2/"]),
            "format": st.sampled_from(["csv", "jsonl"]),
        },
    ),
)
def test_any_job_plans_or_is_refused_with_a_reason(cloud, fields):
    """
    Whatever is asked, the cloud takes the plan, or the refusal says which wish it is and what to write instead.
    """
    assert Schedule.parse(fields.get("schedule", "hourly"))
    refused, refusals = "", []
    try:
        refusals = _plan(cloud, json.dumps(fields)).refusals
    except ValueError as refusal:
        refused = str(refusal)

    assert [] == refusals
    assert not refused or re.search(r"(vCPU|cpu)[\s\S]*(Write|Ask|nearest)", refused), refused


def test_a_month_of_batch_jobs_and_notebooks_has_a_price():
    """
    A scheduled job costs at most its runs at full length, from nothing; notebooks what they are used.
    """
    cost = {part["name"]: part for part in plan_blueprint(EXAMPLE, "prod", Cloud.AWS).document["cost"]["components"]}
    job, notebooks = (
        next(row for row in cost[name]["rows"] if row["unit"] == "machine-hour")
        for name in ("batch/nightly", "notebooks/exploration")
    )

    assert (0, round(365 / 12, 2) * 4 * 2) == (job["low"], job["quantity"])
    assert (0, 2 * 160) == (notebooks["low"], notebooks["quantity"])
    assert notebooks["amount"] < notebooks["high"]
