"""A blueprint file's text, or one line on why it can't be had."""

from __future__ import annotations

import codecs
import re
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

from blueprints.problems import BlueprintError, Problem

__all__ = ["text_of"]

MAX_BYTES = 1 << 20  # a thousand times a usual blueprint

_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
# what YAML calls non-printable: https://yaml.org/spec/1.2.2/#51-character-set
_UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def text_of(path: Path, name: str) -> str:
    """
    Read the file as UTF-8.

    Args:
        path: Where it is.
        name: What messages call it.

    Raises:
        BlueprintError: It is missing, a directory, unreadable, too large, or not text in UTF-8.
    """
    text = _decoded(_bytes(path, name), name).removeprefix("\ufeff")
    stray = _UNPRINTABLE.search(text)
    if stray:
        line, column = _position(text, stray.start())
        code = f"U+{ord(stray[0]):04X}"
        _refuse(name, f"the character {code} can't be in a blueprint. Delete it.", line, column)
    return text


def _refuse(name: str, message: str, line: int = 0, column: int = 0) -> NoReturn:
    raise BlueprintError([Problem(name, line, column, "", message)])


def _bytes(path: Path, name: str) -> bytes:
    try:
        if path.is_dir():
            inside = sorted(p.name for p in path.glob("*.yaml"))[:5]
            hint = f" Write one of its files: {', '.join(inside)}." if inside else " Write the path of a file."
            _refuse(name, f"it is a directory.{hint}")
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        _refuse(name, f"there is no such file.{_nearest(path)}")
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        _refuse(name, f"it can't be read: {getattr(error, 'strerror', None) or error}.")
    if len(data) > MAX_BYTES:
        _refuse(name, f"the file is larger than {MAX_BYTES // 1024} KiB. A blueprint is a few; is it the right file?")
    return data


def _nearest(path: Path) -> str:
    try:
        names = [p.name for p in path.parent.iterdir() if p.suffix in (".yaml", ".yml")]
    except OSError:
        return f" There is no directory {path.parent} either."
    near = get_close_matches(path.name, names, n=1, cutoff=0.5) or [n for n in names if n.startswith(path.name)]
    return f" Write {path.parent / near[0]}." if near else " Write the path of a blueprint."


def _decoded(data: bytes, name: str) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            _refuse(name, f"the file is in {encoding}. Save it as UTF-8.", 1, 1)
    if b"\0" in data[:100]:
        _refuse(name, "the file is not text, or in UTF-16. Save it as UTF-8.", 1, 1)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(errors="replace")
        line, column = _position(before, len(before))
        _refuse(name, f"the byte 0x{data[error.start]:02x} is not UTF-8. Save the file as UTF-8.", line, column)


def _position(text: str, index: int) -> tuple[int, int]:
    before = text[:index]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
