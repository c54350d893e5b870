"""Several models on Vertex AI: an endpoint for each, machines that they share, and releases that take turns."""

import json
from typing import Any

import pytest

from components.endpoint import EndpointSpec
from components.foundation import FoundationSpec
from groundplan.testing.component import plan_component
from groundplan.testing.planned import Planned
from tests.components.endpoint.gcp_serving import VERSION
from tests.truth.gcp_models import ModelsProject
from tests.truth.gcp_workflow_engine import Raised

ENDPOINT, WORKFLOW = "gcp:vertex/aiEndpoint:AiEndpoint", "gcp:workflows/workflow:Workflow"
MODELS = {"home": "house-prices", "travel": "trips"}
SHARED = {"models": MODELS, "runtime": "pytorch", "scale": {"min": 1, "max": 4}}
APART = {"models": MODELS, "image": "serve:2"}
HOURS = {"min": 1, "max": 4, "schedule": {"evening": {"every": "daily 17:00-23:00", "min": 3, "max": 9}}}
_made: dict[str, Planned] = {}


def _plan(fields: dict[str, Any]) -> Planned:
    key = json.dumps(fields)
    if key not in _made:
        _made[key] = plan_component("endpoint", "gcp", EndpointSpec.model_validate(fields), name="scorer")
    return _made[key]


def _source(fields: dict[str, Any], name: str = "release") -> str:
    return _plan(fields).one(WORKFLOW, f"scorer-{name}").inputs["sourceContents"]


def _project(fields: dict[str, Any], **more: Any) -> ModelsProject:
    project = ModelsProject(**more)
    given = json.loads(_source(fields))["main"]["steps"][0]["given"]["assign"][0]["given"]
    for each in given["models"].values():
        for _ in range(3):
            project.add_version(each["model"], **VERSION)
    return project


def _pools(project: ModelsProject) -> list[dict[str, Any]]:
    return [pool["dedicatedResources"] for pool in project.pools.values()]


def test_each_model_has_a_private_endpoint_and_an_address_of_its_own():
    """
    A caller picks a model by where it asks; each address is known before a first release, private and under the key.
    """
    planned = _plan(SHARED)

    endpoints = planned.all(ENDPOINT)
    assert {"scorer_home", "scorer_travel"} == {endpoint.name for endpoint in endpoints}
    assert {"home", "travel"} == {endpoint.at("labels.model") for endpoint in endpoints}
    for endpoint in endpoints:
        assert endpoint.at("privateServiceConnectConfig.enableSecurePrivateServiceConnect")
        assert "/cryptoKeys/" in endpoint.at("encryptionSpec.kmsKeyName")
    zones = [zone.at("dnsName") for zone in planned.all("gcp:dns/managedZone:ManagedZone") if "scorer" in zone.name]
    assert 2 == len(set(zones))


def test_models_of_one_framework_share_machines_under_the_key():
    """
    The first release makes the pool, with the customer's key and the stack's account; the others use it.
    """
    project, release = _project(SHARED), _source(SHARED)

    home = project.run(release, {"model": "home", "version": "1"})
    travel = project.run(release, {"model": "travel", "version": "2"})

    (pool,) = project.pools.values()
    assert "/cryptoKeys/" in pool["encryptionSpec"]["kmsKeyName"]
    assert pool["serviceAccount"].startswith("example-prod-serve")
    assert (1, 4) == (pool["dedicatedResources"]["minReplicaCount"], pool["dedicatedResources"]["maxReplicaCount"])
    assert [["v1"], ["v2"]] == list(project.serves().values())
    assert home["url"] != travel["url"]
    assert 2 == len(project.records)
    assert all(body["deployedModel"]["sharedResources"] == pool["name"] for body in project.bodies(":deployModel"))


def test_a_release_renews_its_own_model_alone():
    """
    The new version has all of the model's traffic before the old one goes; the other model goes on as it was.
    """
    project, release = _project(SHARED), _source(SHARED)
    for start in ({"model": "home", "version": "1"}, {"model": "travel", "version": "1"}):
        project.run(release, start)

    answer = project.run(release, {"model": "home", "version": "2"})

    assert ("2", "1") == (answer["serves"], answer["previous"])
    assert {"v1", "v2"} == {name for names in project.serves().values() for name in names}
    assert 1 == len(project.bodies("/deploymentResourcePools"))


def test_other_bounds_resize_the_pool_and_another_machine_makes_another_pool():
    """
    What an `up` changed, the next release brings; the pool of before goes once no model is in it.
    """
    project = _project(SHARED)
    larger = {**SHARED, "scale": {"min": 2, "max": 6}}
    other = {**larger, "machine": {"cpu": 16, "memory": "64GiB"}}
    for model in MODELS:
        project.run(_source(SHARED), {"model": model, "version": "1"})

    project.run(_source(larger), {"model": "home", "version": "2"})
    assert [(2, 6)] == [(r["minReplicaCount"], r["maxReplicaCount"]) for r in _pools(project)]

    project.run(_source(other), {"model": "home", "version": "3"})
    assert 2 == len(project.pools)
    project.run(_source(other), {"model": "travel", "version": "3"})
    assert 1 == len(project.pools)
    assert [["v3"], ["v3"]] == list(project.serves().values())


