"""Finds the generated source of a resource type in the installed Pulumi SDKs, without importing them."""

from __future__ import annotations

import importlib.util
import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

__all__ = ["PACKAGES", "SdkMissing", "Source", "UnknownType", "locate", "package_of", "read_class"]

PACKAGES = {
    "aws": "pulumi_aws",
    "gcp": "pulumi_gcp",
    "azure-native": "pulumi_azure_native",
    "kubernetes": "pulumi_kubernetes",
}
_CLASS_END = re.compile(rb"\n(?=@pulumi\.|class |if not MYPY|elif False)")


class SdkMissing(LookupError):
    """The Python SDK of a provider is not installed."""


class UnknownType(LookupError):
    """The provider's SDK has no such resource type."""


@dataclass(frozen=True)
class Source:
    """Where a resource class is written: the folder of its module, its file, its name."""

    folder: Path
    file: Path
    class_name: str


def package_of(token: str) -> str:
    """Return the provider of a type token: `aws:s3/bucket:Bucket` is of `aws`."""
    return token.split(":", 1)[0]


@lru_cache(maxsize=512)
def locate(token: str) -> Source:
    """
    Find the source of a type.

    Raises:
        SdkMissing: The provider's SDK is not installed, or is unknown to the sandbox.
        UnknownType: The SDK registers no such type.
    """
    root = _root(package_of(token))
    registry = _view(root / "__init__.py")
    entry = registry.find(f'"{token}": "'.encode())
    if entry < 0:
        raise UnknownType(f"{token} is not a resource type of {root.name}")
    start = registry.rfind(b'"fqn": "', 0, entry) + len('"fqn": "')
    module = registry[start : registry.find(b'"', start)].decode()
    name_start = entry + len(token) + len('"": "')
    class_name = registry[name_start : registry.find(b'"', name_start)].decode()
    folder = root.joinpath(*module.split(".")[1:])
    return Source(folder, _file_of(folder, class_name), class_name)


def read_class(file: Path, class_name: str) -> str | None:
    """Return the source text of one class of a generated file, or None."""
    if not file.exists():
        return None
    view = _view(file)
    for opening in (b":\n", b"("):
        start = view.find(b"\nclass " + class_name.encode() + opening)
        if start >= 0:
            break
    else:
        return None
    end = _CLASS_END.search(view, start + 1)
    return view[start + 1 : end.start() if end else len(view)].decode()


@lru_cache(maxsize=8)
def _root(package: str) -> Path:
    module = PACKAGES.get(package)
    spec = importlib.util.find_spec(module) if module else None
    if spec is None or not spec.submodule_search_locations:
        raise SdkMissing(f"no Pulumi SDK for {package!r} is installed; known: {list(PACKAGES)}")
    return Path(next(iter(spec.submodule_search_locations)))


@lru_cache(maxsize=256)
def _view(file: Path) -> mmap.mmap:
    """Map a file: a megabyte of generated code is searched in place, never held in memory."""
    with file.open("rb") as handle:
        return mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)


def _file_of(folder: Path, class_name: str) -> Path:
    opening = f"class {class_name}(pulumi.CustomResource)".encode()
    for file in _candidates(folder, class_name):
        if file.exists() and _view(file).find(opening) >= 0:
            return file
    raise UnknownType(f"{class_name} is not defined in {folder.name}")


def _candidates(folder: Path, class_name: str) -> Iterator[Path]:
    """Yield the file a class is usually in, then every other of the module."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", class_name).lower()
    yield folder / f"{words}.py"
    yield folder / f"{class_name}.py"
    yield from sorted(folder.glob("[!_]*.py"))
