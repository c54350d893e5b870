"""The plan's document: stable, complete, and what the engine would receive."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from blueprints import load
from components.base import Cloud
from groundplan.plan import document
from groundplan.target import Target, offline_place

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "blueprints" / "fraud-detection.yaml"
every_cloud = pytest.mark.parametrize("cloud", Cloud)
KEYS = {
    "schema",
    "blueprint",
    "environment",
    "cloud",
    "region",
    "stack",
    "resources",
    "outputs",
    "parity",
    "cost",
    "findings",
}


@pytest.fixture(name="plan", scope="module")
def _plan():
    made = {}

    def plan(cloud, environment="prod", month="2026-11", salt=""):
        wanted = (cloud, environment, month, salt)
        if wanted not in made:
            blueprint = load(EXAMPLE).resolve(environment, cloud)
            place = offline_place(cloud, list(blueprint.data.residency))
            target = Target(load(EXAMPLE), blueprint, environment, cloud, place, month, salt)
            made[wanted] = document.plan(target)
        return made[wanted]

    return plan


@every_cloud
def test_the_document_has_every_promised_part(plan, cloud):
    """
    A reader of `groundplan.plan/1` finds each of its parts.
    """
    made = plan(cloud)

    assert set(made) == KEYS
    assert made["schema"] == "groundplan.plan/1"
    assert made["stack"] == f"fraud-detection-prod-{cloud}"
    for resource in made["resources"]:
        assert {"urn", "type", "name", "parent", "inputs", "id", "outputs", "dependencies"} <= set(resource)
        assert {"propertyDependencies", "component", "protect"} <= set(resource)


@every_cloud
def test_every_dependency_is_a_resource_of_the_plan(plan, cloud):
    """
    Dependencies, and what each property comes from, point at resources that are there; none at itself.
    """
    made = plan(cloud)
    urns = {r["urn"] for r in made["resources"]}
    for resource in made["resources"]:
        wanted = {*resource["dependencies"], *(u for us in resource["propertyDependencies"].values() for u in us)}
        assert wanted <= urns - {resource["urn"]}, resource["name"]
        assert resource["parent"] in urns | {""}


@every_cloud
def test_urns_are_those_of_the_engine(plan, cloud):
    """
    A URN is of the stack and project, and carries the types of the resource's parents.
    """
    made = plan(cloud)
    for resource in made["resources"]:
        _, _, stack, project, _ = (*resource["urn"].split("::")[0].split(":"), *resource["urn"].split("::")[1:])[:5]
        assert (stack, project) == (made["stack"], "groundplan")
        chain = resource["urn"].split("::")[2].split("$")
        assert chain[-1] == resource["type"]
        assert (len(chain) == 1) == (resource["parent"] == "")


@every_cloud
def test_another_month_changes_the_budget_alone(plan, cloud):
    """
    A plan made next month is the same but for the month that the budget begins with.
    """
    now, later = (json.dumps(plan(cloud, month=month), indent=1).splitlines() for month in ("2026-11", "2026-12"))
    changed = [line for line, then in zip(now, later, strict=True) if line != then]

    assert all("2026-11" in line for line in changed)


@every_cloud
def test_a_salt_gives_new_names_where_names_are_shared(plan, cloud):
    """
    A new salt gives buckets, vaults and endpoints another name, so that a deleted stack can come back.
    """
    shared = {"Bucket", "StorageAccount", "Vault", "KeyRing"}
    before, after = (
        {r["id"] for r in plan(cloud, salt=salt)["resources"] if r["type"].rpartition(":")[2] in shared}
        for salt in ("", "again")
    )

    assert before
    assert not before & after


def test_two_processes_write_the_same_bytes():
    """
    Planned twice, in processes of their own, the JSON is the same to the byte.
    """
    command = [sys.executable, "-m", "groundplan", "plan", str(EXAMPLE), "--env", "prod", "--cloud", "all", "--json"]
    runs = [
        subprocess.run([*command, "--month", "2026-11"], capture_output=True, check=True, cwd=ROOT).stdout
        for _ in range(2)
    ]

    assert runs[0] == runs[1]
    assert [p["cloud"] for p in json.loads(runs[0])] == ["aws", "gcp", "azure"]


@every_cloud
def test_known_prices_add_up_and_unknown_ones_are_listed(plan, cloud):
    """
    Totals are the sums of their rows; a resource without a price is in the list, not a zero.
    """
    cost = plan(cloud)["cost"]

    assert cost["monthly"]["min"] <= cost["monthly"]["expected"] <= cost["monthly"]["max"]
    for part in ("min", "expected", "max"):
        parts = [component["monthly"][part] for component in cost["components"]]
        assert cost["monthly"][part] == pytest.approx(sum(parts), abs=0.005 * (len(parts) + 1))  # each is rounded
    rows = [row for component in cost["components"] for row in component["rows"]]
    assert {row["item"] for row in rows if row["amount"] is None} <= {u["item"] for u in cost["unknown"]}
    assert all(row["source"] and row["date"] for row in rows if row["amount"] is not None)
