"""Benchmark of the offline plan: time, memory, growth, and what components add to the same resources by hand."""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from graphlib import TopologicalSorter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pulumi
from pulumi._types import resource_pulumi_to_py_names
from rich.console import Console
from rich.table import Table

from blueprints import load
from components.base import Cloud
from groundplan.plan import document
from groundplan.plan.recorder import record
from groundplan.target import PROJECT, Target, offline_place
from scripts.bench_packs import packs

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "blueprints" / "fraud-detection.yaml"
HIDDEN = {"secret": True}  # what a plan says of a secret
HEAD = """\
apiVersion: groundplan/v1
name: bench
owner: bench
training: {scores: {machine: {cpu: 4, memory: 16GiB}, runtime: xgboost, restartable: true}}
endpoints:
"""
ENDPOINT = "  scorer-{n}: {{model: scores, machine: {{cpu: 4, memory: 16GiB}}, scale: {{min: 1, max: 3}}}}\n"
MEASURE_CHILD = "import resource, sys; sys.argv = {argv!r}\nfrom groundplan.cli.app import main\n" + (
    "try: main()\nfinally: print(max(resource.getrusage(who).ru_maxrss for who in "
    "(resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)), file=sys.stderr)"
)


def target(path: Path, cloud: Cloud) -> Target:
    """The prod or only environment of a blueprint on a cloud."""
    source = load(path)
    environment = "prod" if "prod" in source.environments else "dev"
    blueprint = source.resolve(environment, cloud)
    place = offline_place(cloud, list(blueprint.data.residency))
    return Target(source, blueprint, environment, cloud, place, "2026-11")


def cold(argv: list[str], runs: int) -> tuple[float, float]:
    """Seconds (median) and peak MiB of the command in a process of its own."""
    seconds, peaks = [], []
    for _ in range(runs):
        begun = time.perf_counter()
        code = MEASURE_CHILD.format(argv=["groundplan", *argv])
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
        seconds.append(time.perf_counter() - begun)
        if done.returncode:
            raise SystemExit(f"groundplan {' '.join(argv)} failed:\n{done.stderr}")
        peaks.append(int(done.stderr.split()[-1]) / 1024)
    return statistics.median(seconds), max(peaks)


def timed(work: Callable[[], Any]) -> float:
    """Seconds one call takes, what it looks for garbage in being its own objects and not all SDKs'."""
    gc.collect()
    gc.freeze()
    begun = time.perf_counter()
    work()
    seconds = time.perf_counter() - begun
    gc.unfreeze()
    return seconds


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def _class(token: str) -> type[pulumi.CustomResource]:
    package, module, kind = token.split(":")
    module = module.split("/")[0]
    sdk = importlib.import_module(f"pulumi_{package.replace('-', '_')}")
    holder = getattr(sdk, {"lambda": "lambda_"}.get(module, module)) if module != "index" else sdk
    return getattr(holder, kind)


def by_hand(plan: Mapping[str, Any]) -> Callable[[], None]:
    """
    A program that registers the same resources with the SDKs' own classes, and nothing around them.

    What an input takes of other resources it takes of them here too, so that both wait for the same answers.
    """
    wanted = {r["urn"]: r for r in plan["resources"] if not r["type"].startswith("groundplan:")}
    order = TopologicalSorter({urn: [d for d in r["dependencies"] if d in wanted] for urn, r in wanted.items()})
    urns = list(order.static_order())
    classes = {r["type"]: _class(r["type"]) for r in wanted.values()}
    names = {t: resource_pulumi_to_py_names(c) for t, c in classes.items()}

    def program() -> None:
        made: dict[str, pulumi.CustomResource] = {}
        for r in map(wanted.__getitem__, urns):
            known = names[r["type"]]
            arguments = {known.get(k, _snake(k)): _taken(v, k, r, made) for k, v in r["inputs"].items()}
            if "resource_name" in arguments:  # the SDK sets a property of that name apart from its own argument
                arguments["resource_name_"] = arguments.pop("resource_name")
            options = pulumi.ResourceOptions(protect=r["protect"] or None, ignore_changes=r["ignoreChanges"] or None)
            made[r["urn"]] = classes[r["type"]](f"{r['component']}-{r['name']}", **arguments, opts=options)

    return program


