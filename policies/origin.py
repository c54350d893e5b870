"""Where a stack comes from: its blueprint, its environment, its waivers, and the line that a finding is about."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from blueprints import BlueprintError, Source, parse
from blueprints.file import text_of
from blueprints.layers import find
from components.base import Cloud
from policies.waivers import Waived, waived

__all__ = ["Origin", "of_config"]


@dataclass(frozen=True)
class Origin:
    """A blueprint in an environment on a cloud."""

    source: Source
    environment: str
    cloud: Cloud

    def waivers(self) -> list[Waived]:
        """Its waivers, in the order of the file."""
        return waived(w.model_dump() for w in self.source.resolve(self.environment, self.cloud).waivers)

    def place(self, component: str, fields: Sequence[str] = ()) -> tuple[str, int]:
        """
        File and line of the first of a component's fields that is written, be it in an overlay.

        Without one, those that ask for the component, or for what stands nearest above it.

        Args:
            component: Its label: `endpoints/scorer`; `waivers[0]` for a waiver.
            fields: Of its section, with dots: `scale.min`; with a slash, of the blueprint: `/data.classification`.
        """
        parts = (part for part in re.split(r"[/\[]", component.rstrip("]")) if part)
        path = tuple(int(part) if part.isdigit() else part for part in parts)
        for field in fields:
            within = () if field.startswith("/") else path
            written = self.source.line(self.environment, self.cloud, (*within, *field.removeprefix("/").split(".")))
            if written is not None:
                return self.source.file, written
        declared = self._declared(path)
        if declared is None:  # in an overlay, or filled in
            return self.source.file, self.source.problem(self.environment, self.cloud, path, "").line
        return self.source.file, declared

    def _declared(self, path: tuple[str | int, ...]) -> int | None:
        """Line of what the blueprint's own part, before any overlay, has at a path."""
        node, steps = find(self.source.root, path)
        return (node.key or node.mark).line if steps == len(path) else None


def of_config(config: Mapping[str, str], root: Path) -> Origin | None:
    """
    The origin that a stack's configuration names; none of a stack that groundplan does not make.

    Args:
        config: Full keys: `groundplan:blueprint`.
        root: Folder that the blueprint's path is relative to.
    """
    wanted = {key: config.get(f"groundplan:{key}", "") for key in ("blueprint", "environment", "cloud")}
    if not all(wanted.values()) or wanted["cloud"] not in list(Cloud):
        return None
    try:
        source = parse(text_of(root / wanted["blueprint"], wanted["blueprint"]), wanted["blueprint"])
        source.resolve(wanted["environment"], wanted["cloud"])
    except BlueprintError:
        return None  # the program says what is wrong with it
    return Origin(source, wanted["environment"], Cloud(wanted["cloud"]))
