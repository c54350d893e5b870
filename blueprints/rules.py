"""What must hold between the sections of a blueprint: names that are known, names that stay apart, what is built."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from blueprints.derived import own_image
from blueprints.finding import Finding, at, names_at, nearest
from blueprints.on_cloud import findings_on
from blueprints.problems import Path
from blueprints.sections import CALLED, CAPABILITY
from blueprints.shape import Place, fields
from blueprints.watched import NO_SIGNALS, watching
from components.base import Cloud, capabilities
from components.budget import refused_stop
from components.catalog import accelerator
from components.fields import filled_in_from

__all__ = ["built_on", "findings"]


def findings(
    model: type[BaseModel], data: Mapping[str, Any], cloud: Cloud | None = None, environment: str | None = None
) -> Iterator[Finding]:
    """
    Yield what is wrong between sections; `data` may be of any shape, as its types are checked elsewhere.

    Args:
        model: The blueprint's.
        data: The blueprint as plain values, as its file has it.
        cloud: Where it is to run; None leaves out what depends on it.
        environment: What it is to run as; likewise.
    """
    yield from _not_for_writing(model, data, cloud)
    yield from _unknown_names(data)
    yield from _too_alike(data)
    yield from _twice(data)
    yield from _own_images(data)
    yield from _unheard(data)
    yield from _shared_secrets(data)
    yield from watching(data, cloud)
    yield from _serves_another(data)
    yield from _accelerators(data)
    yield from _stops_production(data, environment)
    if cloud:
        yield from findings_on(model, data, cloud)


def built_on(capability: str) -> tuple[Cloud, ...]:
    """The clouds that a capability is built on."""
    return next((c.clouds for c in capabilities() if c.name == capability), ())


def _not_for_writing(model: type[BaseModel], data: Mapping[str, Any], cloud: Cloud | None) -> Iterator[Finding]:
    for path, place, value in fields(Place.of(model), data):
        extra = place.field.json_schema_extra if place.field else None
        if not isinstance(extra, dict) or value in (None, {}):
            continue
        elsewhere = filled_in_from(place.field) if place.field else None
        if elsewhere:
            yield Finding(path, f"it is filled in from {elsewhere}. Write it there.", at_key=True, hides=True)
        if CAPABILITY in extra:
            yield from _section_not_built(path, str(extra[CAPABILITY]), str(extra[CALLED]), cloud)


def _section_not_built(path: Path, capability: str, called: str, cloud: Cloud | None) -> Iterator[Finding]:
    on = built_on(capability)
    if not on:
        yield Finding(path, f"{called} are not built yet. Leave the section out.", at_key=True, hides=True)
    elif cloud and cloud not in on:
        where = " and ".join(on)
        advice = f"Write overrides: {{{cloud}: {{{path[0]}: null}}}}, or leave the section out."
        yield Finding(path, f"{called} are not built on {cloud} yet, only on {where}. {advice}", at_key=True)


_MODELS = ("training.*", "registry.models.*")
_REFERENCES = (  # what names something, what it may name, and what that is
    ("endpoints.*.model", _MODELS, "neither a training nor in registry.models"),
    ("endpoints.*.models.*", _MODELS, "neither a training nor in registry.models"),
    ("batch.*.model", _MODELS, "neither a training nor in registry.models"),
    ("pipelines.*.train", ("training.*",), "no training"),
    ("pipelines.*.deploy", ("endpoints.*",), "no endpoint"),
    ("features.views.*.entity", ("features.entities.*",), "not in features.entities"),
    ("registry.share_with.*", ("environments.*",), "no environment"),
    ("llm.*.knowledge.vectors", ("vectors.*",), "no index of vectors"),
    ("streaming.*.to.view", ("features.views.*",), "no view of features"),
)

_OF = (  # what is of something by its key, whose it may be, and what that is
    ("monitoring.*", ("endpoints.*",), "no endpoint"),
    ("registry.cards.*", _MODELS, "neither a training nor in registry.models"),
    ("usage.endpoints.*", ("endpoints.*",), "no endpoint"),
    ("usage.training.*", ("training.*",), "no training"),
    ("usage.notebooks.*", ("notebooks.*",), "none of the notebooks"),
)


def _unknown_names(data: Any) -> Iterator[Finding]:
    for pattern, targets, what in _REFERENCES:
        known = names_at(data, *targets)
        for path, name in at(data, pattern):
            if isinstance(name, str) and name not in known:
                yield Finding(path, f"{name[:60]!r} is {what}. {_instead(name, known)}")
    for pattern, targets, what in _OF:
        known = names_at(data, *targets)
        for path, _ in at(data, pattern):
            if path[-1] not in known:
                name = str(path[-1])
                yield Finding(path, f"{name[:60]!r} is {what}. {_instead(name, known)}", at_key=True)
    watched = [f"{path[1]}.{path[2]}" for path, _ in at(data, "monitoring.*.*") if path[2] not in NO_SIGNALS]
    for path, event in at(data, "pipelines.*.on.*"):
        if isinstance(event, str) and event != "data" and event not in watched:
            yield Finding(path, f"{event[:80]!r} is not in monitoring. {_instead(event, watched)}")


def _instead(name: str, known: list[str]) -> str:
    near = nearest(name, known)
    if near or len(known) == 1:
        return f"Write {near or known[0]}."
    return f"Write one of {', '.join(sorted(known)[:8])}." if known else "There is none to name; add it first."


_APART = (  # sections whose physical names share a name space
    ("training.*", "registry.models.*"),
    *((f"{s}.*",) for s in ("endpoints", "batch", "streaming", "notebooks", "llm", "vectors", "pipelines")),
    ("environments.*",),
    ("features.views.*",),
)


def _too_alike(data: Any) -> Iterator[Finding]:
    for patterns in _APART:
        first: dict[str, str] = {}
        for pattern in patterns:
            for path, value in at(data, pattern):
                name = value if isinstance(path[-1], int) else path[-1]
                if not isinstance(name, str):
                    continue
                other = first.setdefault(name.replace("-", ""), name)
                if other != name:
                    message = f"{name[:60]!r} and {other[:60]!r} are one name where a cloud allows no `-`. Rename one."
                    yield Finding(path, message, at_key=not isinstance(path[-1], int))


_ONCE = (
    "alerts.email",
    "data.residency",
    "network.existing.security_groups",
    "network.existing.subnets",
    "registry.models",
    "registry.share_with",
)


def _twice(data: Any) -> Iterator[Finding]:
    for pattern in _ONCE:
        seen: set[str] = set()
        for path, value in at(data, f"{pattern}.*"):
            if isinstance(value, str) and value.lower() in seen:
                yield Finding(path, f"{value[:60]!r} is in the list already. Leave one of them out.")
            seen.add(value.lower() if isinstance(value, str) else "")


_OWN_IMAGE = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


def _own_images(data: Any) -> Iterator[Finding]:
    for pattern in ("training.*.image", "endpoints.*.image", "batch.*.image"):
        for path, image in at(data, pattern):
            name = own_image(image) if isinstance(image, str) else None
            if name and not (_OWN_IMAGE.fullmatch(name) and len(name) <= 32):
                yield Finding(
                    path,
                    f"{image[:80]!r} names no registry, so it is one of the stack's own, and their names are words"
                    " joined by `-`, at most 32 characters. Write fraud-train:1.4, or put the registry before it.",
                )


def _unheard(data: Any) -> Iterator[Finding]:
    if isinstance(data.get("budget"), dict) and not any(at(data, "alerts.email.*")):
        yield Finding(
            ("budget",),
            "nobody would hear of it. Write alerts: {email: [team@example.com]} beside budget.",
            at_key=True,
        )


def _stops_production(data: Any, environment: str | None) -> Iterator[Finding]:
    refused = refused_stop(environment) if environment is not None else None
    for path, wanted in at(data, "budget.hard_stop"):
        if refused and wanted is True:
            yield Finding(path, refused)


def _shared_secrets(data: Any) -> Iterator[Finding]:
    """Who holds the address of a chat can write there: no job needs it, and a pager has another."""
    told = {"alerts.webhook": "", "alerts.pager": ""}
    for pattern in told:
        told[pattern] = next((ref for _, ref in at(data, pattern) if isinstance(ref, str)), "")
    if told["alerts.webhook"] and told["alerts.webhook"] == told["alerts.pager"]:
        yield Finding(("alerts", "pager"), "a pager and a chat don't take the same. Name another secret.")
    for path, ref in at(data, "llm.*.model.secret"):
        if isinstance(ref, str) and ref in told.values():
            yield Finding(path, f"{ref[:60]} is for alerts, and no model may read it. Name another secret.")


def _serves_another(data: Any) -> Iterator[Finding]:
    """What a pipeline deploys is what it trained; a model that nobody knows is another rule's."""
    models = names_at(data, *_MODELS)
    for path, pipeline in at(data, "pipelines.*"):
        train, deploy = (pipeline.get(k) if isinstance(pipeline, dict) else None for k in ("train", "deploy"))
        endpoint = next((found for _, found in at(data, f"endpoints.{deploy}")), None)
        if not (isinstance(train, str) and isinstance(endpoint, dict)):
            continue
        several = endpoint.get("models")
        serves = [endpoint.get("model"), *(several.values() if isinstance(several, dict) else ())]
        known = [name for name in serves if name in models]
        if known and train not in known:
            message = (
                f"{deploy} serves {known[0]}, and {path[-1]} trains {train[:60]}. Name the endpoint of {train[:60]}."
            )
            yield Finding((*path, "deploy"), message)


def _accelerators(data: Any) -> Iterator[Finding]:
    for path, name in at(data, "*.*.machine.accelerator"):
        if isinstance(name, str):
            try:
                accelerator(name)
            except ValueError as unknown:
                yield Finding(path, str(unknown))
