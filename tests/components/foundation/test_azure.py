"""The ground on Azure: private, under the customer's key, each duty with what it needs and no more."""

import json
import re
from functools import cache
from typing import Any

import pytest

from components.foundation import FoundationSpec
from groundplan.testing import Planned
from groundplan.testing.component import plan_component

ASSIGNMENT = "azure-native:authorization:RoleAssignment"
ROLE = "azure-native:authorization:RoleDefinition"
WORKSPACE = "azure-native:machinelearningservices:Workspace"
ACCOUNT = "azure-native:storage:StorageAccount"
ENDPOINT = "azure-native:network:PrivateEndpoint"
SUB = "/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/shared/providers"
SUBNET = f"{SUB}/Microsoft.Network/virtualNetworks/hub/subnets/ml"
KEY = f"{SUB}/Microsoft.KeyVault/vaults/central/keys/ml/versions/0123456789abcdef0123456789abcdef"
CONTAINER = f"{SUB}/Microsoft.Storage/storageAccounts/lake/blobServices/default/containers/curated"


def plan(region: str | None = None, environment: str = "prod", **spec: Any) -> Planned:
    return _plan(json.dumps(spec), region, environment)


@cache
def _plan(spec: str, region: str | None, environment: str) -> Planned:
    given = FoundationSpec.model_validate_json(spec)
    return plan_component("foundation", "azure", given, region=region, environment=environment)


def roles(planned: Planned) -> dict[str, tuple[str, str]]:
    """Assignment to its role's GUID and its scope."""
    return {
        a.name: (a.inputs["roleDefinitionId"].rpartition("/")[2], a.inputs["scope"]) for a in planned.all(ASSIGNMENT)
    }


def test_every_service_is_reached_privately_and_by_its_own_name():
    """
    Vault, images, workspace and stores each have a private endpoint, with its names in the network's DNS zones.
    """
    planned = plan()
    reached = {
        e.at("privateLinkServiceConnections.0.privateLinkServiceId").partition("/providers/")[2]: e
        for e in planned.all(ENDPOINT)
    }

    kinds = {re.sub(r"/[^/]+$", "", path) for path in reached}
    assert {
        "Microsoft.KeyVault/vaults",
        "Microsoft.ContainerRegistry/registries",
        "Microsoft.MachineLearningServices/workspaces",
        "Microsoft.Storage/storageAccounts",
    } == kinds
    assert len(planned.all(ENDPOINT)) == len(planned.all("azure-native:network:PrivateDnsZoneGroup"))
    for group in planned.all("azure-native:network:PrivateDnsZoneGroup"):
        assert all("privatelink." in c["privateDnsZoneId"] for c in group.at("privateDnsZoneConfigs"))


def test_the_subnet_has_no_way_out():
    """
    The network has no gateway and no default outbound access, and its rules let nothing in but HTTPS from inside.
    """
    planned = plan()

    assert planned.one("azure-native:network:Subnet").at("defaultOutboundAccess") is False
    assert {"NatGateway", "PublicIPAddress"}.isdisjoint(t.rpartition(":")[2] for t in planned.types)
    rules = planned.one("azure-native:network:NetworkSecurityGroup").at("securityRules")
    allowed = [r for r in rules if r["access"] == "Allow"]
    assert [("Inbound", "443", "VirtualNetwork")] == [
        (r["direction"], r["destinationPortRange"], r["sourceAddressPrefix"]) for r in allowed
    ]


def test_the_workspace_goes_out_to_its_own_stores_alone():
    """
    The workspace's network allows approved destinations only, and its rules are inside it: made apart they race.
    """
    planned = plan()
    workspace = planned.one(WORKSPACE)
    rules = workspace.at("managedNetwork.outboundRules")

    assert "AllowOnlyApprovedOutbound" == workspace.at("managedNetwork.isolationMode")
    assert {"PrivateEndpoint"} == {rule["type"] for rule in rules.values()}
    assert planned.one(ACCOUNT, "data-account").id == rules["data"]["destination"]["serviceResourceId"]
    assert [] == planned.all("azure-native:machinelearningservices:ManagedNetworkSettingsRule")
    assert workspace.at("provisionNetworkNow") is True


def test_data_and_workspace_are_under_the_customers_key():
    """
    Both stores and the workspace are encrypted with the stack's key, and the grant to use it comes before them.
    """
    planned = plan()
    grant = planned.one(ASSIGNMENT, "encryption-uses-key").urn
    key = planned.one("azure-native:keyvault:Key")

    for account in planned.all(ACCOUNT):
        assert "Microsoft.Keyvault" == account.at("encryption.keySource")
        assert key.inputs["keyName"] == account.at("encryption.keyVaultProperties.keyName")
        assert "keyVersion" not in account.at("encryption.keyVaultProperties")
        assert grant in account.needs
    workspace = planned.one(WORKSPACE)
    assert re.search(r"/keys/data/[0-9a-f]{32}$", workspace.at("encryption.keyVaultProperties.keyIdentifier"))
    assert grant in workspace.needs
    assert "rotate" == key.at("properties.rotationPolicy.lifetimeActions.0.action.type")


