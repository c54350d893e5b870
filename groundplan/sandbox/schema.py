"""What a resource type takes and gives, read from the installed Pulumi SDKs' own type information."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal

from groundplan.sandbox.sdk import Source, locate, read_class

__all__ = ["ObjectSchema", "Property", "ResourceSchema", "Type", "resource_schema"]

Kind = Literal["str", "int", "float", "bool", "list", "map", "object", "enum", "asset", "any", "union"]

_SIGNATURE = re.compile(r"^                 (\w+): (.+?)(?: = \S+?)?(?:,|\):)$", re.M)
_GETTER = re.compile(r"@pulumi\.getter(?:\(name=\"(\w+)\"\))?\n(?:.*?\n)??    def (\w+)\(self\) -> (.+?):\n", re.S)
_PARAM = re.compile(r"^ *:param .*? ?(\w+): (.*?)(?=^ *:param |\Z)", re.M | re.S)
_CONSTANT = re.compile(r"pulumi\.set\(__self__, \"(\w+)\", '([^']*)'\)")
_ENUM_MEMBER = re.compile(r"^    [A-Z_][A-Z0-9_]* = (.+)$", re.M)
_SECRET_INPUT = re.compile(r'\["(\w+)"\] = None if \w+ is None else pulumi\.Output\.secret')
_OPTIONAL = re.compile(r"(?:pulumi\.(?:Input|Output)\[)?Optional\[")
_SECRET_OUTPUTS = re.compile(r"additional_secret_outputs=\[([^\]]*)\]")


@dataclass(frozen=True)
class Type:
    """A property's type; `item` of a list or map, `options` of a union, `name` of a class."""

    kind: Kind
    item: Type | None = None
    options: tuple[Type, ...] = ()
    name: str = ""
    folder: Path | None = None

    @cached_property
    def fields(self) -> ObjectSchema | None:
        """The properties of an object type; None where the SDK does not tell."""
        if self.kind != "object" or self.folder is None:
            return None
        return _object(self.folder, self.name)

    @cached_property
    def members(self) -> tuple[str | int | float | bool, ...]:
        """The values of an enum type."""
        return _enum(self.folder, self.name) if self.kind == "enum" and self.folder else ()


ANY = Type("any")
_SCALARS: dict[str, Type] = {
    "str": Type("str"),
    "int": Type("int"),
    "float": Type("float"),
    "bool": Type("bool"),
    "Any": ANY,
    "Asset": Type("asset"),
    "Archive": Type("asset"),
}


@dataclass(frozen=True)
class Property:
    """One property: its camelCase name, type, whether it must be given, what its text says."""

    name: str
    type: Type
    required: bool = False
    doc: str = ""
    constant: str | None = None


@dataclass(frozen=True)
class ObjectSchema:
    """A nested object: its class in the SDK and its properties by camelCase name."""

    name: str
    properties: dict[str, Property]

    @cached_property
    def required(self) -> tuple[str, ...]:
        return tuple(p.name for p in self.properties.values() if p.required)


@dataclass(frozen=True)
class ResourceSchema:
    """A resource type: what goes in, what comes out, and which outputs are secret."""

    token: str
    source: Source = field(repr=False)

    @cached_property
    def inputs(self) -> ObjectSchema:
        """What the constructor takes."""
        for suffix in ("Args", "InitArgs"):
            text = read_class(self.source.file, self.source.class_name + suffix)
            if text and "class _" not in text[:7]:
                return _parse_input(self.source.class_name + suffix, text, self.source.folder)
        return ObjectSchema(self.source.class_name, {})

    @cached_property
    def outputs(self) -> ObjectSchema:
        """What the engine stores after a create."""
        return _parse_output(self.source.class_name, self._text, self.source.folder)

    @cached_property
    def secret_outputs(self) -> frozenset[str]:
        """Outputs the SDK marks secret, whatever they were computed from."""
        found = _SECRET_OUTPUTS.search(self._text)
        named = set(re.findall(r"\"(\w+)\"", found[1])) if found else set()
        snake = set(_SECRET_INPUT.findall(self._text))
        camel = {p.name for p in self.inputs.properties.values() if _snake(p.name) in snake}
        return frozenset(named | camel)

    @cached_property
    def doc(self) -> str:
        """The constructor's text: examples, import formats, arguments."""
        opening = self._text.find('"""')
        return self._text[opening : self._text.find('"""', opening + 3)] if opening >= 0 else ""

    @cached_property
    def import_formats(self) -> tuple[str, ...]:
        """Id templates that `pulumi import` takes, as `projects/{{project}}/…/{{name}}`."""
        found = re.findall(r"^ +\* `([^`\s]*\{\{[^`]*)`", self.doc, re.M)
        return tuple(found)

    @property
    def _text(self) -> str:
        return read_class(self.source.file, self.source.class_name) or ""


