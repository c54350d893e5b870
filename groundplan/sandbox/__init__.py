"""Emulated clouds: the rules, ids and behaviour that the offline plan and the real engine share."""

from groundplan.sandbox.emulator import Created, Diff, Emulator, Failure

__all__ = ["Created", "Diff", "Emulator", "Failure"]
