"""The folder that the Automation API runs the CLI in, without its changes to what the user selected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pulumi import automation as auto

from groundplan.engine.command import InterruptibleCommand


class StackWorkspace(auto.LocalWorkspace):
    """
    A workspace whose stacks are named in each command, never selected.

    The Automation API selects the stack it opens, which would change what a user's plain
    `pulumi up` in the same folder does next.
    """

    def __init__(
        self,
        work_dir: Path,
        command: InterruptibleCommand,
        project: str | None,
        program: Callable[[], Any] | None,
    ) -> None:
        settings = None
        if program:
            # `main` is where relative paths of assets start, as when the program runs by itself.
            settings = auto.ProjectSettings(name=project or work_dir.name, runtime="python", main=str(Path.cwd()))
        super().__init__(
            work_dir=str(work_dir),
            program=program,
            project_settings=settings,
            pulumi_command=command,
        )
        self._command = command

    def create_stack(self, stack_name: str) -> None:
        """Create it, and leave the selected stack as it is."""
        self.cli("stack", "init", stack_name, "--no-select")

    def select_stack(self, stack_name: str) -> None:
        """Make sure it is there."""
        self.cli("stack", "--stack", stack_name, "--show-name")

    def configure(self, stack_name: str, config: Mapping[str, str], secrets: Mapping[str, str]) -> None:
        """
        Make its configuration exactly this.

        Raises:
            ValueError: The program is not inline: its stacks are configured in its own files.
        """
        if self.program is None:
            raise ValueError(
                f"{self.work_dir} has a program of its own: configure it in its"
                f" Pulumi.{stack_name}.yaml, or with `pulumi config set`"
            )
        project = self.project_settings().name
        settings = self.stack_settings(stack_name)
        settings.config = {_namespaced(project, key): value for key, value in config.items()}
        self.save_stack_settings(stack_name, settings)
        for key, value in secrets.items():
            # By standard input: other users of the machine can read a command line.
            self.cli("config", "set", "--secret", key, "--stack", stack_name, stdin=value)

    def cli(self, *arguments: str, stdin: str | None = None) -> str:
        """
        Run one command of the CLI here and return what it prints.

        Raises:
            CommandError: It ended with another exit code than 0.
        """
        return self._command.run(list(arguments), self.work_dir, {}, stdin=stdin).stdout


def _namespaced(project: str, key: str) -> str:
    return key if ":" in key else f"{project}:{key}"
