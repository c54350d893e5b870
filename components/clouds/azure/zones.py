"""Time zones as Azure's recurrences name them: Windows names, not those of the IANA."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

__all__ = ["windows_zone"]

TABLE = Path(__file__).with_name("time_zones.csv")


@cache
def _zones() -> Mapping[str, str]:
    """IANA name to Windows name. Source: Unicode CLDR, supplemental/windowsZones.xml (2026), and IANA's own links."""
    rows = csv.DictReader(TABLE.read_text("utf-8").splitlines())
    return {iana: row["windows"] for row in rows for iana in row["iana"].split()}


def windows_zone(iana: str) -> str:
    """
    The Windows name of a time zone.

    Source: https://learn.microsoft.com/windows-hardware/manufacture/desktop/default-time-zones

    Raises:
        ValueError: Windows, and so Azure, has no such zone.
    """
    found = _zones().get(iana)
    if found is None:
        raise ValueError(
            f"schedule is in {iana}, which Azure's recurrences do not know: they have the time zones of Windows"
            " (https://learn.microsoft.com/windows-hardware/manufacture/desktop/default-time-zones)."
            " Write a city that keeps the same time, or UTC."
        )
    return found
