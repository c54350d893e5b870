"""Stacks that nobody wrote and that every cloud has, none of which may be refused."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.truth.blueprints import names
from tests.truth.drawn_loops import COLUMNS, LAID, PLAIN, SECRETS, TIMES, TUNED, monitors, pipelines
from tests.truth.drawn_work import batches, object_ids
from tests.truth.rollouts import rollouts

__all__ = ["sound_stacks"]

Draw = st.DrawFn


@st.composite
def sound_forms(draw: Draw, models: list[str], form: str) -> dict[str, Any]:
    """One endpoint of a form that every cloud has, with nothing that one of them refuses."""
    given: dict[str, Any] = draw(st.sampled_from([{"image": "own:1"}, {"runtime": "xgboost"}, {"runtime": "sklearn"}]))
    given = {**given, **{key: value for key, value in draw(rollouts()).items() if key == "slo"}}
    if form == "serverless":
        return given | {"model": draw(st.sampled_from(models)), "form": form, "memory": "4GiB", "concurrency": 20}
    target = draw(st.sampled_from([{"requests_per_replica": "90/min"}, {"cpu_utilisation": "60%"}]))
    given["scale"] = {"min": 1, "max": 3, "target": target}
    if form == "models":
        return given | {"models": {name: draw(st.sampled_from(models)) for name in ("home", "motor")}}
    hours = draw(st.sampled_from([None, *TIMES[:2]]))
    if hours:
        given["scale"]["schedule"] = {"peak": {"every": hours, "min": 2}}
    elif given.get("slo"):
        given["rollout"] = draw(
            st.sampled_from([{"steps": ["10%"]}, {"steps": ["25%", "50%"]}, {"strategy": "blue-green"}])
        )
    return given | {
        "model": draw(st.sampled_from(models)),
        "capture": {"sample": draw(st.sampled_from(["100%", "7%"]))},
    }


@st.composite
def sound_stacks(draw: Draw) -> dict[str, Any]:
    """A stack that every cloud has: a watched endpoint, a pipeline to it, one more endpoint, people who are told."""
    kinds = [{"runtime": "xgboost"}, {"image": "own:1"}, {"runtime": "sklearn", "tuning": TUNED}]
    blueprint: dict[str, Any] = {"apiVersion": "groundplan/v1", "name": draw(names(24)), "owner": "ml", "dashboard": {}}
    blueprint["training"] = {"fit": {**PLAIN, **draw(st.sampled_from(kinds)), "inputs": draw(LAID)}}
    forms_of = {
        "scorer": "realtime",
        **draw(st.dictionaries(st.just("other"), st.sampled_from(["models", "serverless"]))),
    }
    blueprint["endpoints"] = {name: draw(sound_forms(["fit"], form)) for name, form in forms_of.items()}
    monitor = draw(monitors(COLUMNS[:-1]))
    events = [f"scorer.{signal}" for signal in monitor if signal not in ("baseline", "target")]
    chain = draw(pipelines("fit", ["scorer"], events, COLUMNS[:-1]))
    heard = any(event in events for event in chain.get("on", []))
    starts = {"on_breach": draw(st.sampled_from(["retrain", "review"]))} if heard else {}
    blueprint |= {"monitoring": {"scorer": {**monitor, **starts}}, "pipelines": {"nightly": chain}}
    blueprint["registry"] = {"approval": draw(st.sampled_from(["manual", "automatic"]))}
    blueprint["alerts"] = {"email": ["ml@example.com"], "webhook": SECRETS[0], "pager": SECRETS[1]}
    own: dict[str, dict[str, Any]] = {"azure": {"alerts": {"webhook": None, "pager": None}}}
    if draw(st.booleans()):
        blueprint["batch"] = {"daily": {**draw(batches(["fit"])), "machine": {"cpu": 4}}}
    if draw(st.booleans()):
        blueprint["notebooks"] = {"lab": {"users": ["asha@example.com"], "idle_stop": "1h"}}
        own["azure"]["notebooks"] = object_ids(blueprint["notebooks"])
    return {**blueprint, "overrides": own}
