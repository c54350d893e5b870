"""Puts a Python language host beside a Pulumi CLI that came without one."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import groundplan
from groundplan.engine.cache import engine_cache
from groundplan.engine.cli import Engine

LANGUAGE_HOST = "pulumi-language-python"
_POLICY_HOST = "pulumi-analyzer-policy-python"


def ensure_language_host(engine: Engine) -> Engine:
    """
    The engine as it is where it finds the official Python language host; else one with ours.

    Ours is a folder in the cache with the CLI (a hard link) and small scripts beside it that run
    `groundplan.engine.language_host` in the current interpreter. Put `bin_dir` first on PATH.
    """
    if _has_host(engine):
        return engine
    folder = engine_cache() / "hosts" / _key(engine)
    folder.mkdir(parents=True, exist_ok=True)
    for name, script in _scripts().items():
        _write_executable(folder / name, script)
    return replace(engine, path=_beside(engine.path, folder))


def _has_host(engine: Engine) -> bool:
    beside = engine.path.resolve().parent / LANGUAGE_HOST
    if os.access(beside, os.X_OK):
        return True
    on_path = shutil.which(LANGUAGE_HOST)
    return on_path is not None and engine_cache() not in Path(on_path).parents


def _package_parent() -> Path:
    return Path(groundplan.__file__).resolve().parent.parent


def _key(engine: Engine) -> str:
    """One folder an engine, an interpreter and a copy of groundplan: their scripts differ."""
    parts = (engine.version, str(engine.path), sys.executable, str(_package_parent()))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _scripts() -> dict[str, str]:
    python = shlex.quote(sys.executable)
    # -P: the folder the engine starts us in must not shadow a package of ours. The path is set in
    # the process, not in PYTHONPATH, which programs run by the host would inherit.
    start = f"import sys; sys.path.append({str(_package_parent())!r})"
    host = f"{start}; from groundplan.engine.language_host import main; main()"
    return {
        LANGUAGE_HOST: f'#!/bin/sh\nexec {python} -P -c {shlex.quote(host)} "$@"\n',
        # What engines call for a policy pack where they find no language host at all.
        _POLICY_HOST: f'#!/bin/sh\nexec {python} -u -m pulumi.policy "$1" "$2"\n',
    }


def _write_executable(path: Path, text: str) -> None:
    if path.exists() and path.read_text("utf-8") == text:
        return
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    Path(name).chmod(0o755)
    Path(name).rename(path)


def _beside(binary: Path, folder: Path) -> Path:
    """
    The CLI in the folder of its plugins, where it looks for them first.

    A hard link: the CLI resolves symbolic links before it looks, and then warns at every run of
    a plugin that it finds on PATH. On another file system a symbolic link has to do.
    """
    link = folder / "pulumi"
    if link.exists() and link.samefile(binary):
        return link
    link.unlink(missing_ok=True)
    try:
        link.hardlink_to(binary.resolve())
    except FileExistsError:  # made by another process in the meantime
        return link
    except OSError:
        link.symlink_to(binary.resolve())
    return link
