"""Features on Vertex AI: what the engine gets, and what a materialization does."""

import json
from functools import cache
from typing import Any

import pytest

from components.features import FeaturesSpec
from components.foundation import FoundationSpec
from groundplan.sandbox.rules import load
from groundplan.testing import Planned
from groundplan.testing.component import plan_component
from tests.truth.gcp_expression import Raised
from tests.truth.gcp_features import FakeFeatures

GROUND = FoundationSpec(features=True, alert_emails=["a@example.com"])
TABLE, ALERT = "gcp:bigquery/table:Table", "gcp:monitoring/alertPolicy:AlertPolicy"
FEATURE = "gcp:vertex/aiFeatureGroupFeature:AiFeatureGroupFeature"
STORE = "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore"
VIEW: dict[str, Any] = {
    "entity": "customer",
    "event_time": "ts",
    "schema": {"Amount": "float", "vec": "vector", "good": "bool"},
    "source": "data/spending/",
    "online": {},
    "materialize": {"every": "15m"},
    "freshness": "30m",
}


@cache
def _planned(changes: str = "{}") -> Planned:
    view = {**VIEW, **json.loads(changes)}
    spec = FeaturesSpec.model_validate({"entities": {"customer": {"key": "customer_id"}}, "views": {"spending": view}})
    return plan_component("features", "gcp", spec, foundation=GROUND)


def _source(changes: str = "{}") -> str:
    return _planned(changes).one("gcp:workflows/workflow:Workflow").inputs["sourceContents"]


def test_both_stores_are_under_the_stacks_key():
    """
    The dataset and the online store are encrypted with the customer's key.
    """
    planned = _planned()
    key = planned.one("gcp:kms/cryptoKey:CryptoKey").id

    assert key == planned.one("gcp:bigquery/dataset:Dataset", "features").at(
        "defaultEncryptionConfiguration.kmsKeyName"
    )
    assert key == planned.one(STORE).at("encryptionSpec.kmsKeyName")


def test_a_further_column_changes_the_table_in_place():
    """
    One column more is a field of the table and a feature of the group, and replaces neither table nor store.
    """
    before, after = _planned(), _planned(json.dumps({"schema": {**VIEW["schema"], "new": "int"}}))
    was, now = (json.loads(p.one(TABLE).inputs["schema"]) for p in (before, after))

    assert [{"name": "new", "type": "INTEGER", "mode": "NULLABLE"}] == [field for field in now if field not in was]
    assert "schema" not in load(TABLE).replaces
    assert before.one(STORE).inputs == after.one(STORE).inputs
    assert {"amount", "good", "vec", "new"} == {f.at("name") for f in after.all(FEATURE)}
    assert "Amount" == after.one(FEATURE, "spending-Amount").at("versionColumnName")


def test_the_key_and_the_time_are_no_features():
    """
    A feature group takes its key from the table, and the time by the one name that it knows.
    """
    fields = json.loads(_planned().one(TABLE).inputs["schema"])

    assert ["customer_id", "feature_timestamp"] == [field["name"] for field in fields if field["mode"] == "REQUIRED"]
    assert not {"customer_id", "feature_timestamp"} & {f.at("name") for f in _planned().all(FEATURE)}


def test_a_materialization_loads_merges_and_syncs():
    """
    The files are loaded, what is new is merged into the table, its age published, and the online store told.
    """
    project = FakeFeatures(age=4711)

    answer = project.run(_source())

    assert {"written": True, "age_seconds": "4711"} == answer
    assert ["load", "merge", "age"] == project.done
    assert [4711.0] == [series["points"][0]["value"]["doubleValue"] for series in project.metrics]
    assert 1 == len(project.syncs)
    assert ["gs://"] == [uri[:5] for uri in project.jobs[0]["configuration"]["load"]["sourceUris"]]


def test_a_merge_takes_each_moment_once():
    """
    Only what the table does not have is inserted, one row a moment of an entity.
    """
    project = FakeFeatures()
    project.run(_source())
    merge = project.jobs[1]["configuration"]["query"]["query"]

    assert "ON t.`customer_id` = s.`customer_id` AND t.`feature_timestamp` = s.`ts` WHEN NOT MATCHED" in merge
    assert "QUALIFY ROW_NUMBER() OVER (PARTITION BY `customer_id`, `ts`) = 1" in merge


@pytest.mark.parametrize("step", ["load", "merge", "age"])
def test_a_job_that_fails_fails_the_run(step):
    """
    BigQuery's error is the run's, and nothing is published or synced, so that the alert goes off.
    """
    project = FakeFeatures(fails={step: "no such column"})

    with pytest.raises(Raised, match="no such column"):
        project.run(_source())
    assert ([], []) == (project.metrics, project.syncs)


def test_a_second_run_leaves_it_to_the_first():
    """
    Started while another runs, a materialization does nothing.
    """
    project = FakeFeatures(others=1)

    assert {"written": False} == project.run(_source())
    assert [] == project.jobs


def test_a_busy_api_is_asked_again():
    """
    An answer that asks for patience is no end of the run.
    """
    project = FakeFeatures(flaky=[503, 429])

    assert project.run(_source())["written"]


def test_a_lost_answer_starts_no_job_twice():
    """
    A job whose answer was lost is found again by its id.
    """
    project = FakeFeatures(lost=[503])

    assert project.run(_source())["written"]
    assert 3 == len(project.jobs)


def test_no_values_are_no_age():
    """
    An empty table publishes nothing.
    """
    project = FakeFeatures(age=None)
    project.run(_source())

    assert [] == project.metrics


def test_the_age_can_be_measured_alone():
    """
    Started with that word, the workflow measures, and neither loads nor syncs.
    """
    project = FakeFeatures()

    assert {"written": False, "age_seconds": "60"} == project.run(_source(), {"only": "age"})
    assert (["age"], []) == (project.done, project.syncs)


def test_late_and_missing_values_are_told():
    """
    One condition is of the age and one of its absence; a freshness longer than an absence can be is measured hourly.
    """
    late, missing = _planned().one(ALERT).inputs["conditions"]
    long = _planned('{"freshness": "3d", "materialize": {"every": "1d"}}')

    assert 1800 == late["conditionThreshold"]["thresholdValue"]
    assert "1800s" == missing["conditionAbsent"]["duration"]
    assert "84600s" == long.one(ALERT).at("conditions.1.conditionAbsent.duration")
    assert {"spending-materialize", "spending-measure"} == {
        job.name for job in long.all("gcp:cloudscheduler/job:Job") if job.name.startswith("spending")
    }


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schema": {"_table_x": "int"}}, "_table_x is no column of BigQuery"),
        ({"schema": {"feature_timestamp": "int"}}, "calls the event time"),
        ({"materialize": {"every": "25m"}, "freshness": "1h"}, "Write 20m"),
        ({"source": "s3://b/x"}, "can't read"),
    ],
)
def test_what_google_cloud_can_not_take_is_refused(changes, said):
    """
    A wish beyond the services' limits is refused with what is nearest.
    """
    with pytest.raises(ValueError, match=said):
        _planned(json.dumps(changes))
