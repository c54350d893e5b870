"""What runs around a model, in blueprints nobody wrote: forms of endpoints, monitors, pipelines, who is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from tests.truth.blueprints import EXISTING, awkward, machines, names, trainings
from tests.truth.drawn_work import batches, kinds_of_notebook, object_ids
from tests.truth.rollouts import rollouts

__all__ = ["COLUMNS", "LAID", "PLAIN", "SECRETS", "TIMES", "TUNED", "monitors", "pipelines", "stacks"]

Draw = st.DrawFn
TIMES = [
    "daily 17:00-23:00 Europe/Paris",
    "weekdays 08:00-18:00",
    "weekends 22:30-06:15 Asia/Kathmandu",
    "daily 00:00-00:01",
]
EVERY = st.sampled_from(["1h", "2h", "6h", "12h", "1d"])
WINDOWS = st.sampled_from(["1 of 1", "2 of 3", "7 of 7", "1 of 7"])
COLUMNS = ["amount", "Amount_7d", "_x", "c" * 63, *(f"c{n}" for n in range(8)), "it's"]
TARGETS = [
    {"latency": "200ms"},
    {"concurrent_requests": 5},
    {"requests_per_replica": "90/min"},
    {"cpu_utilisation": "60%"},
]
SECRETS = ["secret/chat", "secret/pager-of-ml", "secret/a"]
TOPICS = {
    "aws": "arn:aws:sns:us-east-1:111122223333:on-call",
    "gcp": "projects/example-project/notificationChannels/1234567890",
    "azure": "/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/ops/providers"
    "/microsoft.insights/actionGroups/on-call",
}
PLAIN = {"machine": {"cpu": 4}, "spot": False}  # trainings with any of their fields are drawn elsewhere, too
TUNED = {
    "objective": "auc",
    "goal": "maximize",
    "trials": 4,
    "parallel": 2,
    "parameters": {"eta": {"log": [0.01, 0.3]}},
}
SPREAD = {"runtime": "pytorch", "nodes": 2, "distributed": "torchrun", "machine": {"accelerator": "T4"}}
TRAINED = st.one_of(
    st.sampled_from(
        [{"runtime": "xgboost"}, {"image": "own:1"}, {}, {"runtime": "sklearn", "tuning": TUNED}, SPREAD]
    ).map(lambda fields: {**PLAIN, **fields}),
    trainings(),
)
MACHINES = st.one_of(st.sampled_from([{"cpu": 2}, {"cpu": 4, "memory": "16GiB"}, {"accelerator": "T4"}]), machines())
LAID = st.fixed_dictionaries({"train": st.just("data/train/")}, optional={"hold-out": st.just("data/held/")})


@st.composite
def scales(draw: Draw) -> dict[str, Any]:
    """How many replicas, by the hour too, and what the autoscaler holds."""
    least = draw(st.sampled_from([0, 1, 1, 1, 1, 3]))
    given: dict[str, Any] = {"min": least, "max": draw(st.sampled_from([3, 7]))}
    if draw(st.booleans()):
        given["target"] = draw(st.sampled_from(TARGETS))
    hours = draw(st.sampled_from([None, None, None, *TIMES]))
    bounds = st.sampled_from([{"min": 2}, {"min": 3, "max": 20}, {"min": 0}])
    if hours:
        given["schedule"] = {draw(names()): {"every": hours, **draw(bounds)}}
    return given


@st.composite
def forms(draw: Draw, models: list[str]) -> dict[str, Any]:
    """One endpoint of any form, with some fields that it may not have on every cloud, or at all."""
    serves = st.sampled_from(
        [{"image": "own:1"}, {"runtime": "pytorch"}, {"runtime": "xgboost"}, {"runtime": "triton"}, {}]
    )
    form = draw(st.sampled_from(["realtime", "realtime", "models", "serverless", "async"]))
    given: dict[str, Any] = dict(draw(serves))
    if form == "models":
        kept = draw(st.lists(names(), min_size=1, max_size=3, unique_by=lambda name: name.replace("-", "")))
        given["models"] = {name: draw(st.sampled_from(models)) for name in kept}
    else:
        given |= {"model": draw(st.sampled_from(models)), "form": form}
    optional: dict[str, Any] = {}
    if form == "serverless":
        optional = {
            "memory": st.sampled_from(["1GiB", "4GiB", "6GiB", "20GiB"]),
            "concurrency": st.sampled_from([1, 20, 200]),
        }
    else:
        optional = {"machine": MACHINES, "scale": scales()}
    if form == "async":
        ages = {"max_age": st.sampled_from(["1m", "6h", "1d"]), "retain": st.sampled_from(["1h", "30d"])}
        optional["queue"] = st.fixed_dictionaries({}, optional=ages)
    captured = (
        draw(st.integers(0, 7)) == 0 if form in ("models", "serverless", "async") else draw(st.integers(0, 3)) > 0
    )
    if captured:
        given["capture"] = draw(st.sampled_from([{}, {"sample": "10%", "retain": "7d"}]))
    given |= draw(st.fixed_dictionaries({}, optional=optional))
    asked = draw(rollouts())
    unfit = {"models": ("rollout", "shadow"), "serverless": ("shadow", "rollout"), "async": ("shadow",)}.get(form, ())
    keep = draw(st.integers(0, 7)) == 0
    return given | {key: value for key, value in asked.items() if keep or key not in unfit}


@st.composite
def monitors(draw: Draw, columns: Sequence[str] = COLUMNS) -> dict[str, Any]:
    """What is watched on an endpoint that records."""
    column = st.sampled_from(columns)
    bound = st.sampled_from([0.001, 0.2, 0.99])
    timed = {"windows": WINDOWS, "every": EVERY}
    measured = st.sampled_from(
        [{"metric": "auc", "below": 0.8}, {"metric": "rmse", "above": 12.5}, {"metric": "r2", "below": -1}]
    )
    metrics = {"drift": ["psi", "js", "ks", "wasserstein"], "bias": ["dpl", "di", "ddpl", "recall_difference"]}
    watched = {
        "drift": st.fixed_dictionaries(
            {},
            optional={
                "metric": st.sampled_from(metrics["drift"]),
                "above": bound,
                "columns": st.lists(column, max_size=4, unique=True),
                **timed,
            },
        ),
        "data_quality": st.fixed_dictionaries({}, optional={"above": st.sampled_from(["0.5%", "100%"]), **timed}),
        "bias": st.fixed_dictionaries(
            {"facet": column}, optional={"metric": st.sampled_from(metrics["bias"]), "above": bound, **timed}
        ),
        "explain": st.fixed_dictionaries(
            {}, optional={"above": bound, "sample": st.sampled_from([100, 100_000]), "answers": column, **timed}
        ),
        "quality": st.builds(
            lambda how, more: {"labels": "data/labels/", **how, **more},
            measured,
            st.fixed_dictionaries(
                {}, optional={"key": column, "label": column, "delay": st.sampled_from(["1h", "30d"]), **timed}
            ),
        ),
    }
    given = draw(st.fixed_dictionaries({}, optional=watched)) or {"explain": {}}
    if given.get("bias", {}).get("metric") == "recall_difference":
        given.setdefault("quality", {"labels": "data/labels/", "metric": "recall", "below": 0.5})
    return given | draw(st.sampled_from([{}, {"baseline": "data/other/"}, {"target": "fraud"}]))


@st.composite
def pipelines(
    draw: Draw, train: str, serving: list[str], events: list[str], columns: Sequence[str] = COLUMNS
) -> dict[str, Any]:
    """A chain of one training, to an endpoint of its model where there is one."""
    column = st.fixed_dictionaries(
        {},
        optional={
            "min": st.sampled_from([0, -1e9]),
            "max": st.just(1e22),
            "missing": st.just("1%"),
            "unique": st.booleans(),
        },
    )
    given: dict[str, Any] = {"train": train}
    champion = st.sampled_from(
        [{"metric": "auc", "by": 0.005}, {"metric": "m" * 64, "goal": "minimize", "at_least": 1e-9}]
    )
    alone = st.just({"metric": "auc", "better_than": "nothing", "at_least": 0.5})
    if serving and draw(st.integers(0, 3)):
        given |= {"deploy": draw(st.sampled_from(serving))}
        gates: st.SearchStrategy[Any] = champion | alone
    else:
        gates = alone
    optional = {
        "schedule": st.sampled_from(["hourly", "daily 02:00 Europe/Paris", "weekly sunday 23:59", "monthly 28 00:00"]),
        "on": st.lists(st.sampled_from(["data", *events]), min_size=1, max_size=3, unique=True),
        "at_most_every": st.sampled_from(["1m", "6h", "30d"]),
        "expect": st.fixed_dictionaries(
            {},
            optional={
                "rows": st.sampled_from([{"at_least": 1}, {"at_least": 10, "at_most": 10**9}]),
                "columns": st.dictionaries(st.sampled_from(columns), column, max_size=3),
            },
        ),
        "gate": gates,
        "approval_wait": st.sampled_from(["1h", "14d", "90d"]),
    }
    return given | draw(st.fixed_dictionaries({}, optional=optional))


@st.composite
def channels(draw: Draw) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Who is told, and what each cloud has otherwise: no secret address on Azure, and topics of its own."""
    alerts = draw(
        st.fixed_dictionaries(
            {"email": st.just(["ml@example.com", "o'neil+a@example.com"])},
            optional={"webhook": st.sampled_from(SECRETS[:1]), "pager": st.sampled_from(SECRETS[1:])},
        )
    )
    own: dict[str, dict[str, Any]] = {}
    quiet = {key: None for key in ("webhook", "pager") if key in alerts}
    if quiet and draw(st.integers(0, 7)):
        own["azure"] = {"alerts": quiet}
    for cloud in draw(st.lists(st.sampled_from(list(TOPICS)), unique=True)):
        own.setdefault(cloud, {}).setdefault("alerts", {})["topic"] = TOPICS[cloud]
    return alerts, own


