"""`preview`, `up` and `destroy`: Pulumi's engine on a cloud, or on the emulated ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import pulumi
import typer

from groundplan.cli.console import err, out
from groundplan.cli.options import (
    BadInput,
    BlueprintPath,
    CloudName,
    EnvironmentName,
    PolicyConfig,
    Region,
    chosen_clouds,
    targets,
)
from groundplan.cli.progress import Narrator
from groundplan.configuration import to_config
from groundplan.engine.cli import Engine, EngineUnavailable
from groundplan.engine.cli import resolve as resolve_engine
from groundplan.engine.environment import sandbox_environment, user_environment
from groundplan.engine.errors import EngineError
from groundplan.engine.events import SummaryEvent
from groundplan.engine.shims import ensure_language_host
from groundplan.engine.stack import EngineStack, Result
from groundplan.plan import document
from groundplan.policy.ceiling import within_budget
from groundplan.policy.folder import pack_folder
from groundplan.policy.inside import packs_inside
from groundplan.program import program
from groundplan.sandbox.attach import Sandbox
from groundplan.sandbox.world import WorldOutdated
from groundplan.target import PROJECT, Target
from policies.configuration import BadConfiguration, read

__all__ = ["Failed", "Interrupted", "engine", "forget_begun", "on_the_cloud", "register", "sandboxed", "told"]

STATE = Path(".groundplan")  # what sandbox runs keep: the engine's state and the emulated world

Policies = Annotated[bool, typer.Option("--policies/--no-policies", help="Hold the stack against the policy packs.")]
InSandbox = Annotated[bool, typer.Option("--sandbox", help="Emulated clouds instead of real ones; no account needed.")]
JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


class Failed(Exception):
    """The engine, or a cloud, did not do what was asked; the message says why."""


class Interrupted(Exception):
    """Ctrl-C ended the operation; what was in progress was finished, and the state is whole."""


def engine() -> Engine:
    """
    Pulumi's engine, telling what takes long.

    Raises:
        Failed: None is here and none can be had; the message says what to install.
    """
    try:
        found = resolve_engine(lambda line: err.print(line, markup=False, highlight=False, soft_wrap=True))
    except EngineUnavailable as error:
        raise Failed(str(error)) from error
    return ensure_language_host(found)


def emulated_cloud(target: Target, state: Path = STATE) -> Sandbox:
    """The emulated cloud that the target's stack lives in; its world outlives the run."""
    where = document.where(target)
    return Sandbox(state / "world" / str(target.cloud), [str(target.cloud)], {str(target.cloud): where})


@contextmanager
def sandboxed(target: Target, found: Engine, state: Path = STATE) -> Iterator[EngineStack]:
    """The target's stack on the emulated cloud."""
    with emulated_cloud(target, state) as clouds, packs_inside(Path.cwd()) as languages:
        stack = EngineStack(
            found,
            name=target.stack,
            work_dir=state / "work" / target.stack,
            environment=sandbox_environment(found, state / "engine", clouds.env["PULUMI_DEBUG_PROVIDERS"], languages),
            project=PROJECT,
            program=lambda: program(target) and None,
        )
        stack.configure(to_config(target, Path(target.source.file)))
        yield stack


@contextmanager
def on_the_cloud(target: Target, found: Engine) -> Iterator[EngineStack]:
    """The target's stack as `pulumi` in this folder has it: project, configuration, backend and all."""
    file = Path("stacks") / f"Pulumi.{target.stack}.yaml"
    if not Path("Pulumi.yaml").exists():
        raise BadInput("there is no Pulumi.yaml here. Go to the project's root, or add --sandbox.")
    if not file.exists():
        command = f"groundplan stack {target.source.file} --env {target.environment} --cloud {target.cloud}"
        raise BadInput(f"there is no {file}. Run: {command}; then set your account's ids in it. Or add --sandbox.")
    yield EngineStack(found, name=target.stack, work_dir=Path.cwd(), environment=user_environment(found))


def forget_begun(stack: EngineStack, target: Target, state: Path = STATE) -> None:
    """
    Take out of the emulated cloud what a killed `up` had made and not written down, so that the next one goes on.

    A real cloud keeps it, and says that the name is taken: there a person imports or deletes it.
    """
    begun = {each.urn for each in stack.pending() if each.op == "creating"}
    with emulated_cloud(target, state) as clouds:
        for made in clouds.world.resources() if begun else ():
            if made.urn in begun:
                clouds.world.remove(made.type, made.id)


def told(summary: SummaryEvent) -> str:
    """`113 created, 2 unchanged in 9 s`."""
    past = {"create": "created", "update": "updated", "delete": "deleted", "same": "unchanged", "replace": "replaced"}
    counts = ", ".join(f"{count} {past.get(op, op)}" for op, count in summary.counts.items())
    return f"{counts or 'nothing to do'} in {summary.seconds} s"


def perform(title: str, run: Callable[[Narrator], Result]) -> Result:
    """
    Run one operation with its progress shown.

    Raises:
        Failed: It did not succeed.
        Interrupted: It was cancelled.
    """
    with Narrator(err, title) as narrator:
        try:
            result = run(narrator)
        except EngineError as error:
            if error.reason == "cancelled":
                raise Interrupted from error
            raise Failed(str(error)) from error
    return result


