"""Starts the processes of a distributed run: what stands before the program in the command of each machine."""

from __future__ import annotations

from components.catalog import Machine
from components.fields import Machine as Wanted
from components.training.contract import SHELL

__all__ = ["LONGEST_WORD", "PORT", "archived_program", "processes", "then", "torchrun"]

PORT = 29_500
"""Where the processes meet on the first machine, unless the cloud says; it is torchrun's own."""

LONGEST_WORD = 256
"""
Characters of a word of a command; SageMaker's limit is the tightest.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AlgorithmSpecification.html
"""


def processes(machine: Machine, wanted: Wanted) -> int:
    """
    How many processes a machine runs: one an accelerator, or one without any; a slice of a card counts as one.

    Args:
        machine: What is sold.
        wanted: What was asked for, which says what the catalogue does not know of a machine.

    Raises:
        ValueError: Its accelerators have several cores each, and a process takes one core; or how many it has is not
            known.
    """
    known = machine.vcpus is not None
    if not known and not wanted.is_gpu:
        raise ValueError(
            f"distributed starts a process an accelerator, and the catalogue does not know how many {machine.name} has."
            " Write accelerator and count beside machine.type, or leave distributed out and start torchrun in command."
        )
    accelerator = machine.accelerator if known else wanted.accelerator
    if (accelerator or "").startswith(("Trainium", "Inferentia")):
        raise ValueError(
            f"distributed starts a process an accelerator, and a {accelerator} takes several. Leave distributed"
            " out, and start torchrun in command."
        )
    return max(1, int(machine.accelerator_count)) if known else wanted.count


def then(text: str) -> list[str]:
    """Words of a shell that does something, and becomes the words after it."""
    return [*SHELL, f'{text} && exec "$@"', SHELL[0]]


def archived_program(path: str) -> tuple[list[str], list[str]]:
    """Words that unpack a code archive and go into its folder, and those of the program in there."""
    return then(f'cd "$(mktemp -d)" && tar -xzf {path} && {{ [ -d trainer ] || cd */; }}'), [
        "python3",
        "-m",
        "trainer.task",
    ]


def torchrun(nodes: int, each: int, told: list[str]) -> list[str]:
    """
    Words that stand before a program: torchrun starts it so many times on this machine.

    Options are spelt with `_`, which every version of torchrun takes.

    Args:
        nodes: Machines of the run.
        each: Processes on each of them.
        told: Words that set NODE_RANK, MASTER_ADDR and MASTER_PORT, where the cloud has not.

    Source: https://docs.pytorch.org/docs/stable/elastic/run.html
    """
    if nodes == 1:
        return ["torchrun", "--standalone", f"--nproc_per_node={each}", "--no_python"]
    peers = '--node_rank="$NODE_RANK" --master_addr="$MASTER_ADDR" --master_port="$MASTER_PORT"'
    text = f'exec torchrun --nnodes={nodes} --nproc_per_node={each} {peers} --no_python "$@"'
    return [*told, *SHELL, text, "torchrun"]
