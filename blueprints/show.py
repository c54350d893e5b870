"""A blueprint written out with every default filled in, as YAML that can be loaded again."""

from __future__ import annotations

from io import StringIO
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from ruamel.yaml import YAML

from blueprints.model import Blueprint
from blueprints.sections import CAPABILITY
from components.fields import filled_in_from

__all__ = ["show"]


def show(blueprint: Blueprint) -> str:
    """
    The blueprint as YAML, every default filled in.

    Left out are what is empty, what is not built yet, and overlays, which a resolved blueprint has behind it.
    """
    yaml = YAML(typ="rt", pure=True)
    yaml.default_flow_style = False
    yaml.width = 110
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = StringIO()
    yaml.dump(_mapping(blueprint), stream)
    return stream.getvalue()


def _mapping(model: BaseModel) -> dict[str, Any]:
    shown, left_out = {}, getattr(model, "left_out", frozenset[str]())
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if name not in left_out and not filled_in_from(field) and _says_something(name, field, value):
            shown[field.alias or name] = _plain(value)
    return shown


def _says_something(name: str, field: FieldInfo, value: Any) -> bool:
    default = field.get_default()
    section = isinstance(field.json_schema_extra, dict) and CAPABILITY in field.json_schema_extra
    if name == "overrides" or (value == default and value in (None, [], {}, "")):
        return False
    return not (section and value == default and isinstance(value, dict | None))


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return _mapping(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if value is None:
        return False  # switched off what is on by default, such as spot
    return value if isinstance(value, str | int | float | bool) else str(value)
