"""Pipeline on AWS: one state machine over the training's and the endpoint's own, and what starts it."""

from __future__ import annotations

import json
from typing import Any

import pulumi

from components.catalog import image as catalog_image
from components.clouds.aws.chain import Chain
from components.clouds.aws.chain_gate import ServedBy, gate_states
from components.clouds.aws.chain_release import Registration, release_states
from components.clouds.aws.component import by_components
from components.clouds.aws.grants import may_read
from components.clouds.aws.ground import AwsGround, here, image_reference, input_uri, package_group
from components.clouds.aws.rights import RELEASE_STEM
from components.clouds.aws.serving import is_server
from components.clouds.aws.starts import Starts
from components.clouds.aws.states import State, state_machine
from components.clouds.aws.step import CHANNELS, LONGEST_SETTINGS, Step, bucket_and_key, step
from components.endpoint import EndpointResult
from components.monitoring import MonitoringResult
from components.pipeline import Pipeline, PipelineResult
from components.registry import RegistryResult
from components.training import TrainingResult, TrainingSpec
from components.units import Duration

__all__ = ["SageMakerPipeline"]

KIND, FOLDER = "pipeline", "pipelines"
SETTLE = Duration.parse("15m")
"""Files that arrive within so long of each other are one start."""
LONGEST_STEP = Duration.parse("2h")
LONGEST_WAIT = Duration.parse("300d")
"""
An execution lasts a year at most.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""


class SageMakerPipeline(Pipeline):
    """From data to a served version."""

    def build(self) -> PipelineResult:
        spec, ground = self.spec, self.need(AwsGround)
        if spec.approval_wait > LONGEST_WAIT:
            raise ValueError(
                f"approval_wait is {spec.approval_wait}; a run of Step Functions lasts a year at most, training and"
                " release included (docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html)."
                f" Write {LONGEST_WAIT} or less."
            )
        runs = step(self, ground, FOLDER, LONGEST_STEP)
        chain = self._chain(ground, runs)
        further = self._further(ground, chain)
        name = self.context.name(self.name, KIND, limit=80)
        made = state_machine(
            self, ground, f"{self.name}-{KIND}", name, chain.definition(further, "Gate" if spec.gate else "Keep")
        )
        self._started(ground, made.arn, name)
        return PipelineResult(pipeline_id=made.arn, reports_uri=runs.output)

    @property
    def _training(self) -> TrainingSpec:
        if self.spec.training is None:
            raise ValueError(f"train names {self.spec.train}, and what it trains is not given with it.")
        return self.spec.training

    def _chain(self, ground: AwsGround, runs: Step) -> Chain:
        spec, inputs = self.spec, self._training.inputs
        expect = spec.expect.model_dump(mode="json", exclude_none=True, exclude_defaults=True) if spec.expect else None
        if expect and spec.expect:
            for column, asked in spec.expect.columns.items():
                if asked.missing is not None:
                    expect["columns"][column]["missing"] = asked.missing.fraction
        if expect is not None:
            self._see_room(expect)
            if ground.steps:
                may_read(self, ground.steps.role, [path for path in inputs.values() if "://" in path])
        return Chain(
            label=self.label,
            name=self.name,
            step=runs,
            topic=ground.topic_arn,
            at_most_every=spec.at_most_every.seconds,
            review=list(spec.review),
            expect=expect,
            inputs={channel: input_uri(path, ground.data) for channel, path in sorted(inputs.items())},
            training=self.need(TrainingResult, f"training/{spec.train}").makes_model,
            objective=self._training.tuning.objective if self._training.tuning else "",
        )

    def _see_room(self, expect: dict[str, Any]) -> None:
        if len(self._training.inputs) > CHANNELS:
            raise ValueError(
                f"expect looks at the {len(self._training.inputs)} inputs of {self.spec.train}, and a job of SageMaker"
                f" has {CHANNELS} besides its code. Give it fewer inputs, or leave expect out."
            )
        if not self._training.inputs:
            raise ValueError(f"expect has nothing to look at: {self.spec.train} has no inputs. Leave expect out.")
        if (size := len(json.dumps(expect))) > LONGEST_SETTINGS - 100:
            raise ValueError(
                f"expect has {size} characters as JSON, and a job of SageMaker is told {LONGEST_SETTINGS}"
                " (docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html, Environment)."
                " Check fewer columns."
            )

    def _further(self, ground: AwsGround, chain: Chain) -> dict[str, State]:
        spec, place, registry = self.spec, here(self), self.need(RegistryResult)
        endpoint = self.need(EndpointResult, f"endpoints/{spec.deploy}") if spec.deploy else None
        model = (spec.endpoint.model if spec.endpoint else None) or spec.train
        group = package_group(self.context, model)
        registration = Registration(
            group=group,
            bucket=bucket_and_key(registry.artifacts_uri)[0],
            prefix=model,
            image=self._image(ground),
            automatic=registry.approval == "automatic",
            approval_wait=spec.approval_wait.seconds,
            release=endpoint.release_id if endpoint else None,
            served=self._served(),
        )
        states = release_states(chain, registration)
        if not spec.gate:
            return states
        gate = spec.gate.model_dump(mode="json", exclude_none=True)
        name = endpoint.endpoint_name if endpoint and spec.gate.better_than == "champion" else None
        packages = place.arn("sagemaker", f"model-package/{group}")
        at = self._component(endpoint) if endpoint and name else None
        stops = self.need(AwsGround).stops
        return {**gate_states(chain, gate, name, packages, "Keep", at, stops=stops), **states}

    def _served(self) -> tuple[str, ...]:
        """What callers name of the endpoint that the training makes; nothing where the endpoint has one model."""
        models = self.spec.endpoint.models if self.spec.endpoint else {}
        return tuple(name for name, model in sorted(models.items()) if model == self.spec.train)

    def _component(self, endpoint: EndpointResult) -> ServedBy | None:
        """Where a version of the training serves, on an endpoint of inference components."""
        served = self.spec.endpoint
        if not served or not by_components(served) or not self.spec.deploy:
            return None
        key = next(iter(self._served()), served.model or self.spec.deploy)
        return ServedBy(
            component=endpoint.model_headers[key].apply(lambda header: header.partition(": ")[2]),
            models=here(self).arn("sagemaker", "model/"),
            stem=self.context.name(self.spec.deploy, limit=RELEASE_STEM),
        )

    def _image(self, ground: AwsGround) -> pulumi.Output[str] | None:
        """What serves a version: the endpoint's, or that of the framework it was trained with."""
        served, place = self.spec.endpoint, here(self)
        if served and served.image:
            return image_reference(served.image, place, ground.image_repository)
        own = [served.runtimes.get(name) for name in self._served()] if served else []
        runtime = (served.runtime if served else None) or next(filter(None, own), None) or self._training.runtime
        if not runtime or is_server(runtime):  # the release says what such an image is told
            return None
        accelerated = served is not None and served.machine.is_gpu
        return pulumi.Output.from_input(
            catalog_image("aws", place.region, runtime, "hosting", accelerator=accelerated).uri
        )

    def _started(self, ground: AwsGround, made: pulumi.Output[str], name: str) -> None:
        spec, starts = self.spec, Starts(self, ground, made, name, KIND)
        if spec.schedule:
            starts.on_schedule(spec.schedule)
        events = sorted({event for event in spec.on if event != "data"})
        if events:
            starts.on_alarms({event: (self._raised(event), {"event": event}) for event in events})
        if "data" in spec.on:
            paths = sorted({path for path in self._training.inputs.values() if "://" not in path})
            if not paths:
                raise ValueError(
                    f"on: data watches the stack's data store, and {spec.train} reads nothing there."
                    " Write a schedule, or inputs with paths of the data store."
                )
            starts.on_arrivals(SETTLE, *paths)

    def _raised(self, event: str) -> pulumi.Output[str]:
        """ARN of the alarm that the event is."""
        endpoint, _dot, signal = event.partition(".")
        return self.need(MonitoringResult, f"monitoring/{endpoint}").alarm_ids[signal]
