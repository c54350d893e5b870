"""Text of blueprints within GitHub-flavoured Markdown: shown as it is, and never taken for markup."""

from __future__ import annotations

import html
import re

from groundplan.report.typeset import clean

__all__ = ["cell", "code", "cut", "prose"]

LONGEST = 300
_MARKUP = re.compile(r"([\\`*_{}\[\]|~$])")
# what hosts make links, mentions and issue references of, in any text
_ALIVE = re.compile(r"(@|#(?=\d)|!(?=\d)|:(?=//)|\bwww(?=\.))", re.IGNORECASE)
_ZERO_WIDTH = "&#8203;"


def cut(text: str, longest: int = LONGEST) -> str:
    """The text on one line, cleaned of what can't be shown, and no longer than that."""
    flat = " ".join(clean(text).split())
    return flat if len(flat) <= longest else f"{flat[: longest - 1]}…"


def code(text: str) -> str:
    """The text in a code span, whatever backticks it has."""
    shown = cut(text)
    if not shown:
        return ""
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    pad = " " if shown[0] == "`" or shown[-1] == "`" else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def cell(text: str) -> str:
    """The text in a code span of a table's cell."""
    return code(text).replace("|", "\\|")


def prose(text: str) -> str:
    """The text as words of a sentence: no markup, no HTML, no link, nobody mentioned."""
    safe = html.escape(_MARKUP.sub(r"\\\1", cut(text)), quote=False)
    return _ALIVE.sub(rf"\1{_ZERO_WIDTH}", safe)
