"""The findings as JUnit's XML: a suite a stack, a case a rule that looked at something, or a finding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from xml.etree import ElementTree as ET  # written, never read: nothing foreign is parsed

from groundplan.ci.changes import Broken
from groundplan.ci.findings import Told
from groundplan.ci.report import Report, StackReport
from groundplan.report.typeset import clean

__all__ = ["junit"]

Outcome = Literal["", "failure", "error", "skipped"]


@dataclass(frozen=True)
class _Case:
    """One case; `outcome` is "" where it passes."""

    name: str
    outcome: Outcome = ""
    kind: str = ""
    message: str = ""
    text: str = ""


def junit(report: Report) -> str:
    """The document, good for both schemas in use: Ant's, and the one of Jenkins' xUnit plugin."""
    root = ET.Element("testsuites")
    suites = [(_named(each), list(_of_broken(each))) for each in report.broken]
    suites += [(stack.name, list(_of_stack(stack, report.only_new))) for stack in report.stacks]
    for index, (name, cases) in enumerate(suites):
        _suite(root, index, name, cases, report.repository.committed_at)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=False).join(
        ('<?xml version="1.0" encoding="UTF-8"?>\n', "\n")
    )


def _named(broken: Broken) -> str:
    return f"{broken.file}: {broken.stack}" if broken.stack else broken.file


def _of_broken(broken: Broken) -> Iterator[_Case]:
    for problem in broken.problems:
        name = f"{problem.path or 'blueprint'} at line {problem.line}"
        yield _Case(name, "error", "blueprint-error", problem.message, str(problem))


def _of_stack(stack: StackReport, only_new: bool) -> Iterator[_Case]:
    told = [each for each in stack.findings if each.since != "fixed"]
    broken = {each.finding.rule for each in told}
    for rule in stack.looked:
        if rule.id not in broken:
            yield _Case(f"{rule.id} {rule.demand}")
    for each in told:
        yield _of_finding(each, only_new)


def _of_finding(told: Told, only_new: bool) -> _Case:
    finding = told.finding
    subject = " ".join(dict.fromkeys(part for part in (finding.component, told.name, finding.path) if part))
    name = f"{finding.rule} {subject}".strip()
    place = f"{told.file}:{told.line}: " if told.file else ""
    text = f"{place}{finding.message}. {finding.fix}"
    if told.gates(only_new):
        return _Case(name, "failure", finding.rule, finding.message, text)
    open_since = "was there before" if finding.fails else "advisory"
    why = f"waived {finding.waived.held}" if finding.waived else open_since
    return _Case(name, "skipped", finding.rule, f"{why}: {finding.message}", text)


def _suite(root: ET.Element, index: int, name: str, cases: list[_Case], at: str) -> None:
    counts = {f"{outcome}s": str(sum(case.outcome == outcome for case in cases)) for outcome in ("failure", "error")}
    skipped = str(sum(case.outcome == "skipped" for case in cases))
    fixed = {"id": str(index), "package": "groundplan", "hostname": "localhost", "timestamp": at, "time": "0"}
    attributes = {"name": clean(name), "tests": str(len(cases)), **counts, "skipped": skipped, **fixed}
    suite = ET.SubElement(root, "testsuite", attributes)
    ET.SubElement(suite, "properties")
    for case in cases:
        made = ET.SubElement(suite, "testcase", {"name": clean(case.name), "classname": clean(name), "time": "0"})
        if case.outcome:
            kind = {} if case.outcome == "skipped" else {"type": case.kind}  # Ant's schema has none there
            told = ET.SubElement(made, case.outcome, {**kind, "message": clean(case.message)})
            told.text = clean(case.text)
    ET.SubElement(suite, "system-out")
    ET.SubElement(suite, "system-err")
