"""What must hold between the sections of a blueprint: names that are known, names that stay apart, what is built."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel

from blueprints.derived import own_image
from blueprints.problems import Path
from blueprints.sections import CALLED, CAPABILITY
from blueprints.shape import Place, fields
from components.base import Cloud, capabilities
from components.catalog import accelerator
from components.fields import filled_in_from
from components.planned import what_is_planned

__all__ = ["Finding", "built_on", "findings", "nearest"]


@dataclass(frozen=True)
class Finding:
    """
    A rule that the blueprint breaks.

    Attributes:
        path: Where.
        message: What is wrong, and what to write instead.
        at_key: Whether the key is to blame, not its value.
        hides: Whether whatever else is wrong inside does not matter.
    """

    path: Path
    message: str
    at_key: bool = False
    hides: bool = False


def findings(model: type[BaseModel], data: Mapping[str, Any], cloud: Cloud | None = None) -> Iterator[Finding]:
    """
    Yield what is wrong between sections; `data` may be of any shape, as its types are checked elsewhere.

    Args:
        model: The blueprint's.
        data: The blueprint as plain values, as its file has it.
        cloud: Where it is to run; None leaves out what depends on it.
    """
    yield from _not_for_writing(model, data, cloud)
    yield from _unknown_names(data)
    yield from _too_alike(data)
    yield from _twice(data)
    yield from _own_images(data)
    yield from _unheard(data)
    yield from _shared_secrets(data)
    yield from _unrecorded(data)
    yield from _unstarted(data)
    yield from _accelerators(data)
    if cloud:
        yield from _foreign_paths(data, cloud)
        yield from _foreign_ids(model, data, cloud)
        yield from _foreign_topics(data, cloud)
        yield from _kept_words(data, cloud)
        yield from _many_checkpoints(data, cloud)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was most likely meant."""
    words = list(known)
    folded = {w.lower(): w for w in words}
    near = get_close_matches(word.lower()[:80], folded, n=1, cutoff=0.6)
    return folded[near[0]] if near else None


def at(data: Any, pattern: str) -> Iterator[tuple[Path, Any]]:
    """Yield path and value of what matches a dotted pattern, in which `*` is any key or item."""
    found: list[tuple[Path, Any]] = [((), data)]
    for part in pattern.split("."):
        found = [((*path, key), value) for path, here in found for key, value in _children(here, part)]
    yield from found


def _children(value: Any, part: str) -> Iterable[tuple[str | int, Any]]:
    if isinstance(value, Mapping):
        return value.items() if part == "*" else [(part, value[part])] if part in value else []
    return enumerate(value) if part == "*" and isinstance(value, list) else []


def _names(data: Any, *patterns: str) -> list[str]:
    """Keys (of `section.*`) or values (of `section.list.*`) at the patterns."""
    names: list[str] = []
    for pattern in patterns:
        for path, value in at(data, pattern):
            name = value if isinstance(path[-1], int) else path[-1]
            names += [name] if isinstance(name, str) else []
    return names


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
        what = what_is_planned(place.field) if place.field else None
        if what and place.field and value != place.field.default:
            yield Finding(path, f"groundplan does not build {what} yet. Leave it out.", at_key=True, hides=True)
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


_NO_SIGNALS = ("baseline", "on_breach", "target")  # of a monitor


def _unknown_names(data: Any) -> Iterator[Finding]:
    for pattern, targets, what in _REFERENCES:
        known = _names(data, *targets)
        for path, name in at(data, pattern):
            if isinstance(name, str) and name not in known:
                yield Finding(path, f"{name[:60]!r} is {what}. {_instead(name, known)}")
    endpoints = _names(data, "endpoints.*")
    for path, _ in at(data, "monitoring.*"):
        if path[-1] not in endpoints:
            name = str(path[-1])
            yield Finding(path, f"there is no endpoint {name[:60]!r}. {_instead(name, endpoints)}", at_key=True)
    watched = [f"{path[1]}.{path[2]}" for path, _ in at(data, "monitoring.*.*") if path[2] not in _NO_SIGNALS]
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
            ("budget",), "nobody would hear of it. Write alerts: {email: [team@example.com]} as well.", at_key=True
        )


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


