"""Failures have one name on every cloud, and docs/failures.md has them all."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from components.base import Cloud

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "failures.md"
NAME = re.compile(r"[A-Z][a-z]+(?:[A-Z][a-z]+)*")
QUOTED = re.compile(r"(?<!\()'([A-Z][A-Za-z]+)'")  # a name in an expression, not what one is called with
COLUMNS = {Cloud.AWS: 3, Cloud.GCP: 4, Cloud.AZURE: 5}
# what ends a run by a name: the first argument of these calls, any of `nested`, and what a state assigns as its error
ENDS = {"fail", "broke"}


@cache
def _rows() -> dict[str, list[str]]:
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0].strip("`"): row for row in cells}


def _files(cloud: Cloud, ending: str) -> list[Path]:
    held = ROOT / "components"
    return sorted(
        {
            *held.glob(f"*/{cloud}*{ending}"),
            *held.glob(f"clouds/{cloud}/**/*{ending}"),
            *held.glob(f"*/{cloud}/**/*{ending}"),
        }
    )


def _words(node: ast.AST) -> Iterator[str]:
    for found in ast.walk(node):
        if isinstance(found, ast.Constant) and isinstance(found.value, str):
            yield from QUOTED.findall(found.value)
            if NAME.fullmatch(found.value):
                yield found.value


def _in_python(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in ENDS and node.args:
                yield from _words(node.args[0])
            elif node.func.id == "nested":
                yield from (word for each in node.args for word in _words(each) if word.endswith("Failed"))
        elif isinstance(node, ast.FunctionDef) and node.name in ENDS:
            yield from (word for default in node.args.defaults for word in _words(default))
        elif isinstance(node, ast.Assign) and [t.id for t in node.targets if isinstance(t, ast.Name)] == ["code"]:
            yield from (word for word in _words(node.value) if word.endswith("Failed"))
        elif isinstance(node, ast.Dict):
            said = (v for k, v in zip(node.keys, node.values, strict=True) if _is_error(k))
            yield from (word for value in said for word in _words(value))


def _is_error(key: ast.expr | None) -> bool:
    return isinstance(key, ast.Constant) and key.value == "error"


def _in_yaml(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        named = value.get("error")
        if isinstance(named, str) and NAME.fullmatch(named):
            yield named
        if isinstance(named, str):
            yield from (word for word in re.findall(r'"([A-Z][A-Za-z]+)"', named) if NAME.fullmatch(word))
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _in_yaml(inner)


@cache
def _named(cloud: Cloud) -> set[str]:
    """Names that a controller of the cloud ends with."""
    found = {word for path in _files(cloud, ".py") for word in _in_python(path)}
    for path in _files(cloud, ".yaml"):
        found |= set(_in_yaml(YAML(typ="safe", pure=True).load(path.read_text("utf-8"))))
    return found


@pytest.mark.parametrize("cloud", Cloud)
def test_every_failure_is_in_the_list(cloud):
    """
    The page says `yes` for a cloud exactly where a controller of it ends so.
    """
    listed = {name for name, row in _rows().items() if row[COLUMNS[cloud]] == "yes"}

    assert listed == _named(cloud)


def test_a_failure_that_a_cloud_names_otherwise_is_explained():
    """
    Where a cloud has no failure of a name, the page says what there is; another name in its place is one of that cloud.
    """
    for name, row in _rows().items():
        for cloud, column in COLUMNS.items():
            assert row[column], (name, cloud)
            for other in re.findall(r"`([A-Z]\w+)`", row[column]):
                assert _rows()[other][column] == "yes", (name, cloud, other)


def test_most_failures_are_named_alike():
    """
    What can fail on every cloud has one name: no failure is listed that no cloud has, nor one twice.
    """
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]

    assert len(lines) == len(_rows())
    assert all("yes" in row[3:] for row in _rows().values())


@pytest.mark.parametrize("path", _files(Cloud.GCP, ".yaml"), ids=lambda path: path.name)
def test_no_workflow_of_google_cloud_raises_a_bare_text(path):
    """
    What a workflow raises has a name, so that a pipeline and its logs can tell one failure from another.
    """
    bare = re.findall(r"^\s*raise: [\"'a-z].*$|^\s*raise: \$\{\".*$", path.read_text("utf-8"), re.M)

    assert [] == bare
