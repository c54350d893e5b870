"""The emulated clouds' memory: what exists, kept in one SQLite file that outlives a run."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

__all__ = ["LeftOver", "NotFound", "Resource", "World", "WorldOutdated"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS resources (
    type TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, urn TEXT NOT NULL,
    inputs TEXT NOT NULL, outputs TEXT NOT NULL, secrets TEXT NOT NULL,
    generation TEXT NOT NULL, place TEXT NOT NULL, assumed INTEGER NOT NULL,
    PRIMARY KEY (type, id)
);
CREATE INDEX IF NOT EXISTS by_id ON resources (id COLLATE NOCASE);
CREATE TABLE IF NOT EXISTS burnt (
    type TEXT NOT NULL, name TEXT NOT NULL, reason TEXT NOT NULL, urn TEXT NOT NULL, PRIMARY KEY (type, name)
);
CREATE TABLE IF NOT EXISTS creations (urn TEXT PRIMARY KEY, times INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS fault_uses (fault TEXT PRIMARY KEY, times INTEGER NOT NULL);
"""


_VERSION = 1


class WorldOutdated(RuntimeError):
    """The file was written by a version that kept it otherwise."""


class NotFound(LookupError):
    """The world holds no such resource."""


@dataclass(frozen=True)
class Resource:
    """
    One thing that exists.

    Attributes:
        name: The physical name, or the id where the type has none.
        secrets: Inputs and outputs to be marked secret when read back.
        generation: Which creation of its urn it is: part of what its ids are made of.
        place: Where it is: cloud, region, account or the like.
        assumed: It was there before any stack.
    """

    type: str
    id: str
    name: str
    urn: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    generation: str = ""
    place: Mapping[str, str] = field(default_factory=dict)
    assumed: bool = False


@dataclass(frozen=True)
class LeftOver:
    """What a destroy did not take away, and why it is still there."""

    type: str
    id: str
    reason: str