def _unrecorded(data: Any) -> Iterator[Finding]:
    """A monitor reads what its endpoint records."""
    for path, monitor in at(data, "monitoring.*"):
        endpoint = next((found for _, found in at(data, f"endpoints.{path[-1]}")), None)
        if isinstance(monitor, dict) and isinstance(endpoint, dict) and endpoint.get("capture") is None:
            message = f"endpoints.{path[-1]} records nothing to watch. Write capture: {{sample: 100%}} there."
            yield Finding(path, message, at_key=True)


def _unstarted(data: Any) -> Iterator[Finding]:
    """A breach starts those pipelines that wait for it, and each that waits is started."""
    waited = {event for _, event in at(data, "pipelines.*.on.*") if isinstance(event, str)}
    for path, monitor in at(data, "monitoring.*"):
        if not isinstance(monitor, dict):
            continue
        starts = monitor.get("on_breach", "alert") in ("retrain", "review")
        watched = {f"{path[-1]}.{signal}" for signal in monitor if signal not in _NO_SIGNALS}
        if starts and not watched & waited:
            first = sorted(watched)[0] if watched else f"{path[-1]}.drift"
            message = f"no pipeline waits for it. Write pipelines: {{…: {{on: [{first}]}}}}, or on_breach: alert."
            yield Finding((*path, "on_breach"), message)
        if not starts and watched & waited:
            first = sorted(watched & waited)[0]
            message = f"a pipeline waits for {first}, and it starts none. Write on_breach: retrain."
            yield Finding(path, message, at_key=True)


def _accelerators(data: Any) -> Iterator[Finding]:
    for path, name in at(data, "*.*.machine.accelerator"):
        if isinstance(name, str):
            try:
                accelerator(name)
            except ValueError as unknown:
                yield Finding(path, str(unknown))


_SCHEMES = {"s3": Cloud.AWS, "gs": Cloud.GCP, "azureml": Cloud.AZURE}
_PATHS = (
    "training.*.inputs.*",
    "training.*.checkpoint.path",
    "batch.*.input",
    "batch.*.output",
    "features.views.*.source",
    "streaming.*.to.data",
    "monitoring.*.baseline",
    "monitoring.*.quality.labels",
    "llm.*.knowledge.documents",
)


def _foreign_paths(data: Any, cloud: Cloud) -> Iterator[Finding]:
    for pattern in _PATHS:
        for path, text in at(data, pattern):
            scheme, found, _ = text.partition("://") if isinstance(text, str) else ("", "", "")
            home = _SCHEMES.get(scheme)
            if found and home and home != cloud:
                advice = f"Write a path of the stack's data store, and this under overrides.{home}."
                yield Finding(path, f"{text[:80]!r} can't be read on {cloud}. {advice}")


_KEYS = {  # how each cloud's key is named
    Cloud.AWS: ("arn:", "arn:aws:kms:eu-west-1:111122223333:key/…"),
    Cloud.GCP: ("projects/", "projects/…/locations/…/keyRings/…/cryptoKeys/…"),
    Cloud.AZURE: ("/subscriptions/", "/subscriptions/…/providers/Microsoft.KeyVault/vaults/…/keys/…/versions/…"),
}


def _foreign_ids(model: type[BaseModel], data: Any, cloud: Cloud) -> Iterator[Finding]:
    for path, ids in at(data, "network.existing"):
        place = Place.of(model).at(path)
        specs = {spec.__name__.lower().removesuffix("network"): spec for spec in (place.models if place else ())}
        whose = next(
            (c for c, spec in specs.items() if isinstance(ids, dict) and set(ids) & set(spec.model_fields)), ""
        )
        if whose not in ("", cloud):
            keys = ", ".join(specs[cloud].model_fields)
            yield Finding(path, f"this is no network of {cloud}. Write {keys}.", hides=True)
    for path, key in at(data, "key.existing"):
        prefix, example = _KEYS[cloud]
        if isinstance(key, str) and not key.startswith(prefix):
            yield Finding(path, f"{key[:80]!r} is no key of {cloud}. Write one such as {example}.", hides=True)


