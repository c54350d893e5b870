"""What a person sees while the engine works: one moving line at a terminal, a line now and then elsewhere."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from groundplan.engine.events import DiagnosticEvent, Event, PolicyEvent, ResourceEvent

__all__ = ["Narrator"]

EVERY = 50  # resources between two lines where there is no terminal


class Narrator:
    """
    Follows one operation of the engine.

    Use it as a context manager, and hand `hear` to the engine as `on_event`.
    """

    def __init__(self, console: Console, title: str, total: int | None = None) -> None:
        self.console, self.title, self.done = console, title, 0
        self._bar = Progress(
            TextColumn("[bold]{task.fields[title]}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("starting the engine", total=total, title=title)

    def __enter__(self) -> Self:
        self._bar.start()
        if not self.console.is_terminal:
            self.say(f"{self.title}: starting the engine")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def say(self, text: str) -> None:
        """A line that stays."""
        self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def hear(self, event: Event) -> None:
        """Take in one event of the engine."""
        if isinstance(event, ResourceEvent):
            self._step(event)
        elif isinstance(event, DiagnosticEvent) and event.severity in ("warning", "error"):
            self.say(f"{event.severity}: {event.message}")
        elif isinstance(event, PolicyEvent) and event.level == "advisory":  # the failure tells the mandatory ones
            name = event.urn.rpartition("::")[2]
            self.say(": ".join(part for part in (event.level, event.policy, name, event.message) if part))

    def _step(self, event: ResourceEvent) -> None:
        word = event.type.rpartition(":")[2]
        if event.stage == "start":
            self._bar.update(self._task, description=f"{event.op} {word} {event.name}"[:48])
        elif event.stage == "done":
            self.done += 1
            self._bar.update(self._task, advance=1)
            if not self.console.is_terminal and self.done % EVERY == 0:
                self.say(f"{self.title}: {self.done} resources")
