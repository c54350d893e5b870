"""YAML text to plain values that know their line and column; no tags, no objects, no surprises."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from blueprints.problems import BlueprintError, Path, Problem, shown_path

__all__ = ["Mark", "Node", "Scalar", "read"]

MAX_DEPTH = 40
MAX_NODES = 20_000

Scalar = str | int | float | bool | None

_NULL = ("", "~", "null", "Null", "NULL")
_BOOL = {word: value for value in (True, False) for word in (str(value).lower(), str(value), str(value).upper())}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_A_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the file; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Node:
    """
    A value of the file and where it stands.

    Attributes:
        value: A scalar, or a mapping or list of nodes.
        mark: Where the value begins.
        key: Where its key does, in a mapping.
        layer: Path of the overlay that it was written in; empty for the blueprint itself.
    """

    value: Scalar | dict[str, Node] | list[Node]
    mark: Mark
    key: Mark | None = None
    layer: Path = ()

    @property
    def place(self) -> Mark:
        """Where to point: at the value, or at its key where the value begins on another line."""
        return self.key if self.key and self.key.line != self.mark.line else self.mark

    @property
    def plain(self) -> Any:
        """The value without its places."""
        if isinstance(self.value, dict):
            return {key: node.plain for key, node in self.value.items()}
        return [node.plain for node in self.value] if isinstance(self.value, list) else self.value


def read(text: str, file: str) -> Node:
    """
    Read one document.

    Raises:
        BlueprintError: The text is not YAML, or holds what a blueprint can't have: tags, keys that are not text
            or stand twice, several documents, nesting or aliases beyond all reason.
    """
    reader = _Reader(text, file)
    try:
        return reader.document()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reader.refuse(Mark(mark.line + 1, mark.column + 1) if mark else Mark(1, 1), _syntax(error))
    except (YAMLError, ValueError, IndexError, TypeError, AttributeError, AssertionError) as error:
        # what the YAML parser lets through when the text is far from YAML
        reader.refuse(Mark(1, 1), f"it is not YAML ({type(error).__name__}). Write `key: value` lines.")


_SYNTAX = (
    (r"character '\\t'", "a tab can't indent. Write spaces."),
    (r"mapping values are not allowed", "a second `: ` on the line. Put the value in quotes, or indent what follows."),
    (r"could not find expected ':'", "a key without `:`. Write `key: value`."),
    (r"expected <block end>", "the indentation does not match the lines above. Indent what belongs together alike."),
    (r"while scanning a quoted|unexpected end of stream", "a quote is not closed. Close it."),
    (r"expected ',' or '[\]}]'", "a `[` or `{` is not closed, or a comma is missing. Close it."),
    (r"character '[@`%]'|character that cannot start", "a value can't begin with this character. Put it in quotes."),
    (r"undefined alias", "the alias is not defined above. Define it with `&name`, or write the value out."),
    (r"duplicate anchor", "the anchor is defined twice. Give one another name."),
)


def _syntax(error: MarkedYAMLError) -> str:
    said = f"{error.context or ''} {error.problem or ''}"
    known = next((ours for theirs, ours in _SYNTAX if re.search(theirs, said)), None)
    return known or f"it is not YAML: {' '.join(str(error.problem or error.context).split())}."


@dataclass
class _Reader:
    text: str
    file: str
    problems: list[Problem] = field(default_factory=list)
    anchors: dict[str, tuple[Node, int]] = field(default_factory=dict)
    count: int = 0

    def refuse(self, mark: Mark, message: str, path: Path = ()) -> NoReturn:
        """Stop here."""
        self.note(mark, message, path)
        raise BlueprintError(self.problems)

    def note(self, mark: Mark, message: str, path: Path) -> None:
        self.problems.append(Problem(self.file, mark.line, mark.column, shown_path(path), message))

    def document(self) -> Node:
        events = iter(YAML(typ="safe", pure=True).parse(self.text))
        event = self._skip(events)
        if isinstance(event, StreamEndEvent):
            self.refuse(Mark(1, 1), "the file is empty. Write a blueprint that begins with apiVersion: groundplan/v1.")
        node, _ = self._node(event, events, ())
        event = self._skip(events)
        if not isinstance(event, StreamEndEvent):
            self.refuse(_mark(event), "a second document begins. Write one blueprint a file, without `---` after it.")
        if self.problems:
            raise BlueprintError(self.problems)
        return node

    def _skip(self, events: Iterator[Any]) -> Any:
        """The next event with content, or the end."""
        for event in events:
            if isinstance(event, ScalarEvent | CollectionStart | AliasEvent | StreamEndEvent):
                return event
            if isinstance(event, DocumentStartEvent) and event.explicit and self.count:
                return event
        raise AssertionError("a stream ends with its end")

    def _node(self, event: Any, events: Iterator[Any], path: Path) -> tuple[Node, int]:
        """The value that begins with the event, and how many values it comes to."""
        if isinstance(event, AliasEvent):
            return self._alias(event, path)
        mark = _mark(event)
        self._count(1, mark)
        if event.tag is not None:
            self.note(mark, f"the tag {_tag(event.tag)} means nothing here. Leave it out.", path)
        if len(path) > MAX_DEPTH:
            self.refuse(mark, f"the nesting is deeper than {MAX_DEPTH} levels. Write it flatter.")
        if isinstance(event, ScalarEvent):
            found = Node(self._scalar(event, mark, path), mark), 1
        elif isinstance(event, SequenceStartEvent):
            found = self._list(mark, events, path)
        else:
            found = self._mapping(mark, events, path)
        if event.anchor:
            self.anchors[event.anchor] = found
        return found

    def _count(self, values: int, mark: Mark) -> None:
        self.count += values
        if self.count > MAX_NODES:
            self.refuse(mark, f"more than {MAX_NODES} values, aliases written out. Write a smaller blueprint.")

    def _alias(self, event: AliasEvent, path: Path) -> tuple[Node, int]:
        mark = _mark(event)
        if event.anchor not in self.anchors:
            name = ascii(event.anchor)
            self.refuse(mark, f"the alias {name} is not defined above. Define it with `&name`, or write it out.", path)
        node, size = self.anchors[event.anchor]
        self._count(size, mark)
        return node, size

    def _list(self, mark: Mark, events: Iterator[Any], path: Path) -> tuple[Node, int]:
        items, total = [], 1
        for event in events:
            if isinstance(event, CollectionEndEvent):
                break
            node, size = self._node(event, events, (*path, len(items)))
            items.append(node)
            total += size
        return Node(items, mark), total

    def _mapping(self, mark: Mark, events: Iterator[Any], path: Path) -> tuple[Node, int]:
        own: dict[str, Node] = {}
        merged: dict[str, Node] = {}
        total = 1
        for event in events:
            if isinstance(event, CollectionEndEvent):
                break
            key_mark, key = self._key(event, events, path)
            node, size = self._node(next(events), events, (*path, key))
            total += size
            if key == "<<" and event.implicit[0]:
                merged = {**self._merged(node, path), **merged}
            elif key in own:
                first = own[key].key
                line = f" on line {first.line}" if first else ""
                self.note(key_mark, f"it stands twice; first{line}. Leave one out.", (*path, key))
            else:
                own[key] = replace(node, key=key_mark)
        return Node({**merged, **own}, mark), total

    def _key(self, event: Any, events: Iterator[Any], path: Path) -> tuple[Mark, str]:
        mark = _mark(event)
        node, _ = self._node(event, events, path)
        if isinstance(node.value, str):
            return mark, node.value
        if isinstance(node.value, dict | list):
            self.refuse(mark, "a mapping or list can't be a key. Put text with `{` or `[` in quotes.", path)
        word = getattr(event, "value", "") or "null"
        self.note(mark, f'a key must be text; got {word[:40]}. Write "{word[:40]}" in quotes.', path)
        return mark, word

    def _merged(self, node: Node, path: Path) -> dict[str, Node]:
        sources = node.value if isinstance(node.value, list) else [node]
        found: dict[str, Node] = {}
        for source in sources:
            if isinstance(source.value, dict):
                found = {**source.value, **found}
            else:
                self.note(node.mark, "`<<` takes a mapping, or a list of them. Write <<: *name.", path)
        return found

    def _scalar(self, event: ScalarEvent, mark: Mark, path: Path) -> Scalar:
        text = event.value
        if _CONTROL.search(text):
            self.note(mark, "the text holds a control character. Leave it out.", path)
        if not event.implicit[0]:
            return text
        if text in _NULL:
            return None
        if text in _BOOL:
            return _BOOL[text]
        if _INT.fullmatch(text):
            return self._whole(text, mark, path)
        if _FLOAT.fullmatch(text) or _NOT_A_NUMBER.fullmatch(text):
            return self._fraction(text, mark, path)
        return text

    def _whole(self, text: str, mark: Mark, path: Path) -> int:
        base = {"0o": 8, "0x": 16}.get(text[:2], 10)
        number = int(text, base) if len(text) <= 40 else None
        if number is None or not -(2**63) <= number < 2**63:
            self.note(mark, "the number does not fit 64 bits. Write a smaller one, or put it in quotes.", path)
            return 0
        return number

    def _fraction(self, text: str, mark: Mark, path: Path) -> float:
        number = float(text.replace(".inf", "inf").replace(".nan", "nan")) if _FLOAT.fullmatch(text) else float("inf")
        if not -1e300 < number < 1e300:
            self.note(mark, f"{text[:40]} is not a number to plan with. Write a finite one.", path)
            return 0.0
        return number


CollectionStart = MappingStartEvent | SequenceStartEvent


def _mark(event: Any) -> Mark:
    return Mark(event.start_mark.line + 1, event.start_mark.column + 1)


def _tag(tag: Any) -> str:
    text = str(tag).replace("tag:yaml.org,2002:", "!!")
    return ascii(text[:60]).strip("'")
