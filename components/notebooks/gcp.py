"""Notebooks on Vertex AI Workbench: an instance a user, which lets in its owner alone."""

from __future__ import annotations

import math

import pulumi
from pulumi_gcp import serviceaccount, workbench

from components.catalog import Machine
from components.clouds.gcp.ground import GcpGround, labels, place
from components.clouds.gcp.roles import bucket_grant
from components.machine import pick
from components.notebooks import NotebookResult, Notebooks, user_key
from components.notebooks.parity import GCP_IDLE

__all__ = ["WorkbenchNotebooks"]

ZONE = "b"
"""
Zone of the region that instances are in: every region has it, while some have no `a`.

Source: https://cloud.google.com/compute/docs/regions-zones#available
"""
BOOT_GIB = 150  # the least that the image of a Workbench instance fits in
SMALLEST_DISK, LARGEST_DISK = 10, 65_536
"""
GiB of a data disk.

Source: https://cloud.google.com/compute/docs/disks#disk-types
"""
HYPERDISK_ONLY = ("a3-ultragpu", "a4", "c4", "g4", "n4")  # families without Persistent Disk


class WorkbenchNotebooks(Notebooks):
    """One kind of notebook on Vertex AI Workbench."""

    def build(self) -> NotebookResult:
        self.refuse_idle("10m", "1d", "Vertex AI Workbench", GCP_IDLE)
        ground = self.need(GcpGround)
        machine = pick(self, self.spec.machine, "training")
        account = self._account(ground)
        made = {user: self._instance(user, machine, account, ground) for user in self.spec.users}
        return NotebookResult(
            notebook_ids={user: instance.id for user, instance in made.items()},
            urls={user: pulumi.Output.concat("https://", instance.proxy_uri) for user, instance in made.items()},
            machine=machine.name,
        )

    def _account(self, ground: GcpGround) -> serviceaccount.Account:
        """Who notebooks of this kind act as: reads the stores, and writes drafts."""
        context = self.context
        account = serviceaccount.Account(
            f"{self.name}-account",
            account_id=context.name(self.name, "notebook", limit=30, unique=True),
            display_name=f"{context.blueprint} {context.environment}: {self.name}"[:100],
            description=f"Runs {self.label}",
            project=place(self).project,
            opts=self.child(),
        )
        read, write = "roles/storage.objectViewer", "roles/storage.objectUser"
        bucket_grant(self, f"{self.name}-data", ground.data, read, account.member)
        bucket_grant(self, f"{self.name}-artifacts", ground.artifacts, read, account.member)
        bucket_grant(self, f"{self.name}-drafts", ground.artifacts, write, account.member, ["tmp/"])
        return account

    def _instance(
        self, user: str, machine: Machine, account: serviceaccount.Account, ground: GcpGround
    ) -> workbench.Instance:
        where = place(self)
        zone = f"{where.region}-{ZONE}"
        name = self.context.name(self.name, user_key(user, 30), limit=63)
        instance = workbench.Instance(
            f"{self.name}-{user}",
            name=name,
            instance_id=name,
            project=where.project,
            location=zone,
            instance_owners=[user],
            disable_proxy_access=False,
            enable_deletion_protection=self.context.protect,
            desired_state="ACTIVE",
            gce_setup=self._machine(machine, account, ground),
            labels=labels(self, notebook=self.name),
            # it stops by itself, and an `up` must not start it again
            opts=self.keeps_data(ignore_changes=["desiredState"]),
        )
        person = f"user:{user}"
        # the owner opens a notebook that acts as the account
        serviceaccount.IAMMember(
            f"{self.name}-{user}-acts",
            service_account_id=account.name,
            role="roles/iam.serviceAccountUser",
            member=person,
            opts=self.child(),
        )
        if ground.notebook_role is None:
            raise ValueError(f"{self.label} needs a role for its users. Give FoundationSpec notebooks=True.")
        workbench.InstanceIamMember(
            f"{self.name}-{user}-uses",
            project=where.project,
            location=zone,
            name=instance.name,
            role=ground.notebook_role,
            member=person,
            opts=self.child(),
        )
        return instance

    def _machine(
        self, machine: Machine, account: serviceaccount.Account, ground: GcpGround
    ) -> workbench.InstanceGceSetupArgs:
        hyper = machine.name.startswith(HYPERDISK_ONLY)
        disk, key = "HYPERDISK_BALANCED" if hyper else "PD_BALANCED", ground.key.of["compute"]
        cards = None
        if machine.accelerator_type:
            cards = [
                workbench.InstanceGceSetupAcceleratorConfigArgs(
                    type=machine.accelerator_type, core_count=str(int(machine.accelerator_count))
                )
            ]
        return workbench.InstanceGceSetupArgs(
            machine_type=machine.name,
            accelerator_configs=cards,
            boot_disk=workbench.InstanceGceSetupBootDiskArgs(
                disk_type=disk, disk_size_gb=str(BOOT_GIB), disk_encryption="CMEK", kms_key=key
            ),
            data_disks=workbench.InstanceGceSetupDataDisksArgs(
                disk_type=disk, disk_size_gb=str(self._disk()), disk_encryption="CMEK", kms_key=key
            ),
            disable_public_ip=True,
            network_interfaces=[
                workbench.InstanceGceSetupNetworkInterfaceArgs(
                    network=ground.network, subnet=ground.subnet_ids[0], nic_type="GVNIC"
                )
            ],
            service_accounts=[workbench.InstanceGceSetupServiceAccountArgs(email=account.email)],
            shielded_instance_config=workbench.InstanceGceSetupShieldedInstanceConfigArgs(
                enable_secure_boot=cards is None,  # drivers of GPUs are not all signed
                enable_vtpm=True,
                enable_integrity_monitoring=True,
            ),
            metadata=self._metadata(),
        )

    def _metadata(self) -> dict[str, str]:
        """Source: https://cloud.google.com/vertex-ai/docs/workbench/instances/manage-metadata"""
        told = {
            "block-project-ssh-keys": "true",
            "enable-oslogin": "true",
            "idle-timeout-seconds": str(self.spec.idle_stop.seconds),
            "notebook-disable-nbconvert": "true",
            "notebook-disable-root": "true",
            "serial-port-enable": "false",
            "terminal": "true",
        }
        if self.context.classification == "restricted":
            told["notebook-disable-downloads"] = "true"
        return told

    def _disk(self) -> int:
        size = math.ceil(self.spec.disk.gib)
        if not SMALLEST_DISK <= size <= LARGEST_DISK:
            nearest = min(max(size, SMALLEST_DISK), LARGEST_DISK)
            raise ValueError(
                f"disk is {self.spec.disk}; a disk of Google Cloud has {SMALLEST_DISK}GiB to {LARGEST_DISK}GiB"
                f" (https://cloud.google.com/compute/docs/disks#disk-types). Write disk: {nearest}GiB."
            )
        return size
