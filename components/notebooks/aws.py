"""Notebooks on SageMaker Studio: a profile and a private JupyterLab space a user, in the stack's one domain."""

from __future__ import annotations

import math

import pulumi
from pulumi_aws import iam, sagemaker

from components.clouds.aws.ground import AwsGround, AwsPlace, Studio, after, here, tags
from components.clouds.aws.machine_use import pick_studio
from components.clouds.aws.notebook_rights import notebook_rights
from components.clouds.aws.policies import document
from components.clouds.aws.studio import IDLE_SHORTEST, studio_trust
from components.notebooks import NotebookResult, Notebooks, user_key
from components.notebooks.parity import AWS_DISK, AWS_IDLE

__all__ = ["StudioNotebooks"]

SMALLEST_DISK, LARGEST_DISK = 5, 16_384  # GiB, of a space


class StudioNotebooks(Notebooks):
    """One kind of notebook on SageMaker Studio."""

    def build(self) -> NotebookResult:
        self.refuse_idle("60m", "365d", "SageMaker Studio", AWS_IDLE)
        spec, place, ground = self.spec, here(self), self.need(AwsGround)
        if ground.studio is None:
            raise ValueError(f"{self.label} needs a Studio domain. Give FoundationSpec notebooks=True.")
        machine = pick_studio(self, spec.machine)
        role = self._role(place, ground)
        users = {user: self._user(user, machine.name, role, ground.studio, ground) for user in spec.users}
        url = ground.studio.url.apply(lambda address: f"{address.rstrip('/')}/jupyterlab/default")
        return NotebookResult(
            notebook_ids={user: space.arn for user, space in users.items()},
            urls=dict.fromkeys(users, url),  # whoever logs in there comes to their own
            machine=machine.name,
        )

    def _disk(self) -> int:
        size = math.ceil(self.spec.disk.gib)
        if not SMALLEST_DISK <= size <= LARGEST_DISK:
            nearest = min(max(size, SMALLEST_DISK), LARGEST_DISK)
            raise ValueError(
                f"disk is {self.spec.disk}; a space of SageMaker Studio has {SMALLEST_DISK}GiB to {LARGEST_DISK}GiB"
                f" ({AWS_DISK}). Write disk: {nearest}GiB."
            )
        return size

    def _user(
        self, user: str, machine: str, role: pulumi.Output[str], studio: Studio, ground: AwsGround
    ) -> sagemaker.Space:
        context, key = self.context, user_key(user, 30)
        mine = tags(context)
        profile = sagemaker.UserProfile(
            f"{self.name}-{user}",
            domain_id=studio.id,
            user_profile_name=context.name(self.name, key, limit=63),
            single_sign_on_user_identifier="UserName",
            single_sign_on_user_value=user,
            user_settings=self._settings(role, ground),
            tags=mine,
            opts=self.child(),
        )
        app = sagemaker.SpaceSpaceSettingsJupyterLabAppSettingsArgs(
            default_resource_spec=sagemaker.SpaceSpaceSettingsJupyterLabAppSettingsDefaultResourceSpecArgs(
                instance_type=machine
            ),
            app_lifecycle_management=sagemaker.SpaceSpaceSettingsJupyterLabAppSettingsAppLifecycleManagementArgs(
                idle_settings=sagemaker.SpaceSpaceSettingsJupyterLabAppSettingsAppLifecycleManagementIdleSettingsArgs(
                    idle_timeout_in_minutes=self.spec.idle_stop.minutes
                )
            ),
        )
        disk = sagemaker.SpaceSpaceSettingsSpaceStorageSettingsEbsStorageSettingsArgs(
            ebs_volume_size_in_gb=self._disk()
        )
        return sagemaker.Space(
            f"{self.name}-{user}-space",
            domain_id=studio.id,
            space_name=context.name(self.name, key, limit=63),
            ownership_settings=sagemaker.SpaceOwnershipSettingsArgs(owner_user_profile_name=profile.user_profile_name),
            space_sharing_settings=sagemaker.SpaceSpaceSharingSettingsArgs(sharing_type="Private"),
            space_settings=sagemaker.SpaceSpaceSettingsArgs(
                app_type="JupyterLab",
                jupyter_lab_app_settings=app,
                space_storage_settings=sagemaker.SpaceSpaceSettingsSpaceStorageSettingsArgs(ebs_storage_settings=disk),
            ),
            tags=mine,
            opts=self.keeps_data(),
        )

    def _settings(self, role: pulumi.Output[str], ground: AwsGround) -> sagemaker.UserProfileUserSettingsArgs:
        """The longest that a user may let a machine wait is what the blueprint says."""
        minutes = self.spec.idle_stop.minutes
        idle = sagemaker.UserProfileUserSettingsJupyterLabAppSettingsAppLifecycleManagementIdleSettingsArgs(
            lifecycle_management="ENABLED",
            idle_timeout_in_minutes=minutes,
            min_idle_timeout_in_minutes=IDLE_SHORTEST,
            max_idle_timeout_in_minutes=minutes,
        )
        size = self._disk()
        disk = sagemaker.UserProfileUserSettingsSpaceStorageSettingsDefaultEbsStorageSettingsArgs(
            default_ebs_volume_size_in_gb=size, maximum_ebs_volume_size_in_gb=size
        )
        return sagemaker.UserProfileUserSettingsArgs(
            execution_role=role,
            security_groups=ground.security_group_ids,
            default_landing_uri="studio::",
            studio_web_portal="ENABLED",
            auto_mount_home_efs="Disabled",
            jupyter_lab_app_settings=sagemaker.UserProfileUserSettingsJupyterLabAppSettingsArgs(
                app_lifecycle_management=sagemaker.UserProfileUserSettingsJupyterLabAppSettingsAppLifecycleManagementArgs(
                    idle_settings=idle
                )
            ),
            sharing_settings=sagemaker.UserProfileUserSettingsSharingSettingsArgs(notebook_output_option="Disabled"),
            space_storage_settings=sagemaker.UserProfileUserSettingsSpaceStorageSettingsArgs(
                default_ebs_storage_settings=disk
            ),
        )

    def _role(self, place: AwsPlace, ground: AwsGround) -> pulumi.Output[str]:
        """What notebooks of this kind may; AWS's own log says which user it was, by the source identity."""
        context = self.context
        role = iam.Role(
            f"{self.name}-notebook-role",
            name=context.name(self.name, "notebook", limit=64, unique=True),
            description=f"Runs {self.label} of {context.blueprint} {context.environment}",
            assume_role_policy=studio_trust(place),
            max_session_duration=43200,  # as long as a working day in a notebook
            tags=tags(context),
            opts=self.child(),
        )
        policy = iam.RolePolicy(
            f"{self.name}-notebook-policy",
            name="notebook",
            role=role.name,
            policy=document(*notebook_rights(self, ground)),
            opts=self.child(),
        )
        return after(role.arn, policy)
