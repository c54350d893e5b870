"""Where the tool writes: results to standard output, the rest to standard error."""

from rich.console import Console

__all__ = ["err", "out"]

out = Console()
err = Console(stderr=True)
