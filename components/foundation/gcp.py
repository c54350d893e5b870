"""The ground of a stack on Google Cloud: private VPC, Cloud KMS key, buckets, images, service accounts, audit log."""

from __future__ import annotations

import pulumi
import pulumi_gcp as gcp

from components.clouds.gcp import Account, GcpGround, Key, place
from components.clouds.gcp_key import customer_key, identities
from components.clouds.gcp_network import Net, attachment, private_network
from components.clouds.gcp_roles import ADDRESS, CODE, SCRATCH, accounts, bucket_grant, custom_role
from components.clouds.gcp_stores import bucket, expiry, images, secrets
from components.clouds.gcp_watch import alerts, audit
from components.foundation import Foundation, GcpNetwork

__all__ = ["GcpFoundation"]

APIS = (
    "aiplatform",
    "artifactregistry",
    "bigquery",
    "bigquerydatatransfer",
    "billingbudgets",
    "cloudkms",
    "compute",
    "containerscanning",
    "dns",
    "iam",
    "logging",
    "monitoring",
    "networkconnectivity",
    "pubsub",
    "secretmanager",
    "storage",
    "workflowexecutions",
    "workflows",
)


class GcpFoundation(Foundation):
    """The foundation on Google Cloud; the project is given, and everything is in its region."""

    def build(self) -> GcpGround:
        spec = self.spec
        apis = self._apis()
        made = identities(self, apis)
        key = customer_key(self, spec.key.existing if spec.key else None, apis, made)
        people = accounts(self, apis)
        net = self._network(apis)
        artifacts = self._store("artifacts", key, apis, ["tmp/", "checkpoints/"])
        data = self._store("data", key, apis, ["tmp/"])
        self._store_grants(artifacts, data, people)
        readers = {duty: people[duty].member for duty in ("train", "serve")}
        repository = images(self, key, apis, readers)
        logs = audit(self, key, spec.log_retention, apis)
        topic, channels = alerts(self, spec.alert_emails, key, apis, made)
        where = place(self)
        return GcpGround(
            network_id=net.network,
            subnet_ids=net.subnets,
            key_id=key.id,
            artifacts_uri=pulumi.Output.concat("gs://", artifacts),
            data_uri=pulumi.Output.concat("gs://", data),
            image_repository=pulumi.Output.concat(
                f"{where.region}-docker.pkg.dev/{where.project}/", repository.repository_id
            ),
            train_role=people["train"].email,
            serve_role=people["serve"].email,
            pipeline_role=people["pipeline"].email,
            submit_role=people["submit"].email,
            audit_log_id=pulumi.Output.concat("//storage.googleapis.com/projects/_/buckets/", logs.name),
            secret_ids=secrets(self, spec.secrets, key, apis),
            network=net.network,
            attachment=attachment(self, net.jobs, apis, made),
            key=key,
            accounts=people,
            artifacts=artifacts,
            data=data,
            repository=repository.repository_id,
            address_role=custom_role(self, "address", "Enters the address of an endpoint in its zone", ADDRESS).name,
            alert_topic=topic,
            alert_channels=channels,
        )

    def _apis(self) -> dict[str, pulumi.Resource]:
        """Switch on what the stack uses; other users of the project go on using it after the stack is gone."""
        return {
            api: gcp.projects.Service(
                f"api-{api}",
                project=place(self).project,
                service=f"{api}.googleapis.com",
                disable_on_destroy=False,
                disable_dependent_services=False,
                opts=self.child(),
            )
            for api in APIS
        }

    def _network(self, apis: dict[str, pulumi.Resource]) -> Net:
        """
        Raises:
            ValueError: The existing network is of another cloud, or its subnetwork in another region.
        """
        existing = self.spec.network.existing
        if existing is None:
            return private_network(self, self.spec.network.cidr, apis)
        if not isinstance(existing, GcpNetwork):
            raise ValueError(
                "network.existing is of another cloud. Write network: projects/…/global/networks/… and"
                " subnetwork: projects/…/regions/…/subnetworks/… under overrides.gcp."
            )
        region = existing.subnetwork.split("/")[3]
        if region != place(self).region:
            raise ValueError(
                f"network.existing.subnetwork lies in {region}, and the stack in {place(self).region}."
                " Name a subnetwork of the stack's region."
            )
        subnet = pulumi.Output.from_input(existing.subnetwork)
        return Net(pulumi.Output.from_input(existing.network), subnet, [subnet])

    def _store(self, what: str, key: Key, apis: dict[str, pulumi.Resource], scratch: list[str]) -> pulumi.Output[str]:
        existing = getattr(self.spec.storage.existing, what, None)
        if existing:
            return pulumi.Output.from_input(existing)
        return bucket(self, what, key, apis, expiry(self.spec.storage, scratch)).name

    def _store_grants(
        self, artifacts: pulumi.Output[str], data: pulumi.Output[str], people: dict[str, Account]
    ) -> None:
        read, write = "roles/storage.objectViewer", "roles/storage.objectUser"
        for duty in ("train", "serve", "submit"):
            bucket_grant(self, f"artifacts-{duty}", artifacts, read, people[duty].member)
        bucket_grant(self, "artifacts-train-scratch", artifacts, write, people["train"].member, SCRATCH)
        bucket_grant(self, "artifacts-submit-code", artifacts, write, people["submit"].member, [CODE])
        bucket_grant(self, "data-train", data, read, people["train"].member)
