"""The application: its commands, and how every failure ends: one clear message and an exit code, no traceback."""

from __future__ import annotations

import sys

import typer

from blueprints import BlueprintError
from groundplan import __version__
from groundplan.cli import authoring, checking, ci, comparing, costing, demo, life, looking, machines, serving
from groundplan.cli.console import err
from groundplan.cli.options import BadInput, MissingExtra
from groundplan.plan import lazy_sdk

__all__ = ["app", "main"]

OK, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
USAGE: type[Exception] = typer.BadParameter.__mro__[2]  # Click's error, wherever Typer keeps its Click

app = typer.Typer(
    name="groundplan",
    help="One blueprint, equivalent ML stacks on SageMaker, Vertex AI and Azure ML.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog="Exit codes: 0 ok, 1 findings or failure, 2 bad input.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"groundplan {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version."),
) -> None:
    """One blueprint, equivalent ML stacks on SageMaker, Vertex AI and Azure ML."""


for module in (authoring, looking, comparing, costing, machines, checking, ci, life, serving, demo):
    module.register(app)


def main() -> None:
    """Run the command line and leave with its exit code."""
    lazy_sdk.install()
    try:
        code = app(standalone_mode=False) or OK
    except BlueprintError as error:
        for problem in error.problems:
            err.print(str(problem), markup=False, highlight=False, soft_wrap=True)
        code = BAD_INPUT
    except (BadInput, MissingExtra) as error:
        err.print(str(error), markup=False, highlight=False, soft_wrap=True)
        code = BAD_INPUT
    except life.Failed as error:
        err.print(str(error), markup=False, highlight=False, soft_wrap=True)
        code = FAILED
    except typer.Exit as done:
        code = done.exit_code
    except (life.Interrupted, KeyboardInterrupt, typer.Abort):
        err.print("interrupted; the next `up` goes on from here", markup=False)
        code = INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        code = FAILED
    except USAGE as error:
        error.show()  # pyright: ignore[reportAttributeAccessIssue]
        code = BAD_INPUT
    sys.exit(code)
