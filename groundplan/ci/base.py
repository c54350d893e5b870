"""The git repository: its blueprints as they are now, and as they were at the base."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from blueprints import Source, parse
from blueprints.file import MAX_BYTES, text_of

__all__ = ["NoBase", "Repository", "opened"]

DEFAULTS = ("origin/main", "main", "HEAD")
SUFFIXES = (b".yaml", b".yml")
# a blueprint by its first words, whether or not the rest of it is good
_BLUEPRINT = re.compile(rb"""^(?:\xef\xbb\xbf)?(?:\{\s*)?["']?apiVersion["']?\s*:\s*["']?groundplan/""", re.MULTILINE)


class NoBase(ValueError):
    """There is nothing to compare with; the message says what to do."""


def _git(folder: Path, *words: str) -> bytes:
    """
    What git prints.

    Raises:
        NoBase: There is no git.
        subprocess.CalledProcessError: Git refuses.
    """
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    command = ["git", "--literal-pathspecs", "-C", str(folder), *words]
    try:
        done = subprocess.run(command, capture_output=True, check=True, env=environment)  # noqa: S603 - a list, no shell
    except FileNotFoundError as error:
        raise NoBase("git is not installed, and what changed is read from it. Install git.") from error
    return done.stdout


def _reason(error: subprocess.CalledProcessError) -> str:
    lines = error.stderr.decode(errors="replace").strip().splitlines() or ["git failed"]
    return lines[0].removeprefix("fatal: ").rstrip(".")


def opened(folder: Path, ref: str | None) -> Repository:
    """
    The repository that a folder is in, and the commit to compare with.

    Args:
        folder: Any folder of the working tree.
        ref: Branch, tag or commit; by default the first of `DEFAULTS` that is there.

    Raises:
        NoBase: It is in no repository, or there is no such commit.
    """
    try:
        root = Path(os.fsdecode(_git(folder, "rev-parse", "--show-toplevel")).rstrip("\n"))
    except subprocess.CalledProcessError as error:
        raise NoBase(f"{folder.absolute()}: {_reason(error)}. Run it within a git working tree.") from error
    for name in [ref] if ref is not None else DEFAULTS:
        if commit := _commit(root, name):
            forked = _fork_point(root, commit)
            return Repository(root, name, forked or commit, folder.absolute(), bool(forked))
    if ref is None:
        raise NoBase(f"{root} has no commit to compare with. Commit first, or name one with --base.")
    raise NoBase(f"--base: there is no commit {ref!r} here. Fetch it first, or write a branch, tag or commit.")


def _commit(root: Path, ref: str) -> str:
    try:
        return _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}").decode().strip()
    except (subprocess.CalledProcessError, ValueError):  # ValueError: a NUL in the name
        return ""


def _fork_point(root: Path, commit: str) -> str:
    """Where the branch left the base: what the base got since then is no change of this branch."""
    try:
        return _git(root, "merge-base", commit, "HEAD").decode().split()[0]
    except (subprocess.CalledProcessError, IndexError):
        return ""  # a shallow clone does not reach it, or the histories have nothing in common


@dataclass(frozen=True)
class Repository:
    """
    A working tree and the commit that it is compared with.

    Attributes:
        root: Its top folder.
        ref: The base, as it was named.
        base: Commit to compare with: where the branch left the base, or the base itself where that can't be told.
        here: Folder that names of files are relative to.
        forked: Whether `base` is where the branch left.
    """

    root: Path
    ref: str
    base: str
    here: Path
    forked: bool = True

    @cached_property
    def head(self) -> str:
        """The commit that is checked out, or ""."""
        return _commit(self.root, "HEAD")

    @cached_property
    def committed_at(self) -> str:
        """When that commit was made: `2026-11-21T06:59:07`, UTC."""
        shown = ("show", "--no-patch", "--no-show-signature", "--date=format-local:%Y-%m-%dT%H:%M:%S", "--format=%cd")
        os_time = {**os.environ, "TZ": "UTC"}
        command = ["git", "-C", str(self.root), *shown, self.head]
        return subprocess.run(command, capture_output=True, check=True, env=os_time).stdout.decode().strip()  # noqa: S603

    def named(self, files: Iterable[Path]) -> list[str]:
        """
        Paths within the repository of files that someone named.

        Raises:
            NoBase: One is outside.
        """
        return [self._inside(file) for file in files]

    def changed(self) -> list[str]:
        """YAML files that differ from the base: changed, new, not yet added, or gone; not what git ignores."""
        differing = _git(self.root, "diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", self.base)
        untracked = _git(self.root, "ls-files", "-z", "--others", "--exclude-standard")
        return self._yaml(differing + untracked)

    def all(self) -> list[str]:
        """Every YAML file of the working tree that git does not ignore."""
        known = _git(self.root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        return [name for name in self._yaml(known) if self.exists(name)]

    def _yaml(self, listed: bytes) -> list[str]:
        """The YAML files of a list of git's; a name that is not UTF-8 can stand in no report."""
        names = sorted({os.fsdecode(name) for name in listed.split(b"\0") if name.lower().endswith(SUFFIXES)})
        strange = {name for name in names if not name.isprintable()}
        for name in strange:
            if self.is_blueprint(name):
                raise NoBase(f"{name!a} is no name that can be shown. Rename the blueprint.")
        return [name for name in names if name not in strange]

    def exists(self, name: str) -> bool:
        """Whether the working tree has the file."""
        return (self.root / name).is_file()

    def is_blueprint(self, name: str) -> bool:
        """Whether a file of the working tree says that it is one."""
        try:
            with (self.root / name).open("rb") as stream:
                return self.exists(name) and bool(_BLUEPRINT.search(stream.read(MAX_BYTES)))
        except OSError:
            return False

    def now(self, name: str) -> Source:
        """
        The blueprint of the working tree.

        Raises:
            BlueprintError: As `blueprints.load`.
        """
        return parse(text_of(self.root / name, name), name)

    def was_blueprint(self, name: str) -> bool:
        """Whether the file was a blueprint at the base."""
        return bool(_BLUEPRINT.search(self._before(name) or b""))

    def before(self, name: str) -> Source:
        """
        The blueprint as it was at the base.

        Raises:
            BlueprintError: It had errors.
        """
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "base.yaml"
            file.write_bytes(self._before(name) or b"")
            return parse(text_of(file, name), name)

    def _before(self, name: str) -> bytes | None:
        try:
            return _git(self.root, "show", f"{self.base}:{name}")
        except subprocess.CalledProcessError:
            return None  # the base has no such file

    def _inside(self, file: Path) -> str:
        place = Path(os.path.normpath(self.here / file))
        parent = place.parent.resolve() / place.name  # a link to a folder is followed, the file's own name is not
        if not parent.is_relative_to(self.root.resolve()):
            raise NoBase(f"{file} is outside the repository {self.root}. Name a blueprint within it.")
        return parent.relative_to(self.root.resolve()).as_posix()
