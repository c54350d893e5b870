"""Quantities as a blueprint writes them: `15m`, `32GiB`, `10%`, `200/min`, `daily 02:00 Europe/Paris`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Self
from zoneinfo import available_timezones

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

__all__ = ["Count", "Duration", "Latency", "Percent", "Quantity", "Rate", "Schedule", "Size"]


class Quantity:
    """
    A value with its unit in the text. Subclasses parse; pydantic, JSON Schema and printing are here.

    Attributes:
        pattern: Regular expression that the text matches (JSON Schema dialect).
        examples: What to write; errors and editors show the first ones.
    """

    pattern: ClassVar[str]
    examples: ClassVar[tuple[str, ...]]

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Read the text.

        Raises:
            ValueError: It is not of the form that `pattern` tells.
        """
        raise NotImplementedError

    @classmethod
    def _read(cls, value: Any) -> Self:
        if isinstance(value, cls):
            return value
        if not isinstance(value, str) or not re.fullmatch(cls.pattern, value.strip()):
            raise ValueError(cls.refusal(value))
        return cls.parse(value.strip())

    @classmethod
    def refusal(cls, value: object) -> str:
        """The message for a value that can't be read."""
        kind = cls.__name__.lower()
        article = "an" if kind[0] in "aeiou" else "a"
        return f"{value!r} is not {article} {kind}. Write {' or '.join(cls.examples[:2])}."

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(cls._read, serialization=core_schema.to_string_ser_schema())

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {
            "type": "string",
            "pattern": f"^(?:{cls.pattern})$",
            "examples": list(cls.examples),
        }


_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000}


