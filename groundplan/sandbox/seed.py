"""Turns a resource's urn into the ids a cloud would make up: same urn, same ids."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass

__all__ = ["CREATED", "Seed"]

CREATED = "2026-01-01T00:00:00Z"
"""When every emulated resource was made: a fixed moment, so that a plan's bytes repeat."""


@dataclass(frozen=True)
class Seed:
    """Source of made-up ids; `text` is the urn, with the place and generation it lives in."""

    text: str

    def hex(self, length: int, salt: str = "") -> str:
        """Return lower-case hex digits, at most 128."""
        return hashlib.sha512(f"{self.text}|{salt}".encode()).hexdigest()[:length]

    def digits(self, length: int, salt: str = "") -> str:
        """Return decimal digits without a leading zero."""
        number = int(self.hex(32, f"{salt}|digits"), 16)
        floor = 10 ** (length - 1)
        return str(floor + number % (9 * floor))

    def uuid(self, salt: str = "") -> str:
        """Return a version-4-looking GUID."""
        return str(uuid.UUID(hex=self.hex(32, f"{salt}|uuid"), version=4))

    def base36(self, length: int, salt: str = "") -> str:
        """Return lower-case letters and digits, starting with a letter."""
        alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
        number = int(self.hex(64, f"{salt}|base36"), 16)
        out = [alphabet[number % 26]]
        for _ in range(length - 1):
            number, digit = divmod(number, 36)
            out.append(alphabet[digit])
        return "".join(out)
