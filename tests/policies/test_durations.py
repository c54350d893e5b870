"""Spans of time in the clouds' spellings."""

import pytest

from policies.durations import seconds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PT30M", 1800),
        ("P1DT1H", 90_000),
        ("PT0.5S", 0.5),
        ("7200s", 7200),
        (7200.0, 7200),
        ("0s", 0),
        ("P", None),
        ("PT", None),
        ("soon", None),
    ],
)
def test_a_duration_is_seconds(text, expected):
    """
    ISO 8601, Google's seconds and plain numbers mean the same; other text means nothing.
    """
    assert expected == seconds(text)
