"""What the policy packs add to a preview by the real engine, on an emulated cloud."""

from __future__ import annotations

import statistics
import time
from functools import partial
from pathlib import Path

from groundplan.cli.life import engine, sandboxed
from groundplan.policy.folder import pack_folder
from groundplan.target import Target
from policies.pack import PACKS

__all__ = ["packs"]

ROOT = Path(__file__).parent.parent


def packs(stack: Target, folder: Path, runs: int) -> tuple[int, float, float, float]:
    """
    Resources, and median seconds of a preview: without packs, with all in one process, with each in its own.

    The three run in turn, so that what else the machine does falls on all of them.
    """
    each = [ROOT / "policies" / pack for pack in PACKS]
    kinds = {"none": [], "one": [pack_folder(ROOT)], "four": each}
    seconds: dict[str, list[float]] = {kind: [] for kind in kinds}
    count = 0
    with sandboxed(stack, engine(), folder) as life:
        for _ in range(runs + 1):
            for kind, folders in kinds.items():
                begun = time.perf_counter()
                done = partial(life.preview, policy_packs=folders)()
                seconds[kind].append(time.perf_counter() - begun)
                count = done.summary.changes
    none, one, four = (statistics.median(seconds[kind][1:]) for kind in kinds)
    return count, none, one, four
