"""The rules of the tree: which package may import which, and how long a file may be."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {  # package to the packages of ours it may import
    "components": {"components"},
    "blueprints": {"blueprints", "components"},
    "policies": {"policies", "blueprints", "components"},
    "groundplan": {"groundplan", "policies", "blueprints", "components"},
    "stacks": {"groundplan"},
}
LONGEST = 400


def _modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def _imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_go_one_way(package):
    """
    A package imports those below it, never those above.
    """
    upward = {
        str(path.relative_to(ROOT)): sorted(wrong)
        for path in _modules(package)
        if (wrong := (_imported(path) & set(MAY_IMPORT)) - MAY_IMPORT[package])
    }

    assert {} == upward


def test_the_catalogue_stands_alone():
    """
    Machines and prices are data that any program may read: they import nothing of ours but the base.
    """
    for path in _modules("components/catalog"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("components"):
                assert node.module.startswith(("components.catalog", "components.base")), path


@pytest.mark.parametrize("package", [*MAY_IMPORT, "scripts", "tests"])
def test_files_can_be_read_in_one_go(package):
    """
    No file is longer than a reader takes in at once.
    """
    long = {p.name: n for p in _modules(package) if (n := len(p.read_text("utf-8").splitlines())) > LONGEST}

    assert {} == long


def test_components_read_their_arguments_only():
    """
    No component reads configuration, environment, clock or a random source.
    """
    sent = {
        "score.py",
        "inference.py",
        "notify.py",
        "serve.py",
        "trial.py",
        *(p.name for p in _modules("components/steps/trainer")),
    }
    forbidden = {"os", "time", "random", "secrets", "uuid1", "datetime", "subprocess", "socket"}
    for path in _modules("components"):
        if path.name in sent:  # a program that components send to the cloud's machines
            continue
        # the table of a time zone reckons with dates, and asks no clock
        reckons = {"datetime"} if path.name == "zone.py" and ".now(" not in path.read_text("utf-8") else set()
        assert not _imported(path) & (forbidden - reckons), path
        assert "pulumi.Config" not in path.read_text("utf-8"), path
