"""What is wrong with a blueprint file, where, and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["BlueprintError", "Path", "Problem", "shown_path"]

Path = tuple[str | int, ...]

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,79}")


def shown_path(path: Path) -> str:
    """The path as a message names it: `endpoints.scorer.rollout.steps[0]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            word = part if _PLAIN.fullmatch(part) else ascii(part if len(part) <= 40 else part[:40] + "…")
            text += f".{word}" if text else word
    return text


@dataclass(frozen=True, order=True)
class Problem:
    """
    One thing that is wrong.

    Attributes:
        file: As it was named by who asked.
        line: From 1; 0 where the file itself can't be read.
        column: From 1.
        path: Of the value, as it stands in the file: `environments.dev.budget.monthly_usd`; empty for the whole.
        message: What is wrong, and what to write instead, on one line.
    """

    file: str
    line: int
    column: int
    path: str
    message: str

    def as_json(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return asdict(self)

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return ": ".join(part for part in (where, self.path, self.message) if part)


class BlueprintError(Exception):
    """A blueprint that can't be used; as text, one line a problem."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))
