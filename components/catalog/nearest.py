"""The known word that a mistyped one is nearest to, for error messages."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["hint", "nearest"]


def nearest(word: str, known: Iterable[str], most: int = 3) -> list[str]:
    """The known words most like `word`, best first, letter case ignored."""
    spelt = {k.casefold(): k for k in known}
    close = get_close_matches(word.casefold(), spelt, n=most, cutoff=0.5)
    return [spelt[k] for k in close or [k for k in spelt if word.casefold() in k][:most]]


def hint(word: str, known: Iterable[str]) -> str:
    """`Did you mean …?`, or the whole list where nothing is near."""
    known = list(known)
    close = nearest(word, known)
    if close:
        return f"Did you mean {' or '.join(close)}?"
    return f"Known: {', '.join(known)}."