@pytest.mark.parametrize(
    "fields",
    [APART, {"models": MODELS, "runtime": "xgboost"}, {"models": MODELS}],
    ids=["own-image", "other-framework", "image-of-the-version"],
)
def test_models_that_can_not_share_have_machines_of_their_own(fields):
    """
    Vertex AI shares machines among models of its TensorFlow and PyTorch images alone; others get as many as scale says.
    """
    project, release = _project(fields), _source(fields)

    for model in MODELS:
        project.run(release, {"model": model, "version": "1"})

    assert {} == project.pools
    for body in project.bodies(":deployModel"):
        assert 1 == body["deployedModel"]["dedicatedResources"]["minReplicaCount"]


def test_frameworks_that_trainings_bring_are_shared_only_where_they_are_one():
    """
    Two models of PyTorch share, one of TensorFlow beside it does not: an image serves a whole pool.
    """
    one = EndpointSpec.model_validate({"models": MODELS, "runtimes": {"home": "pytorch", "travel": "pytorch"}})
    two = EndpointSpec.model_validate({"models": MODELS, "runtimes": {"home": "pytorch", "travel": "tensorflow"}})
    for spec, shares in ((one, True), (two, False)):
        planned = plan_component("endpoint", "gcp", spec, name="scorer")
        source = planned.one(WORKFLOW).inputs["sourceContents"]
        assert shares == ('"sharedResources"' in source.partition('"models":')[0])


@pytest.mark.parametrize(
    ("start", "says"),
    [
        ({"version": "1"}, "names no model.*home, travel"),
        ({"model": "home"}, "names no version"),
        ({"model": "sea", "version": "1"}, "no model sea here; there are home, travel"),
        ({"model": "home", "version": "1", "force": True}, "it has force"),
        ({"model": "home", "version": "1", "image": "x:1"}, "leave image out"),
        ({"model": "home", "version": "9"}, "has no version 9"),
    ],
)
def test_a_start_that_can_not_be_meant_is_refused(start, says):
    """
    The message says what is wrong and what to write; nothing is deployed, no machine made.
    """
    project = _project(SHARED)

    with pytest.raises(Raised, match=says):
        project.run(_source(SHARED), start)

    assert {} == project.serves()
    assert {} == project.pools


def test_releases_of_two_models_take_turns():
    """
    A pipeline's release waits for that of another model which was started before, and then does its work.
    """
    project = _project(SHARED, others={"an-earlier-one": 1800})

    project.run(_source(SHARED), {"model": "home", "version": "1"})

    assert project.engine.now > 1800
    assert [["v1"]] == list(project.serves().values())


def test_a_release_that_never_ends_is_not_waited_for_for_ever():
    """
    After two hours the wait ends with the name of what holds it up.
    """
    project = _project(SHARED, others={"stuck": float("inf")})

    with pytest.raises(Raised, match=r"another release has run for two hours.*stuck"):
        project.run(_source(SHARED), {"model": "home", "version": "1"})


@pytest.mark.parametrize("what", ["deployModel", "deploymentResourcePools"])
def test_a_failure_leaves_what_serves(what):
    """
    Where machines or version do not start the release fails with the reason; started again it does what is left.
    """
    project, release = _project(SHARED, fails={what: "no capacity"}), _source(SHARED)
    with pytest.raises(Raised, match="no capacity"):
        project.run(release, {"model": "home", "version": "1"})
    assert {} == project.serves()
    project.fails = {}

    project.run(release, {"model": "home", "version": "1"})

    assert [["v1"]] == list(project.serves().values())
    assert 1 == len(project.pools)


def test_withdrawing_empties_endpoints_and_machines():
    """
    Before a destroy every version of every model goes, and the pool with them; of one model, only its own.
    """
    project, release = _project(SHARED), _source(SHARED)
    for model in MODELS:
        project.run(release, {"model": model, "version": "1"})

    project.run(release, {"withdraw": True, "model": "home"})
    assert 1 == len(project.serves())
    assert 1 == len(project.pools)

    project.run(release, {"withdraw": True})
    assert {} == project.serves()
    assert {} == project.pools


