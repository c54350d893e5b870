"""Which stacks a change of the working tree changes: blueprint, environment and cloud, as they were and as they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from blueprints import BlueprintError, Source
from blueprints.problems import Problem
from components.base import Cloud
from components.catalog import NoRegion, region
from groundplan.ci.base import Repository
from groundplan.target import Target, offline_place

__all__ = ["Broken", "Change", "Changes", "changes", "environments"]

NO_BASE = "the blueprint has errors at the base: it counts as absent there"


@dataclass(frozen=True)
class Change:
    """
    A stack that differs from the base.

    Attributes:
        file: Its blueprint, relative to the repository; of the base where it is gone.
        before: None of a new stack.
        after: None of one that is gone.
        note: What a reader must know of the comparison, or "".
    """

    file: str
    before: Target | None
    after: Target | None
    note: str = ""

    @property
    def target(self) -> Target:
        """The stack as it is, or as it was where it is gone."""
        target = self.after or self.before
        assert target is not None  # noqa: S101 - one of the two is there by construction
        return target


@dataclass(frozen=True)
class Broken:
    """A blueprint of the working tree that has errors, in one stack or in all."""

    file: str
    problems: tuple[Problem, ...]
    stack: str = ""


@dataclass
class Changes:
    """All that differs."""

    stacks: list[Change] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)


@dataclass(frozen=True)
class _Pair:
    """One blueprint file, now and at the base."""

    file: str
    now: str | None
    was: str | None


def changes(
    repository: Repository, named: Sequence[str], environment: str | None, clouds: Sequence[Cloud], month: str
) -> Changes:
    """
    Compare blueprints of the working tree with those of the base.

    Args:
        named: Files within the repository; none for every blueprint that differs.
        environment: Only this one; None for all of each blueprint.
        month: First month of budgets, on both sides.
    """
    found = Changes()
    for pair in _pairs(repository, named):
        _compare(found, repository, pair, environment, clouds, month)
    return found


def environments(repository: Repository, named: Sequence[str]) -> list[str]:
    """Names of all environments of the blueprints that are named, or of all of the working tree that are good."""
    names: dict[str, None] = {}
    for file in named or [name for name in repository.all() if repository.is_blueprint(name)]:
        try:
            names |= dict.fromkeys(_environments(repository.now(file)))
        except BlueprintError:
            continue  # told where it changes; here only names are sought
    return list(names)


def _pairs(repository: Repository, named: Sequence[str]) -> list[_Pair]:
    """Files with what they were; one that was moved is known by its blueprint's name."""
    files = [*named] or repository.changed()
    was = {file for file in {*files, *repository.changed()} if repository.was_blueprint(file)}
    gone = {file: _name(repository, file) for file in sorted(was) if not repository.exists(file)}
    pairs: list[_Pair] = []
    for file in files:
        if not repository.exists(file):
            continue
        if file in was:
            pairs.append(_Pair(file, file, file))
        elif file in named or repository.is_blueprint(file):
            name = _name_now(repository, file)
            moved = next((old for old, known in gone.items() if known == name), None)
            gone.pop(moved or "", None)
            pairs.append(_Pair(file, file, moved))
    pairs += [_Pair(file, None, file) for file in gone if file in files]
    return sorted(pairs, key=lambda pair: pair.file)


def _name(repository: Repository, file: str) -> str:
    try:
        return str(repository.before(file).root.plain.get("name") or file)
    except BlueprintError:
        return file


def _name_now(repository: Repository, file: str) -> str:
    try:
        return str(repository.now(file).root.plain.get("name") or "")
    except BlueprintError:
        return ""


def _environments(source: Source | None) -> tuple[str, ...]:
    return (source.environments or ("dev",)) if source else ()


def _compare(
    found: Changes,
    repository: Repository,
    pair: _Pair,
    environment: str | None,
    clouds: Sequence[Cloud],
    month: str,
) -> None:
    """Add what differs between the two sides of a file, or what is wrong with it now."""
    now = None
    if pair.now:
        try:
            now = repository.now(pair.now)
            problems = now.check(clouds) if environment is None else []
        except BlueprintError as error:
            problems = list(error.problems)
        if problems:
            found.broken.append(Broken(pair.file, tuple(problems)))
            return
    was, note = _base(repository, pair.was)
    for name in dict.fromkeys([*_environments(now), *_environments(was)]):
        if environment not in (None, name):
            continue
        for cloud in clouds:
            try:
                after = _target(now, name, cloud, month)
            except BlueprintError as error:
                found.broken.append(Broken(pair.file, error.problems))
                return
            found.stacks += _changed(pair.file, after, *_before(was, note, name, cloud, month, after))


def _base(repository: Repository, file: str | None) -> tuple[Source | None, str]:
    if not file:
        return None, ""
    try:
        return repository.before(file), ""
    except BlueprintError:
        return None, NO_BASE


def _before(
    was: Source | None, note: str, name: str, cloud: Cloud, month: str, after: Target | None
) -> tuple[Target | None, str]:
    try:
        return _target(was, name, cloud, month), note
    except BlueprintError:
        return None, NO_BASE if after else ""


def _target(source: Source | None, environment: str, cloud: Cloud, month: str) -> Target | None:
    """
    The stack, where the source has it.

    Raises:
        BlueprintError: The blueprint has errors.
    """
    if source is None or environment not in _environments(source):
        return None
    blueprint = source.resolve(environment, cloud)
    try:
        place = offline_place(cloud, list(blueprint.data.residency))
    except NoRegion as wrong:
        problem = source.problem(environment, cloud, ("data", "residency"), str(wrong))
        raise BlueprintError([problem]) from wrong
    return Target(source, blueprint, environment, cloud, place, month)


def _changed(file: str, after: Target | None, before: Target | None, note: str) -> Iterable[Change]:
    """The change of a stack, or of two where its name is another."""
    if after and before and after.stack != before.stack:
        yield Change(file, before, None)
        yield Change(file, None, after, note)
    elif after and before:
        if _asked(after) != _asked(before):
            yield Change(file, before, _stays(after, before), note)
    elif after or before:
        yield Change(file, before, after, note)


def _asked(target: Target) -> dict[str, object]:
    """What the stack's blueprint asks for: that there are other environments is no part of it."""
    return target.blueprint.model_dump(exclude={"environments", "overrides"})


def _stays(after: Target, before: Target) -> Target:
    """The stack in the region that it was in, where that is still allowed: a default alone moves nothing."""
    there = before.place.region
    allowed = after.blueprint.data.residency
    if after.place.region == there or (allowed and region(after.cloud, there).jurisdiction not in allowed):
        return after
    place = offline_place(after.cloud, list(allowed), there)
    return Target(after.source, after.blueprint, after.environment, after.cloud, place, after.month)
