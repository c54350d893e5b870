"""Golden plans: what every example registers in every environment on every cloud, kept to be read in a review."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from blueprints import load
from components.base import Cloud
from tests.shipped import EXAMPLES, shipped_plan

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden"
ADVICE = {  # rules that an example is advised by, and leaves be
    "demand-forecast": {"GP-SEC-013"},  # SageMaker has no network for the serverless endpoint of dev
    "llm-assistant": {"GP-GOV-006"},  # texts and images are no tables, which monitors read
    "minimal": {"GP-GOV-004", "GP-GOV-006", "GP-REL-003", "GP-REL-017"},
    "vision-inspection": {"GP-GOV-006"},
}


def _names(resources: list[dict[str, Any]]) -> dict[str, str]:
    """What other resources may hold of a resource, such as its ARN, to a word that says whose and what it is."""
    found: dict[str, str] = {}
    for resource in resources:
        values = {"id": resource["id"], **resource["outputs"]}
        for key, value in sorted(values.items()):
            if isinstance(value, str) and len(value) > 11 and resource["inputs"].get(key) != value:
                found.setdefault(value, f"<{resource['name']}.{key}>")
    return found


def _inputs(path: Path, environment: str, cloud: str) -> dict[str, Any]:
    """Component, type and name to what the engine gets; what differs by environment alone is a word."""
    planned = shipped_plan(path, environment, cloud)
    assert [] == planned.refusals
    findings = planned.document["findings"]
    assert [] == [f for f in findings if f["level"] == "mandatory" or f["waived"]]
    assert {f["rule"] for f in findings} <= ADVICE.get(path.stem, set()), findings
    resources = [r for r in planned.document["resources"] if not r["type"].startswith("groundplan:")]
    names = _names(resources)
    known = re.compile("|".join(re.escape(json.dumps(v)[1:-1]) for v in sorted(names, key=len, reverse=True)))
    told = {}
    for r in resources:
        kept = r["inputs"] | {k: r[k] for k in ("ignoreChanges", "protect") if r[k]}
        text = known.sub(lambda m: names[json.loads(f'"{m[0]}"')], json.dumps(kept, ensure_ascii=False))
        text = re.sub(rf"({path.stem}-|{path.stem.replace('-', '_')}_){environment}", r"\1<environment>", text)
        text = re.sub(r"(<environment>[a-z_-]*[-_])[0-9a-f]{6}\b", r"\1<unique>", text)
        told[f"{r['component']} {r['type']} {r['name']}"] = json.loads(text)
    return told


def _golden(path: Path, cloud: str) -> str:
    """The first environment in full; of the others what differs, so that a reader sees the difference."""
    first, *others = load(path).environments
    base = _inputs(path, first, cloud)
    told: dict[str, Any] = {first: base}
    for environment in others:
        plan = _inputs(path, environment, cloud)
        told[environment] = {
            "same": sum(plan[k] == base[k] for k in plan.keys() & base.keys()),
            "gone": sorted(base.keys() - plan.keys()),
            "other": {k: _changed(base.get(k, {}), v) for k, v in plan.items() if base.get(k) != v},
        }
    return json.dumps(told, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _opened(value: Any) -> Any:
    """A JSON document that stands in an input as text, as what it says."""
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:  # an expression of a state machine also begins with a brace
        return value


def _changed(before: Any, after: Any, path: str = "") -> dict[str, Any]:
    """Path to what stands there now, for all that is not as in the first environment; None where it is gone."""
    before, after = _opened(before), _opened(after)
    if before == after:
        return {}
    if isinstance(before, dict) and isinstance(after, dict):
        pairs = [(k, before.get(k), after.get(k)) for k in sorted(before.keys() | after.keys())]
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = [(str(i), was, now) for i, (was, now) in enumerate(zip(before, after, strict=True))]
    else:
        return {path: after}
    return {p: v for k, was, now in pairs for p, v in _changed(was, now, f"{path}.{k}" if path else k).items()}


@pytest.mark.parametrize("cloud", Cloud)
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_plan_is_as_last_reviewed(path, cloud, request):
    """
    An example plans as it did when its golden file was last looked at; `--update-golden` writes it anew.
    """
    file = GOLDEN / f"{path.stem}-{cloud}.json"
    plan = _golden(path, cloud)
    if request.config.getoption("--update-golden"):
        file.write_text(plan, encoding="utf-8")

    assert file.read_text("utf-8") == plan
