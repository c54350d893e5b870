"""
Runs one Pulumi program for the language host, in the project's own interpreter.

Started by path, never imported: beyond the standard library it needs only the project's `pulumi`.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import runpy
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import NoReturn

# The language host reads this exit code as "the user has been shown what is wrong".
SHOWN_TO_USER = 32

_THREADS_PER_OPERATION = 4


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("project", "stack", "organization", "monitor", "engine", "root-directory", "pwd"):
        parser.add_argument(f"--{name}", required=name in ("project", "stack", "monitor"))
    parser.add_argument("--parallel", type=int, default=1)
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("program", help="file or folder, relative to --pwd")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="the program's own")
    return parser.parse_args()


def _forget_own_folder() -> None:
    """Python put this file's folder on the import path; the program must not see it."""
    own = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 (no extra import)
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != own]  # noqa: PTH100


def _configure(arguments: argparse.Namespace) -> None:
    from pulumi import runtime  # noqa: PLC0415 (after the check that it is there)

    runtime.set_all_config(runtime.get_config_env(), runtime.get_config_secret_keys_env())
    runtime.configure(
        runtime.Settings(
            project=arguments.project,
            stack=arguments.stack,
            organization=arguments.organization,
            monitor=arguments.monitor,
            engine=arguments.engine,
            parallel=arguments.parallel,
            dry_run=arguments.dry_run,
            root_directory=arguments.root_directory,
        )
    )


def _entry(program: str) -> str:
    """The file that runs: the program itself, or its folder's `__main__.py`."""
    path = os.path.abspath(program)  # noqa: PTH100
    return os.path.join(path, "__main__.py") if os.path.isdir(path) else path  # noqa: PTH112, PTH118


def _trace(error: BaseException, entry: str) -> str:
    """The traceback from the program's own first line on, without the runner's."""
    frame = error.__traceback__
    while frame and os.path.abspath(frame.tb_frame.f_code.co_filename) != entry:  # noqa: PTH100
        frame = frame.tb_next
    shown = frame or error.__traceback__
    return "".join(traceback.format_exception(type(error), error, shown))


def _leave() -> NoReturn:
    """End without waiting for calls to an engine that will not answer them any more."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(SHOWN_TO_USER)


def _run(program: str, parallel: int) -> int:
    import pulumi  # noqa: PLC0415 (after the check that it is there)
    from pulumi.runtime import run_in_stack  # noqa: PLC0415

    entry = _entry(program)
    if not os.path.exists(entry):  # noqa: PTH110
        pulumi.log.error(f"there is no Python program {entry}; see `main` in Pulumi.yaml")
        return SHOWN_TO_USER
    if entry == os.path.abspath(program):  # noqa: PTH100 (run_path adds a folder by itself)
        sys.path.insert(0, os.path.dirname(entry))  # noqa: PTH120
    # A failed resource leaves futures unread on purpose; asyncio's complaints would bury the cause.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    workers = ThreadPoolExecutor(max(parallel, 1) * _THREADS_PER_OPERATION)
    loop.set_default_executor(workers)

    def run() -> None:
        runpy.run_path(program, run_name="__main__")

    try:
        loop.run_until_complete(run_in_stack(run))
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return SHOWN_TO_USER
    except KeyboardInterrupt:  # the engine is cancelling, and says so itself
        _leave()
    except Exception as error:  # noqa: BLE001 (whatever the program raises is shown to its author)
        pulumi.log.error(f"Program failed with an unhandled exception:\n{_trace(error, entry)}")
        return SHOWN_TO_USER
    finally:
        workers.shutdown(wait=True)
        loop.close()
    return 0


def main() -> int:
    """Run the program that the command line names; return the exit code for the language host."""
    _forget_own_folder()
    arguments = _arguments()
    try:
        import pulumi  # noqa: F401, PLC0415
    except ImportError as error:
        print(
            f"the Pulumi SDK is not installed in {sys.executable} ({error}): run `pulumi install`,"
            " or add pulumi to the project's requirements",
            file=sys.stderr,
        )
        return 1
    _configure(arguments)
    if arguments.pwd:
        os.chdir(arguments.pwd)
    sys.argv = [arguments.program, *arguments.arguments]
    try:
        return _run(arguments.program, arguments.parallel)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