@lru_cache(maxsize=512)
def resource_schema(token: str) -> ResourceSchema:
    """
    Return the schema of a type such as `aws:sagemaker/endpoint:Endpoint`.

    Raises:
        SdkMissing: The provider's SDK is not installed.
        UnknownType: The SDK has no such type.
    """
    return ResourceSchema(token, locate(token))


@lru_cache(maxsize=4096)
def _object(folder: Path, name: str) -> ObjectSchema | None:
    output = name.startswith("outputs.")
    short = name.rsplit(".", 1)[-1]
    text = read_class(folder / ("outputs.py" if output else "_inputs.py"), short)
    if text is None:
        return None
    parse = _parse_output if output else _parse_input
    return parse(short, text, folder)


@lru_cache(maxsize=2048)
def _enum(folder: Path, name: str) -> tuple[str | int | float | bool, ...]:
    text = read_class(folder / "_enums.py", name)
    if text is None:
        return ()
    return tuple(ast.literal_eval(value) for value in _ENUM_MEMBER.findall(text))


def _parse_input(name: str, text: str, folder: Path) -> ObjectSchema:
    """Read an `*Args` class: signature for types, getters for names, text for the rest."""
    camel = {snake: name or snake for name, snake, _ in _GETTER.findall(text)}
    signature = text[: text.find("):\n") + 2]
    docs = _docs(text)
    constants = dict(_CONSTANT.findall(text))
    properties = {}
    for snake, annotation in _SIGNATURE.findall(signature):
        key = camel.get(snake, snake)
        properties[key] = Property(
            name=key,
            type=parse_type(annotation, folder),
            required=not _OPTIONAL.match(annotation),
            doc=docs.get(snake, ""),
            constant=constants.get(snake),
        )
    return ObjectSchema(name, properties)


def _parse_output(name: str, text: str, folder: Path) -> ObjectSchema:
    """Read a resource or output class: its getters tell names and types."""
    properties = {}
    for given, snake, annotation in _GETTER.findall(text):
        key = given or snake
        required = not _OPTIONAL.match(annotation)
        properties[key] = Property(key, parse_type(annotation, folder), required)
    return ObjectSchema(name, properties)


def _docs(text: str) -> dict[str, str]:
    start = text.find('"""')
    end = text.find('"""', start + 3)
    return {name: doc.strip() for name, doc in _PARAM.findall(text[start + 3 : end])}


@lru_cache(maxsize=4096)
def parse_type(annotation: str, folder: Path) -> Type:
    """Read a type as the SDKs write it: `pulumi.Input[Optional[Sequence[…]]]`."""
    return _type(ast.parse(annotation, mode="eval").body, folder)


def _type(node: ast.expr, folder: Path) -> Type:
    if isinstance(node, ast.Constant):
        return _named(str(node.value), folder)
    if isinstance(node, ast.Attribute):
        return _SCALARS.get(node.attr, ANY)
    if isinstance(node, ast.Name):
        return _SCALARS.get(node.id, ANY)
    if isinstance(node, ast.Subscript):
        return _generic(node, folder)
    return ANY


def _generic(node: ast.Subscript, folder: Path) -> Type:
    head = node.value.attr if isinstance(node.value, ast.Attribute) else ast.unparse(node.value)
    arguments = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if head in ("Input", "Optional", "Output", "Awaitable"):
        return _type(arguments[0], folder)
    if head == "Sequence":
        return Type("list", item=_type(arguments[0], folder))
    if head == "Mapping":
        return Type("map", item=_type(arguments[1], folder))
    return _union([_type(argument, folder) for argument in arguments])


def _union(options: list[Type]) -> Type:
    flat = [o for option in options for o in (option.options or (option,))]
    if any(o.kind == "any" for o in flat):
        return ANY
    enums = [o for o in flat if o.kind == "enum"]
    if len(enums) == 1 and all(o.kind in ("str", "int", "float", "enum") for o in flat):
        return enums[0]
    unique = tuple(dict.fromkeys(flat))
    return unique[0] if len(unique) == 1 else Type("union", options=unique)


def _named(name: str, folder: Path) -> Type:
    """Resolve a quoted class: nested object, enum, or a resource whose id is a string."""
    if "." in name and not name.startswith("outputs."):
        return ANY
    if name.endswith("Args") or name.startswith("outputs."):
        return Type("object", name=name, folder=folder)
    return Type("enum", name=name, folder=folder) if _enum(folder, name) else Type("str")


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
