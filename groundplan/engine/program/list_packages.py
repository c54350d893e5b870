"""
Prints, as JSON, the packages installed beside the interpreter that runs it.

Started by path, never imported: it may run in an interpreter that has nothing but itself.
"""

from __future__ import annotations

import json
import re
import sys
from importlib import metadata

_PLUGIN_FILE = "pulumi-plugin.json"


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _plugin(distribution: metadata.Distribution) -> dict | None:
    """What the package says about its Pulumi plugin: a file one folder deep, if it has one."""
    for path in distribution.files or ():
        if path.name == _PLUGIN_FILE and len(path.parts) == 2:
            return json.loads(path.read_text(encoding="utf-8"))
    return None


def _requires(distribution: metadata.Distribution) -> set[str]:
    found = (re.match(r"[A-Za-z0-9._-]+", line) for line in distribution.requires or ())
    return {_canonical(name[0]) for name in found if name}


def main() -> None:
    """Print one object a package: name, version, plugin, and if another package asks for it."""
    installed = {}
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        if name and _canonical(name) not in installed:  # the first on the path is what imports
            installed[_canonical(name)] = distribution
    required = {name for found in installed.values() for name in _requires(found)}
    rows = [
        {
            "name": distribution.metadata["Name"],
            "version": distribution.version,
            "plugin": _plugin(distribution),
            "required": name in required,
        }
        for name, distribution in sorted(installed.items())
    ]
    json.dump(rows, sys.stdout)


if __name__ == "__main__":
    main()