_TOPICS = {  # how what hears of alerts is named on each cloud
    Cloud.AWS: (
        re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}"),
        "the ARN of an SNS topic, such as arn:aws:sns:eu-west-1:111122223333:on-call",
    ),
    Cloud.GCP: (
        re.compile(r"projects/[^/\s]+/notificationChannels/[0-9]+"),
        "the name of a notification channel, such as projects/acme-ml/notificationChannels/1234567890",
    ),
    Cloud.AZURE: (
        re.compile(
            r"/subscriptions/[^/\s]+/resourceGroups/[^/\s]+/providers/microsoft\.insights/actionGroups/[^/\s]+", re.I
        ),
        "the ARM id of an action group: /subscriptions/…/providers/Microsoft.Insights/actionGroups/on-call",
    ),
}


def _foreign_topics(data: Any, cloud: Cloud) -> Iterator[Finding]:
    pattern, what = _TOPICS[cloud]
    if cloud == Cloud.AZURE:  # its parity says why
        for key in ("webhook", "pager"):
            for path, ref in at(data, f"alerts.{key}"):
                if ref is not None:
                    advice = f"Write overrides: {{azure: {{alerts: {{{key}: null, topic: <id of an action group>}}}}}}."
                    yield Finding(path, f"nothing is sent to it without showing its address. {advice}", at_key=True)
    for path, topic in at(data, "alerts.topic"):
        if isinstance(topic, str) and not pattern.fullmatch(topic):
            yield Finding(path, f"{topic[:80]!r} is nothing that {cloud} tells. Write {what}, under overrides.{cloud}.")


_KEPT_WORDS: dict[Cloud, tuple[re.Pattern[str], str]] = {
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    Cloud.AWS: (re.compile(r"^(?:sthree(?=-|$)|amzn-s3-demo(?=-|$))"), "at the beginning of a bucket's name"),
    # https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-reserved-resource-name
    Cloud.AZURE: (re.compile(r"^log-?in|microsoft|windows"), "in the name of what has an address"),
}


def _kept_words(data: Any, cloud: Cloud) -> Iterator[Finding]:
    """Words that a cloud keeps for itself, in the names that become part of addresses."""
    pattern, where = _KEPT_WORDS.get(cloud, (None, ""))
    name = data.get("name")
    named = [(("name",), name, False)] if isinstance(name, str) else []
    named += [(path, str(path[-1]), True) for path, _ in (*at(data, "endpoints.*"), *at(data, "environments.*"))]
    for path, text, at_key in named:
        found = pattern.search(text) if pattern else None
        within = found and found[0] in ("microsoft", "windows")
        if found and (within or path == ("name",)):  # a blueprint's name is what every name begins with
            yield Finding(path, f"{cloud} keeps {found[0]!r} to itself {where}. Write another name.", at_key=at_key)


_SCRATCH = ("checkpoints/", "runs/", "tmp/")
_MOST_CONDITIONS = 19  # of 20 that one account may have for one role; https://cloud.google.com/iam/quotas


def _many_checkpoints(data: Any, cloud: Cloud) -> Iterator[Finding]:
    """Each path elsewhere takes a grant of its own, with a condition."""
    paths = [(path, text) for path, text in at(data, "training.*.checkpoint.path") if isinstance(text, str)]
    elsewhere = [(path, text) for path, text in paths if not text.startswith(_SCRATCH)]
    if cloud == Cloud.GCP and len(elsewhere) > _MOST_CONDITIONS:
        path, text = elsewhere[_MOST_CONDITIONS]
        yield Finding(
            path,
            f"{text[:60]!r} is one too many: {cloud} grants {_MOST_CONDITIONS} paths outside checkpoints/."
            " Write one under checkpoints/, or leave it out.",
        )
