"""What the step machines of monitors and pipelines cost: windows looked at, data checked, versions judged."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from components.base import Cloud
from components.catalog import resolve
from components.fields import Machine
from components.machine import wish
from components.monitoring import MonitorSpec
from components.pipeline import PipelineSpec
from components.units import Duration
from components.usage import UsageSpec
from groundplan.cost.line import HOURS_A_MONTH
from groundplan.cost.row import Row, of_machine
from groundplan.target import Target

__all__ = ["looks", "step_jobs", "step_rows"]

RECLAIMED = (Cloud.AZURE,)
"""Where they run at the price of what may be taken away; should there be none of it, the job waits."""

KEEPING = ("keeping of a version's files",)
"""What a job does on Azure, where the others' registries take the files themselves."""


def looks(spec: MonitorSpec) -> dict[Duration, int]:
    """Length of a window to how many jobs look at it: figures that need the truth have an earlier window."""
    late = {"quality"} | ({"bias"} if spec.bias and spec.bias.metric.endswith("_difference") else set())
    return {every: len({signal in late for signal in signals}) for every, signals in spec.schedules.items()}


def step_jobs(spec: MonitorSpec | PipelineSpec, cloud: Cloud) -> tuple[float, str]:
    """Jobs a month, and how they come about; what breaches and new data start is not known."""
    if isinstance(spec, MonitorSpec):
        windows = {every: HOURS_A_MONTH * 3600 / every.seconds for every in spec.schedules}
        told = ", ".join(f"{windows[every]:g} windows of {every} x {n}" for every, n in looks(spec).items())
        return sum(windows[every] * n for every, n in looks(spec).items()), told
    steps = [word for word, asked in (("check", spec.expect), ("judgement", spec.gate)) if asked]
    steps += KEEPING if cloud is Cloud.AZURE else ()
    runs = spec.schedule.a_month if spec.schedule else 0
    return runs * len(steps), f"{' and '.join(steps) or 'no step'} of {runs:g} run(s) a month"


def step_rows(urn: str, spec: MonitorSpec | PipelineSpec, usage: UsageSpec, target: Target) -> Iterator[Row]:
    """
    Rows of a monitor or pipeline: nothing where no window has a request, and no schedule starts a run.

    Args:
        urn: What the rows hang on.
        spec: Of the component.
        usage: What is assumed.
        target: The stack.
    """
    jobs, told = step_jobs(spec, target.cloud)
    if jobs:
        cloud = target.cloud
        hours = jobs * usage.window.seconds / 3600
        spot = cloud in RECLAIMED
        sold = resolve(wish(_asked(cloud)), cloud, target.place.region, "training", spot=spot)
        full = sold.usd_per_hour
        least = (sold.spot_usd_per_hour if spot else None) or full
        yield of_machine(urn, sold, f"{told}, {usage.window} each", (0, hours, hours), (least, least, full), "use")


def _asked(cloud: Cloud) -> Machine:
    """What the cloud's steps ask for; the module is loaded with the cloud's SDK, and that of no other."""
    return import_module(f"components.clouds.{cloud.value}.step").MACHINE
