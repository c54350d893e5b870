"""Names of container images: the registry that each comes from, and whether it is trusted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from policies.settings import Settings

__all__ = ["in_ecr", "registry", "untrusted"]

_ECR = re.compile(r"\d{12}\.dkr[.-]ecr(?:-fips)?\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|on\.aws(?:\.cn)?)")
_GOOGLE = r"[a-z0-9-]+-docker\.pkg\.dev|(?:[a-z]+\.)?gcr\.io"
_AZURE = r"[a-z0-9-]+\.azurecr\.(?:io|cn|us)|mcr\.microsoft\.com|mcr\.azk8s\.cn"
_CLOUDS = re.compile(rf"{_ECR.pattern}|{_GOOGLE}|{_AZURE}")
"""
Private registries of AWS, Google and Azure, and Microsoft's own.

Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html,
    https://cloud.google.com/artifact-registry/docs/docker/names,
    https://learn.microsoft.com/azure/container-registry/container-registry-concepts
"""


def registry(image: str) -> str:
    """Host of an image's registry; Docker Hub's where the name has none."""
    first = image.removeprefix("docker://").partition("/")[0]
    return first if "/" in image and ("." in first or ":" in first or first == "localhost") else "docker.io"


def in_ecr(image: str) -> bool:
    """Whether the image is in a private registry of ECR."""
    return _ECR.fullmatch(registry(image)) is not None


def untrusted(image: Any, settings: Settings) -> str | None:
    """What is wrong with where an image comes from; None where nothing is, or where it is not known."""
    if not isinstance(image, str) or not image or _CLOUDS.fullmatch(registry(image)):
        return None
    if _listed(image.removeprefix("docker://"), settings.allowed_registries):
        return None
    return "it must come from a registry of the cloud's, or one of allowedRegistries"


def _listed(image: str, allowed: Iterable[str]) -> bool:
    full = image if image.startswith(f"{registry(image)}/") else f"docker.io/{image}"
    return any(full.startswith(f"{name.rstrip('/')}/") or fnmatchcase(full, name) for name in allowed)
