"""The prebuilt image or environment that each cloud has for a runtime."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from components.catalog.nearest import hint
from components.catalog.regions import region as known_region
from components.catalog.tables import rows, source
from components.catalog.wish import Use

__all__ = ["Image", "NoImage", "image", "images"]


class NoImage(ValueError):
    """The cloud has no prebuilt image for what was asked."""


@dataclass(frozen=True)
class Image:
    """
    A prebuilt container image, or an Azure ML environment that holds one.

    Attributes:
        uri: Image reference with its tag, or `azureml://` id of the environment.
        kind: Which of the two.
        version: Framework version inside.
        available_until: Day from which the cloud may withdraw it; None where it has named none.
        source: Short name in `sources.csv`.
        date: Date of that source.
    """

    uri: str
    kind: Literal["image", "environment"]
    version: str
    available_until: str | None
    source: str
    date: str


def image(
    cloud: str, region: str, runtime: str, use: Use, accelerator: bool = False, version: str | None = None
) -> Image:
    """
    The cloud's own image for a runtime in a region.

    Args:
        cloud: `aws`, `gcp` or `azure`.
        region: Region the job or endpoint runs in; AWS and GCP keep copies near it.
        runtime: `xgboost`, `sklearn`, `pytorch`, `tensorflow` or `huggingface`.
        use: `training` or `hosting`.
        accelerator: Whether it must make use of an NVIDIA GPU.
        version: Framework version, as listed by `images`; the catalogue's preferred one if not given.

    Raises:
        NoRegion: The cloud has no such region.
        NoImage: None is prebuilt; the message says which are.
    """
    where = known_region(cloud, region)
    processor = "gpu" if accelerator else "cpu"
    offered = [r for r in rows("images") if r["cloud"] == cloud]
    fits = [r for r in offered if (r["runtime"], r["use"], r["accelerator"]) == (runtime, use, processor)]
    row = next((r for r in fits if version in (None, r["version"])), None)
    if row is None:
        raise NoImage(_why_none(offered, cloud, runtime, use, processor, version))
    return Image(
        _fill(row["uri"], cloud, where.name, runtime),
        "environment" if row["kind"] == "environment" else "image",
        row["version"],
        row["available_until"] or None,
        row["source"],
        source(row["source"]).date,
    )


def images(cloud: str) -> list[tuple[str, str, str, str]]:
    """What is prebuilt: (runtime, use, `cpu` or `gpu`, version), the preferred version first."""
    return [(r["runtime"], r["use"], r["accelerator"], r["version"]) for r in rows("images") if r["cloud"] == cloud]


def _why_none(
    offered: list[dict[str, str]], cloud: str, runtime: str, use: str, processor: str, version: str | None
) -> str:
    runtimes = list(dict.fromkeys(r["runtime"] for r in offered))
    if runtime not in runtimes:
        return f"{cloud} has no prebuilt image for '{runtime}'. {hint(runtime, runtimes)}"
    same = [r for r in offered if r["runtime"] == runtime]
    exists = dict.fromkeys(f"{r['use']} on {r['accelerator']} ({r['version']})" for r in same)
    asked = f"{runtime} {version}" if version else runtime
    return (
        f"{cloud} has no prebuilt {asked} image for {use} on {processor}. It has {', '.join(exists)}. "
        "Or write image: registry/name@sha256:… of your own."
    )


def _fill(template: str, cloud: str, region: str, runtime: str) -> str:
    if cloud == "gcp":
        return template.format(multi_region=_multi_region(region))
    account = re.match(r"\{account:(\w+)\}", template)
    if account is None:
        return template
    accounts = {r["region"]: r[account[1]] for r in rows("aws_image_accounts")}
    if not accounts.get(region):
        having = ", ".join(r for r, number in accounts.items() if number)
        raise NoImage(f"aws keeps no {runtime} image in {region}. It keeps one in {having}.")
    return template.replace(account[0], accounts[region]).replace("{region}", region)


def _multi_region(region: str) -> str:
    """The Artifact Registry location nearest to a GCP region; Google keeps the same image in all three."""
    if region.startswith(("europe-", "me-", "africa-")):
        return "europe"
    return "asia" if region.startswith(("asia-", "australia-")) else "us"
