"""Pydantic's findings in the words of the blueprint: what was given, what is wrong, what to write."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from blueprints.finding import nearest
from blueprints.sections import Label, LabelKey
from blueprints.shape import Place, pattern_of
from components.fields import Column, DataPath, Email, Image, Name, SecretRef
from components.governance import Principal
from components.pipeline import Event

__all__ = ["shown", "wording"]

_TYPES = (Name, Column, DataPath, SecretRef, Image, Email, Label, LabelKey, Event, Principal)
_WORDS = re.compile(r"\^\(\?:([a-z0-9|-]+)\)\$")


def shown(value: Any) -> str:
    """A value as the file would have it, cut where it is long."""
    if isinstance(value, bool) or value is None:
        return str(value).lower() if value is not None else "null"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        return ascii(value if len(value) <= 60 else value[:60] + "…") if value else "''"
    return str(value)


@cache
def _forms() -> dict[str, tuple[str, str]]:
    """Pattern to what its type says of the form, and an example."""
    forms = {}
    for kind in _TYPES:
        said = next(note for note in get_args(kind) if isinstance(note, FieldInfo))
        form = said.description or ""
        forms[pattern_of(kind)] = (f" ({form[:1].lower()}{form[1:]})", str((said.examples or [""])[0]))
    return forms


def wording(errors: Sequence[dict[str, Any]], place: Place | None, parent: Place | None) -> str:
    """
    One line for all that pydantic has against one value: it finds fault once for each type that would do.

    Args:
        errors: Its findings, as `ValidationError.errors()` has them; at least one.
        place: The place of the value, if the language has it.
        parent: The place of the mapping around it.
    """
    error = _most_telling(errors)
    kind = error["type"]
    kinds = list(dict.fromkeys(_KINDS[e["type"]] for e in errors if e["type"] in _KINDS))
    if len(kinds) > 1 and kind in _KINDS:
        return f"{shown(error['input'])} is neither {', '.join(kinds[:-1])} nor {kinds[-1]}. Write one of them."
    if kind == "extra_forbidden":
        return _unknown_key(str(error["loc"][-1]), parent)
    if kind == "string_pattern_mismatch" and error["ctx"]["pattern"] == pattern_of(SecretRef):
        return "this is not a secret's name. Write secret/hub-token, and put the value into the stack's secret store."
    if kind in _SAY:
        return _SAY[kind](error, place or Place(()))
    return _sentence(str(error["msg"]).removeprefix("Value error, "))


def _most_telling(errors: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Of a union's findings the one that fits the value best: not the wrong type, if there is another."""
    types = [e for e in errors if not e["type"].endswith("_type")]
    return (types or list(errors))[0]


def _unknown_key(key: str, parent: Place | None) -> str:
    known = parent.keys if parent else []
    near = nearest(key, known)
    name = shown(key)
    if near:
        return f"unknown key {name}. Write {near}."
    listed = ", ".join(known[:30])
    return f"unknown key {name}. Write one of {listed}." if listed else f"unknown key {name}. Leave it out."


def _sentence(message: str) -> str:
    text = " ".join(message.split())
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _missing(error: dict[str, Any], place: Place) -> str:
    return f"is required. Write {error['loc'][-1]}: {_example(place)}."


def _example(place: Place) -> str:
    if place.examples:
        return _flow(place.examples[0])
    for model in place.models:
        needed = {key: inner for key, inner in _places(model).items() if inner.field and inner.field.is_required()}
        first = needed or dict(list(_places(model).items())[:1])
        return "{" + ", ".join(f"{key}: {_example(inner)}" for key, inner in first.items()) + "}"
    choices = [str(a) for t in place.types for a in getattr(t, "__args__", ()) if isinstance(a, str)]
    by_type = {int: "1", float: "1", bool: "true", str: "text"}
    if not choices and any(get_origin(t) is list for t in place.types):
        inner = place.step(0)
        return f"[{_example(inner) if inner else '…'}]"
    return choices[0] if choices else by_type.get(place.types[0] if place.types else str, "…")


def _places(model: type[BaseModel]) -> dict[str, Place]:
    return {f.alias or name: Place.of(f.annotation, f) for name, f in model.model_fields.items()}


def _flow(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {_flow(v)}" for k, v in value.items()) + "}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _one_of(value: Any, choices: Sequence[str]) -> str:
    near = nearest(value, choices) if isinstance(value, str) else None
    return f"{shown(value)} is not one of {', '.join(choices)}. Write {near or 'one of them'}."


def _choice(error: dict[str, Any], _place: Place) -> str:
    return _one_of(error["input"], re.findall(r"'([^']*)'", error["ctx"]["expected"]))


