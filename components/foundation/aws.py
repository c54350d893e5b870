"""Foundation on AWS: VPC with endpoints, KMS key, S3, ECR, CloudTrail, one IAM role per duty, an alert topic."""

from __future__ import annotations

import json

import pulumi
from pulumi_aws import ecr, s3, secretsmanager, sns

from components.clouds.aws import network
from components.clouds.aws.audit import access_log_bucket, audit, flow_log, log_days
from components.clouds.aws.ground import AwsGround, AwsPlace, Bucket, Steps, here, tags
from components.clouds.aws.key import key
from components.clouds.aws.network import Network
from components.clouds.aws.notice import channels
from components.clouds.aws.policies import allow, document, from_stack, tls_only
from components.clouds.aws.rights import Means
from components.clouds.aws.roles import roles
from components.clouds.aws.services import FEATURE_SERVICES, NOTEBOOK_SERVICES, QUEUE_SERVICES, TRACKING_SERVICES
from components.clouds.aws.store import Store, existing, expire, keep_versions
from components.clouds.aws.studio import studio
from components.foundation import AwsNetwork, Foundation
from components.naming import digest
from components.steps import archive
from components.training.contract import ARCHIVE

__all__ = ["AwsFoundation"]


class AwsFoundation(Foundation):
    """The ground in one account and region."""

    def build(self) -> AwsGround:
        spec, place = self.spec, here(self)
        days = spec.log_retention.days
        key_arn = pulumi.Output.from_input(spec.key.existing) if spec.key else key(self, place)
        net = self._network(place)
        access_logs = access_log_bucket(self, place, days)
        artifacts = self._store("artifacts", place, key_arn, access_logs, scratch=["tmp/", "checkpoints/"])
        data = self._store("data", place, key_arn, access_logs, scratch=["tmp/"])
        arrivals = spec.arrivals and not (spec.storage.existing and spec.storage.existing.data)
        if arrivals:
            s3.BucketNotification("data-arrivals", bucket=data.name, eventbridge=True, opts=self.child())
        logs = audit(self, place, key_arn, days, access_logs, [artifacts, data])
        if net.ours:
            flow_log(self, net, logs.bucket)
        repositories = {image: self._repository(image, key_arn) for image in spec.images}
        secrets = {name: self._secret(name, key_arn) for name in spec.secrets}
        means = Means(
            key_arn=key_arn,
            artifacts=artifacts,
            data=data,
            repositories=place.arn("ecr", f"repository/{self._prefix()}/*"),
            secrets=place.arn("secretsmanager", f"secret:{self._secrets()}/*") if spec.job_secrets else None,
            log_group_arn=logs.group_arn,
            network=net,
        )
        duties = roles(self, place, means)
        steps = duties.get("steps")
        topic = self._topic(place, key_arn)
        channels(
            self,
            place,
            spec.alert_channels,
            topic,
            key_arn=key_arn,
            artifacts=artifacts,
            log_group_arn=logs.group_arn,
            secrets=secrets,
        )
        return AwsGround(
            network_id=net.vpc_id,
            subnet_ids=net.subnet_ids,
            key_id=key_arn,
            artifacts_uri=artifacts.uri(),
            data_uri=data.uri(),
            image_repository=pulumi.Output.from_input(self._registry(place)),
            train_role=duties["train"].arn,
            serve_role=duties["serve"].arn,
            pipeline_role=duties["pipeline"].arn,
            submit_role=duties["submit"].arn,
            audit_log_id=logs.bucket.arn,
            secret_ids={name: secret.arn for name, secret in secrets.items()},
            security_group_ids=net.security_group_ids,
            key_arn=key_arn,
            roles=duties,
            artifacts=artifacts,
            data=data,
            access_logs=access_logs,
            log_group_arn=logs.group_arn,
            log_days=log_days(days),
            topic_arn=topic.arn,
            repositories={image: r.name for image, r in repositories.items()},
            arrivals=arrivals,
            studio=studio(self, means, key_arn) if spec.notebooks else None,
            steps=Steps(steps, self._steps_code(artifacts, key_arn)) if steps else None,
            chains=spec.pipelines,
            stops=spec.stops,
        )

    def _network(self, place: AwsPlace) -> Network:
        given = self.spec.network.existing
        if given is None:
            further = {
                **(FEATURE_SERVICES if self.spec.features else {}),
                **(TRACKING_SERVICES if self.spec.tracking else {}),
                **(NOTEBOOK_SERVICES if self.spec.notebooks else {}),
                **(QUEUE_SERVICES if "async" in self.spec.serving else {}),
            }
            return network.network(
                self, place, self.spec.network.cidr, secrets=bool(self.spec.job_secrets), further=further
            )
        if not isinstance(given, AwsNetwork):
            raise ValueError("network.existing is of another cloud. Write vpc, subnets and security_groups for aws.")
        return network.existing(given)

    def _store(
        self, what: str, place: AwsPlace, key_arn: pulumi.Output[str], access_logs: Bucket, scratch: list[str]
    ) -> Bucket:
        storage = self.spec.storage
        given = getattr(storage.existing, what, None)
        if given:
            return existing(given, place)
        rules = [keep_versions(storage.keep_versions.days)]
        rules += [expire(f"scratch-{path.strip('/')}", path, storage.scratch.days) for path in scratch]
        name = self.context.name(what, limit=63, unique=True)
        return Store(self, what, name, key_arn, rules, access_logs=access_logs).build()

    def _steps_code(self, artifacts: Bucket, key_arn: pulumi.Output[str]) -> pulumi.Output[str]:
        """URI of the code of monitors' and pipelines' steps; other code has another name, so that no job loses its."""
        code = s3.BucketObjectv2(
            "steps-code",
            bucket=artifacts.name,
            key=f"code/steps/{digest(archive(), length=12)}/{ARCHIVE}",
            content_base64=archive(),
            content_type="application/gzip",
            server_side_encryption="aws:kms",
            kms_key_id=key_arn,
            tags=tags(self.context, most=10),
            opts=self.child(),
        )
        return pulumi.Output.concat("s3://", code.bucket, "/", code.key)

    def _prefix(self) -> str:
        return self.context.name(limit=128)

    def _registry(self, place: AwsPlace) -> str:
        return f"{place.account}.dkr.ecr.{place.region}.{place.domain}/{self._prefix()}"

    def _repository(self, image: str, key_arn: pulumi.Output[str]) -> ecr.Repository:
        made = ecr.Repository(
            f"image-{image}",
            name=f"{self._prefix()}/{image}",
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            encryption_configurations=[
                ecr.RepositoryEncryptionConfigurationArgs(encryption_type="KMS", kms_key=key_arn)
            ],
            force_delete=not self.context.protect,
            tags=tags(self.context),
            opts=self.keeps_data(),
        )
        untagged = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days"}
        rule = {
            "rulePriority": 1,
            "description": "Layers that no tag names any more",
            "selection": untagged | {"countNumber": self.spec.storage.scratch.days},
            "action": {"type": "expire"},
        }
        ecr.LifecyclePolicy(
            f"image-{image}-lifecycle",
            repository=made.name,
            policy=json.dumps({"rules": [rule]}),
            opts=self.child(),
        )
        return made

    def _secrets(self) -> str:
        # the salt in it frees the names while deleted secrets still wait out their recovery window
        return self.context.name(limit=256, unique=True)

    def _secret(self, name: str, key_arn: pulumi.Output[str]) -> secretsmanager.Secret:
        # jobs may read what lies under the stack's own name, so what alerts are sent with lies elsewhere
        under = f"{self._secrets()}-alerts" if name in self.spec.alert_channels.secrets else self._secrets()
        return secretsmanager.Secret(
            f"secret-{name}",
            name=f"{under}/{name}",
            description=f"Filled by {self.context.owner}",
            kms_key_id=key_arn,
            recovery_window_in_days=30 if self.context.protect else 0,
            tags=tags(self.context),
            opts=self.keeps_data(),
        )

    def _topic(self, place: AwsPlace, key_arn: pulumi.Output[str]) -> sns.Topic:
        topic = sns.Topic(
            "alerts",
            name=self.context.name("alerts", limit=256),
            kms_master_key_id=key_arn,
            tags=tags(self.context),
            opts=self.child(),
        )
        tellers = ("budgets", "cloudwatch", "events")
        sns.TopicPolicy(
            "alerts-policy",
            arn=topic.arn,
            policy=document(
                *(
                    allow(
                        teller.capitalize(),
                        ["sns:Publish"],
                        topic.arn,
                        when=from_stack(place),
                        principal={"Service": f"{teller}.amazonaws.com"},
                    )
                    for teller in tellers
                ),
                tls_only(topic.arn, prefix="sns"),
            ),
            opts=self.child(),
        )
        for address in self.spec.alert_emails:
            sns.TopicSubscription(
                f"alerts-{address}", topic=topic.arn, protocol="email", endpoint=address, opts=self.child()
            )
        return topic
