"""What a monitor needs of the rest of a blueprint: an endpoint that records, data to compare with, who it starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from blueprints.finding import Finding, at, names_at
from components.base import Cloud
from components.endpoint.forms import records_nothing

__all__ = ["NO_SIGNALS", "watching"]

NO_SIGNALS = ("baseline", "on_breach", "target")
"""Fields of a monitor that are not something watched."""


def watching(data: Any, cloud: Cloud | None) -> Iterator[Finding]:
    """Yield what is wrong with monitors; `data` may be of any shape."""
    for path, monitor in at(data, "monitoring.*"):
        endpoint = next((found for _, found in at(data, f"endpoints.{path[-1]}")), None)
        if isinstance(monitor, dict) and isinstance(endpoint, dict):
            unrecorded = _unrecorded(str(path[-1]), endpoint, cloud)
            found = unrecorded or _uncompared(data, monitor, endpoint)
            if found:
                yield Finding(path, found, at_key=True)
    yield from _unstarted(data)


def _unrecorded(name: str, endpoint: Mapping[str, Any], cloud: Cloud | None) -> str | None:
    """A monitor reads what its endpoint records."""
    never = records_nothing(endpoint, cloud)
    if never:
        return f"endpoints.{name} records nothing to watch: {never}"
    if endpoint.get("capture") is None:
        return f"endpoints.{name} records nothing to watch. Write capture: {{sample: 100%}} there."
    return None


def _uncompared(data: Any, monitor: Mapping[str, Any], endpoint: Mapping[str, Any]) -> str | None:
    """A window is held against something: what is written, or what the model was trained on."""
    model = endpoint.get("model")
    if monitor.get("baseline") is not None or not isinstance(model, str):
        return None
    advice = "Write baseline: data/train/, a table with the columns of a request."
    training = next((found for _, found in at(data, f"training.{model}")), None)
    if training is None and model not in names_at(data, "registry.models.*"):
        return None  # it is of no model, which is said at the endpoint
    if training is None:
        return f"its windows have nothing to be compared with: no training makes {model[:60]}. {advice}"
    inputs = training.get("inputs") if isinstance(training, dict) else None
    if inputs is not None and not isinstance(inputs, dict):
        return None
    if not inputs:
        return f"its windows have nothing to be compared with: training.{model[:60]} has no inputs. {advice}"
    if "train" in inputs or len(inputs) == 1:
        return None
    several = ", ".join(sorted(map(str, inputs))[:8])
    return f"training.{model[:60]} reads {several}, and none of them is called train. {advice}"


def _unstarted(data: Any) -> Iterator[Finding]:
    """A breach starts those pipelines that wait for it, and each that waits is started."""
    waited = {event for _, event in at(data, "pipelines.*.on.*") if isinstance(event, str)}
    for path, monitor in at(data, "monitoring.*"):
        if not isinstance(monitor, dict):
            continue
        starts = monitor.get("on_breach", "alert") in ("retrain", "review")
        watched = {f"{path[-1]}.{signal}" for signal in monitor if signal not in NO_SIGNALS}
        if starts and not watched & waited:
            first = sorted(watched)[0] if watched else f"{path[-1]}.drift"
            message = f"no pipeline waits for it. Write pipelines: {{…: {{on: [{first}]}}}}, or on_breach: alert."
            yield Finding((*path, "on_breach"), message)
        if not starts and watched & waited:
            first = sorted(watched & waited)[0]
            message = f"a pipeline waits for {first}, and it starts none. Write on_breach: retrain."
            yield Finding(path, message, at_key=True)