@dataclass(frozen=True, order=True)
class Duration(Quantity):
    """A span of time in whole seconds; a year is 365 days."""

    seconds: int

    pattern: ClassVar[str] = r"[1-9][0-9]{0,8}(?:s|m|h|d|w|y)"
    examples: ClassVar[tuple[str, ...]] = ("15m", "6h", "30d")

    @classmethod
    def parse(cls, text: str) -> Self:
        return cls(int(text[:-1]) * _SECONDS[text[-1]])

    @property
    def days(self) -> int:
        """Whole days, rounded up: a retention is never shorter than asked."""
        return -(-self.seconds // 86_400)

    @property
    def minutes(self) -> int:
        """Whole minutes, rounded up."""
        return -(-self.seconds // 60)

    @property
    def iso8601(self) -> str:
        """As ARM and Logic Apps read it: `PT15M`, `P30D`."""
        days, rest = divmod(self.seconds, 86_400)
        hours, rest = divmod(rest, 3600)
        minutes, seconds = divmod(rest, 60)
        date = f"{days}D" if days else ""
        time = "".join(f"{n}{u}" for n, u in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n)
        return f"P{date}" + (f"T{time}" if time else "")

    def __str__(self) -> str:
        fits = [u for u in ("y", "d", "h", "m", "s") if self.seconds % _SECONDS[u] == 0]
        return f"{self.seconds // _SECONDS[fits[0]]}{fits[0]}"


@dataclass(frozen=True, order=True)
class Latency(Quantity):
    """How long an answer takes, in whole milliseconds."""

    milliseconds: int

    pattern: ClassVar[str] = r"[1-9][0-9]{0,5}(?:ms|s)"
    examples: ClassVar[tuple[str, ...]] = ("120ms", "2s")

    @classmethod
    def parse(cls, text: str) -> Self:
        number, unit = (text[:-2], 1) if text.endswith("ms") else (text[:-1], 1000)
        return cls(int(number) * unit)

    def __str__(self) -> str:
        whole = self.milliseconds % 1000 == 0
        return f"{self.milliseconds // 1000}s" if whole else f"{self.milliseconds}ms"


@dataclass(frozen=True, order=True)
class Size(Quantity):
    """An amount of memory or storage, in GiB (2**30 bytes)."""

    gib: float

    pattern: ClassVar[str] = r"[0-9]{1,6}(?:\.[0-9]{1,3})?(?:KiB|MiB|GiB|TiB)"
    examples: ClassVar[tuple[str, ...]] = ("32GiB", "512MiB", "2TiB")

    @classmethod
    def parse(cls, text: str) -> Self:
        gib = float(text[:-3]) * {"K": 2**-20, "M": 2**-10, "G": 1, "T": 2**10}[text[-3]]
        if gib <= 0:
            raise ValueError(cls.refusal(text))
        return cls(gib)

    def __str__(self) -> str:
        if self.gib >= 1024 and self.gib % 1024 == 0:
            return f"{self.gib / 1024:g}TiB"
        unit, many = next(
            (u, n)
            for u, n in (("GiB", self.gib), ("MiB", self.gib * 2**10), ("KiB", self.gib * 2**20))
            if n >= 1 or u == "KiB"
        )
        return f"{many:g}{unit}"


@dataclass(frozen=True, order=True)
class Percent(Quantity):
    """A share in hundredths, 0 to 100."""

    value: float

    pattern: ClassVar[str] = r"(?:100(?:\.0+)?|[0-9]{1,2}(?:\.[0-9]{1,4})?)%"
    examples: ClassVar[tuple[str, ...]] = ("10%", "99.9%")

    @classmethod
    def parse(cls, text: str) -> Self:
        return cls(float(text[:-1]))

    @property
    def fraction(self) -> float:
        """The share as 0 to 1."""
        return round(self.value / 100, 8)

    def __str__(self) -> str:
        return f"{self.value:g}%"


@dataclass(frozen=True, order=True)
class Rate(Quantity):
    """How often something happens, per minute."""

    per_minute: float

    pattern: ClassVar[str] = r"[0-9]{1,9}(?:\.[0-9]{1,3})?/(?:s|min|h)"
    examples: ClassVar[tuple[str, ...]] = ("200/min", "10/s")

    @classmethod
    def parse(cls, text: str) -> Self:
        number, unit = text.split("/")
        per_minute = float(number) * {"s": 60, "min": 1, "h": 1 / 60}[unit]
        if per_minute <= 0:
            raise ValueError(cls.refusal(text))
        return cls(per_minute)

    def __str__(self) -> str:
        return f"{self.per_minute:g}/min"


_THOUSANDS = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}


@dataclass(frozen=True, order=True)
class Count(Quantity):
    """How many of something there are, in thousands (K), millions (M), billions (B) or trillions (T)."""

    number: int

    pattern: ClassVar[str] = r"[0-9]{1,15}(?:\.[0-9]{1,3})?[KMBT]?"
    examples: ClassVar[tuple[str, ...]] = ("70B", "2M")

    @classmethod
    def parse(cls, text: str) -> Self:
        unit = text[-1] if text[-1] in _THOUSANDS else ""
        number = round(float(text.removesuffix(unit)) * _THOUSANDS[unit])
        if number <= 0:
            raise ValueError(cls.refusal(text))
        return cls(number)

    @classmethod
    def _read(cls, value: Any) -> Self:
        whole = isinstance(value, int) and not isinstance(value, bool)
        return super()._read(str(value) if whole else value)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        text = super().__get_pydantic_json_schema__(schema, handler)
        return {"anyOf": [text, {"type": "integer", "minimum": 1}], "examples": list(cls.examples)}

    def __str__(self) -> str:
        unit = next(u for u in ("T", "B", "M", "K", "") if self.number % _THOUSANDS[u] == 0)
        return f"{self.number // _THOUSANDS[unit]}{unit}"


_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_ZONE = r"(?: [A-Za-z]+(?:[/_+-][A-Za-z0-9_+-]+)*)?"


@dataclass(frozen=True)
class Schedule(Quantity):
    """
    A recurring moment in a time zone (UTC where none is named).

    Attributes:
        minute, hour, day, weekday: The cron fields; `*` where the schedule does not say. Weekday 0 is Sunday.
        zone: IANA time zone.
    """

    minute: str
    hour: str
    day: str
    weekday: str
    zone: str
    text: str

    pattern: ClassVar[str] = (
        rf"(?:hourly|daily {_CLOCK}|weekly (?:{'|'.join(_DAYS)}) {_CLOCK}"
        rf"|monthly (?:[1-9]|1[0-9]|2[0-8]) {_CLOCK}){_ZONE}"
    )
    examples: ClassVar[tuple[str, ...]] = (
        "daily 01:30 Asia/Kolkata",
        "weekly sunday 02:00 Europe/Paris",
        "monthly 1 03:00",
        "hourly",
    )

    @classmethod
    def parse(cls, text: str) -> Self:
        words = text.split()
        every = words.pop(0)
        weekday = str(_DAYS.index(words.pop(0))) if every == "weekly" else "*"
        day = words.pop(0) if every == "monthly" else "*"
        clock = words.pop(0) if every != "hourly" else None
        hour, minute = (str(int(n)) for n in clock.split(":")) if clock else ("*", "0")
        zone = words.pop(0) if words else "UTC"
        if zone not in available_timezones():
            raise ValueError(f"{zone!r} is not a time zone. Write one such as Europe/Paris or UTC.")
        return cls(minute, hour, day, weekday, zone, text)

    @property
    def a_month(self) -> float:
        """How often it comes in a month of 730 hours."""
        if self.hour == "*":
            return 730
        if self.weekday != "*":
            return round(365 / 7 / 12, 2)
        return 1 if self.day != "*" else round(365 / 12, 2)

    @property
    def cron(self) -> str:
        """Five fields: minute hour day-of-month month day-of-week."""
        return f"{self.minute} {self.hour} {self.day} * {self.weekday}"

    def __str__(self) -> str:
        return self.text
