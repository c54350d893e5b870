"""The rules reference, `docs/rules.md`, as the rules themselves have it."""

from __future__ import annotations

from collections.abc import Iterator

from groundplan.policy.explain import snippet
from policies.configuration import SETTINGS
from policies.pack import PACKS, rules
from policies.rule import Absent, Check, Rule
from policies.settings import Settings

__all__ = ["rules_page"]


def _type(kind: str, check: Check) -> Iterator[str]:
    reads = ", ".join(f"`{path}`" for path in check.reads)
    absent = "fails" if check.absent is Absent.FAILS else "passes"
    because = f": {check.because}" if check.because else ""
    yield f"- `{kind}`: {reads or 'the whole resource'}; not set {absent}{because}."


def _rule(rule: Rule) -> Iterator[str]:
    levels = "".join(f", {level} in {name}" for name, level in rule.levels.items())
    yield from ("", f"### {rule.id}", "", f"{rule.demand}", "")
    yield f"{rule.severity.value.capitalize()}; {rule.level}{levels}. {rule.why}"
    yield f"**Fix:** {rule.fix} [Source]({rule.source})"
    yield ""
    for kind, check in rule.checks.items():
        yield from _type(kind, check)
    for check in rule.across:
        yield f"- together: {', '.join(f'`{kind}`' for kind in check.types)}."
    if rule.external:
        yield f"- also known as: {', '.join(rule.external)}."
    bad = next(((kind, check) for kind, check in rule.checks.items() if check.fails), None)
    if bad:
        yield from ("", f"Fails ({bad[0]}):", "", "```yaml", snippet(bad[1].fails[0]).rstrip("\n"), "```")


def _settings() -> Iterator[str]:
    yield from (
        "## Settings",
        "",
        f"Under `{SETTINGS}`; all optional.",
        "",
        "| key | default | meaning |",
        "| --- | --- | --- |",
    )
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        shown = ", ".join(map(str, default)) if isinstance(default, list) else default
        meaning = Settings.model_json_schema(by_alias=True)["properties"][field.alias or name].get("description") or ""
        if name != "levels":
            yield f"| `{field.alias or name}` | {'' if shown in (None, '', {}) else f'`{shown}`'} | {meaning} |"
    yield ""


def rules_page() -> str:
    """The page: settings, a table of all rules, and each rule."""
    lines = [
        "# Rules",
        "",
        "Written by `python scripts/docs.py` from `policies/`. `groundplan explain RULE` shows one.",
        "",
    ]
    lines += list(_settings())
    for pack in PACKS:
        lines += [f"## {pack.capitalize()}", "", "| rule | severity | level | demand |", "| --- | --- | --- | --- |"]
        lines += [f"| [{r.id}](#{r.name}) | {r.severity.value} | {r.level} | {r.demand} |" for r in rules(pack)]
        for rule in rules(pack):
            lines += list(_rule(rule))
        lines.append("")
    return "\n".join(lines)
