"""The one variant of a serverless endpoint: memory and concurrency in place of machines, and what it can't have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pulumi
from pulumi_aws import sagemaker

from components.clouds.aws.variant import VARIANT
from components.endpoint import EndpointSpec
from components.endpoint.forms import SERVERLESS_CONCURRENCY, SERVERLESS_MEMORY

__all__ = ["Serverless", "serverless"]

# whole GiB. Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariantServerlessConfig.html
LEAST_GIB, MOST_GIB = 1, 6
EXCLUDED = "docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html"


@dataclass(frozen=True)
class Serverless:
    """
    What a configuration of the endpoint says besides its model.

    Attributes:
        memory_mb: Of a replica; its share of CPU grows with it.
        concurrency: Most requests that are answered at the same time.
    """

    memory_mb: int
    concurrency: int
    volume_key: ClassVar[None] = None
    capture_uri: ClassVar[None] = None

    def capture_args(self) -> None:
        """SageMaker records nothing of it."""

    def args(self, model: pulumi.Input[str]) -> sagemaker.EndpointConfigurationProductionVariantArgs:
        """For the configuration that Pulumi makes."""
        return sagemaker.EndpointConfigurationProductionVariantArgs(
            variant_name=VARIANT,
            model_name=model,
            initial_variant_weight=1,
            serverless_config=sagemaker.EndpointConfigurationProductionVariantServerlessConfigArgs(
                memory_size_in_mb=self.memory_mb, max_concurrency=self.concurrency
            ),
        )

    def request(self, model: str) -> dict[str, Any]:
        """The same as `CreateEndpointConfig` takes it, for a release; `model` may be an expression."""
        config = {"MemorySizeInMB": self.memory_mb, "MaxConcurrency": self.concurrency}
        variant = {"VariantName": VARIANT, "ModelName": model, "InitialVariantWeight": 1, "ServerlessConfig": config}
        return {"ProductionVariants": [variant]}


def serverless(spec: EndpointSpec) -> Serverless:
    """
    The variant that a spec asks for.

    Raises:
        ValueError: SageMaker has no such memory, or can't do what else is asked.
    """
    memory, concurrency = spec.memory or SERVERLESS_MEMORY, spec.concurrency or SERVERLESS_CONCURRENCY
    gib = memory.gib
    if gib not in range(LEAST_GIB, MOST_GIB + 1):
        nearest = min(range(LEAST_GIB, MOST_GIB + 1), key=lambda size: (abs(size - gib), -size))
        raise ValueError(
            f"memory is {memory}; SageMaker's serverless endpoints have {LEAST_GIB} to {MOST_GIB} GiB, in whole GiB"
            f" ({EXCLUDED}). Write memory: {nearest}GiB."
        )
    if spec.capture:
        raise ValueError(
            f"capture: SageMaker records no requests of a serverless endpoint ({EXCLUDED}). Leave capture out, or"
            " write form: realtime."
        )
    if spec.rollout:
        raise ValueError(
            "rollout: SageMaker's deployment guardrails, and the weights of two variants, are of endpoints with"
            f" machines ({EXCLUDED}). Leave rollout out, or write form: realtime."
        )
    return Serverless(int(gib) * 1024, concurrency)
