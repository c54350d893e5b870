"""Writes what the docs say of the code: parity, the blueprint language, the rules, and a pull request's comment.

Run it as `python scripts/docs.py`; a test holds the files against what it would write.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from blueprints import Blueprint
from blueprints.sections import CAPABILITY
from components.base import Cloud, capabilities
from components.parity import Support, features
from components.units import Quantity
from scripts.rules_reference import rules_page
from scripts.sample_comment import sample

ROOT = Path(__file__).parent.parent
CLOUDS = {Cloud.AWS: "SageMaker", Cloud.GCP: "Vertex AI", Cloud.AZURE: "Azure ML"}


def _answers() -> Iterator[tuple[str, str, list[Support]]]:
    """Capability, feature and each cloud's answer, for all that is built."""
    for capability in capabilities():
        if capability.clouds:
            for feature in features(capability.name):
                yield capability.name, feature.name, [feature.on[cloud] for cloud in CLOUDS]


def parity_summary() -> str:
    """The README's table: for each capability what a cloud keeps by itself, by a substitute, and not at all."""
    lines = [f"| capability | {' | '.join(CLOUDS.values())} |", "| --- | --- | --- | --- |"]
    for capability, rows in groupby(_answers(), key=lambda row: row[0]):
        promises = [(feature, answers) for _, feature, answers in rows]
        cells = [_cell([(feature, answers[i].level) for feature, answers in promises]) for i in range(len(CLOUDS))]
        lines.append(f"| {capability}, {len(promises)} promises | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(answers: list[tuple[str, str]]) -> str:
    by_level = {level: [f for f, own in answers if own == level] for level in ("native", "substitute", "missing")}
    others = [f"{level}: {', '.join(by_level[level])}" for level in ("substitute", "missing") if by_level[level]]
    return "<br>".join([f"{len(by_level['native'])} native", *others])


def parity_page() -> str:
    """The page that says by what, and why not."""
    lines = ["# Parity", "", "Written by `python scripts/docs.py` from `components/*/parity.py`."]
    for capability, feature, answers in _answers():
        lines += [
            "",
            f"## {capability}: {feature}",
            "",
            "| cloud | | by | why not native |",
            "| --- | --- | --- | --- |",
        ]
        for name, a in zip(CLOUDS.values(), answers, strict=True):
            lines.append(f"| {name} | [{a.level}]({a.source}) | {a.by or 'nothing'} | {a.reason} |")
    return "\n".join(lines) + "\n"


def page(path: Path, part: str, text: str) -> str:
    """A page's text with one part of it, which stands between marks of that name, written anew."""
    begin, end = f"<!-- {part}: written by `python scripts/docs.py` -->\n", f"<!-- /{part} -->\n"
    before, rest = path.read_text("utf-8").split(begin)
    _, after = rest.split(end)
    return before + begin + text + end + after


def _kind(annotation: Any) -> str:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(args[0])
    if origin in (Union, types.UnionType):
        return " or ".join(_kind(a) for a in args if a is not type(None))
    if origin is Literal:
        return ", ".join(f"`{a}`" for a in args)
    if origin is list:
        return f"list of {_kind(args[0])}"
    if origin is dict:
        return f"mapping to {_kind(args[1])}"
    if isinstance(annotation, type) and issubclass(annotation, Quantity):
        return f"{annotation.__name__.lower()}, such as `{annotation.examples[0]}`"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    return {"str": "text", "int": "whole number", "float": "number", "bool": "`true` or `false`"}.get(
        getattr(annotation, "__name__", ""), "any"
    )


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.default
    if value is None or value is PydanticUndefined or isinstance(value, BaseModel):
        return ""
    if isinstance(value, list):
        return f"`[{', '.join(map(str, value))}]`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _unbuilt(field: FieldInfo) -> bool:
    """Whether a section's capability is on no cloud yet."""
    extra = field.json_schema_extra
    name = extra.get(CAPABILITY) if isinstance(extra, dict) else None
    return any(c.name == name and not c.clouds for c in capabilities())


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def _section(model: type[BaseModel]) -> list[str]:
    lines = [
        f"## {model.__name__}",
        "",
        (model.__doc__ or "").split("\n    Raises:")[0].strip().replace("\n    ", "\n"),
    ]
    lines += ["", "| key | value | default | meaning |", "| --- | --- | --- | --- |"]
    for name, field in model.model_fields.items():
        unbuilt = _unbuilt(field)
        said = (field.description or "").replace("\n", " ")
        meaning = f"Not built yet. {said}".strip() if unbuilt else said
        kind = _kind(field.annotation).replace("|", "\\|")
        lines.append(f"| `{field.alias or name}` | {kind} | {_default(field)} | {meaning} |")
    return [*lines, ""]


def reference() -> str:
    """The reference of the language: every model of it, the blueprint first."""
    lines = [
        "# The blueprint language",
        "",
        "Written by `python scripts/docs.py` from the models; an editor completes from `blueprints/schema.json`.",
        "",
    ]
    seen: list[type[BaseModel]] = [Blueprint]
    for model in seen:  # grows while it is read
        for field in model.model_fields.values():
            seen += [m for m in _models(field.annotation) if m not in seen]
    for model in seen:
        lines += _section(model)
    return "\n".join(lines)


WRITTEN: Mapping[Path, Callable[[], str]] = {
    ROOT / "README.md": lambda: page(ROOT / "README.md", "parity", parity_summary()),
    ROOT / "docs" / "blueprint.md": reference,
    ROOT / "docs" / "ci.md": lambda: page(ROOT / "docs" / "ci.md", "comment", f"\n{sample()}\n"),
    ROOT / "docs" / "parity.md": parity_page,
    ROOT / "docs" / "rules.md": rules_page,
}
"""Each file that this script writes, and its text."""


if __name__ == "__main__":
    for path, text in WRITTEN.items():
        path.write_text(text(), encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
