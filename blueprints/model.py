"""The blueprint: what a team wants, on whichever cloud, as one typed document."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints, ValidationInfo, model_validator

from blueprints.derived import outside_images, own_images, secret_names, serving, steps_reach, training_reach
from blueprints.problems import shown_path
from blueprints.rules import findings
from blueprints.sections import Alerts, Data, Label, LabelKey, Waiver, section
from components.base import Spec
from components.batch import BatchSpec
from components.budget import BudgetSpec
from components.dashboard import DashboardSpec
from components.endpoint import EndpointSpec
from components.features import FeaturesSpec
from components.fields import Name
from components.foundation import AlertChannels, FoundationSpec, Key, Network, Reach, Storage
from components.governance import GovernanceSpec
from components.llm import LlmSpec
from components.monitoring import MonitorSpec
from components.notebooks import NotebookSpec
from components.pipeline import PipelineSpec
from components.registry import RegistrySpec
from components.streaming import StreamSpec
from components.tracking import TrackingSpec
from components.training import TrainingSpec
from components.usage import UsageSpec
from components.vectors import VectorSpec

__all__ = ["API_VERSION", "Blueprint"]

API_VERSION = "groundplan/v1"
ShortName = Annotated[Name, StringConstraints(max_length=24)]
OnCloud = Literal["aws", "gcp", "azure"]
Serves = TypeVar("Serves", EndpointSpec, BatchSpec)


def _private(value: Any) -> Any:
    return {} if value == "private" else value


class Blueprint(Spec):
    """
    What a team wants. Where it runs is not in here, so one blueprint goes to every cloud unchanged.

    What follows from several sections is filled in: the registry's models, the budget's addresses, and the
    runtime of an endpoint whose model one of the trainings makes.
    """

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    api_version: Literal["groundplan/v1"] = Field(alias="apiVersion", examples=[API_VERSION])
    """Version of the language."""
    name: ShortName = Field(examples=["fraud-detection"])
    """What every resource's name begins with."""
    owner: Label = Field(examples=["risk-ml"])
    """Team that answers for the stack."""
    description: str = Field(default="", max_length=1000)
    """What the stack is for."""
    labels: dict[LabelKey, Label] = Field(default={}, max_length=20)
    """Further labels of every resource, such as `cost-centre`."""
    data: Data = Data()
    """What the data is, and where it may lie."""
    network: Annotated[Network, BeforeValidator(_private, json_schema_input_type=Network | Literal["private"])] = (
        Network()
    )
    """The private network: `private`, or its address range."""
    key: Key | None = None
    """The customer-managed key; the stack makes one unless `overrides.<cloud>` names one."""
    storage: Storage = Storage()
    """The stack's object stores."""
    training: dict[Name, TrainingSpec] = section("training", "trainings", {}, max_length=500)
    """Name to a training definition; nothing runs, or costs, before a run is started."""
    features: FeaturesSpec | None = section("features", "feature stores")
    """Feature store: entities, and views of their columns."""
    tracking: TrackingSpec | None = section("tracking", "experiment trackers")
    """Experiments that runs are filed under."""
    registry: RegistrySpec = section("registry", "model registries", RegistrySpec())
    """Versions of each model, their approval, and who may take them."""
    endpoints: dict[Name, EndpointSpec] = section("endpoint", "endpoints", {}, max_length=500)
    """Name to a real-time endpoint."""
    batch: dict[Name, BatchSpec] = section("batch", "batch scoring jobs", {}, max_length=500)
    """Name to a batch scoring job."""
    streaming: dict[Name, StreamSpec] = section("streaming", "streams", {}, max_length=500)
    """Name to a stream of records."""
    monitoring: dict[Name, MonitorSpec] = section("monitoring", "monitors of endpoints", {}, max_length=500)
    """Endpoint to what is watched on it."""
    pipelines: dict[Name, PipelineSpec] = section("pipeline", "pipelines", {}, max_length=500)
    """Name to a chain from data to a served version."""
    notebooks: dict[Name, NotebookSpec] = section("notebooks", "notebooks", {}, max_length=500)
    """Name to a kind of notebook."""
    llm: dict[Name, LlmSpec] = section("llm", "language model servers", {}, max_length=20)
    """Name to a served language model."""
    vectors: dict[Name, VectorSpec] = section("vectors", "vector indexes", {}, max_length=500)
    """Name to a vector index."""
    alerts: Alerts = Alerts()
    """Who hears of it when something is wrong."""
    governance: GovernanceSpec | None = section("governance", "governance roles and records")
    """Roles, audit and model cards."""
    budget: BudgetSpec | None = section("budget", "budgets")
    """What a month of the stack may cost."""
    dashboard: DashboardSpec | None = section("dashboard", "dashboards")
    """A dashboard of all that the stack runs: `{}`."""
    usage: UsageSpec = UsageSpec()
    """What a month of the stack holds and does, for the estimate of its cost; no resource changes by it."""
    waivers: list[Waiver] = Field(default=[], max_length=100)
    """Rules that are knowingly broken, until a day."""
    environments: dict[Name, dict[str, Any]] = Field(default={}, max_length=20)
    """Environment to what it has otherwise: same shape as the top, merged by key, `null` removes."""
    overrides: dict[OnCloud, dict[str, Any]] = {}
    """Cloud to what is otherwise on it: same shape as the top, and the fields that only a cloud can have."""

    @model_validator(mode="after")
    def _holds_together(self, info: ValidationInfo) -> Self:
        if not (info.context or {}).get("apart"):  # the loader finds them itself, with their places
            written = self.model_dump(mode="json", by_alias=True, exclude_unset=True)
            found = [f"{shown_path(f.path)}: {f.message}" for f in findings(type(self), written)]
            if found:
                raise ValueError("\n".join(found))
        return self

    @model_validator(mode="after")
    def _fill_in(self) -> Self:
        models = {*self.registry.models, *self.training, *self._served_models}
        self._set(registry=self.registry.model_copy(update={"models": sorted(models)}))
        self._set(endpoints={name: self._serving(spec) for name, spec in self.endpoints.items()})
        self._set(batch={name: self._served(spec) for name, spec in self.batch.items()})
        self._set(monitoring={name: self._watched(name, spec) for name, spec in self.monitoring.items()})
        self._set(pipelines={name: self._chained(spec) for name, spec in self.pipelines.items()})
        if self.dashboard:
            self._set(
                dashboard=self.dashboard.model_copy(
                    update={
                        "endpoints": dict(self.endpoints),
                        "monitors": dict(self.monitoring),
                        "features": self.features,
                    }
                )
            )
        if self.budget:
            self._set(budget=self.budget.model_copy(update={"emails": list(self.alerts.email)}))
        return self

    def _set(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)  # frozen for others; what was written stays in model_fields_set

    def _served(self, spec: Serves) -> Serves:
        made_by = self.training.get(spec.model or "")
        if spec.image or spec.runtime or not (made_by and made_by.runtime):
            return spec
        return spec.model_copy(update={"runtime": made_by.runtime})

    def _serving(self, spec: EndpointSpec) -> EndpointSpec:
        if not spec.models or spec.image or spec.runtime:
            return self._served(spec)
        made = {name: self.training.get(model) for name, model in spec.models.items()}
        runtimes = {name: training.runtime for name, training in made.items() if training and training.runtime}
        return spec.model_copy(update={"runtimes": runtimes})

    def _watched(self, name: str, spec: MonitorSpec) -> MonitorSpec:
        """The monitor with its endpoint, and with the data that the endpoint's model was trained on as its baseline."""
        endpoint = self.endpoints.get(name)
        made_by = self.training.get(endpoint.model or "") if endpoint else None
        channels = made_by.inputs if made_by else {}
        learnt = channels.get("train") or (next(iter(channels.values())) if len(channels) == 1 else None)
        return spec.model_copy(update={"endpoint": endpoint, "baseline": spec.baseline or learnt})

    def _chained(self, spec: PipelineSpec) -> PipelineSpec:
        """The pipeline with what it trains and where that goes."""
        reviewed = {
            f"{name}.{signal}" for name, m in self.monitoring.items() if m.on_breach == "review" for signal in m.signals
        }
        return spec.model_copy(
            update={
                "training": self.training.get(spec.train),
                "endpoint": self.endpoints.get(spec.deploy or ""),
                "review": [event for event in spec.on if event in reviewed],
            }
        )

    @property
    def _batch_images(self) -> list[tuple[str, BatchSpec]]:
        """Of the batch jobs, those with an image of their own; the others serve a version by its own image."""
        return [(name, spec) for name, spec in self.batch.items() if spec.image]

    @property
    def _served_models(self) -> set[str]:
        named = {spec.model for spec in (*self.endpoints.values(), *self.batch.values())}
        named |= {model for spec in self.endpoints.values() for model in spec.models.values()}
        return {name for name in named if name}

    @property
    def foundation(self) -> FoundationSpec:
        """What the stack's ground must have, put together from all sections."""
        return FoundationSpec(
            classification=self.data.classification,
            network=self.network,
            key=self.key,
            storage=self.storage,
            images=own_images((*self.training.items(), *self.endpoints.items(), *self._batch_images)),
            secrets=secret_names(self),
            alert_emails=list(self.alerts.email),
            alert_channels=AlertChannels(webhook=self.alerts.webhook, pager=self.alerts.pager, topic=self.alerts.topic),
            captures={name: spec.capture.retain for name, spec in self.endpoints.items() if spec.capture},
            train_reach=training_reach(self.training.values()),
            serve_reach=Reach(images=outside_images(self.endpoints.values())),
            steps_reach=steps_reach(self.monitoring.values(), self.pipelines.values()),
            serving=serving(self.endpoints.values()),
            features=self.features is not None,
            tracking=self.tracking is not None,
            tunes=any(spec.tuning for spec in self.training.values()),
            scores=bool(self.batch),
            arrivals=any(spec.on for spec in self.batch.values())
            or any("data" in spec.on for spec in self.pipelines.values()),
            notebooks=bool(self.notebooks),
            monitors=bool(self.monitoring),
            pipelines=bool(self.pipelines),
            hard_stop=bool(self.budget and self.budget.hard_stop),
        )
