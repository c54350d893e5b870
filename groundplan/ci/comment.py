"""The report as the one comment of a pull request: GitHub-flavoured Markdown, as long as a comment may be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import groupby
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from groundplan.ci.delta import Cost, Step
from groundplan.ci.findings import Told
from groundplan.ci.links import Link
from groundplan.ci.markdown import cell, code, prose
from groundplan.ci.report import Report, StackReport
from groundplan.ci.workflows import template
from groundplan.report.money import money

__all__ = ["LONGEST", "MARKER", "comment"]

MARKER = "<!-- groundplan -->"
LONGEST = 65_536
"""Characters of a comment. Source: the API's own refusal, https://github.com/telia-oss/github-pr-resource/issues/259."""
# how much of each list is shown, so that no one stack takes all the room, and the head always fits
SHOWN = {"steps_shown": 25, "inputs_shown": 8, "names_shown": 12, "findings_shown": 25}
HEAD = {"rows_shown": 120, "problems_shown": 20}
BROKEN_SHOWN = 3
MINUS, NONE = "\N{MINUS SIGN}", "\N{EN DASH}"
SIGNS = {"create": "+", "update": "~", "replace": "±", "delete": MINUS}


def comment(report: Report, link: Link) -> str:
    """
    The comment, which begins with `MARKER`.

    Args:
        link: Gives the address of a file's line.
    """
    details = [_stack(stack, link, report.only_new) for stack in report.stacks]
    room = LONGEST - len(_comment(report, link, [])) - 200  # for the line on what is left out
    fitting: list[str] = []
    for detail in details:
        if len(detail) + 2 <= room:
            fitting.append(detail)
            room -= len(detail) + 2
    return _comment(report, link, fitting)


def _comment(report: Report, link: Link, details: Sequence[str]) -> str:
    text = _environment().get_template("comment.md.j2").render(
        verdict=_verdict(report),
        repository=report.repository,
        broken=report.broken[:BROKEN_SHOWN],
        broken_left=max(0, len(report.broken) - BROKEN_SHOWN),
        stacks=report.stacks,
        only_new=report.only_new,
        details=details,
        details_left=len(report.stacks) - len(details),
        link=link,
        **HEAD,
    )  # fmt: skip
    return _tidy(text)


def _verdict(report: Report) -> str:
    """The one line that says whether the change can be merged, and why not."""
    said: list[str] = []
    if report.broken:
        said.append(f"{len({each.file for each in report.broken})} blueprint(s) with errors")
    if report.failing:
        count = sum(len(stack.gating(report.only_new)) for stack in report.failing)
        which = "new mandatory violation(s)" if report.only_new else "mandatory violation(s)"
        said.append(f"{count} {which} in {len(report.failing)} of {len(report.stacks)} stack(s)")
    if said:
        return f"❌ groundplan: {'; '.join(said)}"
    if not report.stacks:
        return "✅ groundplan: no stack changes"
    lost = _lost(report)
    stopped = sum(len(stack.stopped) for stack in report.stacks)
    if stopped:
        return f"⚠️ groundplan: {len(report.stacks)} stack(s) change; {stopped} protected resource(s) in the way{lost}"
    return f"✅ groundplan: {len(report.stacks)} stack(s) change, no mandatory rule is broken{lost}"


def _lost(report: Report) -> str:
    """What is taken away of stacks that are there."""
    counts = [stack.counts for stack in report.stacks]
    found = [(action, sum(count[action] for count in counts)) for action in ("replace", "delete")]
    return "".join(f"; {count} resource(s) {action}d" for action, count in found if count)


def _stack(stack: StackReport, link: Link, only_new: bool) -> str:
    text = _environment().get_template("stack.md.j2").render(
        stack=stack,
        open=bool(stack.gating(only_new) or stack.stopped),
        removed=stack.status == "removed",
        summary=_summary(stack),
        components=_alike(stack.steps),
        groups=_groups(stack.steps),
        unpriced=sorted(Counter(item for _, item in stack.cost.newly_unknown).items()),
        link=link,
        **SHOWN,
    )  # fmt: skip
    return _tidy(text).strip("\n")