def _taken(value: Any, name: str, r: Mapping[str, Any], made: Mapping[str, pulumi.CustomResource]) -> Any:
    """An input as a person would write it: taken of the resources that it depends on, where there are any."""
    of = [made[urn].id for urn in r["propertyDependencies"].get(name, ()) if urn in made]
    if value == HIDDEN:  # a plan does not say what it is
        return pulumi.Output.secret("hidden")
    return pulumi.Output.all(*of).apply(lambda _: value) if of else value


def overhead(cloud: Cloud, runs: int) -> tuple[int, float, float]:
    """Resources, and median seconds of our program and of the one by hand, run in turn."""
    stack = target(EXAMPLE, cloud)
    reference = by_hand(document.plan(stack))
    emulator = document.emulated(stack)

    def hand() -> None:
        record(reference, project=PROJECT, stack="hand", emulator=emulator)

    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(runs + 1):
        ours.append(timed(partial(document.rehearse, stack)))
        theirs.append(timed(hand))
    count = len(document.rehearse(stack).resources)
    return count, statistics.median(ours[1:]), statistics.median(theirs[1:])


def growth(folder: Path, cloud: Cloud, sizes: list[int]) -> list[tuple[int, int, float]]:
    """Endpoints, resources and seconds of a plan, warm, for growing blueprints."""
    rows = []
    for size in sizes:
        path = folder / f"bench-{size}.yaml"
        path.write_text(HEAD + "".join(ENDPOINT.format(n=n) for n in range(size)), encoding="utf-8")
        stack = target(path, cloud)
        count = len(document.rehearse(stack).resources)
        rows.append((size, count, timed(partial(document.plan, stack))))
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each measure")
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    options = parser.parse_args()
    say = Console(stderr=True).print
    figures: dict[str, Any] = {}

    def note(name: str, figure: str) -> None:
        figures[name] = figure
        say(f"{name}: {figure}", highlight=False)

    seconds, peak = cold(["plan", str(EXAMPLE), "--env", "prod", "--cloud", "all", "--json"], options.runs)
    note("cold plan, three clouds", f"{seconds:.2f} s, {peak:.0f} MiB the largest process (aim: 5 s, 300 MiB)")
    for cloud in Cloud:
        count, ours, theirs = overhead(cloud, options.runs)
        told = f"{ours / theirs:.2f} ({ours:.3f} s / {theirs:.3f} s, {count} resources; aim: 1.10)"
        note(f"components / by hand, {cloud}", told)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bench-packs.yaml"
        path.write_text(HEAD + "".join(ENDPOINT.format(n=n) for n in range(24)), encoding="utf-8")
        stack = target(path, Cloud.AWS)
        count = len(document.rehearse(stack).resources)
        for preview, figure in packs(stack, Path(folder), options.runs).items():
            note(f"{preview} with packs / without", f"{figure}, {count} resources; aim: 1.25 as typed")
        rows = growth(Path(folder), Cloud.AWS, [50, 100, 200])
        per = ", ".join(f"{n} endpoints: {count} resources in {s:.2f} s" for n, count, s in rows)
        (_, c0, s0), (_, c1, s1) = rows[0], rows[-1]
        note("growth, aws", f"{per}; time a resource x{(s1 / c1) / (s0 / c0):.2f} (linear: 1)")
    if options.json:
        print(json.dumps(figures, indent=2))
        return
    table = Table("measure", "figure", title="groundplan benchmark")
    for name, figure in figures.items():
        table.add_row(name, figure)
    Console().print(table)


if __name__ == "__main__":
    main()
