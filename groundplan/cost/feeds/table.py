"""The catalogue's tables as files: read as they are, written whole or not at all."""

from __future__ import annotations

import csv
import io
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

__all__ = ["FED", "Table", "is_fed", "prune", "read", "source", "write"]

Row = dict[str, str]
FED = "feed"


@dataclass(frozen=True)
class Table:
    """
    A table.

    Attributes:
        path: Its file.
        columns: In their order.
        rows: In theirs.
    """

    path: Path
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def name(self) -> str:
        """The file's name less its ending."""
        return self.path.stem


def read(path: Path) -> Table:
    """
    The table in a file.

    Raises:
        ValueError: A row has more or fewer cells than there are columns.
    """
    columns, *lines = csv.reader(io.StringIO(path.read_text("utf-8"), newline=""))
    return Table(path, tuple(columns), tuple(dict(zip(columns, line, strict=True)) for line in lines))


def write(table: Table, rows: list[Row]) -> None:
    """Puts the rows in the place of the table's: a reader finds the old file or the new one, never a part."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, table.columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    _replace(table.path, text.getvalue())


def _replace(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(path.stat().st_mode & 0o777)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def source(cloud: str, offer: str, day: str) -> str:
    """The short name of a feed's offer of a day."""
    return f"{cloud}-{FED}-{re.sub(r'[^A-Za-z0-9]+', '-', offer)}-{day}"


def is_fed(name: str) -> bool:
    """Whether a source is a feed read by this program."""
    return name.split("-")[1:2] == [FED]


def prune(sources: Table) -> list[Row]:
    """The sources that a table beside `sources` still refers to."""
    used: set[str] = set()
    for path in sorted(sources.path.parent.glob("*.csv")):
        if path != sources.path:
            table = read(path)
            named = [c for c in table.columns if c == "source" or c.endswith("_source")]
            used |= {row[column] for row in table.rows for column in named}
    return [row for row in sources.rows if row["source"] in used]
