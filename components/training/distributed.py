"""What a training must say to be started once for each accelerator."""

from __future__ import annotations

from collections.abc import Sequence

from components.fields import Machine

__all__ = ["LAUNCHERS", "check_launch"]

LAUNCHERS = frozenset(
    {"accelerate", "deepspeed", "horovodrun", "mpiexec", "mpirun", "torchrun", "torch.distributed.run"}
)
"""Programs that start processes themselves: `distributed` would start each of them many times."""

BRINGS = {"torchrun": ("pytorch",), "mpi": ("pytorch", "tensorflow")}
"""Launcher to the runtimes whose images bring it on each cloud."""


def check_launch(
    distributed: str | None, runtime: str | None, command: Sequence[str], nodes: int, machine: Machine
) -> None:
    """
    See that there is something to start, and something that starts it.

    Raises:
        ValueError: There is not.
    """
    if distributed is None:
        return
    if not (command or runtime):
        raise ValueError(
            f"distributed: {distributed} stands before a command, and an image's own program is not known. Write"
            " command: [python, train.py], or runtime: pytorch."
        )
    if runtime and runtime not in BRINGS[distributed]:
        offered = " or ".join(BRINGS[distributed])
        raise ValueError(
            f"distributed: {distributed} is not in the image of runtime: {runtime}. Write runtime: {offered}, or an"
            " image of your own that brings it."
        )
    again = next((word for word in command[:4] if word.rpartition("/")[2] in LAUNCHERS), None)
    if again:
        raise ValueError(
            f"command starts {again}, and distributed: {distributed} would start that once for each accelerator. Leave"
            " one of them out."
        )
    if distributed == "mpi" and nodes == 1 and machine.count == 1 and not machine.type:
        raise ValueError(
            "distributed: mpi with one machine and one accelerator starts one process. Write nodes: 2 or more, or leave"
            " distributed out."
        )
