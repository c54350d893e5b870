"""Model registry on SageMaker: a package group a model, a store for their files, and who may approve."""

from __future__ import annotations

import pulumi
from pulumi_aws import ecr, iam, kms, sagemaker

from components.clouds.aws.grants import grant
from components.clouds.aws.ground import AwsGround, AwsPlace, Bucket, here, package_group, root, tags
from components.clouds.aws.policies import Statement, allow, document
from components.clouds.aws.reach import PULL, READ, WRITE, bucket_access
from components.clouds.aws.store import Store, keep_versions
from components.outputs import as_json
from components.registry import ModelCard, Registry, RegistryResult
from components.registry.card import content

__all__ = ["SageMakerRegistry"]

OVERWRITTEN_FILE_DAYS = 90
SEE = ["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"]
# Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-deploy-xaccount.html
SHARED = [*SEE, "sagemaker:CreateModel"]


class SageMakerRegistry(Registry):
    """The versions of every model of the stack."""

    def build(self) -> RegistryResult:
        place, ground = here(self), self.need(AwsGround)
        readers = self._readers(place)
        store = self._store(ground, readers)
        models = {model: self._group(place, model, readers, ground.key_arn) for model in self.spec.models}
        self._rights(place, ground, store)
        for environment, principal in readers.items():
            self._lend_key(ground, environment, principal)
        if readers:
            self._lend_images(ground, list(readers.values()))
        return RegistryResult(
            models=models,
            approval=self.spec.approval,
            artifacts_uri=store.uri(),
            register_id=pulumi.Output.from_input(place.arn("sagemaker", "model-package-group")),
        )

    def _readers(self, place: AwsPlace) -> dict[str, str]:
        """Other accounts that may take versions, by environment; an environment of this account may by its roles."""
        accounts = {e: place.peers[e] for e in self.spec.share_with if e in place.peers}
        return {e: root(place, account) for e, account in sorted(accounts.items()) if account != place.account}

    def _store(self, ground: AwsGround, readers: dict[str, str]) -> Bucket:
        """A bucket of its own: what is shared with other accounts lies apart from what is not."""
        name = self.context.name("models", limit=63, unique=True)
        arn = f"arn:{here(self).partition}:s3:::{name}"
        who = {"AWS": list(readers.values())}
        shared: list[Statement] = [
            allow("ReadModels", READ, f"{arn}/*", principal=who),
            allow("ListModels", ["s3:GetBucketLocation", "s3:ListBucket"], arn, principal=who),
        ]
        rules = [keep_versions(OVERWRITTEN_FILE_DAYS)]
        return Store(
            self, "models", name, ground.key_arn, rules, shared if readers else [], access_logs=ground.access_logs
        ).build()

    def _card(self, model: str, group: str, card: ModelCard, key_arn: pulumi.Output[str]) -> None:
        sagemaker.ModelCard(
            f"{model}-card",
            model_card_name=group,
            model_card_status="Approved" if card.reviewed_by else "Draft",
            content=as_json(content(model, group, self.context.tags["owner"], card)),
            security_config=sagemaker.ModelCardSecurityConfigArgs(kms_key_id=key_arn),
            tags=tags(self.context),
            opts=self.child(),
        )

    def _group(
        self, place: AwsPlace, model: str, readers: dict[str, str], key_arn: pulumi.Output[str]
    ) -> pulumi.Output[str]:
        name = package_group(self.context, model)
        group = sagemaker.ModelPackageGroup(
            model,
            model_package_group_name=name,
            model_package_group_description=f"Versions of {model}",
            tags=tags(self.context),
            opts=self.keeps_data(),
        )
        if model in self.spec.cards:
            self._card(model, name, self.spec.cards[model], key_arn)
        if readers:
            who = {"AWS": list(readers.values())}
            packages = place.arn("sagemaker", f"model-package/{name}/*")
            sagemaker.ModelPackageGroupPolicy(
                f"{model}-shared",
                model_package_group_name=group.model_package_group_name,
                resource_policy=document(
                    allow("Group", ["sagemaker:DescribeModelPackageGroup"], group.arn, principal=who),
                    allow("Versions", SHARED, packages, principal=who),
                ),
                opts=self.child(),
            )
        return group.model_package_group_name

    def _rights(self, place: AwsPlace, ground: AwsGround, store: Bucket) -> None:
        """Serving reads, submitting registers; with manual approval only the approver's role can approve."""
        start = self.context.start(63)
        versions = [place.arn("sagemaker", f"{kind}/{start}*") for kind in ("model-package", "model-package-group")]
        see = [allow("SeeVersions", [*SEE, "sagemaker:DescribeModelPackageGroup"], versions)]
        pending = {"StringEquals": {"sagemaker:ModelApprovalStatus": "PendingManualApproval"}}
        register = allow(
            "Register",
            ["sagemaker:CreateModelPackage"],
            versions,
            when=pending if self.spec.approval == "manual" else None,
        )
        tag = allow("TagVersions", ["sagemaker:AddTags"], versions)
        grant(self, ground.roles["serve"], "read", bucket_access("Models", store, READ))
        grant(
            self,
            ground.roles["submit"],
            "register",
            [register, tag, *see, *bucket_access("Models", store, WRITE)],
        )
        if ground.chains:
            grant(self, ground.roles["pipeline"], "chain", [register, tag])
        role = iam.Role(
            "approver",
            name=self.context.name("approve", limit=64, unique=True),
            description=f"Approves and rejects versions of {self.context.blueprint} {self.context.environment}",
            assume_role_policy=document(
                # IAM policies of the account say who may take it; none of the stack's own roles may
                allow("Account", ["sts:AssumeRole"], None, principal={"AWS": root(place)})
            ),
            max_session_duration=3600,
            tags=tags(self.context),
            opts=self.child(),
        )
        iam.RolePolicy(
            "approver-policy",
            name="approve",
            role=role.name,
            policy=document(
                allow("Approve", ["sagemaker:UpdateModelPackage"], versions[:1]),
                *see,
                *bucket_access("Models", store, READ),
                allow("Key", ["kms:Decrypt", "kms:DescribeKey"], ground.key_arn),
            ),
            opts=self.child(),
        )

    def _lend_key(self, ground: AwsGround, environment: str, principal: str) -> None:
        kms.Grant(
            f"{environment}-key",
            name=self.context.name("models", environment, limit=256),
            key_id=ground.key_arn,
            grantee_principal=principal,
            operations=["Decrypt", "DescribeKey"],
            opts=self.child(),
        )

    def _lend_images(self, ground: AwsGround, principals: list[str]) -> None:
        """A shared version is served by its image, which lies in the stack's own repositories."""
        for image, repository in sorted(ground.repositories.items()):
            ecr.RepositoryPolicy(
                f"image-{image}-shared",
                repository=repository,
                policy=document(allow("Pull", PULL, None, principal={"AWS": principals})),
                opts=self.child(),
            )
