"""Reads a page as a browser would, strictly: every element closed in order, every id once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "col", "br", "hr", "img"}


@dataclass
class Element:
    """One element with its attributes, and the elements and text in it, in order."""

    tag: str
    attributes: dict[str, str]
    content: list[Element | str] = field(default_factory=list)

    def find(self, tag: str = "", **wanted: str) -> Iterator[Element]:
        """Elements below this one, by tag, by `class_` (one of several) and by attributes."""
        for child in (part for part in self.content if isinstance(part, Element)):
            if (not tag or child.tag == tag) and child._matches(wanted):
                yield child
            yield from child.find(tag, **wanted)

    def _matches(self, wanted: dict[str, str]) -> bool:
        return all(
            value in self.attributes.get("class", "").split()
            if name == "class_"
            else self.attributes.get(name.replace("_", "-")) == value
            for name, value in wanted.items()
        )

    @property
    def text(self) -> str:
        """The text in this element and below it."""
        return "".join(part if isinstance(part, str) else part.text for part in self.content)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("document", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> repeats an attribute: {names}"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].content.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].content.append(data)


def read(page: str) -> Element:
    """
    The page as a tree.

    Raises:
        AssertionError: Something is not closed in order, or an attribute or id is repeated.
    """
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == [reader.root], f"never closed: {[e.tag for e in reader.open[1:]]}"
    ids = [e.attributes["id"] for e in reader.root.find() if "id" in e.attributes]
    assert len(ids) == len(set(ids)), "an id is used twice"
    return reader.root
