"""Where a line of a file can be looked at: relative to the repository, or at its host, at the commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import quote, urlsplit, urlunsplit

__all__ = ["Link", "linked"]

Link = Callable[[str, int], str]
"""File and line to a URL; line 0 is the whole file."""


def linked(url_base: str | None, environment: Mapping[str, str]) -> Link:
    """
    How to link to a line.

    Args:
        url_base: What stands before a file's path; by default as the CI's environment says, else nothing.
        environment: Variables of GitHub Actions, GitLab CI or Azure Pipelines, or of no CI.
    """
    if url_base is not None:
        return _after(url_base)
    given = environment.get
    if given("GITHUB_REPOSITORY") and given("GITHUB_SHA"):
        host = given("GITHUB_SERVER_URL") or "https://github.com"
        return _after(f"{host}/{given('GITHUB_REPOSITORY')}/blob/{given('GITHUB_SHA')}")
    if given("CI_PROJECT_URL") and given("CI_COMMIT_SHA"):
        return _after(f"{given('CI_PROJECT_URL')}/-/blob/{given('CI_COMMIT_SHA')}")
    if given("BUILD_REPOSITORY_URI") and given("BUILD_SOURCEVERSION"):
        return _azure(_anonymous(environment["BUILD_REPOSITORY_URI"]), environment)
    return _after("")


def _after(base: str) -> Link:
    before = f"{base.rstrip('/')}/" if base else ""
    return lambda file, line: f"{before}{quote(file)}{f'#L{line}' if line else ''}"


def _azure(repository: str, environment: Mapping[str, str]) -> Link:
    """Azure Pipelines, of a repository of Azure's own or of GitHub's."""
    commit = environment["BUILD_SOURCEVERSION"]
    if environment.get("BUILD_REPOSITORY_PROVIDER", "").startswith("GitHub"):
        return _after(f"{repository.removesuffix('.git')}/blob/{commit}")

    def link(file: str, line: int) -> str:
        at = f"&line={line}&lineEnd={line + 1}&lineStartColumn=1&lineEndColumn=1" if line else ""
        return f"{repository}?path=/{quote(file)}&version=GC{commit}{at}"

    return link


def _anonymous(uri: str) -> str:
    """The URI without a user's name or password in it."""
    parts = urlsplit(uri)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
