"""One check of everything of a kind that a resource holds: each definition, variant or node pool."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policies.checks import sample
from policies.resource import Resource
from policies.rule import Breach, Check
from policies.settings import Settings

__all__ = ["each"]


def each(check: Check, *paths: str) -> Check:
    """
    The check, made of each mapping at the paths as if it were a resource; where there is none, nothing is demanded.

    Args:
        check: With paths from within such a mapping.
        paths: `trainingJobDefinition`, `trainingJobDefinitions.*`.
    """

    def run(resource: Resource, settings: Settings) -> Iterator[Breach]:
        for path in paths:
            for where, inner in resource.all(path):
                if isinstance(inner, Mapping):
                    for breach in check.run(Resource(resource.urn, resource.type, inner), settings):
                        yield Breach(f"{where}.{breach.message}", f"{where}.{breach.path}")

    return Check(
        run=run,
        reads=tuple(f"{paths[0]}.{inner}" for inner in check.reads),
        passes=sample({paths[0]: dict(check.passes)}),
        fails=tuple(sample({path: dict(bad)}) for path in paths for bad in check.fails),
        absent=check.absent,
        because=check.because,
    )
