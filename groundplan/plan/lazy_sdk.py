"""Cloud SDKs that are loaded file by file: `compute.Network` imports what defines it, not its 280 neighbours."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["SDKS", "install"]

SDKS = frozenset({"pulumi_aws", "pulumi_gcp", "pulumi_azure_native"})

_DEFERRED = "outputs"  # imported by every file, and by none for anything but its annotations
_HEAD = re.compile(r"import \w+(?: as \w+)?|from \.\. import _utilities")
_STARRED = re.compile(r"from \.(\w+) import \*")
_EXPORTED = re.compile(r"^__all__ = \[([^]]*)\]", re.MULTILINE)
_NAME = re.compile(r"'(\w+)'")
_HEADER = 4096  # characters; the list of a file's names is nearly always within them


class _Unexpected(Exception):
    """The SDK is not laid out as its generator does today; it is imported as Python would."""


def _starred(init: str) -> tuple[str, list[str], bool]:
    """The statements that open a package's `__init__`, the files it star-imports in order, and if it has outputs."""
    head, files, outputs = [], [], False
    for line in init.splitlines():
        if not line or line.startswith("#"):
            continue
        if found := _STARRED.fullmatch(line):
            files.append(found[1])
        elif line == f"from . import {_DEFERRED}":
            outputs = True
        elif _HEAD.fullmatch(line):
            head.append(line)
        else:
            raise _Unexpected(line)
    return "\n".join(head), files, outputs


def _exported(file: Path) -> list[str]:
    """The names in a file's `__all__`, read and not run."""
    with file.open(encoding="utf-8") as text:
        source = text.read(_HEADER)
        found = _EXPORTED.search(source) or _EXPORTED.search(source + text.read())
    if not found:
        raise _Unexpected(file)
    return _NAME.findall(found[1])


def _owners(folder: Path, files: Iterable[str]) -> dict[str, str]:
    """Each public name of a package to the file that defines it; of two, the one imported last."""
    return {name: file for file in files for name in _exported(folder / f"{file}.py")}


class _Package(ModuleType):
    """A package of an SDK: a name's first use imports its file."""

    _owners: dict[str, str]
    _files: frozenset[str]

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            return [each for each in dir(self) if not each.startswith("_")]
        file = self._owners.get(name)
        if file is None and name not in self._files:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}", name=name, obj=self)
        module = import_module(f"{self.__name__}.{file or name}")
        value = getattr(module, name) if file else module
        vars(self)[name] = value
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._owners and isinstance(value, ModuleType):
            return  # `get_address` is the function, not the file of that name, which an import sets here
        super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._owners, *self._files} - {"_owners", "_files"})


class _PackageLoader(SourceFileLoader):
    """Loads a package of an SDK without the files it star-imports."""

    def exec_module(self, module: ModuleType) -> None:
        folder = Path(self.path).parent
        try:
            head, files, outputs = _starred(self.get_source(module.__name__) or "")
            owners = _owners(folder, files)
        except (_Unexpected, OSError):
            super().exec_module(module)
            return
        exec(compile(head, self.path, "exec"), vars(module))  # noqa: S102
        vars(module)["_owners"], vars(module)["_files"] = owners, frozenset([*files, *[_DEFERRED] * outputs])
        module.__class__ = _Package


class _Deferred(ModuleType):
    """A module that is run when the first of its names is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__all__":
            raise AttributeError(name)
        self._run()
        return getattr(self, name)

    def __dir__(self) -> Iterable[str]:
        self._run()
        return dir(self)

    def _run(self) -> None:
        loader = vars(self)["__spec__"].loader
        object.__setattr__(self, "__class__", ModuleType)
        SourceFileLoader.exec_module(loader, self)


class _DeferredLoader(SourceFileLoader):
    """Loads a module when it is first used."""

    def exec_module(self, module: ModuleType) -> None:
        module.__class__ = _Deferred


class _Finder(MetaPathFinder):
    """Finds the packages of the SDKs, and how to load them."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        sdk, *rest = name.split(".")
        if sdk not in SDKS or not (len(rest) == 1 or (len(rest) == 2 and rest[1] == _DEFERRED)):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or type(spec.loader) is not SourceFileLoader:
            return spec
        if rest[-1] == _DEFERRED:
            spec.loader = _DeferredLoader(name, spec.loader.path)
        elif spec.submodule_search_locations:
            spec.loader = _PackageLoader(name, spec.loader.path)
        return spec


def install() -> None:
    """Load the clouds' SDKs file by file from now on; what is imported already stays as it is."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
