"""What a platform team sets for all rules: the environment, levels, limits and allow-lists."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

__all__ = ["PRODUCTION", "Settings"]

PRODUCTION = ("prod", "production", "prd", "live")
Ruled = Annotated[str, StringConstraints(pattern=r"^GP-[A-Z]{2,6}-[0-9]{3}$")]


class Settings(BaseModel):
    """
    Settings of the packs, the same in `pulumi preview`, in pull requests and offline.

    Every key is optional; a rule that needs one that is not set says so in its reference.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    environment: str = "dev"
    """Of the stack; by default what the stack's configuration, tags or name say."""
    production_environments: list[str] = Field(default=list(PRODUCTION), alias="productionEnvironments")
    """Environments that rules on production are for."""
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
    max_run_hours: float = Field(default=120, gt=0, alias="maxRunHours")
    """Longest run of a job."""
    max_idle_minutes: int = Field(default=120, ge=1, alias="maxIdleMinutes")
    """Longest idle time of an interactive machine."""
    max_volume_gib: int = Field(default=1024, ge=1, alias="maxVolumeGiB")
    """Largest volume of one machine."""
    log_days: int = Field(default=180, ge=1, alias="logDays")
    """Shortest time that logs are kept."""
    classification_label: str = Field(default="classification", alias="classificationLabel")
    """Tag or label that says how sensitive a data store is."""
    expiry_label: str = Field(default="expires", alias="expiryLabel")
    """Tag or label with the day (`2027-01-31`) a stack outside production is to be gone; with `require_expiry`."""
    require_expiry: bool = Field(default=False, alias="requireExpiry")
    """Whether each priced resource outside production carries `expiry_label`."""
    approval_label: str = Field(default="approved-by", alias="approvalLabel")
    """Tag or label that names who approved a commitment."""
    today: str = ""
    """Day that expiries are held against, `2027-01-31`; by default the clock's."""

    @property
    def production(self) -> bool:
        """Whether the environment is one of production."""
        return self.environment.lower() in self.production_environments
