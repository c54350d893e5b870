"""The ground of a stack on Azure: one resource group with a private Azure ML workspace and what it stands on."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import keyvault, machinelearningservices, resources, storage

from components.clouds.azure.actions import BATCH, LOOP, PIPELINE, SUBMIT
from components.clouds.azure.ground import AzureGround
from components.clouds.azure.images import image_registry
from components.clouds.azure.logs import action_group, audit, further_group, insights, log_workspace
from components.clouds.azure.network import PrivateNetwork, private_endpoint, private_network
from components.clouds.azure.place import AzureIdentity
from components.clouds.azure.roles import assign, define, identity, operator
from components.clouds.azure.storage import MOST_PREFIXES, Store, account, container, existing, keep_versions, lifecycle
from components.clouds.azure.vault import CustomerKey, customer_key, secret, vault
from components.clouds.azure.workspace import Linked, datastore, workspace, workspace_rights
from components.foundation import Foundation
from components.units import Duration

__all__ = ["AzureMLFoundation"]


@dataclass(frozen=True)
class _Stores:
    """The stack's containers, and the account that is the workspace's own."""

    home: storage.StorageAccount
    artifacts: Store
    data: Store
    capture: Store

    def elsewhere(self) -> dict[str, Store]:
        """Stores that are not in the workspace's account, by name."""
        named = {"artifacts": self.artifacts, "data": self.data}
        return {name: store for name, store in named.items() if name == "data" or store.is_yours}


