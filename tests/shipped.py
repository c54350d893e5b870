"""Plans of the example blueprints, made once in a run of the tests, whichever process of it asks first."""

from __future__ import annotations

import os
import pickle
import tempfile
from functools import cache
from pathlib import Path

from groundplan.testing import Planned, plan_blueprint
from groundplan.testing.planned import planned_from

__all__ = ["EXAMPLES", "PLANS", "shipped_plan"]

PLANS = "GROUNDPLAN_TEST_PLANS"
"""Variable that names the folder of a run's plans."""

EXAMPLES = sorted((Path(__file__).parents[1] / "blueprints").glob("*.yaml"))


@cache
def shipped_plan(path: Path, environment: str, cloud: str) -> Planned:
    """The plan of an example, which nobody changes."""
    folder = Path(os.environ[PLANS])
    file = folder / f"{path.stem}-{environment}-{cloud}"
    if file.exists():
        return planned_from(pickle.loads(file.read_bytes()))  # noqa: S301 written by this run
    planned = plan_blueprint(path, environment, cloud)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as half:
        half.write(pickle.dumps(planned.document))
    Path(half.name).replace(file)  # whole, or not there
    return planned
