"""Notebooks on every cloud: a machine a user, private, that stops by itself."""

import json
import re
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from components.base import Cloud
from components.clouds.aws.notebook_rights import DRAFTS
from components.foundation import FoundationSpec
from components.notebooks import NotebookSpec, user_key
from components.units import Duration
from groundplan.testing import Planned
from groundplan.testing.component import plan_component
from tests.truth.aws_iam import as_list, statements

ASHA, BEN = "asha@example.com", "ben.ito@example.com"
IDS = {ASHA: "5b1f6f0e-0d5c-4a53-9d0b-3f0c6a1d2e01", BEN: "5b1f6f0e-0d5c-4a53-9d0b-3f0c6a1d2e02"}
MACHINES = {
    Cloud.AWS: "aws:sagemaker/space:Space",
    Cloud.GCP: "gcp:workbench/instance:Instance",
    Cloud.AZURE: "azure-native:machinelearningservices:Compute",
}
every_cloud = pytest.mark.parametrize("cloud", Cloud)


@cache
def _plan(cloud: Cloud, fields: str) -> Planned:
    asked = {"users": [ASHA, BEN], **json.loads(fields)}
    ids = {user: IDS[user] for user in asked["users"] if user in IDS} if cloud == Cloud.AZURE else {}
    spec = NotebookSpec.model_validate({"object_ids": ids, **asked})
    return plan_component("notebooks", cloud, spec, name="lab", foundation=FoundationSpec(notebooks=True))


def _planned(cloud: Cloud, **fields: Any) -> Planned:
    return _plan(cloud, json.dumps(fields))


@every_cloud
def test_each_user_has_a_machine(cloud):
    """
    Every user has one machine, of their own name, and nobody else's.
    """
    machines = _planned(cloud).all(MACHINES[cloud])

    assert 2 == len(machines)
    assert 2 == len({m.inputs.get("spaceName") or m.inputs.get("name") or m.inputs["computeName"] for m in machines})


@every_cloud
def test_another_first_user_replaces_nothing(cloud):
    """
    Adding a user at the front of the list adds that user's resources, and changes none of the others'.
    """
    before = {r.urn: dict(r.inputs) for r in _planned(cloud, users=[BEN])}
    after = {r.urn: dict(r.inputs) for r in _planned(cloud, users=[ASHA, BEN])}

    assert before == {urn: inputs for urn, inputs in after.items() if urn in before}
    assert all(ASHA in urn for urn in after.keys() - before.keys())


def test_machines_stop_when_idle():
    """
    The same idle time is each cloud's own setting.
    """
    space = _planned(Cloud.AWS, idle_stop="90m").all(MACHINES[Cloud.AWS])[0]
    profile = _planned(Cloud.AWS, idle_stop="90m").all("aws:sagemaker/userProfile:UserProfile")[0]
    instance = _planned(Cloud.GCP, idle_stop="90m").all(MACHINES[Cloud.GCP])[0]
    compute = _planned(Cloud.AZURE, idle_stop="90m").all(MACHINES[Cloud.AZURE])[0]

    idle = "jupyterLabAppSettings.appLifecycleManagement.idleSettings"
    assert 90 == space.at(f"spaceSettings.{idle}.idleTimeoutInMinutes")
    assert 90 == profile.at(f"userSettings.{idle}.maxIdleTimeoutInMinutes")
    assert "5400" == instance.at("gceSetup.metadata")["idle-timeout-seconds"]
    assert "PT90M" == compute.at("properties.properties.idleTimeBeforeShutdown")


@pytest.mark.parametrize(
    ("cloud", "asked", "nearest"),
    [
        (Cloud.AWS, "59m", "60m"),
        (Cloud.AWS, "366d", "365d"),
        (Cloud.GCP, "9m", "10m"),
        (Cloud.GCP, "2d", "1d"),
        (Cloud.AZURE, "14m", "15m"),
        (Cloud.AZURE, "4d", "3d"),
    ],
)
def test_an_idle_time_that_a_cloud_does_not_know_is_refused(cloud, asked, nearest):
    """
    An idle time below or above what the cloud takes is refused with its limits, their source and the nearest.
    """
    with pytest.raises(ValueError, match=rf"idle_stop is .*https://.*Write idle_stop: {nearest}\."):
        _planned(cloud, idle_stop=asked)


@pytest.mark.parametrize(("cloud", "disk"), [(Cloud.AWS, "4GiB"), (Cloud.AWS, "17TiB"), (Cloud.GCP, "65TiB")])
def test_a_disk_that_a_cloud_does_not_have_is_refused(cloud, disk):
    """
    A disk of a size that the cloud does not have is refused with the nearest.
    """
    with pytest.raises(ValueError, match=r"disk is .* has .*GiB to .*GiB \(https://.*Write disk: \d+GiB\."):
        _planned(cloud, disk=disk)


def test_azure_asks_for_the_object_id():
    """
    Without a user's object id Azure is refused, with the user and what to write.
    """
    with pytest.raises(ValueError, match=r"ben\.ito@example\.com has no object id.*object_ids: \{ben\.ito@example"):
        _planned(Cloud.AZURE, object_ids={ASHA: IDS[ASHA]})


