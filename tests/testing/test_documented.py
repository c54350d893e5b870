"""The examples of docs/testing.md run as they stand, each in a pytest of its own."""

import re
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parents[2]
EXAMPLES = re.findall(
    r"^## (.+?)\n.*?```python\n(.*?)```", (ROOT / "docs" / "testing.md").read_text("utf-8"), re.M | re.S
)


@pytest.mark.parametrize(("title", "code"), EXAMPLES, ids=[title for title, _ in EXAMPLES])
def test_example_passes(pytester, title, code):
    """
    A platform team that copies the example gets a passing test.
    """
    (pytester.path / "blueprints").symlink_to(ROOT / "blueprints")
    pytester.makepyfile(code)

    outcome = pytester.runpytest_subprocess("-p", "no:cacheprovider").parseoutcomes()

    assert outcome.get("passed", 0) >= 1, title
    assert not {"failed", "errors"} & outcome.keys()
