"""GP-COST-003: an hour of the whole stack costs no more than the limit."""

from collections.abc import Iterator

from policies.definitions import DOCUMENTS
from policies.fleet_checks import naming
from policies.machines import MACHINES, Fleet, fleets, sold
from policies.resource import Resource, Stack
from policies.rule import Breach, Level, Rule, Severity, StackCheck
from policies.settings import Settings
from policies.values import is_known, word

CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
ENDPOINT, TARGET = "aws:sagemaker/endpoint:Endpoint", "aws:appautoscaling/target:Target"


def _dear(stack: Stack, settings: Settings) -> Iterator[Breach]:
    limit = settings.max_stack_usd_per_hour
    if limit is None:
        return
    asked = [(resource, fleet) for resource in stack.of(*MACHINES) for fleet in _counted(resource)]
    for resource, fleet in asked:
        if fleet.usd is None:
            message = f"price unknown: {word(fleet.name)} is not in the stack's {limit:g} US$ an hour"
            yield Breach(message, fleet.path, resource.urn, Level.ADVISORY)
    priced = [(fleet.usd or 0, fleet, resource) for resource, fleet in asked if fleet.usd is not None]
    least = sum(usd * fleet.least for usd, fleet, _ in priced)
    most = sum(usd * max(fleet.most, _grown(stack, resource)) for usd, fleet, resource in priced)
    if least > limit:
        usd, fleet, dearest = max(priced, key=lambda p: (p[0] * p[1].least, p[2].urn))
        message = (
            f"the stack costs {least:.2f} US$ an hour at its least size and {most:.2f} at its most, "
            f"{usd * fleet.least:.2f} of the least for {word(fleet.name)} here; it must be {limit:g} or less"
        )
        yield Breach(message, fleet.path, dearest.urn)


def _counted(resource: Resource) -> Iterator[Fleet]:
    """Machines but those that a state machine's release puts in the place of the endpoint's first ones."""
    again = resource.type.startswith("aws:") and resource.type in DOCUMENTS
    return (fleet for fleet in fleets(resource) if not (again and fleet.use == "hosting"))


def _grown(stack: Stack, configuration: Resource) -> int:
    """How many instances autoscaling lets the endpoint of a configuration grow to; 0 where there is none."""
    if configuration.type != CONFIGURATION:
        return 0
    names = {"endpointConfigName": "name"}
    found = [
        target.at("maxCapacity")
        for endpoint in stack.of(ENDPOINT)
        if stack.joined(configuration, endpoint, names)
        for target in stack.of(TARGET)
        if _scales(stack, target, endpoint)
    ]
    return max((int(most) for most in found if is_known(most)), default=0)


def _scales(stack: Stack, target: Resource, endpoint: Resource) -> bool:
    name, scaled = endpoint.at("name"), target.at("resourceId")
    named = isinstance(name, str) and isinstance(scaled, str) and scaled.startswith(f"endpoint/{name}/")
    return named or stack.joined(endpoint, target)


_SMALL = {"aws": "ml.m5.large", "gcp": "n2-standard-4", "azure": "Standard_D4s_v3"}
_LARGE = {"aws": "ml.p4d.24xlarge", "gcp": "a2-highgpu-8g", "azure": "Standard_ND96asr_v4"}


def _stack(names: dict[str, str], types: tuple[str, ...]) -> tuple[Resource, ...]:
    def made(kind: str) -> Resource:
        cloud = kind.partition(":")[0].removesuffix("-native")
        inputs = naming(kind, names[cloud])[0] if kind in DOCUMENTS or sold(kind) else {}
        return Resource(f"urn:pulumi:dev::ml::{kind}::r", kind, inputs)

    return tuple(made(kind) for kind in types)


RULE = Rule(
    id="GP-COST-003",
    demand="An hour of the whole stack, at its least size, costs no more than the limit, where one is set.",
    why="Each machine may be reasonable and their sum still more than anybody meant to spend.",
    fix="Ask for smaller or fewer machines, or set maxStackUsdPerHour to what the stack is worth.",
    source="https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html",
    severity=Severity.HIGH,
    external=("infracost:guardrails",),
    across=(
        StackCheck(
            run=_dear,
            types=MACHINES,
            passes=_stack(_SMALL, MACHINES),
            fails=_stack(_LARGE, MACHINES),
        ),
    ),
    tried_with={"maxStackUsdPerHour": 50},
)