def _give_up(stack: EngineStack, unprotect: bool) -> None:
    """
    Make sure that a destroy will not stop half-way at a protected resource.

    Raises:
        Failed: Some are protected, and nobody said to give them up; nothing was deleted.
    """
    held = [urn.rpartition("::")[2] for urn in stack.protected()]
    if held and unprotect:
        stack.unprotect()
    elif held:
        raise Failed(
            f"nothing was deleted: {len(held)} protected resources hold data ({', '.join(sorted(held)[:8])}"
            f"{', …' if len(held) > 8 else ''}). To lose that data for good, add --unprotect."
        )


def _document(target: Target, operation: str, result: Result, outputs: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "schema": "groundplan.run/1",
        "operation": operation,
        **target.identity(),
        "changes": dict(result.summary.counts),
        "seconds": result.summary.seconds,
        "outputs": outputs,
        "policies": [vars(found) for found in result.policies],
    }


def _one(blueprint: Path, env: str, cloud: str, region: str | None) -> Target:
    if cloud == "all":
        raise BadInput("--cloud: one cloud at a time. Write --cloud aws, gcp or azure.")
    return targets(blueprint, env, chosen_clouds(cloud), region)[0]


def _packs(policies: bool, config: Path | None) -> dict[str, Any]:
    """The packs to run, as the engine's options.

    Raises:
        BadInput: Their configuration has errors.
    """
    if not policies:
        return {}
    try:
        read(config)
    except BadConfiguration as wrong:
        raise BadInput(str(wrong)) from wrong
    return {"policy_packs": [pack_folder(Path.cwd())], "policy_configs": [config] if config else []}


def _run(
    operation: str,
    target: Target,
    sandbox: bool,
    as_json: bool,
    packs: Mapping[str, Any] | None = None,
    unprotect: bool = False,
) -> int:
    if sandbox and operation != "destroy":  # on a cloud, the stack's program sees to it
        try:
            within_budget(target, to_config(target, Path(target.source.file)))
        except pulumi.RunError as beyond:
            raise Failed(f"{operation} {target.stack}: {beyond}") from beyond
    found = engine()
    place = sandboxed(target, found) if sandbox else on_the_cloud(target, found)
    try:
        with place as stack:
            if operation == "destroy":
                _give_up(stack, unprotect)
            if operation == "up" and sandbox:
                forget_begun(stack, target)
            verb = getattr(stack, operation)
            options = dict(packs or {}) | ({"clear_pending": True} if operation == "up" and sandbox else {})
            result: Result = perform(f"{operation} {target.stack}", lambda narrator: verb(narrator.hear, **options))
            outputs = {k: "[secret]" if v.secret else v.value for k, v in sorted(result.outputs.items())}
    except (EngineError, WorldOutdated) as error:
        raise Failed(str(error)) from error
    if as_json:
        typer.echo(json.dumps(_document(target, operation, result, outputs), indent=2))
        return 0
    out.print(f"{target.stack}: {told(result.summary)}", markup=False, highlight=False, soft_wrap=True)
    show_outputs(outputs)
    if operation == "destroy" and sandbox:
        show_left_over(target)
    return 0


def show_left_over(target: Target, state: Path = STATE) -> None:
    """What a destroy leaves in the emulated cloud: a line a thing, with the reason."""
    with emulated_cloud(target, state) as clouds:
        left = clouds.world.left_over(target.stack)
    for thing in left:
        out.print(f"left: {thing.type} {thing.id}: {thing.reason}", markup=False, highlight=False, soft_wrap=True)
    if not left:
        out.print("left: nothing", markup=False, highlight=False)


def show_outputs(outputs: Mapping[str, Any]) -> None:
    """The stack's outputs, a line a value."""
    for label, fields in outputs.items():
        for name, value in fields.items() if isinstance(fields, dict) else (("", fields),):
            shown = value if isinstance(value, str) else json.dumps(value)
            out.print(f"  {label}.{name}: {shown}", markup=False, highlight=False, soft_wrap=True)


def preview(
    blueprint: BlueprintPath,
    env: EnvironmentName = "dev",
    cloud: CloudName = "aws",
    region: Region = None,
    sandbox: InSandbox = False,
    policies: Policies = True,
    policy_config: PolicyConfig = None,
    as_json: JsonFlag = False,
) -> int:
    """Ask Pulumi's engine what `up` would change; a mandatory rule that is broken stops it."""
    packs = _packs(policies, policy_config)
    return _run("preview", _one(blueprint, env, cloud, region), sandbox, as_json, packs)


def up(
    blueprint: BlueprintPath,
    env: EnvironmentName = "dev",
    cloud: CloudName = "aws",
    region: Region = None,
    sandbox: InSandbox = False,
    policies: Policies = True,
    policy_config: PolicyConfig = None,
    as_json: JsonFlag = False,
) -> int:
    """Bring the stack up, with Pulumi's engine; a mandatory rule that is broken stops it."""
    packs = _packs(policies, policy_config)
    return _run("up", _one(blueprint, env, cloud, region), sandbox, as_json, packs)


def destroy(
    blueprint: BlueprintPath,
    env: EnvironmentName = "dev",
    cloud: CloudName = "aws",
    region: Region = None,
    sandbox: InSandbox = False,
    as_json: JsonFlag = False,
    unprotect: Annotated[bool, typer.Option("--unprotect", help="Delete what holds data too, for good.")] = False,
) -> int:
    """Delete everything in the stack, and say what is left."""
    return _run("destroy", _one(blueprint, env, cloud, region), sandbox, as_json, unprotect=unprotect)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(preview)
    app.command()(up)
    app.command()(destroy)
