"""A rule: one demand, and how to see it in each cloud's resources."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pulumi_policy import Severity

from policies.estimate import Estimate
from policies.resource import Resource, Stack
from policies.settings import Settings

__all__ = ["Absent", "Breach", "Check", "Level", "Rule", "Severity", "StackCheck"]


class Level(StrEnum):
    """What a breach does."""

    MANDATORY = "mandatory"
    ADVISORY = "advisory"
    DISABLED = "disabled"


class Absent(StrEnum):
    """What a property means that is not set: the cloud's default is as the rule wants it, or it is not."""

    FAILS = "fails"
    PASSES = "passes"


@dataclass(frozen=True)
class Breach:
    """
    One way in which a resource breaks a rule.

    Attributes:
        message: What is wrong; never the value of a secret.
        path: Dotted path of the input.
        urn: Of the resource, where a stack's check found it.
        level: Of this breach, where it is not the rule's: what could not be judged is told, and stops nothing; what a
            blueprint itself forbids stops the plan.
    """

    message: str
    path: str = ""
    urn: str = ""
    level: Level | None = None


Breaches = Iterable[Breach]


@dataclass(frozen=True, kw_only=True)
class Check:
    """
    How one type of resource keeps a rule.

    Attributes:
        run: Finds breaches. What is unknown or secret breaks nothing that it might keep.
        reads: Paths of the inputs that decide.
        passes: Inputs that keep the rule.
        fails: Inputs that break it, each in another way.
        absent: What it means where the inputs of `reads` are not set.
        because: What the cloud does where they are not set.
        remedy: Dotted path to the value that mends it, where that is safe for every stack; it never replaces a secret.
    """

    run: Callable[[Resource, Settings], Breaches]
    reads: tuple[str, ...]
    passes: Mapping[str, Any]
    fails: tuple[Mapping[str, Any], ...]
    absent: Absent
    because: str = ""
    remedy: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class StackCheck:
    """
    How resources keep a rule together.

    Attributes:
        run: Finds breaches, each with the URN of the resource to mend.
        types: Types it looks at.
        passes: Resources that keep the rule.
        fails: Resources that break it.
        estimate: What a month of either is expected to cost.
    """

    run: Callable[[Stack, Settings], Breaches]
    types: tuple[str, ...]
    passes: tuple[Resource, ...]
    fails: tuple[Resource, ...]
    estimate: Estimate | None = None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """
    Attributes:
        id: `GP-SEC-004`; never used again for another demand.
        demand: One sentence that is true of a good stack.
        why: What goes wrong without it.
        fix: What to write in a blueprint, or to set elsewhere.
        fields: Those of a component's section in a blueprint whose value decides, the nearest first: `scale.min`; with
            a slash, of the blueprint itself: `/data.classification`.
        source: Page the demand comes from.
        external: Ids of the same demand elsewhere: `CKV_AWS_98`, `SageMaker.1`, `gcp:…`.
        level: By default.
        levels: Environment to another level; `prod` is every production environment, `dev` all others.
        checks: Type of resource to its check.
        across: Checks on resources together.
        tried_with: Settings that the samples of its checks are for, besides the environment.
    """

    id: str
    demand: str
    why: str
    fix: str
    source: str
    severity: Severity
    level: Level = Level.MANDATORY
    levels: Mapping[str, Level] = field(default_factory=dict)
    external: tuple[str, ...] = ()
    checks: Mapping[str, Check] = field(default_factory=dict)
    across: tuple[StackCheck, ...] = ()
    tried_with: Mapping[str, Any] = field(default_factory=dict)
    fields: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """As Pulumi's policies are named: `gp-sec-004`."""
        return self.id.lower()

    @property
    def types(self) -> tuple[str, ...]:
        """All types of resources it looks at."""
        return tuple(dict.fromkeys([*self.checks, *(kind for check in self.across for kind in check.types)]))

    @property
    def of_estimate(self) -> bool:
        """Whether it judges an expected month, which only a plan has."""
        return any(check.estimate for check in self.across)

    def level_in(self, settings: Settings) -> Level:
        """The level in an environment: as configured, else the rule's own."""
        chosen = settings.levels.get(self.id)
        if chosen:
            return Level(chosen)
        names = (settings.environment, "prod" if settings.production else "dev")
        return next((self.levels[name] for name in names if name in self.levels), self.level)

    def breaches(self, resource: Resource, settings: Settings) -> list[Breach]:
        """What one resource breaks by itself."""
        check = self.checks.get(resource.type)
        return list(check.run(resource, settings)) if check else []

    def breaches_across(self, stack: Stack, settings: Settings) -> list[Breach]:
        """What resources break together."""
        return [breach for check in self.across for breach in check.run(stack, settings)]
