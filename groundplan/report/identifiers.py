"""Long names in a narrow terminal column: broken between their words, never within one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.text import Text

from groundplan.report.typeset import clean

__all__ = ["Identifiers"]


class Identifiers:
    """Text of names such as `EndpointConfiguration`, which may be broken before a capital."""

    def __init__(self, text: str) -> None:
        self.text = clean(text)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in _lines(self.text, options.max_width):
            yield Text(line, overflow="fold")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        longest = max((len(piece) for word in self.text.split() for piece in _humps(word)), default=0)
        return Measurement(min(longest, options.max_width), min(len(self.text), options.max_width))


def _humps(word: str) -> list[str]:
    return re.findall(r"[A-Z]*[^A-Z]*", word)


def _lines(text: str, width: int) -> Iterator[str]:
    line = ""
    for word in text.split():
        joined = f"{line} {word}" if line else word
        if len(joined) <= width:
            line = joined
        elif len(word) <= width:
            yield line
            line = word
        else:
            line = f"{line} " if line else ""
            for hump in _humps(word):
                if line and len(line) + len(hump) > width:
                    yield line.rstrip()
                    line = ""
                line += hump
    yield line
