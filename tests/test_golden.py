"""Golden plans: what every example registers in every environment on every cloud, kept to be read in a review."""

import json
from pathlib import Path
from typing import Any

import pytest

from blueprints import load
from components.base import Cloud
from groundplan.testing import plan_blueprint

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden"
EXAMPLES = sorted((ROOT / "blueprints").glob("*.yaml"))


def _inputs(path: Path, environment: str, cloud: str) -> dict[str, Any]:
    """Component, type and name to what the engine gets."""
    planned = plan_blueprint(path, environment, cloud)
    assert [] == planned.refusals
    return {
        f"{r['component']} {r['type']} {r['name']}": r["inputs"]
        | {k: r[k] for k in ("ignoreChanges", "protect") if r[k]}
        for r in planned.document["resources"]
        if not r["type"].startswith("groundplan:")
    }


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
            "other": {k: v for k, v in plan.items() if base.get(k) != v},
        }
    return json.dumps(told, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


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
