"""Programs, policy packs and components in Python, run by the real CLI through our language host."""

from __future__ import annotations

import json
import shutil
import subprocess
import textwrap
import time
from pathlib import Path

import pytest

from groundplan.engine.cli import Engine
from groundplan.engine.environment import RunEnvironment
from groundplan.engine.shims import LANGUAGE_HOST

pytestmark = pytest.mark.engine

PROGRAM = """
    import pulumi
    from beside import NAME

    config = pulumi.Config()

    class Thing(pulumi.ComponentResource):
        def __init__(self, name):
            super().__init__("tiny:index:Thing", name)
            self.register_outputs({})

    print("a line of the program")
    Thing(NAME)
    pulumi.export("size", config.require_int("size"))
    pulumi.export("key", config.require_secret("key"))
    pulumi.export("stack", f"{pulumi.get_project()}/{pulumi.get_stack()}")
    pulumi.export("root", pulumi.runtime.get_root_directory())
"""

PACK = """
    import pulumi
    from pulumi_policy import (
        EnforcementLevel, PolicyPack, ResourceValidationPolicy
    )

    def check(args, report):
        if args.resource_type == "tiny:index:Thing":
            report(f"size is {pulumi.Config('tiny').get('size')} on {pulumi.get_stack()}")

    policy = ResourceValidationPolicy(
        name="no-things", description="No things.", validate=check,
        enforcement_level=EnforcementLevel.MANDATORY,
    )
    PolicyPack("small", policies=[policy])
"""

COMPONENT = """
    from typing import Optional, TypedDict
    import pulumi
    from pulumi.provider.experimental import component_provider_host

    class BoxArgs(TypedDict):
        label: pulumi.Input[str]

    class Box(pulumi.ComponentResource):
        label: pulumi.Output[str]

        def __init__(self, name: str, args: BoxArgs, opts: Optional[pulumi.ResourceOptions] = None):
            super().__init__("boxes:index:Box", name, {}, opts)
            self.label = pulumi.Output.from_input(args["label"])
            self.register_outputs({"label": self.label})

    component_provider_host(name="boxes", components=[Box])
"""


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text))


