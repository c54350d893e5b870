"""Offline plan: the program runs in this process, and what the engine would receive is written down."""

from groundplan.plan.document import plan
from groundplan.plan.recorder import Recorded, Recording, record

__all__ = ["Recorded", "Recording", "plan", "record"]
