"""The foundation on Google Cloud."""

from functools import cache
from typing import Any

import pytest

from components.foundation import FoundationSpec
from groundplan.testing.component import plan_component

KEY = "projects/other/locations/us-central1/keyRings/r/cryptoKeys/k"
NETWORK = {
    "network": "projects/host/global/networks/shared",
    "subnetwork": "projects/host/regions/us-central1/subnetworks/ml",
}


def _planned(**fields: Any):
    return plan_component("foundation", "gcp", FoundationSpec.model_validate(fields))


@cache
def _default():
    return _planned(secrets=["hub-token"], alert_emails=["a@example.com"], images=["x"])


def _of(planned, kind: str) -> list:
    return [r for r in planned if r.type.endswith(f":{kind}")]


def test_there_is_no_way_out_but_to_googles_apis():
    """
    No default route, no NAT, no router; egress is denied but to the private addresses of Google's APIs and endpoints.
    """
    planned = _default()

    assert planned.one("gcp:compute/network:Network").at("deleteDefaultRoutesOnCreate")
    assert [] == [r for r in planned if "router" in r.type.lower() or r.type.endswith((":Route", ":Address"))]
    rules = {r.name: r.inputs for r in _of(planned, "Firewall")}
    assert {"EGRESS"} == {rule["direction"] for rule in rules.values()}
    assert ["0.0.0.0/0"] == rules["deny-egress"]["destinationRanges"]
    opened = {rule["destinationRanges"][0] for rule in rules.values() if "allows" in rule}
    assert {"10.20.255.254/32", "10.20.16.0/24"} == opened
    assert all(rule["priority"] < rules["deny-egress"]["priority"] for rule in rules.values() if "allows" in rule)


def test_googles_names_mean_the_private_address():
    """
    The APIs, image pulls and their sub-domains resolve to the endpoint in the network.
    """
    planned = _default()

    records = {r.at("name"): r.at("rrdatas") for r in _of(planned, "RecordSet")}
    address = planned.one("gcp:compute/globalAddress:GlobalAddress").at("address")
    for domain in ("googleapis.com.", "pkg.dev.", "gcr.io."):
        assert [address] == records[domain]
        assert [domain] == records[f"*.{domain}"]
    assert {"private"} == {zone.at("visibility") for zone in _of(planned, "ManagedZone")}


def test_every_service_may_use_the_key_before_it_has_to():
    """
    What is encrypted with the key depends on the grant of the service that encrypts it.
    """
    planned = _default()

    grants = {r.name: r for r in _of(planned, "CryptoKeyIAMMember")}
    waits = {
        "artifacts": "key-storage",
        "images": "key-artifactregistry",
        "secret-hub-token": "key-secretmanager",
        "alerts": "key-pubsub",
    }
    for name, grant in waits.items():
        resource = next(r for r in planned if r.name == name)
        assert grants[grant].urn in resource.needs, name
    assert "bq-123456789012@bigquery-encryption.iam.gserviceaccount.com" in grants["key-bigquery"].at("member")
    assert "service-123456789012@gs-project-accounts.iam" in grants["key-storage"].at("member")


def test_stores_are_private_versioned_and_cleaned():
    """
    Buckets are closed to the public, keep old versions for as long as asked, and drop scratch.
    """
    planned = _planned(storage={"keep_versions": "60d", "scratch": "7d"})

    for name, scratch in (("artifacts", ["tmp/", "checkpoints/"]), ("data", ["tmp/"])):
        bucket = next(r for r in _of(planned, "Bucket") if r.name == name)
        assert "enforced" == bucket.at("publicAccessPrevention")
        assert bucket.at("uniformBucketLevelAccess")
        assert bucket.at("versioning.enabled")
        assert "/cryptoKeys/" in bucket.at("encryption.defaultKmsKeyName")
        conditions = [rule["condition"] for rule in bucket.inputs["lifecycleRules"]]
        assert {"daysSinceNoncurrentTime": 60} in conditions
        assert {"age": 7, "matchesPrefixes": scratch, "withState": "LIVE"} in conditions


@pytest.mark.parametrize(("classification", "days"), [("internal", 180), ("confidential", 365), ("restricted", 2555)])
def test_logs_are_kept_as_the_data_asks(classification, days):
    """
    Audit logs of every call to Vertex AI are kept for as long as the classification of the data says.
    """
    planned = _planned(classification=classification)

    logs = next(r for r in _of(planned, "Bucket") if r.name == "logs")
    assert {"age": days} == logs.at("lifecycleRules.0.condition")
    assert f"storage.googleapis.com/{logs.at('name')}" == planned.one("gcp:logging/projectSink:ProjectSink").at(
        "destination"
    )
    kinds = {c["logType"] for c in planned.one("gcp:projects/iAMAuditConfig:IAMAuditConfig").inputs["auditLogConfigs"]}
    assert {"ADMIN_READ", "DATA_READ", "DATA_WRITE"} == kinds


