"""Everyone can read the page: text stands out from its ground in light and in dark."""

from __future__ import annotations

import re

import pytest

from groundplan.report.assets import asset

LIGHT, DARK = asset("colours.css").split("@media")
TEXT = [  # text, ground
    *[(text, ground) for text in ("ink", "soft", "accent") for ground in ("paper", "sunk")],
    *[(text, "accent-wash") for text in ("ink", "soft", "accent")],
    *[(level, f"{level}-wash") for level in ("native", "substitute", "missing")],
]
SHAPES = [  # WCAG 1.4.11 asks 3:1 of what must be seen to understand
    *[(f"cloud-{index}", "paper") for index in range(4)],
    *[
        (f, g)
        for f in ("foundation", "data", "training", "serving", "watching", "governance")
        for g in ("paper", "sunk")
    ],
]


def _contrast(sheet: str, one: str, other: str) -> float:
    lights = sorted((_luminance(sheet, one), _luminance(sheet, other)), reverse=True)
    return (lights[0] + 0.05) / (lights[1] + 0.05)


def _luminance(sheet: str, name: str) -> float:
    """
    Relative luminance of a named colour.

    Source: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
    """
    found = re.search(rf"--{name}: #(..)(..)(..);", sheet)
    assert found, f"no colour {name}"
    parts = [int(part, 16) / 255 for part in found.groups()]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(f * p for f, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("sheet", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_has_contrast(sheet: str, text: str, ground: str) -> None:
    """Text keeps the AA ratio of 4.5 to 1."""
    assert _contrast(sheet, text, ground) >= 4.5


@pytest.mark.parametrize("sheet", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SHAPES)
def test_shapes_have_contrast(sheet: str, shape: str, ground: str) -> None:
    """Bars and marks keep the AA ratio of 3 to 1."""
    assert _contrast(sheet, shape, ground) >= 3


def test_paper_is_always_light() -> None:
    """The dark colours are for screens only."""
    assert DARK.startswith(" screen and (prefers-color-scheme: dark)")


def test_every_colour_in_use_is_defined_in_both() -> None:
    """A style names no colour that light or dark lacks."""
    sheets = ("page.css", "tables.css", "diagram.css", "interaction.css", "print.css")
    used = {n for sheet in sheets for n in re.findall(r"var\(--([\w-]+)\)", asset(sheet))}
    light, dark = (set(re.findall(r"--([\w-]+):", sheet)) for sheet in (LIGHT, DARK))
    assert light == dark
    assert used - {"hue"} <= light
