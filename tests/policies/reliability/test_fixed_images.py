"""Images are fixed by tag or digest."""

from __future__ import annotations

from typing import Any

import pytest

from policies.pack import rule
from policies.reliability.fixed_images import floats
from policies.resource import Resource
from policies.settings import Settings


@pytest.mark.parametrize(
    ("image", "moves"),
    [
        ("serve", True),
        ("serve:latest", True),
        ("registry.example.com:5000/ml/serve", True),
        ("registry.example.com:5000/ml/serve:1.4", False),
        ("serve@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", False),
        ("serve:latest@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", False),
        ("europe-docker.pkg.dev/vertex-ai/prediction/sklearn-cpu.1-5:latest", True),
        ("serve:latest-1.4", False),
    ],
)
def test_what_a_name_means_tomorrow(image: str, moves: bool):
    """
    A registry's port is no tag, and a digest wins over a tag.
    """
    assert moves == floats(image)


@pytest.mark.parametrize(
    ("inputs", "broken"),
    [
        ({"format": "DOCKER"}, True),
        ({"format": "docker", "dockerConfig": {"immutableTags": False}}, True),
        ({"format": "PYTHON"}, False),
        ({"format": "DOCKER", "mode": "REMOTE_REPOSITORY"}, False),
        ({"format": "DOCKER", "mode": "VIRTUAL_REPOSITORY"}, False),
    ],
)
def test_only_registries_that_images_are_pushed_to(inputs: dict[str, Any], broken: bool):
    """
    Packages of other kinds, and what passes on another registry's images, have no tags of their own.
    """
    resource = Resource("r", "gcp:artifactregistry/repository:Repository", inputs)

    assert broken == bool(rule("GP-REL-009").breaches(resource, Settings()))