class World:
    """
    The resources of a folder's world; safe to use from many threads and processes at once.

    The file holds what was sent to the emulated clouds, secrets included, so only its owner may
    read it: never point real credentials at a sandbox.

    Raises:
        WorldOutdated: The folder's file was written by a version that kept it otherwise.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder = folder
        path = folder / "world.sqlite3"
        path.touch(mode=0o600)
        self._db = sqlite3.connect(path, timeout=60, check_same_thread=False, isolation_level=None)
        self._lock = threading.RLock()
        self._depth = 0
        with self._lock:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=OFF")
            self._open()

    def _open(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        filled = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if filled and version != _VERSION:
            self._db.close()
            raise WorldOutdated(f"the world in {self.folder} is of another version: delete it, and run `up` again")
        self._db.executescript(f"{_SCHEMA}PRAGMA user_version = {_VERSION};")

    def close(self) -> None:
        """Close the file; the world stays on disk."""
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Let no other thread or process see or change the world until the block ends."""
        with self._lock:
            outermost = self._depth == 0
            self._depth += 1
            try:
                if outermost:
                    self._db.execute("BEGIN IMMEDIATE")
                yield
                if outermost:
                    self._db.execute("COMMIT")
            except BaseException:
                if outermost:
                    self._db.execute("ROLLBACK")
                raise
            finally:
                self._depth -= 1

    def resources(self, type_: str | None = None) -> list[Resource]:
        """Return what exists, of one type or of all."""
        sql, args = "SELECT * FROM resources", ()
        if type_ is not None:
            sql, args = f"{sql} WHERE type = ?", (type_,)
        with self._lock:
            rows = self._db.execute(f"{sql} ORDER BY rowid", args).fetchall()
        return [_resource(row) for row in rows]

    def get(self, type_: str, id_: str) -> Resource | None:
        """Return one resource, or None where there is none."""
        with self._lock:
            row = self._db.execute("SELECT * FROM resources WHERE type = ? AND id = ?", (type_, id_)).fetchone()
        return _resource(row) if row else None

    def there(self, id_: str) -> bool:
        """Tell whether anything bears an id, whatever its type and letter case."""
        with self._lock:
            sql = "SELECT 1 FROM resources WHERE id = ? COLLATE NOCASE LIMIT 1"
            return self._db.execute(sql, (id_,)).fetchone() is not None

    def below(self, id_: str) -> list[Resource]:
        """Return what has an id that continues the given one by `/`."""
        with self._lock:
            sql = "SELECT * FROM resources WHERE lower(substr(id, 1, ?)) = ?"
            prefix = f"{id_.lower()}/"
            return [_resource(r) for r in self._db.execute(sql, (len(prefix), prefix)).fetchall()]

    def named(self, type_: str, name: str) -> list[Resource]:
        """Return the resources of a type that bear a physical name."""
        with self._lock:
            sql = "SELECT * FROM resources WHERE type = ? AND name = ?"
            return [_resource(r) for r in self._db.execute(sql, (type_, name)).fetchall()]

    def put(self, resource: Resource) -> None:
        """Write a resource, over the one of the same type and id."""
        row = (
            resource.type,
            resource.id,
            resource.name,
            resource.urn,
            json.dumps(resource.inputs),
            json.dumps(resource.outputs),
            json.dumps(resource.secrets),
            resource.generation,
            json.dumps(resource.place),
            int(resource.assumed),
        )
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO resources VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def remove(self, type_: str, id_: str) -> None:
        """Take a resource away; taking one away that is gone is no error."""
        with self._lock:
            self._db.execute("DELETE FROM resources WHERE type = ? AND id = ?", (type_, id_))

    def assume(self, type_: str, id_: str, name: str = "", outputs: Mapping[str, Any] | None = None) -> Resource:
        """Put in what existed before any stack, such as a shared network, to be referred to."""
        held = Resource(type_, id_, name or id_, outputs=dict(outputs or {}), assumed=True)
        self.put(held)
        return held

    def change(self, type_: str, id_: str, values: Mapping[str, Any]) -> Resource:
        """
        Change a resource behind Pulumi's back, as someone in the console would.

        Args:
            type_: Type token of the resource.
            id_: Its id.
            values: New values by dotted path, such as `{"tags.owner": "someone-else"}`.

        Raises:
            NotFound: There is no such resource.
        """
        with self.transaction():
            held = self.get(type_, id_)
            if held is None:
                raise NotFound(f"{type_} {id_!r} is not in the world at {self.folder}")
            inputs, outputs = dict(held.inputs), dict(held.outputs)
            for path, value in values.items():
                outputs = _with(outputs, path, value)
                if path.split(".")[0] in inputs:
                    inputs = _with(inputs, path, value)
            changed = replace(held, inputs=inputs, outputs=outputs)
            self.put(changed)
            return changed

    def burn(self, type_: str, name: str, reason: str, urn: str = "") -> None:
        """Keep a name, or an id, from being used: it is another's, or of something deleted but kept."""
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO burnt VALUES (?, ?, ?, ?)", (type_, name, reason, urn))

    def burnt(self, type_: str, name: str) -> str | None:
        """Return why a name, or an id, can't be used, or None."""
        with self._lock:
            row = self._db.execute("SELECT reason FROM burnt WHERE type = ? AND name = ?", (type_, name)).fetchone()
        return row[0] if row else None

    def generation(self, urn: str) -> str:
        """Return what tells the next creation of a urn from earlier ones; empty for the first."""
        with self._lock:
            row = self._db.execute("SELECT times FROM creations WHERE urn = ?", (urn,)).fetchone()
        return str(row[0]) if row else ""

    def count_creation(self, urn: str) -> None:
        """Note that a urn was created once more."""
        with self._lock:
            self._db.execute(
                "INSERT INTO creations VALUES (?, 1) ON CONFLICT(urn) DO UPDATE SET times = times + 1",
                (urn,),
            )

    def use_fault(self, fault: str, times: int) -> bool:
        """Tell whether a fault that strikes `times` times still does, and count this strike."""
        with self.transaction():
            row = self._db.execute("SELECT times FROM fault_uses WHERE fault = ?", (fault,)).fetchone()
            used = row[0] if row else 0
            if used >= times:
                return False
            self._db.execute("INSERT OR REPLACE INTO fault_uses VALUES (?, ?)", (fault, used + 1))
            return True

    def left_over(self, stack: str | None = None) -> list[LeftOver]:
        """
        Return what is still there after a destroy: resources, and names that stay taken.

        Args:
            stack: Only what this stack made; what was there before any stack is never left over.
        """
        mine = f"urn:pulumi:{stack}::" if stack else ""
        there = [
            LeftOver(r.type, r.id, "still exists") for r in self.resources() if not r.assumed and r.urn.startswith(mine)
        ]
        with self._lock:
            rows = self._db.execute("SELECT type, name, reason, urn FROM burnt ORDER BY rowid").fetchall()
        return there + [LeftOver(*row[:3]) for row in rows if row[3].startswith(mine)]


def _resource(row: tuple[Any, ...]) -> Resource:
    type_, id_, name, urn, inputs, outputs, secrets, generation, place, assumed = row
    return Resource(
        type=type_,
        id=id_,
        name=name,
        urn=urn,
        inputs=json.loads(inputs),
        outputs=json.loads(outputs),
        secrets=tuple(json.loads(secrets)),
        generation=generation,
        place=json.loads(place),
        assumed=bool(assumed),
    )


def _with(values: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return a copy with one dotted path set; None takes the value away."""
    head, _, rest = path.partition(".")
    out = dict(values)
    if rest:
        held = out.get(head)
        out[head] = _with(held if isinstance(held, Mapping) else {}, rest, value)
    elif value is None:
        out.pop(head, None)
    else:
        out[head] = value
    return out