def _summary(stack: StackReport) -> str:
    words = [f"{count} {action}d" for action, count in stack.counts.items() if count] or ["no resource changes"]
    told = (("new violation(s)", stack.of("new")), ("fixed", stack.of("fixed")), ("waived", stack.waived))
    words += [f"{len(found)} {name}" for name, found in told if found]
    return ", ".join(words)


def _by_component(steps: Any) -> list[tuple[str, list[Step]]]:
    return [(component, list(found)) for component, found in groupby(steps, key=lambda step: step.component)]


def _alike(steps: Sequence[Step]) -> list[tuple[str, list[list[Step]]]]:
    """What is updated or replaced: by component, those that change alike together, replaced ones first."""
    found: list[tuple[str, list[list[Step]]]] = []
    for component, its in _by_component(step for step in steps if step.action in ("update", "replace")):
        alike: dict[tuple[Any, ...], list[Step]] = {}
        for step in its:
            alike.setdefault((step.action, step.because, step.inputs), []).append(step)
        found.append((component, sorted(alike.values(), key=lambda group: (group[0].action, group[0].because))))
    return found


def _groups(steps: Sequence[Step]) -> list[tuple[str, str, list[str]]]:
    """What is created and deleted: by component, as names alone."""
    return [
        (action, component, [step.name for step in found])
        for action in ("create", "delete")
        for component, found in _by_component(step for step in steps if step.action == action)
    ]


def _tidy(text: str) -> str:
    """No more than one empty line in a row, and one newline at the end."""
    lines = [line.rstrip() for line in text.splitlines()]
    kept = [line for index, line in enumerate(lines) if line or (index and lines[index - 1])]
    return "\n".join(kept).strip("\n") + "\n"


@cache
def _environment() -> Environment:
    environment = Environment(  # noqa: S701 - Markdown: each value goes through `code`, `cell` or `prose`
        loader=FunctionLoader(template), trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    environment.filters |= {
        "capitalise": lambda text: text[:1].upper() + text[1:],
        "cell": cell,
        "change": _change,
        "code": code,
        "counted": _counted,
        "mark": _mark,
        "monthly": lambda cost: _monthly(cost.after, bool(cost.unknown_after)),
        "monthly_before": lambda cost: _monthly(cost.before, bool(cost.unknown_before)),
        "prose": prose,
        "rule": _rule,
        "sign": lambda step: SIGNS[step.action],
    }
    return environment


def _mark(stack: StackReport, only_new: bool) -> str:
    if stack.gating(only_new):
        return "❌"
    return "⚠️" if stack.stopped else "✅"


def _counted(found: Sequence[Told]) -> str:
    mandatory = sum(each.finding.fails for each in found)
    return f"{len(found)}, {mandatory} mandatory" if mandatory else str(len(found))


def _rule(each: Told) -> str:
    source = each.rule.source if each.rule else ""
    name = each.finding.rule
    return f"[{name}]({source})" if source.startswith("https://") else code(name)


def _monthly(amounts: Mapping[str, float] | None, partial: bool) -> str:
    if amounts is None:
        return NONE
    low, shown, high = (money(amounts[kind], "USD") for kind in ("min", "expected", "max"))
    if low != high:
        shown += f" ({low} to {high})"
    return f"at least {shown}" if partial else shown


def _change(cost: Cost) -> str:
    low, expected, high = (_signed(cost.delta[kind]) for kind in ("min", "expected", "max"))
    return expected if low == expected == high else f"{expected} (least {low}, most {high})"


def _signed(amount: float) -> str:
    if not amount:
        return "0"
    return f"{'+' if amount > 0 else MINUS}{money(abs(amount), 'USD')}"