class Project:
    """A Pulumi project in a folder, driven as a user does: by typing `pulumi`."""

    def __init__(self, folder: Path, engine: Engine, environment: RunEnvironment) -> None:
        self.folder = folder
        self.engine = engine
        # Providers of packages installed beside ours need not be there: none is used.
        attached = {"PULUMI_DEBUG_PROVIDERS": "aws:1,azure-native:1,gcp:1,kubernetes:1"}
        self.environ = environment.apply() | attached
        write(folder / "Pulumi.yaml", "name: tiny\nruntime: python\nmain: program\n")
        write(folder / "program" / "beside.py", 'NAME = "first"\n')
        self.program(PROGRAM)

    def program(self, text: str) -> None:
        write(self.folder / "program" / "__main__.py", text)

    def pulumi(self, *arguments: str, fails: bool = False) -> str:
        ran = subprocess.run(
            [self.engine.path, "--non-interactive", *arguments],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert fails == bool(ran.returncode), ran.stdout + ran.stderr
        return ran.stdout + ran.stderr


@pytest.fixture
def project(engine: Engine, sandbox: RunEnvironment, tmp_path: Path) -> Project:
    """A tiny project with a stack `dev`, its configuration set."""
    if not (engine.bin_dir / LANGUAGE_HOST).read_bytes().startswith(b"#!/bin/sh"):
        pytest.fail("these tests are of our language host, and the CLI has the official one")
    made = Project(tmp_path / "project", engine, sandbox)
    made.pulumi("stack", "init", "dev")
    made.pulumi("config", "set-all", "--plaintext", "size=3", "--secret", "key=s3cret")
    return made


def test_a_program_is_deployed_as_a_user_types_it(project: Project):
    """`main`, configuration, secrets, output, names: all as with the official host."""
    up = project.pulumi("up", "--yes", "--skip-preview")
    outputs = json.loads(project.pulumi("stack", "output", "--json"))

    assert "+ 2 created" in up
    assert "a line of the program" in up
    assert "using pulumi-language-python from $PATH" not in up
    expected = {"size": 3, "key": "[secret]", "stack": "tiny/dev", "root": str(project.folder)}
    assert expected == outputs
    assert "s3cret" not in project.pulumi("stack", "export")
    assert "2 unchanged" in project.pulumi("preview")


def test_what_a_program_raises_is_one_diagnostic(project: Project):
    """The traceback starts in the program, and no second message follows the first."""
    project.program("def f():\n    raise ValueError('too small')\nf()\n")

    told = project.pulumi("preview", fails=True).partition("Diagnostics:")[2]

    assert "ValueError: too small" in told
    assert f'File "{project.folder}/program/__main__.py", line 3' in told
    assert "runpy" not in told
    assert 1 == told.count("error:")
    assert "exit code" not in told


def test_an_error_for_the_user_is_told_without_a_traceback(project: Project):
    """`pulumi.RunError` is how a program says what is wrong with its input."""
    project.program("import pulumi\nraise pulumi.RunError('write size: 4')\n")

    told = project.pulumi("preview", fails=True).partition("Diagnostics:")[2]

    assert "error: write size: 4" in told
    assert "Traceback" not in told
    assert 1 == told.count("error:")


def test_a_missing_program_is_named(project: Project):
    """With the file that was looked for."""
    (project.folder / "program" / "__main__.py").unlink()

    assert f"no Python program {project.folder}/program/__main__.py" in project.pulumi("preview", fails=True)


def test_a_file_as_main_finds_the_modules_beside_it(project: Project):
    """`main: program/start.py` imports as `python program/start.py` does."""
    write(project.folder / "Pulumi.yaml", "name: tiny\nruntime: python\nmain: program/start.py\n")
    (project.folder / "program" / "__main__.py").rename(project.folder / "program" / "start.py")

    assert "+ 2 to create" in project.pulumi("preview")


def test_a_missing_environment_is_named(project: Project):
    """One line with the folder and the command that makes it."""
    write(
        project.folder / "Pulumi.yaml",
        """
        name: tiny
        main: program
        runtime:
          name: python
          options: {virtualenv: nowhere}
        """,
    )

    told = project.pulumi("preview", fails=True)

    assert f"{project.folder}/nowhere is not a virtual environment: run `pulumi install`" in told


def test_a_policy_pack_sees_resources_and_configuration(project: Project, tmp_path: Path):
    """A pack in a folder stops the deployment, knowing which stack it is and how configured."""
    write(tmp_path / "pack" / "PulumiPolicy.yaml", "runtime: python\nversion: 0.0.1\n")
    write(tmp_path / "pack" / "__main__.py", PACK)

    told = project.pulumi("preview", "--policy-pack", str(tmp_path / "pack"), fails=True)

    assert "[mandatory]  no-things" in told
    assert "size is 3 on dev" in told


def test_a_policy_pack_that_does_not_start_says_why(project: Project, tmp_path: Path):
    """Its own words, not a time-out."""
    write(tmp_path / "pack" / "PulumiPolicy.yaml", "runtime: python\nversion: 0.0.1\n")
    write(tmp_path / "pack" / "__main__.py", "raise ValueError('half a pack')\n")

    told = project.pulumi("preview", "--policy-pack", str(tmp_path / "pack"), fails=True)

    assert "ValueError: half a pack" in told
    assert "the policy pack has ended with exit code 1" in told


def test_a_folder_of_components_is_a_package(project: Project, tmp_path: Path):
    """Other languages read its schema through the CLI."""
    write(tmp_path / "boxes" / "PulumiPlugin.yaml", "runtime: python\n")
    write(tmp_path / "boxes" / "__main__.py", COMPONENT)

    told = project.pulumi("package", "get-schema", str(tmp_path / "boxes"))

    schema, _end = json.JSONDecoder().raw_decode(told)
    assert ["boxes:index:Box"] == list(schema["resources"])


def test_the_interpreter_is_told_about(project: Project):
    """`pulumi about` names Python and its version."""
    about = json.loads(project.pulumi("about", "--json", "--stack", "dev").partition("\nwarn")[0])

    assert "python" == about["runtime"]["language"]
    assert about["runtime"]["executable"].endswith("python")


def test_a_killed_engine_leaves_no_program_behind(project: Project):
    """The program and its host end by themselves, seconds later."""
    pid_file = project.folder / "pid"
    project.program(
        f"""
        import os, time
        open({str(pid_file)!r}, "w").write(f"{{os.getpid()}} {{os.getppid()}}")
        time.sleep(60)
        """
    )
    cli = subprocess.Popen(
        [project.engine.path, "--non-interactive", "preview"],
        cwd=project.folder,
        env=project.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    pids = [int(pid) for pid in wait_for(pid_file).split()]

    cli.kill()
    cli.wait()

    for pid in pids:
        wait_for_end(pid)


def wait_for(file: Path, seconds: float = 30) -> str:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if file.exists() and (text := file.read_text()):
            return text
        time.sleep(0.05)
    pytest.fail(f"{file} was not written in {seconds} s")


def runs(pid: int) -> bool:
    """Whether the process is there and not merely waiting to be reaped."""
    state = subprocess.run(
        [str(shutil.which("ps")), "-o", "stat=", "-p", str(pid)],
        check=False,
        capture_output=True,
        text=True,
    ).stdout
    return bool(state) and not state.startswith("Z")


def wait_for_end(pid: int, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not runs(pid):
            return
        time.sleep(0.1)
    pytest.fail(f"process {pid} is still there after {seconds} s")
