"""GP-COST-015: each line of the bill has somebody to go to."""

from collections.abc import Iterator

from policies.priced import PRICED, label
from policies.resource import Resource
from policies.rule import Absent, Breach, Check, Rule, Severity
from policies.settings import Settings
from policies.values import ABSENT


def _split(path: str) -> Check:
    def run(resource: Resource, settings: Settings) -> Iterator[Breach]:
        found = label(resource, path, settings.cost_label)
        if found is ABSENT or found == "":
            yield Breach(f"it has no {settings.cost_label!r} to split the bill by", path)

    first, *inner = path.split(".")

    def labelled(**labels: str) -> dict[str, object]:
        return {first: {inner[0]: labels}} if inner else {first: labels}

    return Check(
        run=run,
        reads=(path,),
        passes=labelled(owner="ml-platform"),
        fails=(labelled(team="ml-platform"), labelled(owner="")),
        absent=Absent.FAILS,
        because="the bill names nobody",
    )


RULE = Rule(
    id="GP-COST-015",
    demand="What costs money carries the tag or label that the bill is split by.",
    why="A cost that belongs to nobody is questioned by nobody.",
    fix="Write owner in the blueprint; set costLabel to split by another label, and write that one under labels.",
    fields=("/labels",),
    source="https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/cost-alloc-tags.html",
    severity=Severity.MEDIUM,
    external=("infracost:tagging",),
    checks={kind: _split(path) for kind, path in PRICED.items()},
)