def _pattern(error: dict[str, Any], place: Place) -> str:
    value, pattern = error["input"], error["ctx"]["pattern"]
    words = _WORDS.fullmatch(pattern)
    if words and "|" in words[1]:
        return _one_of(value, words[1].split("|"))
    form, example = _forms().get(pattern, ("", ""))
    example = place.examples[0] if place.examples else example
    if pattern == pattern_of(Name) and (slug := _slug(value)):
        example = slug
    instead = f"Write {'one such as ' if example != _slug(value) else ''}{_flow(example)}."
    what = f" has not the right form{form}. "
    return f"{shown(value)}{what}{instead if example else f'It must match {pattern}.'}"


def _slug(text: str) -> str:
    """The name that was most likely meant; empty where there is none."""
    words = re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", text[:200]).lower())
    return "-".join(words)[:32].rstrip("-").lstrip("-0123456789")


_MEANT = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


def _switch(error: dict[str, Any], _place: Place) -> str:
    value = error["input"]
    meant = _MEANT.get(str(value).lower(), str(value).lower())
    return f"{shown(value)} is not true or false. Write {meant if meant in ('true', 'false') else 'one of them'}."


def _wrong_type(what: str, example: str) -> Callable[[dict[str, Any], Place], str]:
    def say(error: dict[str, Any], place: Place) -> str:
        value = error["input"]
        if what == "text" and isinstance(value, bool | int | float):
            return f'{shown(value)} is not text. Write "{shown(value)}" in quotes.'
        instead = _flow(place.examples[0]) if place.examples and not place.models else example
        return f"{shown(value)} is not {what}. Write {instead}."

    return say


def _mapping(error: dict[str, Any], place: Place) -> str:
    known = place.keys
    if known:
        listed = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
        return f"{shown(error['input'])} is not a mapping. Write {_example(place)}; its keys are {listed}."
    return f"{shown(error['input'])} is not a mapping. Write name: value pairs."


def _list(error: dict[str, Any], place: Place) -> str:
    value = error["input"]
    if isinstance(value, dict | list) or value is None:
        return f"{shown(value)} is not a list. Write {_example(place) if place.examples else '[…, …]'}."
    return f"{shown(value)} is not a list. Write [{_flow(value)}]."


def _bound(words: str, key: str) -> Callable[[dict[str, Any], Place], str]:
    def say(error: dict[str, Any], _place: Place) -> str:
        limit = error["ctx"][key]
        small = key in ("ge", "gt")
        return f"{shown(error['input'])} is too {'small' if small else 'large'}. Write {words.format(f'{limit:.15g}')}."

    return say


def _too_long(error: dict[str, Any], place: Place) -> str:
    context = error["ctx"]
    given, most = context.get("actual_length"), context["max_length"]
    if error["type"] == "string_too_long":
        return f"{shown(error['input'])} has {len(error['input'])} characters. Write at most {most}."
    del place
    return f"it has {given or len(error['input'])} entries. Write at most {most}."


def _too_short(error: dict[str, Any], place: Place) -> str:
    least = error["ctx"]["min_length"]
    if error["type"] == "string_too_short":
        return f"{shown(error['input'])} is too short. Write at least {least} character{'s' * (least > 1)}."
    example = _flow(place.examples[0]) if place.examples else f"at least {least}"
    return f"it is empty. Write {example}." if not error["input"] else f"it needs {least} entries. Write {example}."


_KINDS = {  # what the value is not, where several types would do
    "string_type": "text",
    "int_type": "a number",
    "float_type": "a number",
    "bool_type": "true or false",
    "model_type": "a mapping",
    "dict_type": "a mapping",
    "list_type": "a list",
}
_whole = _wrong_type("a whole number", "one such as 1")
_number = _wrong_type("a number", "one such as 1.5")
_SAY: dict[str, Callable[[dict[str, Any], Place], str]] = {
    "missing": _missing,
    "literal_error": _choice,
    "string_pattern_mismatch": _pattern,
    "string_type": _wrong_type("text", "text"),
    "int_type": _whole,
    "int_parsing": _whole,
    "int_from_float": _whole,
    "float_type": _number,
    "float_parsing": _number,
    "finite_number": _number,
    "bool_type": _switch,
    "bool_parsing": _switch,
    "model_type": _mapping,
    "model_attributes_type": _mapping,
    "dict_type": _mapping,
    "list_type": _list,
    "greater_than_equal": _bound("{} or more", "ge"),
    "greater_than": _bound("more than {}", "gt"),
    "less_than_equal": _bound("{} or less", "le"),
    "less_than": _bound("less than {}", "lt"),
    "string_too_long": _too_long,
    "too_long": _too_long,
    "string_too_short": _too_short,
    "too_short": _too_short,
}