def test_a_duty_has_what_it_needs_and_no_more():
    """
    Training writes under its own prefixes only; serving reads; nobody may change a model or a policy.
    """
    planned = _default()

    on_buckets = {r.name: r.inputs for r in _of(planned, "BucketIAMMember")}
    assert {"roles/storage.objectViewer"} == {
        on_buckets[name]["role"] for name in ("artifacts-train", "artifacts-serve", "data-train", "artifacts-submit")
    }
    condition = on_buckets["artifacts-train-scratch"]["condition"]["expression"]
    assert ["runs/", "checkpoints/", "tmp/"] == [c.split("/objects/")[1][:-2] for c in condition.split(" || ")]
    assert not any(name.startswith("data-") and name != "data-train" for name in on_buckets)
    permissions = {p for r in _of(planned, "IAMCustomRole") for p in r.inputs["permissions"]}
    assert not any(p.endswith((".setIamPolicy", ".delete")) or "*" in p for p in permissions)
    assert "aiplatform.models.update" not in permissions


def test_secrets_are_empty_and_in_the_region():
    """
    A secret is made without a value, kept in the stack's region under the customer's key.
    """
    planned = _default()

    secret = planned.one("gcp:secretmanager/secret:Secret")
    (replica,) = secret.at("replication.userManaged.replicas")
    assert "us-central1" == replica["location"]
    assert "/cryptoKeys/" in replica["customerManagedEncryption"]["kmsKeyName"]
    assert [] == _of(planned, "SecretVersion")


def test_tags_of_images_never_move():
    """
    Images are scanned, their tags are immutable, and what has no tag is cleaned up.
    """
    images = _default().one("gcp:artifactregistry/repository:Repository")

    assert images.at("dockerConfig.immutableTags")
    assert "UNTAGGED" == images.at("cleanupPolicies.0.condition.tagState")
    assert not images.at("cleanupPolicyDryRun")


def test_what_exists_is_taken_and_not_made():
    """
    A network, key and stores of yours are used by everything, and none are made in their place.
    """
    planned = _planned(
        network={"existing": NETWORK},
        key={"existing": KEY},
        storage={"existing": {"artifacts": "my-artifacts", "data": "my-data"}},
    )

    assert [] == [r.name for r in planned if r.type.startswith(("gcp:dns/", "gcp:kms/keyRing", "gcp:kms/cryptoKey:"))]
    assert ["jobs-attachment"] == [r.name for r in planned if r.type.startswith("gcp:compute/")]
    assert [NETWORK["subnetwork"]] == next(r for r in planned if r.name == "jobs-attachment").at("subnetworks")
    assert ["logs"] == [r.name for r in _of(planned, "Bucket")]
    assert KEY == _of(planned, "Bucket")[0].at("encryption.defaultKmsKeyName")
    assert {"my-artifacts", "my-data"} <= {r.at("bucket") for r in _of(planned, "BucketIAMMember")}
    assert {KEY} == {r.at("cryptoKeyId") for r in _of(planned, "CryptoKeyIAMMember")}


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"key": {"existing": "arn:aws:kms:us-east-1:1:key/x"}}, "cryptoKeys"),
        ({"key": {"existing": KEY.replace("us-central1", "europe-west4")}}, "us-central1"),
        (
            {"network": {"existing": {"vpc": "vpc-12345678", "subnets": ["a"], "security_groups": ["b"]}}},
            "another cloud",
        ),
        (
            {"network": {"existing": {**NETWORK, "subnetwork": "projects/h/regions/europe-west1/subnetworks/s"}}},
            "europe-west1",
        ),
    ],
)
def test_what_cannot_be_taken_is_refused(fields, says):
    """
    A key or subnetwork elsewhere, or of another cloud, is refused with what to write instead.
    """
    with pytest.raises(ValueError, match=says):
        _planned(**fields)


def test_two_regions_of_one_project_do_not_collide():
    """
    The same blueprint in two regions of a project has no physical name in common that the project shares.
    """
    shared = {
        "Network": "name",
        "Account": "accountId",
        "IAMCustomRole": "roleId",
        "Bucket": "name",
        "Secret": "secretId",
    }
    spec = FoundationSpec(secrets=["hub-token"])
    here, there = (plan_component("foundation", "gcp", spec, region=r) for r in ("us-central1", "europe-west4"))

    for kind, field in shared.items():
        assert not {r.at(field) for r in _of(here, kind)} & {r.at(field) for r in _of(there, kind)}, kind
