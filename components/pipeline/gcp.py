"""Pipelines on Google Cloud: one workflow over those of the training, the registry and the endpoint, and its starts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pulumi

from components.clouds.gcp.ground import GcpGround, own_image, place
from components.clouds.gcp.people import TELLS, tell_people
from components.clouds.gcp.private_endpoint import number_of
from components.clouds.gcp.registry import model_id
from components.clouds.gcp.run_service import RUN_TRAFFIC
from components.clouds.gcp.starts import API, Starts
from components.clouds.gcp.step import STEP, code, reports, step, uri
from components.clouds.gcp.tuning import LONGEST, QUEUE
from components.clouds.gcp.workflow import FOLLOW, TRAFFIC, controller, workflow_name
from components.endpoint import EndpointResult
from components.fields import SERVERS
from components.monitoring import MonitoringResult
from components.pipeline import Pipeline, PipelineResult
from components.registry import RegistryResult
from components.training import TrainingResult, TrainingSpec
from components.units import Duration

__all__ = ["VertexPipeline"]

CHAIN = Path(__file__).with_name("gcp_chain.yaml")
PARTS, EACH = (CHAIN.with_name(f"gcp_{name}.yaml") for name in ("parts", "release_each"))
WORDS = ("reason", "force")
SETTLE = Duration.parse("15m")  # files that arrive within it start one run
RELEASE_POLL = 60  # seconds
LONGEST_WAIT = Duration.parse("300d")  # an execution lives a year
# Source: https://cloud.google.com/workflows/quotas: 100,000 steps an execution; a look takes five
LOOKS = 4000
SHORTEST_REST = 60  # seconds
APPROVAL_REST = 300


class VertexPipeline(Pipeline):
    """A pipeline whose every part can also be started by itself."""

    def build(self) -> PipelineResult:
        training = self._training()
        ground, where, found = self.need(GcpGround), place(self), reports(self)
        endpoint = self.need(EndpointResult, f"endpoints/{self.spec.deploy}") if self.spec.deploy else None
        workflow = controller(
            self,
            "pipeline",
            CHAIN,
            {
                "name": self.name,
                "label": self.label,
                "words": list(WORDS),
                "tells": TELLS,
                "executions": f"{API}/{where.vertex_parent}/workflows/{workflow_name(self, 'pipeline')}/executions",
                "at_most_every": self.spec.at_most_every.seconds,
                "at_most_every_text": str(self.spec.at_most_every),
                "url": f"{where.vertex_url}/v1",
                "model": f"{where.vertex_parent}/models/{model_id(self.context, self.spec.train)}",
                "endpoint": self._endpoint(endpoint),
                "champion": bool(endpoint and self.spec.gate and self.spec.gate.better_than == "champion"),
                "inputs": {name: uri(path, ground) for name, path in sorted(training.inputs.items())},
                "expect": self._expect(),
                "gate": self._gate(),
                "reports": found,
                "training": self._follow(self._trained().makes_model, self._longest(training)),
                "register": self._register(training, ground),
                "review": list(self.spec.review),
                "approval": self._approval(),
                "release": self._follow(endpoint.release_id, RELEASE_POLL) if endpoint else None,
                "step": step(self, code(self)),
            },
            f"Brings {self.spec.train} from data to a served version",
            "Expect something of fewer columns.",
            [PARTS, STEP, FOLLOW, RUN_TRAFFIC if self._serverless else TRAFFIC, *([EACH] if self._names else [])],
            instead=self._named(),
        )
        tell_people(
            self,
            f"{self.name}-notice",
            workflow_name(self, "pipeline"),
            f"{self.label} needs somebody",
            pipeline=self.name,
        )
        self._starts(Starts(self, ground, workflow), training)
        return PipelineResult(pipeline_id=workflow.id, reports_uri=found)

    def _training(self) -> TrainingSpec:
        """
        Raises:
            ValueError: It can't be started without naming an image, or its approval can't be waited for.
        """
        spec, training = self.spec, self.spec.training
        if training is None or not (training.image or training.runtime):
            raise ValueError(
                f"training {spec.train} names neither image nor runtime, so each start of it names one, and a pipeline"
                " knows none. Write image or runtime there."
            )
        if spec.approval_wait > LONGEST_WAIT:
            raise ValueError(
                f"approval_wait is {spec.approval_wait}; a workflow that waits lives a year, the training included."
                f" Write {LONGEST_WAIT} or less."
            )
        longest = self._attempts(training) + QUEUE.seconds + spec.approval_wait.seconds
        if training.tuning and longest > LONGEST.seconds:
            raise ValueError(
                f"the search of {spec.train} and approval_wait ({spec.approval_wait}) come to {longest // 86_400} days,"
                f" and a workflow that waits lives {LONGEST} (https://cloud.google.com/workflows/quotas). Write a"
                " shorter approval_wait, or more trials in parallel."
            )
        return training

    def _trained(self) -> TrainingResult:
        return self.need(TrainingResult, f"training/{self.spec.train}")

    def _longest(self, training: TrainingSpec) -> int:
        """Seconds between looks at the training."""
        return max(SHORTEST_REST, self._attempts(training) // LOOKS)

    def _attempts(self, training: TrainingSpec) -> int:
        """Seconds that the training may last, on spot and then on demand."""
        return training.rounds * (training.max_wait.seconds + training.max_run.seconds)

    def _follow(self, workflow: pulumi.Output[str], poll: int) -> dict[str, Any]:
        return {"executions": pulumi.Output.concat(f"{API}/", workflow, "/executions"), "poll": poll}

    @property
    def _serverless(self) -> bool:
        """Whether the endpoint is a service of Cloud Run."""
        return self.spec.endpoint is not None and self.spec.endpoint.form == "serverless"

    @property
    def _names(self) -> list[str]:
        """What callers of an endpoint with several models call what is trained; none where it has one."""
        models = self.spec.endpoint.models if self.spec.endpoint and self.spec.deploy else {}
        return [name for name, model in sorted(models.items()) if model == self.spec.train]

    def _named(self) -> dict[str, dict[str, Any]]:
        """Steps in place of the file's: a release must name one of several models, a search tells its best."""
        each = {
            "call": "release_each",
            "args": {"given": "${given}", "names": self._names, "version": "${registered.version}"},
            "result": "released",
        }
        steps: dict[str, Any] = {"roll_out": each} if self._names else {}
        tuning = self._training().tuning
        if tuning:
            steps |= _searched(tuning.objective)
        return {"chain": steps} if steps else {}

    def _endpoint(self, endpoint: EndpointResult | None) -> pulumi.Output[str] | None:
        parent = place(self).vertex_parent
        if endpoint and self._serverless:
            return endpoint.endpoint_id
        if endpoint and self._names:
            return endpoint.model_urls[self._names[0]].apply(lambda url: f"{parent}/endpoints/{number_of(url)}")
        return pulumi.Output.concat(parent, "/endpoints/", endpoint.endpoint_name) if endpoint else None

    def _expect(self) -> dict[str, Any] | None:
        """What the step is told; shares as fractions."""
        if not self.spec.expect:
            return None
        columns = {
            name: check.model_dump(mode="json", exclude_none=True, exclude={"missing"})
            | ({"missing": check.missing.fraction} if check.missing else {})
            for name, check in self.spec.expect.columns.items()
        }
        rows = self.spec.expect.rows
        counted = {"rows": rows.model_dump(mode="json", exclude_none=True)} if rows else {}
        return {"step": "expect", **counted, "columns": columns}

    def _gate(self) -> dict[str, Any] | None:
        gate = self.spec.gate
        return {"step": "evaluate", **gate.model_dump(mode="json", exclude_none=True)} if gate else None

    def _register(self, training: TrainingSpec, ground: GcpGround) -> dict[str, Any]:
        """What serves the version is the endpoint's, or else what trained it."""
        registry, endpoint = self.need(RegistryResult), self.spec.endpoint
        image = endpoint.image if endpoint and endpoint.image else None
        # the release says how a server is started, which a version of the registry does not
        asked = endpoint.runtime if endpoint and endpoint.runtime not in SERVERS else None
        runtime = asked or training.runtime
        served: dict[str, Any] = {"runtime": runtime}
        if image or not runtime:
            served = {"image": own_image(image or training.image or "", ground.image_repository)}
        return {
            "executions": pulumi.Output.concat(f"{API}/", registry.register_id, "/executions"),
            "start": {"model": self.spec.train, **served},
        }

    def _approval(self) -> dict[str, Any]:
        wait = self.spec.approval_wait
        return {
            "wait": wait.seconds,
            "text": str(wait),
            "poll": max(APPROVAL_REST, wait.seconds // LOOKS),
        }

    def _starts(self, starts: Starts, training: TrainingSpec) -> None:
        """What starts it besides a person."""
        if self.spec.schedule:
            starts.by_clock("schedule", self.spec.schedule.cron, self.spec.schedule.zone, {"reason": "schedule"})
        alarms = {event: self._alarm(event) for event in sorted(self.spec.on) if event != "data"}
        if alarms:
            starts.on_breaches(alarms)
        if "data" in self.spec.on:
            prefixes = {name: f"{path.strip('/')}/" for name, path in training.inputs.items() if "://" not in path}
            starts.on_arrivals(self._distinct(prefixes), SETTLE, "reason")

    def _distinct(self, prefixes: dict[str, str]) -> dict[str, str]:
        """
        Each folder once.

        Raises:
            ValueError: There is none that the stack's data store can tell of.
        """
        found: dict[str, str] = {}
        for name, prefix in sorted(prefixes.items()):
            if not any(prefix.startswith(other) for other in found.values()):
                found = {n: p for n, p in found.items() if not p.startswith(prefix)} | {name: prefix}
        if not found:
            raise ValueError(
                f"on names data, and training {self.spec.train} reads nothing of the stack's data store."
                " Write inputs as paths of it, or a schedule."
            )
        return found

    def _alarm(self, event: str) -> pulumi.Output[str]:
        endpoint, _, signal = event.partition(".")
        return self.need(MonitoringResult, f"monitoring/{endpoint}").alarm_ids[signal]


def _searched(objective: str) -> dict[str, Any]:
    """Steps that tell the figure and the values of the best trial."""
    best = [{"best": {}}, {f"best[{json.dumps(objective)}]": f"${{trained.result[{json.dumps(objective)}]}}"}]
    answer = {
        "outcome": "registered",
        "reason": "${reason}",
        "run": "${trained.result.run}",
        "trial": "${trained.result.trial}",
        "hyperparameters": "${trained.result.hyperparameters}",
        "metrics": "${map.merge(best, figures)}",
        "version": "${registered.version}",
    }
    return {
        "model": {"assign": [{"model": "${trained.result.model}"}, *best]},
        "result": {"assign": [{"answer": answer}]},
    }
