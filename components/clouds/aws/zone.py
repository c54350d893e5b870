"""When the clocks of a time zone change: a table from which a state machine, which knows UTC alone, reads the hour."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

__all__ = ["offsets"]

DAY = 24 * 60  # minutes
# the table's first and last year; from then on the last offset holds
FIRST_YEAR, LAST_YEAR = 2025, 2050


@cache
def offsets(zone: str) -> tuple[tuple[int, int], ...]:
    """Since which minute of the epoch the time zone's clock is how many minutes ahead of UTC."""
    begin = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
    found = [(0, _east(zone, begin))]
    found += _changes(zone, begin, datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC))
    return tuple(found)


def _changes(zone: str, begin: datetime, end: datetime) -> Iterator[tuple[int, int]]:
    """Each change between two moments; of two within a day, which no zone has had, the later one."""
    day = begin
    while day < end:
        following = day + timedelta(days=1)
        if _east(zone, day) != _east(zone, following):
            low, high = 0, DAY
            while low < high:
                middle = (low + high) // 2
                same = _east(zone, day + timedelta(minutes=middle)) == _east(zone, day)
                low, high = (middle + 1, high) if same else (low, middle)
            yield int(day.timestamp()) // 60 + low, _east(zone, following)
        day = following


def _east(zone: str, moment: datetime) -> int:
    offset = moment.astimezone(ZoneInfo(zone)).utcoffset()
    return int(offset.total_seconds()) // 60 if offset else 0