def test_the_workspace_comes_after_its_identitys_rights():
    """
    A workspace that is made before its identity may read its links fails, so each right comes first.
    """
    planned = plan()
    needed = planned.one(WORKSPACE).needs

    for assignment in planned.all(ASSIGNMENT):
        if assignment.name.startswith("workspace-"):
            assert assignment.urn in needed, assignment.name


def test_no_store_takes_a_key_or_a_stranger():
    """
    Storage takes Entra identities only, over TLS 1.2, from private endpoints.
    """
    for account in plan().all(ACCOUNT):
        assert account.at("allowSharedKeyAccess") is False
        assert account.at("allowBlobPublicAccess") is False
        assert "Disabled" == account.at("publicNetworkAccess")
        assert "TLS1_2" == account.at("minimumTlsVersion")
        assert account.at("enableHttpsTrafficOnly") is True


def test_versions_are_kept_and_scratch_is_not():
    """
    What was overwritten can be brought back for `keep_versions`; `tmp/` and checkpoints go after `scratch`.
    """
    planned = plan(storage={"keep_versions": "45d", "scratch": "7d"})

    for service in planned.all("azure-native:storage:BlobServiceProperties"):
        assert service.at("isVersioningEnabled") is True
        assert {"enabled": True, "days": 45} == service.at("deleteRetentionPolicy")
    policy = planned.one("azure-native:storage:ManagementPolicy", "artifacts-lifecycle").at("policy.rules")
    rules = {rule["name"]: rule["definition"] for rule in policy}
    assert 45 == rules["old-versions"]["actions"]["version"]["delete"]["daysAfterCreationGreaterThan"]
    assert ["artifacts/checkpoints/"] == rules["checkpoints"]["filters"]["prefixMatch"]
    assert 7 == rules["scratch"]["actions"]["baseBlob"]["delete"]["daysAfterModificationGreaterThan"]


@pytest.mark.parametrize(
    ("classification", "days", "total"),
    [("internal", 180, None), ("confidential", 365, None), ("restricted", 730, 2556)],
)
def test_logs_are_kept_as_long_as_the_data_asks(classification, days, total):
    """
    Logs are kept 90 days, a year, or seven years: what Azure does not keep at hand is archived, table by table.
    """
    planned = plan(classification=classification)
    tables = planned.all("azure-native:operationalinsights:Table")

    assert days == planned.one("azure-native:operationalinsights:Workspace").at("retentionInDays")
    assert ({total} if total else set()) == {t.inputs["totalRetentionInDays"] for t in tables}


def test_everything_that_is_asked_or_changed_is_logged():
    """
    Vault, images, workspace and both stores send their logs to the stack's log workspace.
    """
    planned = plan()
    logs = planned.one("azure-native:operationalinsights:Workspace").id

    settings = planned.all("azure-native:monitor:DiagnosticSetting")
    assert {"vault-audit", "images-audit", "workspace-audit", "artifacts-audit", "data-audit"} <= {
        s.name for s in settings
    }
    assert {logs} == {s.inputs["workspaceId"] for s in settings}


def test_each_duty_has_an_identity_of_its_own():
    """
    train, serve, pipeline and submit are four identities, and no role of one reaches beyond the stack.
    """
    planned = plan()
    made = [r for r in planned if r.type == "azure-native:managedidentity:UserAssignedIdentity"]

    assert {"train", "serve", "pipeline", "submit"} <= {i.name.removesuffix("-identity") for i in made}
    group = planned.one("azure-native:resources:ResourceGroup").id
    assert all(scope.startswith(group) for _, scope in roles(planned).values())


def test_no_role_of_ours_has_a_wildcard_or_sets_a_stage():
    """
    Custom roles list exact actions; the right to approve a version is in none of the foundation's.
    """
    for role in plan().all(ROLE):
        for permission in role.inputs["permissions"]:
            assert all("*" not in action for action in permission["actions"]), role.name
            assert not any(action.endswith("assets/stage/write") for action in permission["actions"]), role.name


def test_the_same_right_is_given_once():
    """
    Azure refuses a second assignment of the same role to the same identity on the same scope.
    """
    planned = plan(secrets=["hub-token"], captures={"a": "7d", "b": "30d"})
    given = [
        (a.inputs["principalId"], a.inputs["roleDefinitionId"], a.inputs["scope"]) for a in planned.all(ASSIGNMENT)
    ]

    assert len(set(given)) == len(given)
    names = [a.inputs["roleAssignmentName"] for a in planned.all(ASSIGNMENT)]
    assert len(set(names)) == len(names)


def test_a_secret_is_made_empty_and_left_to_its_owner():
    """
    A secret has no value in the plan, and who trains or serves may read this one and no other.
    """
    planned = plan(secrets=["hub-token"])
    secret = planned.one("azure-native:keyvault:Secret")

    assert "" == secret.at("properties.value")
    assert "hub-token" == secret.inputs["secretName"]
    readers = {n: scope for n, (_, scope) in roles(planned).items() if n.endswith("-reads-hub-token")}
    assert {"train-reads-hub-token": secret.id, "serve-reads-hub-token": secret.id} == readers


