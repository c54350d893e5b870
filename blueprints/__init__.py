"""The blueprint language: its model, its files, and what it says when one is wrong."""

from blueprints.loader import Source, load, parse
from blueprints.model import Blueprint
from blueprints.problems import BlueprintError, Problem
from blueprints.show import show

__all__ = ["Blueprint", "BlueprintError", "Problem", "Source", "load", "parse", "show"]
