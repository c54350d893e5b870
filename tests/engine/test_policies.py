"""The packs in the real engine: the same verdict as offline, and a mandatory rule stops an `up`."""

from __future__ import annotations

import json
from itertools import cycle

import pytest

from components.base import Cloud
from groundplan.cli.life import emulated_cloud, sandboxed
from groundplan.engine.environment import sandbox_environment
from groundplan.engine.errors import EngineError
from groundplan.engine.events import PolicyEvent
from groundplan.engine.stack import EngineStack
from groundplan.plan import document
from groundplan.policy.folder import pack_folder
from groundplan.policy.subjects import of_plan, of_state
from groundplan.policy.verdict import Verdict, verdict
from groundplan.target import PROJECT
from policies.configuration import Configuration, read
from policies.origin import Origin
from policies.pack import rules
from tests.engine.careless import PROGRAMS
from tests.engine.test_stacks import ROOT, _target

pytestmark = pytest.mark.engine
EXAMPLES = sorted((ROOT / "blueprints").glob("*.yaml"))
every_cloud = pytest.mark.parametrize("cloud", Cloud)
STRICT = {  # what breaks rules of every stack, so that there is something to compare
    "gp-settings": {"requiredLabels": ["cost-centre"], "allowedRegions": ["mars-*"], "logDays": 3650}
}


def _offline(found: Verdict) -> set[tuple[str, str, bool]]:
    return {(f.rule.lower(), f.urn, f.fails) for f in found.findings}


def _in_preview(found: Verdict) -> set[tuple[str, str, bool]]:
    """Without what a preview does not know yet: a definition of states holds the ARNs of what is still to be made."""
    machines = [f for f in found.findings if f.type == "aws:sfn/stateMachine:StateMachine"]
    late = {(f.rule.lower(), f.urn) for f in machines if "definition" in f.path + f.message}
    return {(rule, urn, fails) for rule, urn, fails in _offline(found) if (rule, urn) not in late}


def _told(events: list) -> set[tuple[str, str, bool]]:
    return {(e.policy, e.urn, e.level == "mandatory") for e in events if isinstance(e, PolicyEvent)}


@every_cloud
def test_what_is_careless_is_stopped_and_told_as_offline(engine, tmp_path, cloud):
    """
    The engine stops at what breaks mandatory rules; as advice, it names the rules and resources that offline are named.
    """
    target = _target(cloud)
    with emulated_cloud(target, tmp_path) as clouds:
        stack = EngineStack(
            engine,
            name=f"haste-dev-{cloud}",
            work_dir=tmp_path / "work",
            environment=sandbox_environment(engine, tmp_path / "engine", clouds.env["PULUMI_DEBUG_PROVIDERS"]),
            project=PROJECT,
            program=PROGRAMS[cloud],
        )
        stack.configure(_config(cloud))
        with pytest.raises(EngineError) as stopped:
            stack.up(policy_packs=[pack_folder(ROOT)])
        file = tmp_path / "mild.json"
        file.write_text('{"all": "advisory"}', encoding="utf-8")  # so that it goes on, and rules across resources run
        events: list = []
        stack.up(events.append, policy_packs=[pack_folder(ROOT)], policy_configs=[file])
        state = stack.export()
    found = verdict(of_state(state), rules(), read(file))

    assert "policy" == stopped.value.reason
    assert any(f.fails for f in verdict(of_state(state), rules(), Configuration()).findings)
    assert len(found.findings) > len(PROGRAMS)
    assert _told(events) == _offline(found)


def _config(cloud: Cloud) -> dict[str, str]:
    return {
        "aws": {"aws:region": "us-east-1"},
        "gcp": {"gcp:project": "example-project", "gcp:region": "us-central1"},
        "azure": {"azure-native:location": "westeurope"},
    }[cloud]


@pytest.mark.parametrize(
    ("example", "cloud"),
    zip(EXAMPLES, cycle(Cloud), strict=False),
    ids=lambda value: getattr(value, "stem", str(value)),
)
def test_every_example_has_the_engines_verdict_offline(engine, tmp_path, cloud, example):
    """
    The packs say the same of an example in `pulumi preview` and in `groundplan check`, waivers and settings included.
    """
    file = tmp_path / "strict.json"
    file.write_text(json.dumps(STRICT), encoding="utf-8")
    target = _target(cloud, example.read_text("utf-8"))
    origin = Origin(target.source, target.environment, target.cloud)
    offline = verdict(of_plan(document.plan(target)), rules(), read(file), origin)
    events: list = []
    with sandboxed(target, engine, tmp_path) as life, pytest.raises(EngineError, match="preview") as stopped:
        life.preview(events.append, policy_packs=[pack_folder(ROOT)], policy_configs=[file])

    assert "policy" == stopped.value.reason, str(stopped.value)
    assert offline.findings
    assert _told(events) == _in_preview(offline)
