"""GP-COST-014: what is outside production says when it is to be gone."""

from collections.abc import Iterator
from datetime import date

from policies.priced import PRICED, label
from policies.resource import Resource
from policies.rule import Absent, Breach, Check, Rule, Severity
from policies.settings import Settings
from policies.values import ABSENT, is_known
from policies.waivers import today


def _expires(path: str) -> Check:
    def run(resource: Resource, settings: Settings) -> Iterator[Breach]:
        found = label(resource, path, settings.expiry_label)
        if settings.production:
            return
        if found is ABSENT:
            if settings.require_expiry:
                yield Breach(f"it has no {settings.expiry_label!r}", path)
        elif is_known(found) and (wrong := _wrong(str(found), settings)):
            yield Breach(f"its {settings.expiry_label!r} {wrong}", path)

    return Check(
        run=run,
        reads=(path,),
        passes=_nested(path, "2027-01-31"),
        fails=(_nested(path, "2026-01-31"), _nested(path, "next-year")),
        absent=Absent.FAILS,
        because="nothing says when it may go",
    )


def _wrong(found: str, settings: Settings) -> str | None:
    try:
        over = date.fromisoformat(found) < today(settings.today)
    except ValueError:
        return "is no day such as 2027-01-31"
    return f"was {found}" if over else None


def _nested(path: str, found: str) -> dict[str, object]:
    *above, last = path.split(".")
    made: dict[str, object] = {last: {"expires": found}}
    for key in reversed(above):
        made = {key: made}
    return made


RULE = Rule(
    id="GP-COST-014",
    demand="What is outside production says when it is to be gone, where that is asked for, and goes then.",
    why="Experiments are begun in an hour and paid for in years, because nobody knows whether they may go.",
    fix="Write the day as a label in the blueprint (labels: {expires: 2027-01-31}); destroy what is past it.",
    fields=("/labels.expires", "/labels"),
    source="https://docs.aws.amazon.com/whitepapers/latest/tagging-best-practices/tagging-best-practices.html",
    severity=Severity.MEDIUM,
    external=("custodian:mark-for-op",),
    checks={kind: _expires(path) for kind, path in PRICED.items()},
    tried_with={"requireExpiry": True, "today": "2026-11-21"},
)
