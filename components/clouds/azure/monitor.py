"""The workflow that looks at one window of what an endpoint on Azure recorded, and publishes what it finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from components.clouds.azure.figures import publish
from components.clouds.azure.judge import (
    ENDPOINT,
    METRICS,
    MOMENT,
    MonitorPlan,
    first_points,
    judge,
    publish_figures,
)
from components.clouds.azure.step import PARAMETERS as STEP
from components.clouds.azure.step import STATUS, Step, reason, run_step, uri
from components.clouds.azure.workflow import (
    NOTHING,
    Actions,
    after,
    choose,
    compose,
    definition,
    fail,
    http,
    literal,
    quoted,
    select,
    variable,
)
from components.monitoring import Signal

__all__ = ["PARAMETERS", "monitor_definition"]

PARAMETERS = ("capture", "endpoint", *STEP)
"""What the definition is told."""

MOST_HOURS = 168
TWO_HOURS = 7200


def monitor_definition(plan: MonitorPlan, identity: str) -> dict[str, Any]:
    """The definition, for the ARM id of the identity it acts as; two looks at once would count each other wrongly."""
    actions: Actions = {**_prepare(plan)}
    before = "run"
    for prefix, signals in (("Fresh", plan.fresh), ("Late", plan.late)):
        if signals:
            actions |= _look(plan, prefix, signals, identity, before)
            before = prefix
    return definition(_start(plan), PARAMETERS, actions, one_at_a_time=True)


def _start(plan: MonitorPlan) -> dict[str, Any]:
    """JSON Schema of what a start may say: some of the signals, and the length of the window."""
    signals = {"type": "array", "items": {"enum": list(plan.spec.signals)}, "minItems": 1, "uniqueItems": True}
    hours = {"type": "integer", "minimum": 1, "maximum": MOST_HOURS}
    return {
        "type": "object",
        "properties": {"signals": signals, "hours": hours},
        "additionalProperties": False,
    }


def _prepare(plan: MonitorPlan) -> Actions:
    asked = "coalesce(triggerBody(), json('{}'))"
    longest = max(plan.spec.schedules).seconds // 3600
    actions: Actions = {
        "Status": variable(STATUS),
        "every_signal": compose(list(plan.spec.signals), after("Status")),
        "signals": compose(f"@coalesce({asked}?['signals'], outputs('every_signal'))", after("every_signal")),
        "hours": compose(f"@coalesce({asked}?['hours'], {longest})", after("signals")),
        "basis": compose({"step": "monitor", "target": plan.spec.target}, after("hours")),
    }
    before = "basis"
    for signal in plan.spec.signals:
        actions[f"{signal}_settings"] = compose(literal(_settings(plan, signal)), after(before))
        before = f"{signal}_settings"
    stamp = "utcNow('yyyyMMdd-HHmmss'), '-', substring(guid(), 0, 4)"
    actions["run"] = compose(f"@concat({stamp})", after(before))
    return actions


def _settings(plan: MonitorPlan, signal: Signal) -> dict[str, Any]:
    """What the step is told of a signal; bias that needs the truth comes with where the truth is."""
    kept = {
        "drift": {"metric", "columns"},
        "quality": {"metric", "key", "label"},
        "bias": {"metric", "facet"},
        "explain": {"sample", "answers"},
    }
    wanted = ("quality", "bias") if signal == "bias" and plan.bias_needs_truth else (signal,)
    specs = {name: getattr(plan.spec, name) for name in wanted}
    # nothing of data quality is for the step: its bound is held here
    return {
        n: spec.model_dump(mode="json", include=kept[n], exclude_none=True) if n in kept else {"watch": True}
        for n, spec in specs.items()
    }


def _asked(signals: Sequence[Signal]) -> str:
    held = [f"contains(outputs('signals'), {quoted(name)})" for name in signals]
    return held[0] if len(held) == 1 else f"or({', '.join(held)})"


def _look(plan: MonitorPlan, prefix: str, signals: Sequence[Signal], identity: str, before: str) -> Actions:
    """
    Look at whole hours that are over: the last ones, or those whose truth has come. The last action is `prefix`.

    An endpoint that nobody asked has recorded nothing, maybe not even a folder, so there is nothing to start a job for.
    """
    delay = plan.spec.quality.delay.seconds if prefix == "Late" and plan.spec.quality else 0
    until = f"startOfHour(addSeconds(utcNow(), -{delay}))" if delay else "startOfHour(utcNow())"
    window = f"outputs('{prefix}_from'), '/', outputs('{prefix}_until')"
    metrics = f"{METRICS}RequestsPerMinute&aggregation=Average&interval=FULL&timespan=', {window})"
    point = f"first(union({first_points(f'{prefix}_requests')}, createArray({NOTHING})))"
    asked = f"coalesce({point}?['average'], 0)"
    start = f"addHours(outputs('{prefix}_until'), sub(0, outputs('hours')))"
    rows = publish(plan.region, ENDPOINT, "rows", "int('0')", identity)
    actions: Actions = {
        f"{prefix}_until": compose(f"@{MOMENT.format(until)}"),
        f"{prefix}_from": compose(f"@{MOMENT.format(start)}", after(f"{prefix}_until")),
        f"{prefix}_requests": http("GET", metrics, identity, run_after=after(f"{prefix}_from")),
        f"{prefix}_calm": choose(
            {"equals": [f"@equals({asked}, 0)", True]},
            {f"{prefix}_no_rows": rows},
            _read(plan, prefix, signals, identity),
            after(f"{prefix}_requests"),
        ),
    }
    return {prefix: choose({"equals": [f"@{_asked(signals)}", True]}, actions, run_after=after(before))}


def _read(plan: MonitorPlan, prefix: str, signals: Sequence[Signal], identity: str) -> Actions:
    step = _step(plan, prefix, signals)
    hour = f"@formatDateTime(addHours(outputs('{prefix}_from'), item()), 'yyyy/MM/dd/HH')"
    run = run_step(step, identity, after(f"{prefix}_hours"))
    failed = f"@concat('the window from ', outputs('{prefix}_from'), ' on: ', {reason(prefix, plan.experiment)})"
    actions: Actions = {
        f"{prefix}_hours": select("@range(0, outputs('hours'))", hour),
        **run,
        f"{prefix}_worked": choose(
            {"not": {"equals": [f"@variables('{STATUS}')", "Completed"]}},
            {f"{prefix}_failed": fail("MonitorFailed", failed)},
            run_after=after(f"{prefix}_told"),
        ),
        **publish_figures(plan, prefix, signals, identity),
    }
    before = f"{prefix}_publish"
    for signal in signals:
        actions |= judge(plan, prefix, signal, identity, before)
        before = signal
    return actions


def _step(plan: MonitorPlan, prefix: str, signals: Sequence[Signal]) -> Step:
    parts = ["outputs('basis')"]
    for name in signals:
        held = f"if(contains(outputs('signals'), {quoted(name)}), outputs('{name}_settings'), {NOTHING})"
        parts.append(held)
    inputs = {"baseline": uri(plan.spec.baseline or ""), "capture": "parameters('capture')"}
    if prefix == "Late" and plan.spec.quality:
        inputs["labels"] = uri(plan.spec.quality.labels)
    name = quoted(f"{plan.name}-monitor-")
    return Step(
        prefix=prefix,
        job=f"concat({name}, outputs('run'), {quoted('-' + prefix.lower())})",
        experiment=plan.experiment,
        settings=f"string(union({', '.join(parts)}))",
        inputs=inputs,
        report=f"concat(parameters('artifacts'), '/monitors/{plan.name}/', outputs('run'), '/{prefix.lower()}')",
        tags=plan.tags,
        seconds=TWO_HOURS,
        prepare=_gather(prefix),
    )


def _gather(prefix: str) -> str:
    """
    Arguments of a `concat`: shell that copies the files of the window's hours, and sets INPUT_CAPTURE to where.

    Records lie at `<collection>/<endpoint>/<deployment>/<collection>/yyyy/MM/dd/HH/`; how much of that comes before the
    hour is the data collector's own business. What a shadow was asked is no part of it, as its answers went nowhere.

    Source: https://learn.microsoft.com/azure/machine-learning/how-to-collect-production-data
    """
    folders = " ".join(f'"$INPUT_CAPTURE"/{"*/" * depth}"$hour"' for depth in range(6))
    loop = (
        f"; do for folder in {folders}; do"
        ' case "$folder" in */shadow/*) continue ;; esac;'
        ' if [ -d "$folder" ]; then count=$((count + 1)); cp -R "$folder" "$window/$count" || exit 1; fi;'
        ' done; done; export INPUT_CAPTURE="$window"'
    )
    begin = 'window="$(mktemp -d)"; count=0; for hour in '
    return f"{quoted(begin)}, join(body('{prefix}_hours'), ' '), {quoted(loop)}"
