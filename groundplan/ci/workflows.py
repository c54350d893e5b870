"""Ready pipelines that run `groundplan ci`: their files, written where each CI looks for them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from groundplan import __version__
from groundplan.ci import templates

__all__ = ["SERVICES", "Exists", "pipeline", "template", "write"]

GITLAB_MAIN = ".gitlab-ci.yml"
SERVICES = {  # CI to its file and template
    "github": (".github/workflows/groundplan.yml", "github.yml.j2"),
    "gitlab": ("groundplan.gitlab-ci.yml", "gitlab.yml.j2"),
    "azure": ("azure-pipelines-groundplan.yml", "azure.yml.j2"),
}
INCLUDE = """\
include:
  - local: groundplan.gitlab-ci.yml
"""


class Exists(ValueError):
    """A file is there already; the message says what to do."""


@cache
def template(name: str) -> str:
    """The text of one template."""
    return files(templates).joinpath(name).read_text(encoding="utf-8")


def pipeline(service: str) -> str:
    """The pipeline of a CI, pinned to this version of groundplan."""
    environment = Environment(  # noqa: S701 - YAML for a repository of the user's own; nothing foreign goes in
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    return environment.from_string(template(SERVICES[service][1])).render(version=__version__)


def write(service: str, folder: Path, force: bool) -> tuple[list[Path], str]:
    """
    Write a CI's files.

    Args:
        service: One of `SERVICES`.
        folder: Top of the repository.
        force: Overwrite the pipeline; the main file of GitLab, which holds others' jobs, is never overwritten.

    Returns:
        What was written, and what is left to do by hand, or "".

    Raises:
        Exists: The pipeline is there already.
        OSError: A file can't be written.
    """
    file = folder / SERVICES[service][0]
    if file.exists() and not force:
        raise Exists(f"{file} exists. Add --force to overwrite it.")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(pipeline(service), encoding="utf-8")
    if service != "gitlab":
        return [file], ""
    main = folder / GITLAB_MAIN
    if main.exists():
        done = "groundplan.gitlab-ci.yml" in main.read_text("utf-8", errors="replace")
        return [file], "" if done else f"add to {main}:\n{INCLUDE}"
    main.write_text(INCLUDE, encoding="utf-8")
    return [file, main], ""
