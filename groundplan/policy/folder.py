"""The packs as a folder that the engine can load, wherever groundplan is installed."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import policies
from groundplan.engine.cache import engine_cache

__all__ = ["pack_folder"]

_MAIN = '''"""All packs, run by the interpreter that groundplan is installed in."""

import sys
from pathlib import Path

sys.path.insert(0, {packages!r})
from policies.process import run  # noqa: E402

if __name__ == "__main__":
    run("groundplan", root=Path({root!r}))
'''
_PROJECT = """\
name: groundplan
runtime:
  name: python
  options:
    virtualenv: {environment}
    configured: by-call
version: 0.1.0
description: Security, cost, reliability and governance of ML stacks
"""


def pack_folder(root: Path) -> Path:
    """
    A folder in the cache with all packs in one, for this interpreter.

    Args:
        root: Folder that the path of the stack's blueprint is relative to.
    """
    files = {
        "__main__.py": _MAIN.format(packages=str(Path(policies.__file__).parent.parent), root=str(root.absolute())),
        "PulumiPolicy.yaml": _PROJECT.format(environment=json.dumps(sys.prefix)),
    }
    digest = hashlib.sha256(json.dumps(files).encode()).hexdigest()[:16]
    folder = engine_cache() / "packs" / digest
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        if not (folder / name).exists():
            (folder / name).write_text(text, encoding="utf-8")
    return folder
