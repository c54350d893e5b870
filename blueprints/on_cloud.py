"""What a blueprint can't say on one of the clouds: the paths, ids and words of another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from blueprints.finding import Finding, at
from blueprints.shape import Place
from components.base import Cloud

__all__ = ["findings_on"]


def findings_on(model: type[BaseModel], data: Mapping[str, Any], cloud: Cloud) -> Iterator[Finding]:
    """Yield what is wrong on the cloud alone; `data` may be of any shape."""
    yield from _foreign_paths(data, cloud)
    yield from _foreign_ids(model, data, cloud)
    yield from _foreign_topics(data, cloud)
    yield from _kept_words(data, cloud)
    yield from _many_checkpoints(data, cloud)


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
