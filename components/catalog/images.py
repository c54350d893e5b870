"""The prebuilt image or environment that each cloud has for a runtime."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast

from components.catalog.nearest import hint
from components.catalog.regions import region as known_region
from components.catalog.tables import rows, source
from components.catalog.wish import Use

__all__ = ["Image", "NoImage", "image", "images"]


Kind = Literal["image", "environment", "by-model", "own"]

NONE = {
    ("azure", "vllm"): "Azure ML's own, foundation-model-inference, serves models of its catalogue alone",
}
"""Cloud and runtime to why there is no image. Source: SOURCES.md"""


class NoImage(ValueError):
    """The cloud has no prebuilt image for what was asked."""


@dataclass(frozen=True)
class Image:
    """
    A prebuilt container image, or an Azure ML environment that holds one.

    Attributes:
        uri: Image reference with its tag, or `azureml://` id of the environment; empty where the cloud names none.
        kind: Which of the two; `by-model` where the cloud takes an image of its own for a model of that type; `own`
            where it is a copy, in the stack's own repository, of an image that the cloud does not pull from its maker.
        version: Framework version inside.
        available_until: Day from which the cloud may withdraw it; None where it has named none.
        source: Short name in `sources.csv`.
        date: Date of that source.
        cuda: CUDA that the framework inside is built with, as `12.6`, or `12.x` where only that is published; None for
            an image without, or whose CUDA nobody publishes.
        least_capability: Compute capability of the oldest card it has code for; None where its maker names none.
        cuda_source: Where both are from; None where they are unknown.
    """

    uri: str
    kind: Kind
    version: str
    available_until: str | None
    source: str
    date: str
    cuda: str | None = None
    least_capability: str | None = None
    cuda_source: str | None = None


def image(
    cloud: str, region: str, runtime: str, use: Use, accelerator: bool = False, version: str | None = None
) -> Image:
    """
    The cloud's own image for a runtime in a region.

    Args:
        cloud: `aws`, `gcp` or `azure`.
        region: Region the job or endpoint runs in; AWS and GCP keep copies near it.
        runtime: `xgboost`, `sklearn`, `pytorch`, `tensorflow` or `huggingface`; `onnx`, `triton` or `vllm` to serve.
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
        cast(Kind, row["kind"]),
        row["version"],
        row["available_until"] or None,
        row["source"],
        source(row["source"]).date,
        row["cuda"] or None,
        row["least_capability"] or None,
        row["cuda_source"] or None,
    )


def images(cloud: str) -> list[tuple[str, str, str, str]]:
    """What is prebuilt: (runtime, use, `cpu` or `gpu`, version), the preferred version first."""
    return [(r["runtime"], r["use"], r["accelerator"], r["version"]) for r in rows("images") if r["cloud"] == cloud]


def _why_none(
    offered: list[dict[str, str]], cloud: str, runtime: str, use: str, processor: str, version: str | None
) -> str:
    if why := NONE.get((cloud, runtime)):
        return (
            f"{cloud} has no prebuilt image for {runtime}: {why}. Write image: registry/name@sha256:… of your own"
            " (docs/containers.md)."
        )
    runtimes = list(dict.fromkeys(r["runtime"] for r in offered))
    if runtime not in runtimes:
        return f"{cloud} has no prebuilt image for '{runtime}'. {hint(runtime, runtimes)}"
    same = [r for r in offered if r["runtime"] == runtime]
    exists = dict.fromkeys(f"{r['use']} on {r['accelerator']} ({r['version']})" for r in same)
    asked = f"{runtime} {version}" if version else runtime
    return (
        f"{cloud} has no prebuilt {asked} image for {use} on {processor}. It has {', '.join(exists)}. "
        f"{_other_processor(same, use, processor)}rite image: registry/name@sha256:… of your own."
    )


def _other_processor(same: list[dict[str, str]], use: str, processor: str) -> str:
    """Which machine to write, where there is an image for the same on the other kind; up to the word `write`."""
    other = {"cpu": "gpu", "gpu": "cpu"}[processor]
    on = {row["accelerator"] for row in same if row["use"] == use}
    if on != {other}:
        return "Or w"
    machine = {"gpu": "{gpu_memory: 24GiB}", "cpu": "{cpu: 4, memory: 16GiB}"}[other]
    return f"Write machine: {machine}, or w"


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
