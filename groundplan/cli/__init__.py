"""The command line: `groundplan plan`, `compare`, `up` and the rest."""

from groundplan.cli.app import main

__all__ = ["main"]