def test_a_network_of_yours_takes_the_endpoints_and_none_is_built():
    """
    With `network.existing` the private endpoints go into that subnet, and its network learns their names.
    """
    planned = plan(network={"existing": {"subnet": SUBNET}})

    assert [] == planned.all("azure-native:network:VirtualNetwork")
    assert {SUBNET} == {e.at("subnet.id") for e in planned.all(ENDPOINT)}
    links = planned.all("azure-native:privatedns:VirtualNetworkLink")
    assert {SUBNET.partition("/subnets/")[0]} == {link.at("virtualNetwork.id") for link in links}


def test_dns_zones_of_yours_are_used():
    """
    With `dns_zones` no zone is made: the endpoints write their names into yours.
    """
    holder = SUB.removesuffix("/providers")
    planned = plan(network={"existing": {"subnet": SUBNET, "dns_zones": holder}})

    assert [] == planned.all("azure-native:privatedns:PrivateZone")
    for group in planned.all("azure-native:network:PrivateDnsZoneGroup"):
        assert all(c["privateDnsZoneId"].startswith(holder) for c in group.at("privateDnsZoneConfigs"))


def test_a_key_of_yours_encrypts_everything():
    """
    With `key.existing` no key is made, and the encryption identity is allowed to use yours.
    """
    planned = plan(key={"existing": KEY})

    assert [] == planned.all("azure-native:keyvault:Key")
    assert KEY.partition("/keys/")[0] == roles(planned)["encryption-uses-key"][1]
    for account in planned.all(ACCOUNT):
        assert {"keyName": "ml", "keyVaultUri": "https://central.vault.azure.net/"} == account.at(
            "encryption.keyVaultProperties"
        )


def test_a_key_that_is_not_an_arm_id_is_refused_with_what_to_write():
    """
    A vault URI says not where the vault lies; the message says what to write.
    """
    with pytest.raises(ValueError, match="Write /subscriptions/"):
        plan(key={"existing": "https://central.vault.azure.net/keys/ml"})


def test_stores_of_yours_are_used_and_reached():
    """
    With `storage.existing` a datastore leads to your container; endpoint, network rule and rights lead to its account.
    """
    planned = plan(storage={"existing": {"data": CONTAINER}})
    account = CONTAINER.partition("/blobServices/")[0]

    assert ["artifacts-account"] == [a.name for a in planned.all(ACCOUNT)]
    datastore = planned.one("azure-native:machinelearningservices:Datastore", "data-datastore")
    assert ("lake", "curated") == (datastore.at("properties.accountName"), datastore.at("properties.containerName"))
    assert account == planned.one(WORKSPACE).at("managedNetwork.outboundRules.data.destination.serviceResourceId")
    assert account in [e.at("privateLinkServiceConnections.0.privateLinkServiceId") for e in planned.all(ENDPOINT)]
    assert CONTAINER == roles(planned)["train-reads-data"][1]
    assert account == roles(planned)["workspace-connects-data"][1]


def test_an_artifact_store_of_yours_leaves_the_workspace_its_own():
    """
    The workspace keeps an account for its own things; models and checkpoints go to your container.
    """
    planned = plan(storage={"existing": {"artifacts": CONTAINER}})

    assert "curated" == planned.one("azure-native:machinelearningservices:Datastore", "artifacts-datastore").at(
        "properties.containerName"
    )
    assert planned.one(ACCOUNT, "artifacts-account").id == planned.one(WORKSPACE).inputs["storageAccount"]
    assert CONTAINER == roles(planned)["train-writes-own-artifacts"][1]


def test_a_store_that_is_no_container_is_refused():
    """
    An account's name says not where it lies; the message names the field and the form.
    """
    with pytest.raises(ValueError, match=r"storage\.existing\.data is 'lake'"):
        plan(storage={"existing": {"data": "lake"}})


@pytest.mark.parametrize(("region", "sku"), [("westeurope", "Standard_ZRS"), ("westus", "Standard_LRS")])
def test_zones_are_used_where_the_region_has_them(region, sku):
    """
    A store and the image registry span the region's zones, where it has any.
    """
    planned = plan(region=region)

    assert {sku} == {a.at("sku.name") for a in planned.all(ACCOUNT)}
    assert ("Enabled" if sku.endswith("ZRS") else "Disabled") == planned.one(
        "azure-native:containerregistry:Registry"
    ).inputs["zoneRedundancy"]


def test_dev_gives_its_names_back_sooner():
    """
    A vault's name is held for 90 days after a destroy, and for 7 in dev, which Azure allows at least.
    """
    kept = {
        environment: plan(environment=environment)
        .one("azure-native:keyvault:Vault")
        .at("properties.softDeleteRetentionInDays")
        for environment in ("dev", "prod")
    }

    assert {"dev": 7, "prod": 90} == kept