class AzureMLFoundation(Foundation):
    def build(self) -> AzureGround:
        context = self.context
        made = resources.ResourceGroup(
            "group",
            resource_group_name=context.name(limit=90),
            location=context.place.region,
            tags=context.tags,
            opts=self.keeps_data(),
        )
        self.group, self.group_id = made.name, made.id
        network = private_network(self, self.spec.network, self.group, features=self.spec.features)
        home = vault(self, self.group)
        key = customer_key(self, self.spec.key, home, self.group)
        stores = self._stores(key)
        linked, logs, alerts = self._services(home, key, stores)
        further_group(self, self.spec.alert_channels.topic, self.group, self.group_id)
        space = self._workspace(linked, stores)
        self._endpoints(network, linked, stores, space)
        audit(self, "vault", home.id, logs, own_table=True)
        audit(self, "images", linked.images.id, logs)
        audit(self, "workspace", space.id, logs, "allLogs")
        audit(self, "artifacts", _blobs(stores.capture.account_id), logs)
        audit(self, "data", _blobs(stores.data.account_id), logs)
        duties = self._duties(linked, stores, space)
        secrets = self._secrets(home, duties)
        uris = {
            name: datastore(self, name, store, space, self.group)
            for name, store in (("artifacts", stores.artifacts), ("data", stores.data), ("capture", stores.capture))
        }
        return AzureGround(
            network_id=network.id,
            subnet_ids=[network.subnet],
            key_id=key.id,
            artifacts_uri=uris["artifacts"],
            data_uri=uris["data"],
            image_repository=pulumi.Output.concat(linked.images.login_server, "/", context.blueprint),
            train_role=duties["train"].id,
            serve_role=duties["serve"].id,
            pipeline_role=duties["pipeline"].id,
            submit_role=duties["submit"].id,
            audit_log_id=logs,
            secret_ids=secrets,
            group=self.group,
            group_id=made.id,
            workspace=space.name,
            workspace_id=space.id,
            train=duties["train"],
            serve=duties["serve"],
            pipeline=duties["pipeline"],
            submit=duties["submit"],
            score=duties.get("score"),
            log_workspace_id=logs,
            action_group_id=alerts,
            endpoints_subnet_id=network.subnet,
            api_zone_id=network.zones["api"],
            artifacts_blob_url=pulumi.Output.concat(
                "https://", stores.artifacts.account, ".blob.core.windows.net/", stores.artifacts.container
            ),
            capture_container_id=stores.capture.id,
            captures=self.spec.captures,
            keeper=self.keeper,
            key=key,
            home_account_id=linked.account.id,
            vault_id=home.id,
            images_id=linked.images.id,
            insights_id=linked.insights.id,
            artifacts=stores.artifacts,
            data=stores.data,
            zones=network.zones,
        )

    def _stores(self, key: CustomerKey) -> _Stores:
        given = self.spec.storage.existing
        labels = {"classification": self.spec.classification}
        home = account(self, "artifacts", key, self.group, labels)
        versions = keep_versions(self, "artifacts", home, self.spec.storage, self.group)
        capture = container(self, "capture", home, self.group)
        if given and given.artifacts:
            artifacts = existing("storage.existing.artifacts", given.artifacts)
        else:
            artifacts = container(self, "artifacts", home, self.group)
        scratch = self.spec.storage.scratch
        lifecycle(
            self,
            "artifacts",
            home,
            self.spec.storage,
            [
                ("scratch", ["artifacts/tmp/"], scratch),
                ("checkpoints", ["artifacts/checkpoints/"], scratch),
                *self._captured(),
            ],
            self.group,
            [versions],
        )
        if given and given.data:
            return _Stores(home, artifacts, existing("storage.existing.data", given.data), capture)
        apart = account(self, "data", key, self.group, labels)
        versions = keep_versions(self, "data", apart, self.spec.storage, self.group)
        lifecycle(self, "data", apart, self.spec.storage, [("scratch", ["data/tmp/"], scratch)], self.group, [versions])
        return _Stores(home, artifacts, container(self, "data", apart, self.group), capture)

    def _captured(self) -> list[tuple[str, list[str], Duration]]:
        """Rules of what endpoints record: ten endpoints of one retention share a rule, as a policy has a hundred."""
        kept: dict[Duration, list[str]] = {}
        for name, retention in sorted(self.spec.captures.items()):
            kept.setdefault(retention, []).append(f"capture/{name}/")
        return [
            (f"capture-{retention.days}-days-{number}", prefixes[start : start + MOST_PREFIXES], retention)
            for retention, prefixes in sorted(kept.items())
            for number, start in enumerate(range(0, len(prefixes), MOST_PREFIXES), 1)
        ]

    def _services(
        self, home: keyvault.Vault, key: CustomerKey, stores: _Stores
    ) -> tuple[Linked, pulumi.Output[str], pulumi.Output[str]]:
        logs = log_workspace(self, self.spec.log_retention, self.group)
        linked = Linked(stores.home, home, image_registry(self, self.group), insights(self, logs.id, self.group), key)
        return linked, logs.id, action_group(self, self.spec.alert_emails, self.group).id

    def _workspace(self, linked: Linked, stores: _Stores) -> machinelearningservices.Workspace:
        as_, granted = workspace_rights(self, linked, stores.elsewhere(), self.group, self.group_id)
        self.keeper = as_
        return workspace(
            self,
            linked,
            as_,
            stores.elsewhere(),
            self.group,
            high_impact=self.spec.classification in ("confidential", "restricted"),
            depends_on=[*granted, *linked.key.ready],
        )

    def _endpoints(
        self, network: PrivateNetwork, linked: Linked, stores: _Stores, space: machinelearningservices.Workspace
    ) -> None:
        leads = [
            ("vault", linked.vault.id, "vault", ("vault",)),
            ("images", linked.images.id, "registry", ("registry",)),
            ("artifacts-blob", linked.account.id, "blob", ("blob",)),
            ("artifacts-file", linked.account.id, "file", ("file",)),
            *((f"{name}-blob", store.account_id, "blob", ("blob",)) for name, store in self._apart(stores).items()),
            ("workspace", space.id, "amlworkspace", ("api", "notebooks")),  # last, as it takes longest to be there
        ]
        before: list[pulumi.Resource] = list(network.links)
        for name, target, part, zones in leads:
            named = {zone: network.zones[zone] for zone in zones}
            # one after the other: a subnet, and an account, take one change at a time
            made = private_endpoint(self, name, target, part, network.subnet, named, self.group, before)
            before = [made]

    @staticmethod
    def _apart(stores: _Stores) -> dict[str, Store]:
        """Stores elsewhere, under a name that the workspace's own account does not have."""
        return {"own-artifacts" if n == "artifacts" else n: store for n, store in stores.elsewhere().items()}

    def _duties(
        self, linked: Linked, stores: _Stores, space: machinelearningservices.Workspace
    ) -> dict[str, AzureIdentity]:
        who = {duty: identity(self, duty, self.group) for duty in ("train", "serve", "pipeline", "submit")}
        reader, writer = "Storage Blob Data Reader", "Storage Blob Data Contributor"
        images, logs = linked.images.id, linked.insights.id
        # a run's logs and metrics go to containers of the workspace's account that Azure ML names by itself
        account_id = linked.account.id
        given = (
            ("train-pulls-images", "AcrPull", "train", images),
            ("train-writes-artifacts", writer, "train", account_id),
            ("train-reads-data", reader, "train", stores.data.id),
            ("train-reports-metrics", "Monitoring Metrics Publisher", "train", logs),
            ("serve-pulls-images", "AcrPull", "serve", images),
            ("serve-reads-artifacts", reader, "serve", account_id),
            ("serve-reports-metrics", "Monitoring Metrics Publisher", "serve", logs),
            ("serve-measures", "AzureML Metrics Writer", "serve", space.id),
            ("submit-pushes-images", "AcrPush", "submit", images),
            ("submit-writes-data", writer, "submit", stores.data.id),
            ("submit-writes-artifacts", writer, "submit", stores.artifacts.id),
        )
        for name, role, duty, scope in given:
            assign(self, name, role, who[duty], scope)
        if self.spec.captures:
            assign(self, "serve-captures", writer, who["serve"], stores.capture.id)
        if stores.artifacts.is_yours:
            assign(self, "train-writes-own-artifacts", writer, who["train"], stores.artifacts.id)
            assign(self, "serve-reads-own-artifacts", reader, who["serve"], stores.artifacts.id)
        self._controllers(who)
        if self.spec.monitors or self.spec.pipelines:
            self._loops(who["pipeline"], space)
        if self.spec.scores:
            who["score"] = self._scoring(linked, stores, who["pipeline"])
        return who

    def _loops(self, pipeline: AzureIdentity, space: machinelearningservices.Workspace) -> None:
        """What monitors and pipelines do beside starting jobs: as many as there are, it is given once."""
        role, made = define(self, "loop", "Watch endpoints, and chain trainings to releases", LOOP, self.group_id)
        assign(self, "pipeline-loops", role, pipeline, self.group_id, [made])
        # numbers on the workspace, and on the endpoints in it
        assign(self, "pipeline-publishes", "Monitoring Metrics Publisher", pipeline, space.id)

    def _scoring(self, linked: Linked, stores: _Stores, pipeline: AzureIdentity) -> AzureIdentity:
        """Who batch jobs score data as: it alone reads the data store and writes there too."""
        score = identity(self, "score", self.group)
        writer = "Storage Blob Data Contributor"
        for name, role, scope in (
            ("score-pulls-images", "AcrPull", linked.images.id),
            ("score-writes-artifacts", writer, linked.account.id),  # a job's logs go there
            ("score-writes-data", writer, stores.data.id),
            ("score-reports-metrics", "Monitoring Metrics Publisher", linked.insights.id),
        ):
            assign(self, name, role, score, scope)
        if stores.artifacts.is_yours:
            assign(self, "score-reads-own-artifacts", "Storage Blob Data Reader", score, stores.artifacts.id)
        role, made = define(self, "batch", "Start batch jobs, and see which files arrived", BATCH, self.group_id)
        assign(self, "pipeline-batch", role, pipeline, self.group_id, [made])
        operator(self, "pipeline-scores-as-score", pipeline, score)
        return score

    def _controllers(self, who: dict[str, AzureIdentity]) -> None:
        for duty, said, actions in (
            ("pipeline", "Start jobs and release versions", PIPELINE),
            ("submit", "Start runs and releases, and register versions", SUBMIT),
        ):
            role, made = define(self, duty, said, actions, self.group_id)
            assign(self, f"{duty}-duty", role, who[duty], self.group_id, [made])
        operator(self, "pipeline-runs-as-train", who["pipeline"], who["train"])
        operator(self, "pipeline-serves-as-serve", who["pipeline"], who["serve"])

    def _secrets(self, home: keyvault.Vault, who: dict[str, AzureIdentity]) -> dict[str, pulumi.Output[str]]:
        made = {name: secret(self, name, home, self.group) for name in sorted(self.spec.secrets)}
        for name, kept in made.items():
            for duty in ("train", "serve"):
                assign(self, f"{duty}-reads-{name}", "Key Vault Secrets User", who[duty], kept.id)
        return {name: kept.id for name, kept in made.items()}


def _blobs(account_id: pulumi.Output[str]) -> pulumi.Output[str]:
    return pulumi.Output.concat(account_id, "/blobServices/default")
