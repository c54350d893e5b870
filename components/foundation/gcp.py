"""The ground of a stack on Google Cloud: private VPC, Cloud KMS key, buckets, images, service accounts, audit log."""

from __future__ import annotations

from collections.abc import Iterator

import pulumi
import pulumi_gcp as gcp

from components.clouds.gcp.duties import (
    REPORTS,
    STARTS,
    WINDOWS,
    batch_grants,
    chain_grants,
    list_grant,
    notebook_user_role,
    pool_grants,
    run_release_role,
    search_grants,
)
from components.clouds.gcp.ground import Account, GcpGround, Key, place
from components.clouds.gcp.key import customer_key, identities
from components.clouds.gcp.network import Net, attachment, private_network
from components.clouds.gcp.notice import further_channel, notices
from components.clouds.gcp.roles import ADDRESS, CODE, SCRATCH, accounts, bucket_grant, custom_role
from components.clouds.gcp.stores import bucket, expiry, gone_in_a_day, images, secrets
from components.clouds.gcp.watch import alerts, audit
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
        existing = spec.key.existing if spec.key else None
        key = customer_key(self, existing, apis, made, disks=spec.notebooks, runs=self._runs)
        people = accounts(self, apis)
        batch_grants(self, people, scores=spec.scores)
        search_grants(self, people, tunes=spec.tunes)
        chain_grants(self, people, chains=spec.pipelines)
        pool_grants(self, people, shares="models" in spec.serving)
        net = self._network(apis)
        artifacts = self._store("artifacts", key, apis, ["tmp/", "checkpoints/"], WINDOWS if spec.monitors else None)
        data = self._store("data", key, apis, ["tmp/"])
        self._store_grants(artifacts, data, people)
        pulls = (
            "train",
            "serve",
            *(["pipeline"] if self._runs else []),
        )  # who deploys to Cloud Run must read the image
        readers = {duty: people[duty].member for duty in pulls}
        repository = images(self, key, apis, readers)
        logs = audit(self, key, spec.log_retention, apis)
        topic, channel, channels = alerts(self, spec.alert_emails, key, apis, made)
        channels = {**channels, **further_channel(self, spec.alert_channels)}
        kept = secrets(self, spec.secrets, key, apis)
        notices(self, spec.alert_channels, topic, kept, key, people["submit"], apis, channels)
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
            secret_ids=kept,
            network=net.network,
            attachment=attachment(self, net.jobs, apis, made),
            key=key,
            accounts=people,
            artifacts=artifacts,
            data=data,
            repository=repository.repository_id,
            address_role=custom_role(self, "address", "Enters the address of an endpoint in its zone", ADDRESS).name,
            notebook_role=notebook_user_role(self) if spec.notebooks else None,
            run_role=run_release_role(self) if self._runs else None,
            alert_topic=topic,
            alert_channel=channel,
            alert_channels=channels,
            stops=spec.stops,
        )

    @property
    def _runs(self) -> bool:
        """Whether endpoints are services of Cloud Run."""
        return "serverless" in self.spec.serving

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
            for api in (*APIS, *self._further_apis())
        }

    def _further_apis(self) -> Iterator[str]:
        """What only some stacks use."""
        clocks = self.spec.scores or self.spec.features or self.spec.monitors or self.spec.pipelines
        if clocks or "schedule" in self.spec.serving or self.spec.stops:
            yield "cloudscheduler"
        events = self.spec.arrivals or self.spec.pipelines or self.spec.stops
        if events or self.spec.alert_channels.secrets:
            yield "eventarc"
        if self.spec.notebooks:
            yield "notebooks"
        if self._runs:
            yield "run"

    def _network(self, apis: dict[str, pulumi.Resource]) -> Net:
        """
        Raises:
            ValueError: The existing network is of another cloud, or its subnetwork in another region.
        """
        existing = self.spec.network.existing
        if existing is None:
            return private_network(self, self.spec.network.cidr, apis, notebooks=self.spec.notebooks, runs=self._runs)
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

    def _store(
        self, what: str, key: Key, apis: dict[str, pulumi.Resource], scratch: list[str], passing: str | None = None
    ) -> pulumi.Output[str]:
        existing = getattr(self.spec.storage.existing, what, None)
        if existing:
            return pulumi.Output.from_input(existing)
        rules = [*expiry(self.spec.storage, scratch), *(gone_in_a_day(passing) if passing else [])]
        return bucket(self, what, key, apis, rules).name

    def _store_grants(
        self, artifacts: pulumi.Output[str], data: pulumi.Output[str], people: dict[str, Account]
    ) -> None:
        read, write = "roles/storage.objectViewer", "roles/storage.objectUser"
        for duty in ("train", "serve", "submit"):
            bucket_grant(self, f"artifacts-{duty}", artifacts, read, people[duty].member)
        steps = self.spec.monitors or self.spec.pipelines
        scratch = [*SCRATCH, REPORTS] if steps else SCRATCH
        bucket_grant(self, "artifacts-train-scratch", artifacts, write, people["train"].member, scratch)
        bucket_grant(self, "artifacts-submit-code", artifacts, write, people["submit"].member, [CODE])
        bucket_grant(self, "data-train", data, read, people["train"].member)
        if self.spec.arrivals:
            bucket_grant(self, "artifacts-pipeline-starts", artifacts, write, people["pipeline"].member, [STARTS])
        if steps:
            bucket_grant(self, "artifacts-pipeline-reports", artifacts, read, people["pipeline"].member, [REPORTS])
        if self.spec.monitors:
            bucket_grant(self, "artifacts-pipeline-windows", artifacts, write, people["pipeline"].member, [WINDOWS])
        # with a hard stop, what events start looks whether the stack is stopped
        if self.spec.monitors or (self.spec.stops and (self.spec.arrivals or self.spec.pipelines)):
            list_grant(self, "artifacts-pipeline-list", artifacts, people["pipeline"].member)
