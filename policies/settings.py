"""What a platform team sets for all rules: the environment, levels, limits and allow-lists."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from components.catalog.families import OUTDATED
from components.naming import PRODUCTION

__all__ = ["STAGING", "Settings"]

_ENVIRONMENTS = ("dev", "development", "test", "qa", "stage", "staging", "sandbox", *PRODUCTION)
STAGING = ("staging", "stage", "preprod", "pre-production", "uat")
# an A100 is the smallest card that Azure ML trains on with 24 GiB or more: development may have one or two
LARGE = ("H100", "H100-NVL", "H200", "B200", "B300", "GB200", "MI300X", "Trainium", "Trainium2")
Ruled = Annotated[str, StringConstraints(pattern=r"^GP-[A-Z]{2,6}-[0-9]{3}$")]


class Settings(BaseModel):
    """
    Settings of the packs, the same in `pulumi preview`, in pull requests and offline.

    Every key is optional; a rule that needs one that is not set says so in its reference.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, use_attribute_docstrings=True)

    environment: str = "dev"
    """Of the stack; by default what the stack's configuration, tags or name say."""
    production_environments: list[str] = Field(default=list(PRODUCTION), alias="productionEnvironments")
    """Environments that rules on production are for."""
    staging_environments: list[str] = Field(default=list(STAGING), alias="stagingEnvironments")
    """Environments that rehearse production at its size: rules on small development are not for them."""
    levels: dict[Ruled, Literal["mandatory", "advisory", "disabled"]] = Field(default={})
    """Rule to its level, in place of its own."""
    allowed_regions: list[str] = Field(default=[], alias="allowedRegions")
    """Regions that resources may be in, `eu-*` for any that begins so; empty allows all."""
    allowed_registries: list[str] = Field(default=[], alias="allowedRegistries")
    """Image registries besides the stack's own and the clouds'; empty allows all of the account's own."""
    allowed_models: list[str] = Field(default=[], alias="allowedModels")
    """Foundation models, `anthropic.*` for any that begins so; empty allows all."""
    required_labels: list[str] = Field(
        default=["blueprint", "environment", "owner", "managed-by"], alias="requiredLabels"
    )
    """Tags or labels that every resource with a price carries."""
    cost_label: str = Field(default="owner", alias="costLabel")
    """Tag or label that a bill is split by."""
    max_usd_per_hour: float | None = Field(default=None, gt=0, alias="maxUsdPerHour")
    """Highest price of one resource, US$ an hour."""
    max_stack_usd_per_hour: float | None = Field(default=None, gt=0, alias="maxStackUsdPerHour")
    """Highest price of a stack at its least size, US$ an hour."""
    max_machines: int = Field(default=64, ge=1, alias="maxMachines")
    """Most machines of one fleet, job or endpoint."""
    max_region_ratio: float = Field(default=1.25, ge=1, alias="maxRegionRatio")
    """Highest price of a machine, as a multiple of the cheapest region's under the same law."""
    large_accelerators: list[str] = Field(default=list(LARGE), alias="largeAccelerators")
    """Accelerators that development does without."""
    max_development_gpus: int = Field(default=2, ge=1, alias="maxDevelopmentGpus")
    """Most accelerators of one machine in development."""
    max_gpus: int = Field(default=64, ge=1, alias="maxGpus")
    """Most GPUs that a Kubernetes namespace may be allowed."""
    outdated_machines: list[str] = Field(default=list(OUTDATED), alias="outdatedMachines")
    """Machines that newer ones do better for the same price: patterns, without SageMaker's `ml.`."""
    require_anomaly_monitor: bool = Field(default=False, alias="requireAnomalyMonitor")
    """Whether each stack on AWS holds a cost anomaly monitor; without it, the account's own will do."""
    max_run_hours: float = Field(default=120, gt=0, alias="maxRunHours")
    """Longest run of a job."""
    max_idle_minutes: int = Field(default=120, ge=1, alias="maxIdleMinutes")
    """Longest idle time of an interactive machine."""
    max_volume_gib: int = Field(default=1024, ge=1, alias="maxVolumeGiB")
    """Largest volume of one machine."""
    log_days: int = Field(default=180, ge=1, alias="logDays")
    """Shortest time that logs are kept."""
    least_kubernetes: str = Field(default="1.34", pattern=r"^\d+\.\d+$", alias="leastKubernetes")
    """Oldest Kubernetes version of a cluster. Source: EKS' standard support on 2026-11-21."""
    classification_label: str = Field(default="classification", alias="classificationLabel")
    """Tag or label that says how sensitive a data store is."""
    restartable_label: str = Field(default="restartable", alias="restartableLabel")
    """Tag that is `true` for training whose code may start over, and so needs no checkpoint."""
    risk_label: str = Field(default="risk", alias="riskLabel")
    """Tag or label that is `high` for a high-risk system, as the EU AI Act has it."""
    expiry_label: str = Field(default="expires", alias="expiryLabel")
    """Tag or label with the day (`2027-01-31`) a stack outside production is to be gone; with `require_expiry`."""
    require_expiry: bool = Field(default=False, alias="requireExpiry")
    """Whether each priced resource outside production carries `expiry_label`."""
    approval_label: str = Field(default="approved-by", alias="approvalLabel")
    """Tag or label that names who approved a commitment."""
    system_namespaces: list[str] = Field(
        default=[
            "kube-system",
            "kube-node-lease",
            "gke-managed-*",
            "calico-system",
            "gpu-operator",
            "network-operator",
        ],
        alias="systemNamespaces",
    )
    """Namespaces whose pods run the nodes themselves, and so need their privileges; `gke-*` for any that begins so."""
    host_network_label: str = Field(default="host-network", alias="hostNetworkLabel")
    """Label of a workload, of value `allowed`, whose pods may be on the node's network, as RDMA needs."""
    today: str = ""
    """Day that expiries are held against, `2027-01-31`; by default the clock's."""

    @property
    def production(self) -> bool:
        """Whether the environment is one of production."""
        return self.environment.lower() in self.production_environments

    @property
    def development(self) -> bool:
        """Whether the environment is neither production nor a rehearsal of it."""
        return not self.production and self.environment.lower() not in self.staging_environments


def environment_in(stack: str) -> str:
    """The environment that the name of a stack has in it: `prod` of `fraud-prod-aws`; else the whole name."""
    words = re.split(r"[-_./]", stack.lower())
    return next((word for word in reversed(words) if word in _ENVIRONMENTS), stack)