def test_a_compute_instance_is_its_users_alone():
    """
    On Azure the instance is assigned to the user, has no public address, no SSH, and an identity of its own.
    """
    planned = _planned(Cloud.AZURE)
    of = {m.name: m.at("properties.properties") for m in planned.all(MACHINES[Cloud.AZURE])}

    assert IDS[BEN] == of[f"lab-{BEN}"]["personalComputeInstanceSettings"]["assignedUser"]["objectId"]
    assert of[f"lab-{BEN}"]["enableNodePublicIp"] is False
    assert "Disabled" == of[f"lab-{BEN}"]["sshSettings"]["sshPublicAccess"]
    given_ = [a.inputs for a in planned.all("azure-native:authorization:RoleAssignment") if ASHA in a.name]
    assert {IDS[ASHA]} == {a["principalId"] for a in given_}
    assert {"User"} == {a["principalType"] for a in given_}


def test_an_instance_lets_in_its_owner_alone():
    """
    On Google Cloud the instance has one owner, no public address, no root, and both disks under the customer's key.
    """
    instance = _planned(Cloud.GCP).one(MACHINES[Cloud.GCP], f"lab-{ASHA}")

    assert [ASHA] == instance.inputs["instanceOwners"]
    assert instance.at("gceSetup.disablePublicIp")
    assert "true" == instance.at("gceSetup.metadata")["notebook-disable-root"]
    assert all(instance.at(f"gceSetup.{disk}.diskEncryption") == "CMEK" for disk in ("bootDisk", "dataDisks"))
    assert ("desiredState",) == instance.ignored


def test_studio_is_one_domain_that_people_enter_as_themselves():
    """
    On AWS all notebooks are in one private domain under the stack's key, entered by IAM Identity Center.
    """
    planned = _planned(Cloud.AWS)
    domain = planned.one("aws:sagemaker/domain:Domain").inputs

    assert ("SSO", "VpcOnly") == (domain["authMode"], domain["appNetworkAccessType"])
    assert ":key/" in domain["kmsKeyId"]
    logins = {p.inputs["singleSignOnUserValue"] for p in planned.all("aws:sagemaker/userProfile:UserProfile")}
    assert {ASHA, BEN} == logins


def test_a_notebook_writes_drafts_alone():
    """
    On AWS a notebook reads the data, writes under tmp/ alone, and starts apps in its own user's private space alone.
    """
    policy = _planned(Cloud.AWS).one("aws:iam/rolePolicy:RolePolicy", "lab-notebook-policy").inputs["policy"]
    writes = [s for s in statements(policy) if "s3:PutObject" in as_list(s["Action"])]
    starts = [s for s in statements(policy) if "sagemaker:CreateApp" in as_list(s["Action"])]

    assert all(
        r.partition(":::")[2].partition("/")[2] == f"{DRAFTS[0]}*" for s in writes for r in as_list(s["Resource"])
    )
    assert all("sagemaker:OwnerUserProfileArn" in json.dumps(s["Condition"]) for s in starts)


@every_cloud
def test_what_holds_files_is_protected(cloud):
    """
    What a user's files are on is protected in production; on Azure they are in the workspace's share.
    """
    machines = _planned(cloud).all(MACHINES[cloud])

    assert {cloud != Cloud.AZURE} == {bool(m.protect) for m in machines}


def test_users_are_named_once():
    """
    An address that stands twice, in whatever case, is refused; so is the id of a stranger.
    """
    with pytest.raises(ValidationError, match="twice"):
        NotebookSpec(users=["a@example.com", "A@example.com"])
    with pytest.raises(ValidationError, match="not in users"):
        NotebookSpec(users=["a@example.com"], object_ids={"b@example.com": IDS[ASHA]})


@settings(max_examples=200, deadline=None)
@given(st.from_regex(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@example\.com", fullmatch=True), st.integers(16, 40))
def test_any_address_becomes_a_name(address, limit):
    """
    The key of any address fits its limit, begins and ends with a letter, and is of letters, digits and single hyphens.
    """
    key = user_key(address, limit)

    assert len(key) <= limit
    assert key == user_key(address.upper(), limit)
    assert all(word.isalnum() for word in key.split("-"))
    assert key[0].isalpha()
    assert key[-1].isalpha()


@settings(max_examples=25, deadline=None)
@given(
    cloud=st.sampled_from(Cloud),
    minutes=st.one_of(st.integers(1, 100), st.integers(1, 600_000)),
    disk=st.one_of(st.integers(1, 200), st.integers(1, 90_000)),
    cpu=st.integers(1, 128),
)
def test_any_notebook_plans_or_is_refused_with_a_reason(cloud, minutes, disk, cpu):
    """
    Whatever is asked, the cloud takes the plan, or the refusal says which wish it is and what to write instead.
    """
    spec = {"machine": {"cpu": cpu}, "idle_stop": str(Duration(minutes * 60)), "disk": f"{disk}GiB"}
    refused, refusals = "", []
    try:
        refusals = _planned(cloud, **spec).refusals
    except ValueError as refusal:
        refused = str(refusal)

    assert [] == refusals
    assert not refused or re.search(r"(idle_stop|disk|vCPU|cpu)[\s\S]*(Write|Ask|nearest)", refused), refused
