"""Features on Azure ML: what the engine gets, and what a materialization does."""

import json
from functools import cache
from typing import Any

import pytest

from components.features import FeaturesSpec
from components.foundation import FoundationSpec
from groundplan.sandbox import Emulator
from groundplan.testing import Planned
from groundplan.testing.component import plan_component
from tests.truth.azure_features import FeatureStore
from tests.truth.azure_workflows import Run, run

GROUND = FoundationSpec(features=True)
ML = "azure-native:machinelearningservices"
ALERT = "azure-native:monitor:ScheduledQueryRule"
VIEW: dict[str, Any] = {
    "entity": "customer",
    "event_time": "ts",
    "schema": {"amount": "float", "count": "int", "good": "bool", "at": "timestamp"},
    "source": "data/spending/",
    "online": {},
    "materialize": {"every": "15m"},
    "freshness": "30m",
}


@cache
def _planned(changes: str = "{}") -> Planned:
    view = {**VIEW, **json.loads(changes)}
    spec = FeaturesSpec.model_validate({"entities": {"customer": {"key": "customer_id"}}, "views": {"spending": view}})
    return plan_component("features", "azure", spec, foundation=GROUND)


def _run(cloud: FeatureStore, start: Any = None, changes: str = "{}") -> Run:
    workflow = _planned(changes).one("azure-native:logic:Workflow").inputs
    return run(workflow["definition"], workflow["parameters"], start, cloud)


def test_the_store_is_private_and_under_the_stacks_key():
    """
    Workspace, data lake and cache take no public traffic, and what rests is encrypted with the customer's key.
    """
    planned = _planned()
    store = planned.one(f"{ML}:Workspace", "features-store")
    lake = planned.one("azure-native:storage:StorageAccount", "features-account")

    assert ("FeatureStore", "Disabled") == (store.at("kind"), store.at("publicNetworkAccess"))
    assert store.at("encryption.keyVaultProperties.keyIdentifier")
    assert ("Microsoft.Keyvault", True) == (lake.at("encryption.keySource"), lake.at("isHnsEnabled"))
    assert "Disabled" == planned.one("azure-native:redis:Redis").at("publicNetworkAccess")
    assert {"features-lake-endpoint", "features-cache-endpoint", "features-store-endpoint"} <= {
        e.name for e in planned.all("azure-native:network:PrivateEndpoint")
    }


def test_without_an_online_view_there_is_no_cache():
    """
    A cache is paid for by the hour, so it is there only for a view that is served online.
    """
    planned = _planned('{"online": null}')

    assert [] == planned.all("azure-native:redis:Redis")
    assert not planned.one(f"{ML}:Workspace", "features-store").has("featureStoreSettings.onlineStoreConnectionName")


def test_a_further_column_is_another_version_of_the_same_set():
    """
    One column more replaces no resource: the Logic App publishes another version, beside the one before it.
    """
    changed = json.dumps({"schema": {**VIEW["schema"], "new": "int"}})
    before, after = _planned(), _planned(changed)
    same = [r for r in before if "logic:Workflow" not in r.type]
    cloud = FeatureStore()
    _run(cloud)
    _run(cloud, changes=changed)

    assert all(r.inputs == next(a for a in after if a.urn == r.urn).inputs for r in same)
    assert 2 == len(cloud.versions)


def test_the_first_run_publishes_and_materializes():
    """
    By the clock, and without anybody's hand: the specification is written, the version made, and its values filled in.
    """
    cloud = FeatureStore()

    done = _run(cloud)

    assert "Succeeded" == done.status, done.error
    (written,) = cloud.specifications
    assert {"name": "amount", "type": "double"} in written["features"]
    assert [{"name": "customer_id", "type": "string"}] == written["index_columns"]
    assert written["source"]["path"].startswith("abfss://data@")
    (version,) = cloud.versions.values()
    assert "OnlineAndOffline" == version["materializationSettings"]["storeType"]
    assert 1 == len(cloud.windows)


def test_a_later_run_only_materializes():
    """
    A version that is there is neither written nor made again, and only windows without values are asked for.
    """
    cloud = FeatureStore()
    _run(cloud)
    done = _run(cloud)

    assert ("Succeeded", 1, 2) == (done.status, len(cloud.specifications), len(cloud.windows))
    assert ["None", "Incomplete"] == cloud.windows[1]["dataAvailabilityStatus"]


def test_a_start_may_name_the_window():
    """
    History is filled in with the times that a start names.
    """
    cloud = FeatureStore()
    start = {"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}
    _run(cloud, start)

    window = {"featureWindowStart": start["from"], "featureWindowEnd": start["to"]}
    assert window == cloud.windows[0]["featureWindow"]


@pytest.mark.parametrize(
    ("cloud", "code"),
    [
        (FeatureStore(writing=((0, "Queued"), (60, "Failed"))), "NOT_WRITTEN"),
        (FeatureStore(publishing="Failed"), "NOT_PUBLISHED"),
        (FeatureStore(filling=((60, "Failed"),)), "NOT_MATERIALIZED"),
        (FeatureStore(filling=((60, "Running"),)), "NOT_MATERIALIZED"),
        (FeatureStore(filling=()), "NOT_MATERIALIZED"),
    ],
)
def test_what_fails_on_the_way_fails_the_run(cloud, code):
    """
    A step that fails, or never ends, is the run's own error, so that the alert goes off.
    """
    assert code == _run(cloud).error["code"]


def test_the_requests_are_what_azure_ml_takes():
    """
    The job and the version that the workflow puts fit Azure ML's models.
    """
    done = _run(FeatureStore())
    place = {"cloud": "azure", "account": "s", "subscription": "s", "tenant": "t", "region": "westeurope"}
    emulator = Emulator(place)
    common = {"resourceGroupName": "g", "workspaceName": "w"}
    job, version = done.sent("PUT", "/jobs/"), done.sent("PUT", "/featuresets/")

    assert [] == emulator.check(f"{ML}:Job", {**common, "id": "j", **job[0].body})
    assert [] == emulator.check(f"{ML}:FeaturesetVersion", {**common, "name": "n", "version": "v", **version[0].body})


def test_silence_is_late():
    """
    The alert counts successful runs, and none in the window, for whatever reason, is a breach.
    """
    rule = _planned().one(ALERT)
    condition = rule.at("criteria.allOf.0")

    assert ("LessThan", 1, "Count") == tuple(condition[k] for k in ("operator", "threshold", "timeAggregation"))
    assert "PT30M" == rule.at("windowSize")
    assert rule.at("actions.actionGroups")


def test_each_duty_has_its_own_right():
    """
    Training reads the data lake, serving the cache, and the pipeline alone writes.
    """
    planned = _planned()
    given = {r.name for r in planned.all("azure-native:authorization:RoleAssignment")}

    assert {"pipeline-writes-features", "pipeline-fills-features", "train-reads-features"} <= given
    access = planned.one("azure-native:redis:AccessPolicyAssignment")
    assert "Data Reader" == access.at("accessPolicyName")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"source": "azureml://datastores/x/paths/y"}, "by its path"),
        ({"materialize": {"every": "5m"}}, "Write 10m or more"),
        ({"freshness": "3d"}, "Write 2d or less"),
        ({"materialize": {"every": "12m"}, "freshness": "14m"}, "Write 15m"),
    ],
)
def test_what_azure_can_not_take_is_refused(changes, said):
    """
    A wish beyond the services' limits is refused with what is nearest.
    """
    with pytest.raises(ValueError, match=said):
        _planned(json.dumps(changes))
