"""GP-COST-020: no fleet can grow beyond the limit."""

from collections.abc import Iterator, Mapping

from policies.checks import all_of, at_most, known
from policies.fleet_checks import of_calls
from policies.machines import PLACES, Fleet, Place
from policies.resource import Resource
from policies.rule import Absent, Breach, Check, Rule, Severity
from policies.settings import Settings
from policies.values import word

GPUS = ("requests.nvidia.com/gpu", "limits.nvidia.com/gpu")


def _capped(path: str, because: str = "") -> Check:
    return at_most(path, lambda settings: settings.max_machines, absent=Absent.PASSES, because=because)


def _most(place: Place) -> Check:
    return all_of(*(_capped(".".join(filter(None, (place.within, path)))) for path in place.most))


def _many(fleet: Fleet, settings: Settings) -> Breach | None:
    if fleet.most <= settings.max_machines:
        return None
    told = f"it takes up to {fleet.most} of {word(fleet.name)}; it must be {settings.max_machines} or less"
    return Breach(told, fleet.path)


def _quota(resource: Resource, settings: Settings) -> Iterator[Breach]:
    hard = resource.at("spec.hard")
    for key in GPUS if isinstance(hard, Mapping) else ():
        gpus = str(hard.get(key, ""))
        if gpus.isdigit() and int(gpus) > settings.max_gpus:
            yield Breach(f"{key} is {gpus}; it must be {settings.max_gpus} or less", "spec.hard")


RULE = Rule(
    id="GP-COST-020",
    demand="No job, endpoint, cluster or namespace can have more machines or GPUs than the limit.",
    why="A mistyped count, or an autoscaler that is fed by an attacker, spends until something stops it.",
    fix="Write a smaller nodes or scale: {max: …}, or set maxMachines and maxGpus.",
    fields=("nodes", "scale.max", "scale"),
    source="https://genai.owasp.org/llmrisk/llm102025-unbounded-consumption/",
    severity=Severity.HIGH,
    external=("FinOps:GPU", "OWASP:LLM10"),
    checks={
        **{kind: all_of(*map(_most, places)) for kind, places in PLACES.items() if all(p.most for p in places)},
        "aws:sagemaker/hyperParameterTuningJob:HyperParameterTuningJob": all_of(
            _capped("config.resourceLimits.maxParallelTrainingJobs"),
            _capped("trainingJobDefinition.resourceConfig.instanceCount"),
        ),
        "aws:appautoscaling/target:Target": at_most(
            "maxCapacity",
            lambda settings: settings.max_machines,
            absent=Absent.PASSES,
            given={"serviceNamespace": "sagemaker"},
            when=known("serviceNamespace", "sagemaker"),
        ),
        **of_calls(_many, counts=(4, 1000)),
        "kubernetes:core/v1:ResourceQuota": Check(
            run=_quota,
            reads=("spec.hard",),
            passes={"spec": {"hard": {GPUS[0]: "8"}}},
            fails=({"spec": {"hard": {GPUS[0]: "1000"}}},),
            absent=Absent.PASSES,
            because="a quota of something else",
        ),
    },
)
