"""A stack that stops at its budget's limit, as it is planned, and an account in which all of it runs."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from groundplan.testing import Planned, plan_blueprint
from tests.truth.aws_components import AT_FIRST, FakeComponents
from tests.truth.aws_sagemaker import FakeSageMaker
from tests.truth.aws_states import Ended, run
from tests.truth.aws_stopped import ARN, Account, schedule

MACHINE, RULE = "aws:sfn/stateMachine:StateMachine", "aws:cloudwatch/eventRule:EventRule"
POLICY = "aws:iam/rolePolicy:RolePolicy"
SCHEDULE = "aws:scheduler/schedule:Schedule"
LIMIT, BELOW = "300", "299.99"
STACK, OTHER = "fraud-dev-", "fraud-x-dev-"
BLUEPRINT: dict[str, Any] = {
    "apiVersion": "groundplan/v1",
    "name": "fraud",
    "owner": "risk-ml",
    "training": {
        "fit": {
            "runtime": "xgboost",
            "machine": {"cpu": 4},
            "spot": False,
            "inputs": {"train": "data/train/"},
            "tuning": {"objective": "auc", "goal": "maximize", "parameters": {"depth": {"int": [3, 10]}}, "trials": 4},
        }
    },
    "endpoints": {
        "scorer": {
            "model": "fit",
            "machine": {"cpu": 4},
            "scale": {"min": 2, "max": 4, "schedule": {"night": {"every": "daily 22:00-06:00", "min": 1}}},
            "capture": {"sample": "10%"},
            "slo": {"errors": "1%"},
            "rollout": {"strategy": "canary", "steps": ["10%"], "bake": "5m"},
        },
        "later": {"model": "fit", "form": "async", "machine": {"cpu": 4}, "scale": {"min": 2, "max": 4}},
        "shared": {
            "models": {"home": "fit", "away": "fit"},
            "machine": {"cpu": 8, "memory": "32GiB"},
            "scale": {"min": 2, "max": 3},
        },
        "rare": {"model": "fit", "machine": {"cpu": 4}, "scale": {"min": 0, "max": 2}},
        "light": {"model": "fit", "form": "serverless"},
    },
    "batch": {
        "nightly": {
            "model": "fit",
            "input": "data/in/",
            "output": "data/out/",
            "machine": {"cpu": 4},
            "schedule": "daily 02:00",
            "on": "data",
        }
    },
    "monitoring": {"scorer": {"drift": {}, "on_breach": "retrain"}},
    "pipelines": {
        "weekly": {"train": "fit", "deploy": "scorer", "on": ["scorer.drift"], "schedule": "weekly monday 04:00"}
    },
    "features": {
        "entities": {"card": {"key": "card_id"}},
        "views": {
            "spending": {
                "entity": "card",
                "source": "data/spending/",
                "event_time": "ts",
                "schema": {"mean": "float"},
                "online": {"ttl": "30d"},
                "materialize": {"every": "1h"},
            }
        },
    },
    "notebooks": {"explore": {"users": ["asha@example.com"]}},
    "alerts": {"email": ["asha@example.com"]},
    "budget": {"monthly_usd": 300, "hard_stop": True},
    "environments": {"dev": {}},
}


@cache
def planned(**changes: bool) -> Planned:
    """The plan in dev; `hard_stop=False` is without it."""
    budget = {**BLUEPRINT["budget"], **changes}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "fraud.yaml"
        path.write_text(json.dumps({**BLUEPRINT, "budget": budget}))
        return plan_blueprint(path, "dev", "aws")


def definition(logical: str) -> dict[str, Any]:
    """Of a state machine."""
    return json.loads(planned().one(MACHINE, logical).inputs["definition"])


def own(account: Account) -> str:
    """Name of the schedule that starts the stop."""
    (found,) = [name for name in account.schedules if "budget" in name]
    return found


def look(account: Account) -> Ended:
    """What the hour's start of the controller comes to."""
    ended = run(definition("stop"), {}, account)
    account.hour()
    return ended


def release(account: Account, endpoint: str, **given: Any) -> Ended:
    """A release, as people start it."""
    account.releases += 1
    return run(definition(f"{endpoint}-release"), given, account, first=account.releases)


def _endpoint(name: str) -> FakeSageMaker:
    """One that a release has put version 11 on."""
    first = definition(f"{name}-release")["States"]["Gone"]["Assign"]["endpoint"]["EndpointConfigName"]
    fake = FakeSageMaker(serves="", configuration=first, versions=frozenset({"11", "12", "13"}))
    ended = run(definition(f"{name}-release"), {"version": "11", "image": "own:1"}, fake)
    assert not ended.error, ended.cause
    return fake


def account(**fields: Any) -> Account:
    """Everything of the stack is on, runs and serves; so does something of another stack's, whose name begins alike."""
    stack = planned()
    bodies = [
        json.loads(r.inputs["desiredState"])
        for r in stack.all("aws:cloudcontrol/resource:Resource")
        if r.inputs["typeName"].endswith("InferenceComponent")
    ]
    components = {body["InferenceComponentName"]: AT_FIRST for body in bodies}
    needs = next(b["Specification"]["ComputeResourceRequirements"] for b in bodies if "rare" in json.dumps(b))
    machines = {f"{ARN.format('states')}stateMachine:{m.inputs['name']}": m.inputs["type"] for m in stack.all(MACHINE)}
    machines[f"{ARN.format('states')}stateMachine:{OTHER}fit-train"] = "STANDARD"
    ran = {arn for arn, kind in machines.items() if kind == "STANDARD"}
    domain = definition("stop")["States"]["Begin"]["Assign"]["studio"]
    app = {"AppType": "JupyterLab", "AppName": "default", "SpaceName": "asha", "Status": "InService"}
    made = Account(
        schedules={s.inputs["name"]: _told(s.inputs) for s in stack.all(SCHEDULE)}
        | {f"{OTHER}nightly-schedule": schedule("m", "r"), f"{STACK}paused-schedule": schedule("m", "r", "DISABLED")},
        rules={r.inputs["name"]: "ENABLED" for r in stack.all(RULE)}
        | {f"{OTHER}nightly-arrivals": "ENABLED", f"{STACK}paused-arrivals": "DISABLED"},
        machines=machines,
        executions={
            f"{arn.replace(':stateMachine:', ':execution:')}:e-{n}": "RUNNING" for arn in ran for n in range(3)
        },
        apps=[{**app, "DomainId": domain}, {**app, "DomainId": "d-other"}],
        endpoints={f"{STACK}scorer": _endpoint("scorer"), f"{STACK}later-async": _endpoint("later")},
        by_components=("rare", "shared"),
        components=FakeComponents(models=components, needs=needs, copies=dict.fromkeys(components, 2)),
        **fields,
    )
    for kind in made.jobs:
        made.jobs[kind] = {f"{STACK}fit-{n}": "InProgress" for n in range(3)} | {f"{OTHER}fit-1": "InProgress"}
    made.jobs["TrainingJob"][f"{STACK}fit-1-001-abc"] = "InProgress"  # a trial
    made.components.tags = {name: {"version": "7"} for name in components}
    return made


def stopped(**fields: Any) -> Account:
    """The account after the first look at or above the limit."""
    held = account(spend=LIMIT, **fields)
    ended = look(held)
    assert not ended.error, ended.cause
    return held


def _told(inputs: Any) -> dict[str, Any]:
    found = schedule(inputs["target"]["arn"], inputs["target"]["roleArn"])
    return {**found, "ScheduleExpression": inputs["scheduleExpression"], "Description": inputs["description"]}
