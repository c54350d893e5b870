"""Where an asynchronous endpoint of SageMaker writes its answers, for Pulumi and for a release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import sagemaker

__all__ = ["Answers"]


@dataclass(frozen=True)
class Answers:
    """
    `AsyncInferenceConfig` of a configuration.

    Attributes:
        uri, failures_uri: Where answers, and reasons why there is none, are written.
        key_arn: What they are encrypted with.
        at_once: Requests that a machine answers at the same time; SageMaker chooses where it is None.
    """

    uri: pulumi.Output[str]
    failures_uri: pulumi.Output[str]
    key_arn: pulumi.Output[str]
    at_once: int | None = None

    def args(self) -> sagemaker.EndpointConfigurationAsyncInferenceConfigArgs:
        """For the configuration that Pulumi makes."""
        client = None
        if self.at_once:
            client = sagemaker.EndpointConfigurationAsyncInferenceConfigClientConfigArgs(
                max_concurrent_invocations_per_instance=self.at_once
            )
        return sagemaker.EndpointConfigurationAsyncInferenceConfigArgs(
            output_config=sagemaker.EndpointConfigurationAsyncInferenceConfigOutputConfigArgs(
                s3_output_path=self.uri, s3_failure_path=self.failures_uri, kms_key_id=self.key_arn
            ),
            client_config=client,
        )

    def request(self) -> dict[str, Any]:
        """The same as `CreateEndpointConfig` takes it."""
        paths = {"S3OutputPath": self.uri, "S3FailurePath": self.failures_uri, "KmsKeyId": self.key_arn}
        client = {"ClientConfig": {"MaxConcurrentInvocationsPerInstance": self.at_once}} if self.at_once else {}
        return {"OutputConfig": paths, **client}
