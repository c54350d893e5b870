"""The process environment of an engine run: the user's own, or a sandbox's that shares nothing with it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from groundplan.engine.cli import Engine

# The sandbox's state holds made-up secrets only; the passphrase is there because Pulumi wants one.
SANDBOX_PASSPHRASE = "groundplan-sandbox"  # noqa: S105

# What a sandbox run takes over from the user: who attaches providers or debugs the engine.
_TAKEN_OVER = frozenset({"PULUMI_DEBUG_GRPC", "PULUMI_DEBUG_LANGUAGES", "PULUMI_DEBUG_PROVIDERS"})

# The user's Pulumi set-up, and credentials that would open a real cloud to a stray provider.
_KEPT_OUT = ("PULUMI_", "AWS_", "GOOGLE_", "GCLOUD_", "CLOUDSDK_", "ARM_", "AZURE_", "KUBECONFIG")


@dataclass(frozen=True)
class RunEnvironment:
    """What to change in the process environment for an engine run."""

    variables: Mapping[str, str]
    kept_out: tuple[str, ...] = field(default=())  # prefixes of what is not passed on

    def apply(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of the run, from `base` (default: this process's)."""
        given = os.environ if base is None else base
        passed = {
            name: value for name, value in given.items() if name in _TAKEN_OVER or not name.startswith(self.kept_out)
        }
        return passed | dict(self.variables)


def user_environment(engine: Engine) -> RunEnvironment:
    """The user's own: their backend, login, passphrase and plugins. Only the engine is on PATH."""
    return RunEnvironment({"PATH": engine.search_path(os.environ.get("PATH", ""))})


def sandbox_environment(
    engine: Engine, state: Path, providers: str | None = None, languages: str | None = None
) -> RunEnvironment:
    """
    One that lives in the folder `state`, made if need be: own home, file backend and passphrase.

    `providers` is the value of `PULUMI_DEBUG_PROVIDERS` (`aws:4711,gcp:4712`), `languages` that of
    `PULUMI_DEBUG_LANGUAGES`; without it, the user's own. No provider is ever downloaded, and cloud
    credentials are not passed on.
    """
    home, backend = state.absolute() / "home", state.absolute() / "backend"
    for folder in (home, backend):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # The engine logs every run into a folder of this name, a third of its work; where it can't make one, it does not.
    # Source: https://github.com/pulumi/pulumi/blob/master/pkg/logging/encrypted.go (StartLogging)
    (home / "logs").touch()
    variables = {
        "PATH": engine.search_path(os.environ.get("PATH", "")),
        "PULUMI_HOME": str(home),
        # without the files beside each state, which are not written at once: killed between, the state cannot be read
        "PULUMI_BACKEND_URL": f"file://{backend}?metadata=skip",
        "PULUMI_CONFIG_PASSPHRASE": SANDBOX_PASSPHRASE,
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    if providers is not None:
        variables["PULUMI_DEBUG_PROVIDERS"] = providers
    if languages is not None:
        variables["PULUMI_DEBUG_LANGUAGES"] = languages
    return RunEnvironment(variables, _KEPT_OUT)