def test_pools_of_another_endpoint_are_left_alone():
    """
    Only what this endpoint's releases made is tidied up, whatever the names of others begin with.
    """
    project, release = _project(SHARED), _source(SHARED)
    parent = json.loads(release)["main"]["steps"][0]["given"]["assign"][0]["given"]["parent"]
    names = ("mine", "example-prod-endpoint-scorer-x-0a1b2c3d")
    others = [f"{parent}/deploymentResourcePools/{name}" for name in names]
    project.pools |= {name: {"name": name, "dedicatedResources": {}} for name in others}

    project.run(release, {"model": "home", "version": "1"})
    project.run(release, {"withdraw": True})

    assert set(others) == set(project.pools)


def test_machines_that_are_no_longer_shared_go():
    """
    Once each model was released to machines of its own the empty pool is deleted, not before.
    """
    project = _project(SHARED)
    for model in MODELS:
        project.run(_source(SHARED), {"model": model, "version": "1"})

    project.run(_source(APART), {"model": "home", "version": "2"})
    assert 1 == len(project.pools)
    project.run(_source(APART), {"model": "travel", "version": "2"})

    assert {} == project.pools
    assert [["v2"], ["v2"]] == list(project.serves().values())


def test_a_release_that_was_stopped_half_way_is_made_up_for():
    """
    Killed once the new version is deployed, the next release takes over from whatever stands, and clears the rest.
    """
    project, release = _project(SHARED), _source(SHARED)
    project.run(release, {"model": "home", "version": "1"})
    project.fails = {"undeployModel": "internal error"}
    with pytest.raises(Raised, match="internal error"):
        project.run(release, {"model": "home", "version": "2"})
    assert [["v1", "v2"]] == list(project.serves().values())
    project.fails = {}

    answer = project.run(release, {"model": "home", "version": "3"})

    assert ("3", "2") == (answer["serves"], answer["previous"])
    assert [["v3"]] == list(project.serves().values())


def test_a_pool_that_never_comes_is_given_up():
    """
    After two hours the release fails and says what it waited for; what served before serves.
    """
    project = _project(SHARED, takes={"deploymentResourcePools": float("inf")})

    with pytest.raises(Raised, match=r"not ended in two hours.*deploymentResourcePools"):
        project.run(_source(SHARED), {"model": "home", "version": "1"})

    assert {} == project.serves()


def test_hours_are_those_of_the_shared_machines():
    """
    The clock's workflow resizes the pool; before a first release there is none, and that is fine.
    """
    fields = {**SHARED, "scale": HOURS}
    project = _project(fields, running=0)
    project.engine.now = 18 * 3600
    project.run(_source(fields, "hours"), {})
    assert {} == project.pools

    project.engine.now = 12 * 3600
    project.run(_source(fields), {"model": "home", "version": "1"})
    assert [1] == [r["minReplicaCount"] for r in _pools(project)]
    project.engine.now = 18 * 3600
    project.run(_source(fields, "hours"), {})
    project.engine.now += 60
    assert [(3, 9)] == [(r["minReplicaCount"], r["maxReplicaCount"]) for r in _pools(project)]


def test_hours_are_those_of_each_models_own_machines():
    """
    Where each model has machines of its own, the hours change all of them.
    """
    fields = {**APART, "scale": HOURS}
    project = _project(fields, running=0)
    project.engine.now = 12 * 3600
    for model in MODELS:
        project.run(_source(fields), {"model": model, "version": "1"})
    project.engine.now = 18 * 3600

    project.run(_source(fields, "hours"), {})

    assert 2 == len(project.bodies(":mutateDeployedModel"))


def test_promises_are_watched_for_each_model():
    """
    Each part of `slo` has an alarm a model, and so have the budgets; each asks for its own endpoint.
    """
    planned = _plan({**SHARED, "slo": {"errors": "1%", "latency_p99": "200ms"}})

    alarms = planned.all("gcp:monitoring/alertPolicy:AlertPolicy")
    numbers = {endpoint.at("labels.model"): endpoint.at("name") for endpoint in planned.all(ENDPOINT)}
    assert 2 * 4 == len(alarms)
    for alarm in alarms:
        model = alarm.name.split("-")[0].removeprefix("scorer_")
        assert numbers[model] in alarm.at("conditions.0.conditionPrometheusQueryLanguage.query")


def test_shared_machines_never_scale_to_zero():
    """
    Refused at plan time, with the limit and what to write.
    """
    with pytest.raises(ValueError, match=r"never less than one.*Write min: 1"):
        _plan({**SHARED, "scale": {"min": 0, "max": 1}})


def test_rights_to_pools_are_given_only_where_models_share():
    """
    The workflows' account may make, change and delete pools, nobody else may, and only where there are such endpoints.
    """
    for spec, there in ((FoundationSpec(), 0), (FoundationSpec(serving=["models"]), 1)):
        ground = plan_component("foundation", "gcp", spec)
        roles = [r for r in ground.all("gcp:projects/iAMCustomRole:IAMCustomRole") if r.name == "role-pools"]
        assert there == len(roles)
        assert all(p.startswith("aiplatform.deploymentResourcePools.") for r in roles for p in r.at("permissions"))
