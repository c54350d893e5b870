"""One function that writes an SVG element, so that escaping happens in one place."""

from __future__ import annotations

from markupsafe import Markup, escape

from groundplan.report.typeset import clean

__all__ = ["element"]


def element(tag: str, *children: str | Markup, **attributes: str | float | None) -> Markup:
    """
    An element with its attributes and children, each escaped unless it is Markup already.

    `class_` is written `class`, and `_` within a name `-`; None leaves the attribute out.
    """
    written = Markup("").join(
        Markup(' {}="{}"').format(_name(name), _value(value)) for name, value in attributes.items() if value is not None
    )
    inside = Markup("").join(escape(clean_unless_markup(child)) for child in children)
    return Markup("<{0}{1}>{2}</{0}>").format(_name(tag), written, inside)


def clean_unless_markup(child: str | Markup) -> str | Markup:
    """Text cleaned of what can't be shown; markup as it is."""
    return child if isinstance(child, Markup) else clean(child)


def _name(name: str) -> Markup:
    return Markup(name.rstrip("_").replace("_", "-"))  # noqa: S704  ours, never a plan's


def _value(value: str | float) -> str:
    return clean(value) if isinstance(value, str) else f"{round(value, 1):g}"
