"""Text that is safe to show: cleaned, measured without a font at hand, and broken into lines."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["TIMES", "break_lines", "clean", "text_width"]

TIMES = "\N{MULTIPLICATION SIGN}"

# Not allowed in XML, or able to reorder what a reader sees.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffe\uffff]")

# Advance widths in em, of the widest face the page's font lists may fall back to (DejaVu).
MONO = 0.62
NARROW, USUAL, WIDE, FULL = 0.36, 0.62, 0.78, 1.0


def clean(text: str) -> str:
    """The text with each character that can't or shouldn't be shown replaced by U+FFFD."""
    return FORBIDDEN.sub("\ufffd", text)


def text_width(text: str, size: float, *, mono: bool = False) -> float:
    """Upper bound of the text's width, in the unit of `size`."""
    return size * sum(_advance(char, mono) for char in text)


def break_lines(text: str, limit: float, size: float, *, mono: bool = False) -> list[str]:
    """The text in lines no wider than `limit`, broken after punctuation, or where it must."""
    lines = [""]
    for word in _words(clean(text)):
        if text_width(lines[-1] + word, size, mono=mono) <= limit:
            lines[-1] += word
        else:
            lines.extend(_hard(word, limit, size, mono))
    return [line.strip() for line in lines if line.strip()] or [""]


def _words(text: str) -> list[str]:
    return re.findall(r"[A-Z]?[^A-Z\s/_.:-]*[\s/_.:-]*", text.replace("\n", " "))


def _hard(word: str, limit: float, size: float, mono: bool) -> list[str]:
    lines = [""]
    for char in word:
        if lines[-1] and text_width(lines[-1] + char, size, mono=mono) > limit:
            lines.append("")
        lines[-1] += char
    return lines


def _advance(char: str, mono: bool) -> float:
    if unicodedata.east_asian_width(char) in "WF":
        return FULL
    if unicodedata.combining(char):
        return 0
    if mono:
        return MONO if ord(char) < 0x2000 else FULL
    if char in "iljtfIr .,:;'|!()[]/-":
        return NARROW + (0.06 if char in "tfr-()[]" else 0)
    if char in "mwMW%@&":
        return FULL
    return WIDE if char.isupper() or ord(char) >= 0x2000 else USUAL
