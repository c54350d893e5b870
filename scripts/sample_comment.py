"""The comment that docs/ci.md shows: a real one, on a change of the example, made anew from the code as it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

__all__ = ["sample"]

ROOT = Path(__file__).parent.parent
EXAMPLE = Path("blueprints") / "fraud-detection.yaml"
CHANGE = {"keep_versions: 90d": "keep_versions: 30d", "scorer: {scale: {min: 3}}": "scorer: {scale: {min: 1}}"}
THEN = "2026-01-01T00:00:00Z"  # of the base's commit, whose id the comment tells


def sample() -> str:
    """The comment, quoted."""
    return "".join(f"> {line}".rstrip() + "\n" for line in _comment().splitlines())


def _comment() -> str:
    with TemporaryDirectory() as folder:
        file = Path(folder) / EXAMPLE
        file.parent.mkdir()
        text = (ROOT / EXAMPLE).read_text("utf-8")
        file.write_text(text, encoding="utf-8")
        _git(folder, "init", "--quiet", "--initial-branch", "main")
        _git(folder, "add", "--all")
        _git(folder, "commit", "--quiet", "--message", "base")
        for old, new in CHANGE.items():
            if old not in text:
                raise SystemExit(f"{EXAMPLE} has no {old!r} that the sample of a comment could change")
            text = text.replace(old, new)
        file.write_text(text, encoding="utf-8")
        asked = ["ci", str(EXAMPLE), "--env", "prod", "--cloud", "aws", "--url-base", "..", "--comment", "-"]
        done = subprocess.run(  # noqa: S603 (ours)
            [sys.executable, "-m", "groundplan", *asked], cwd=folder, capture_output=True, text=True, check=False
        )
    if done.returncode != 1:  # the change breaks a mandatory rule
        raise SystemExit(f"groundplan {' '.join(asked)} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def _git(folder: str, *words: str) -> None:
    """As one person at one time, whatever the user's settings are: the commit's id is always the same."""
    told = {"NAME": "A", "EMAIL": "a@example.com", "DATE": THEN}
    who = {f"GIT_{role}_{what}": text for role in ("AUTHOR", "COMMITTER") for what, text in told.items()}
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *words], cwd=folder, env=os.environ | alone | who, check=True)  # noqa: S603, S607 (ours)