def _serves(endpoint: Mapping[str, Any], model: str) -> bool:
    return model == endpoint.get("model") or model in endpoint.get("models", {}).values()


@st.composite
def stacks(draw: Draw) -> dict[str, Any]:
    """A stack with what runs around its models; some of it no cloud has, and some of it not every cloud."""
    made = draw(st.lists(names(), min_size=1, max_size=2, unique_by=lambda name: name.replace("-", "")))
    blueprint: dict[str, Any] = {"apiVersion": "groundplan/v1", "name": draw(names(24)), "owner": "ml"}
    blueprint["training"] = {name: {**draw(TRAINED), "inputs": draw(LAID)} for name in made}
    served = draw(st.lists(names(), min_size=1, max_size=3, unique_by=lambda name: name.replace("-", "")))
    blueprint["endpoints"] = {name: draw(forms(made)) for name in served}
    recorded = [name for name in served if "capture" in blueprint["endpoints"][name] or draw(st.integers(0, 9)) == 0]
    watched = {name: draw(monitors()) for name in recorded if draw(st.integers(0, 3))}
    blueprint["monitoring"] = watched
    events = [f"{name}.{s}" for name, m in watched.items() for s in m if s not in ("baseline", "target")]
    chains = draw(st.lists(names(), max_size=2, unique_by=lambda name: name.replace("-", "")))
    blueprint["pipelines"] = {}
    for name in chains:
        train = draw(st.sampled_from(made))
        serving = [key for key, endpoint in blueprint["endpoints"].items() if _serves(endpoint, train)]
        blueprint["pipelines"][name] = draw(pipelines(train, serving, events))
    waited = {event.partition(".")[0] for chain in blueprint["pipelines"].values() for event in chain.get("on", [])}
    for name, monitor in watched.items():
        if name in waited:
            monitor["on_breach"] = draw(st.sampled_from(["retrain", "review"]))
    blueprint["registry"] = {"approval": draw(st.sampled_from(["manual", "automatic"]))}
    if draw(st.booleans()):
        blueprint["batch"] = {"nightly": draw(batches(made))}
        if draw(st.booleans()):
            blueprint["batch"]["nightly"] |= {"on": "data", "settle": draw(st.sampled_from(["5m", "1d"]))}
    own: dict[str, dict[str, Any]] = {}
    if draw(st.booleans()):
        blueprint["alerts"], own = draw(channels())
    if draw(st.booleans()):
        blueprint["notebooks"] = {"lab": draw(kinds_of_notebook())}
        own.setdefault("azure", {})["notebooks"] = object_ids(blueprint["notebooks"])
    for cloud, parts in EXISTING.items():
        if draw(st.integers(0, 9)) == 0:
            own[cloud] = {**own.get(cloud, {}), **draw(st.sampled_from([{k: parts[k]} for k in parts]))}
    blueprint |= {"overrides": own, "dashboard": {}} if draw(st.booleans()) else {"overrides": own}
    blueprint |= {"description": draw(awkward)} if draw(st.booleans()) else {}
    return {key: value for key, value in blueprint.items() if value != {} or key == "dashboard"}
