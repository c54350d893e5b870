"""Resource types that their cloud makes no charge for, so that only what costs is listed as having no price."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

__all__ = ["is_free"]


@cache
def _free() -> frozenset[str]:
    text = files("groundplan.cost").joinpath("free.txt").read_text("utf-8")
    return frozenset(line.split("#")[0].strip() for line in text.splitlines()) - {""}


def is_free(resource_type: str) -> bool:
    """Whether having such a resource costs nothing; what it holds or runs is priced where it is used."""
    return resource_type in _free()
