"""A packs' configuration file, the same for `pulumi preview --policy-pack-config` and for `groundplan check`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from policies.pack import rules
from policies.settings import Settings
from policies.waivers import Waived, waived

__all__ = ["SETTINGS", "BadConfiguration", "Configuration", "read"]

SETTINGS = "gp-settings"
"""Key that the settings of all rules stand under; all other keys are rules, or `all`."""

_LEVELS = {"mandatory": "mandatory", "advisory": "advisory", "disabled": "disabled", "remediate": "mandatory"}


class BadConfiguration(ValueError):
    """The file is no configuration of the packs; the message says what to write instead."""


@dataclass(frozen=True)
class Configuration:
    """What a file says."""

    given: Mapping[str, Any] = field(default_factory=dict)
    levels: Mapping[str, str] = field(default_factory=dict)
    waivers: tuple[Waived, ...] = ()

    def settings(self, environment: str) -> Settings:
        """
        The settings of a stack.

        Raises:
            BadConfiguration: A setting has a wrong value.
        """
        own = self.given.get("levels", {})
        levels = {**self.levels, **own} if isinstance(own, Mapping) else own
        try:
            return Settings.model_validate({"environment": environment, **self.given, "levels": levels})
        except ValidationError as wrong:
            first = wrong.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise BadConfiguration(f"{SETTINGS}.{where}: {first['msg']}.") from wrong


def read(file: Path | None) -> Configuration:
    """
    Read a configuration; that of no file has nothing in it.

    Raises:
        BadConfiguration: It is none; the message says where, and what to write instead.
    """
    if file is None:
        return Configuration()
    try:
        found = json.loads(file.read_text("utf-8-sig"))
    except OSError as error:
        raise BadConfiguration(f"{file} can't be read: {error.strerror}. Name a file that can.") from error
    except (ValueError, RecursionError) as error:
        raise BadConfiguration(f"{file} is not JSON: {error}. Write it as for --policy-pack-config.") from error
    if not isinstance(found, dict):
        raise BadConfiguration(f'{file}: not a mapping. Write {{"gp-sec-001": "advisory"}}.')
    try:
        made = _of(found)
        made.settings("dev")
    except BadConfiguration as wrong:
        raise BadConfiguration(f"{file}: {wrong}") from wrong
    return made


def _of(found: Mapping[str, Any]) -> Configuration:
    known = {rule.name: rule.id for rule in rules()}
    given = found.get(SETTINGS, {})
    if not isinstance(given, dict):
        raise BadConfiguration(f'{SETTINGS}: not a mapping. Write {{"environment": "prod"}}.')
    levels = dict.fromkeys(known.values(), _level("all", found["all"])) if "all" in found else {}
    for name, value in found.items():
        if name in (SETTINGS, "all"):
            continue
        if name not in known:
            raise BadConfiguration(f"{name}: no such rule. Write one such as gp-sec-001, or {SETTINGS}.")
        levels[known[name]] = _level(name, value)
    try:
        waivers = tuple(waived(given.get("waivers", [])))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadConfiguration(
            f"{SETTINGS}.waivers: each is a mapping of rule, resource, reason, owner and until (2027-01-31)."
        ) from error
    return Configuration({k: v for k, v in given.items() if k != "waivers"}, levels, waivers)


def _level(name: str, value: Any) -> str:
    level = value.get("enforcementLevel", "mandatory") if isinstance(value, dict) else value
    if level not in _LEVELS:
        raise BadConfiguration(f"{name}: {level!r} is no level. Write one of {', '.join(_LEVELS)}.")
    return _LEVELS[level]
