"""The plan of a hard stop at the budget's limit on Google Cloud: what starts it, and what it may do."""

from tests.components.budget.gcp_stops import planned
from tests.truth.gcp_faults import faults

ROLE = "gcp:projects/iAMCustomRole:IAMCustomRole"
KINDS = ("batchPredictionJobs", "customJobs", "hyperparameterTuningJobs")


def test_google_cloud_takes_the_whole_stack():
    """
    Bodies, names, labels, definitions and alarms of a stack with it are what the APIs take.
    """
    assert [] == faults(planned())
    assert [] == planned().refusals


def test_nothing_of_it_is_there_without_a_hard_stop():
    """
    Without it the stack is what it was: nothing more is made, and nothing of the rest is otherwise.
    """
    plain = {r.urn: r.inputs for r in planned(hard_stop=False)}
    stopped = {r.urn: r.inputs for r in planned()}
    more = sorted(urn.rpartition("::")[2] for urn in stopped.keys() - plain.keys())

    assert not plain.keys() - stopped.keys()
    assert [name for name in more if "stop" not in name] == ["budget-alerts"]
    changed = {urn.rpartition("::")[2] for urn in plain if plain[urn] != stopped[urn]}
    assert {name for name in changed if not name.endswith(("-arrivals", "-breaches"))} == set()


def test_it_runs_as_an_account_that_starts_nothing():
    """
    It may cancel, pause and take out; it may neither create nor deploy, and act as nobody.
    """
    granted = planned().one(ROLE, "role-stop").inputs["permissions"]

    assert "workflows.executions.cancel" in granted
    starting = ("create", "deploy", "run", "start", "actAs", "update", "*")
    assert ["logging.logEntries.create"] == [p for p in granted if p.rpartition(".")[2] in starting]
    workflow = planned().one("gcp:workflows/workflow:Workflow", "budget-stop").inputs
    assert workflow["serviceAccount"].startswith("shop-dev-stop-")
    assert workflow["cryptoKeyName"]


def test_it_writes_its_own_records_and_stops_these_notebooks_alone():
    """
    In the store it may write under budget/, and of notebooks it may stop those of the stack.
    """
    made = {r.name: r.inputs for r in planned() if "budget:" in r.urn or "Budget$" in r.urn}

    assert 'objects/budget/")' in made["stop-records"]["condition"]["expression"]
    assert {"shop-dev-explore"} == {
        "-".join(made[name]["name"].split("-")[:3]) for name in made if name.startswith("stop-explore-")
    }
    assert 2 == len([name for name in made if name.startswith("stop-explore-")])


def test_it_may_only_what_the_stack_has():
    """
    A stack with an endpoint alone gives no rights on jobs, pools or notebooks.
    """
    granted = planned().one(ROLE, "role-stop").inputs["permissions"]
    kinds = {permission.split(".")[1] for permission in granted if permission.startswith("aiplatform.")}

    assert {*KINDS, "deploymentResourcePools", "endpoints", "operations"} == kinds


def test_each_message_of_the_alert_topic_starts_it():
    """
    The budget publishes to the stack's topic, and a trigger starts the workflow with what is published.
    """
    trigger = planned().one("gcp:eventarc/trigger:Trigger", "budget-alerts")

    assert "/topics/shop-dev-alerts-" in trigger.at("transport.pubsub.topic")
    assert trigger.at("destination.workflow").endswith("-stop")
    assert planned().document["outputs"]["budget"]["stop_id"].endswith("-stop")


def test_each_message_is_paid_for():
    """
    The plan prices the looks of a month: two an hour, and one for each alert, of few steps each.
    """
    rows = [row for part in planned().document["cost"]["components"] for row in part["rows"]]
    (stop,) = [row for row in rows if row["item"] == "Workflows, stop"]

    assert stop["told"].startswith("1460 messages of the budget, 100 alerts, 16 steps each")
    assert 0 < stop["amount"] < 1
