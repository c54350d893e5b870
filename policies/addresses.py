"""Ranges of addresses, as rules on networks read them."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

__all__ = ["is_open"]

_ANY = {"*", "any", "internet"}
_NARROW = {4: 8, 6: 16}
"""Least prefix of a range that may be one organisation's own: 10.0.0.0/8, fd00::/16."""


def is_open(found: Any) -> bool:
    """
    Whether a range is the internet or much of it: `0.0.0.0/0`, its halves, `::/0`, Azure's `*` and `Internet`.

    Text that is no range is not open: clouds refuse it, or it names something of theirs.
    """
    if not isinstance(found, str):
        return False
    if found.strip().lower() in _ANY:
        return True
    try:
        network = ip_network(found.strip(), strict=False)
    except ValueError:
        return False
    return network.prefixlen < _NARROW[network.version]
