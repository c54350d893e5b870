"""GP-COST-013: cost anomalies on AWS are seen, and told."""

from collections.abc import Iterator

from policies.machines import MACHINES, fleets
from policies.resource import Resource, Stack
from policies.rule import Breach, Level, Rule, Severity, StackCheck
from policies.settings import Settings

MONITOR = "aws:costexplorer/anomalyMonitor:AnomalyMonitor"
SUBSCRIPTION = "aws:costexplorer/anomalySubscription:AnomalySubscription"
NOTEBOOK = "aws:sagemaker/notebookInstance:NotebookInstance"


def _unheard(stack: Stack, _settings: Settings) -> Iterator[Breach]:
    for monitor in stack.of(MONITOR):
        if not any(stack.joined(monitor, other) for other in stack.of(SUBSCRIPTION)):
            yield Breach("nobody is subscribed to this monitor", urn=monitor.urn)


def _unseen(stack: Stack, settings: Settings) -> Iterator[Breach]:
    paid = [r for r in stack.of(*(kind for kind in MACHINES if kind.startswith("aws:"))) if any(fleets(r))]
    if settings.require_anomaly_monitor and paid and not stack.of(MONITOR):
        yield Breach("the stack pays for machines and has no cost anomaly monitor", urn=paid[0].urn)


_WATCH = Resource(f"urn:pulumi:dev::ml::{MONITOR}::watch", MONITOR, {"monitorType": "DIMENSIONAL"})
_TELL = Resource(
    f"urn:pulumi:dev::ml::{SUBSCRIPTION}::tell",
    SUBSCRIPTION,
    {"frequency": "DAILY"},
    property_dependencies={"monitorArnLists": (_WATCH.urn,)},
)
_OTHER = Resource(f"{_TELL.urn}-else", SUBSCRIPTION, {"frequency": "DAILY"})
_PAID = Resource(f"urn:pulumi:dev::ml::{NOTEBOOK}::n", NOTEBOOK, {"instanceType": "ml.t3.medium"})

RULE = Rule(
    id="GP-COST-013",
    demand="A cost anomaly monitor has a subscriber, and a stack has a monitor where each must have its own.",
    why="A budget shows a leak late in the month; the monitor shows it the next day, if anybody is told.",
    fix="Subscribe an address to it; set requireAnomalyMonitor only where the account has no monitor of its own.",
    source="https://docs.aws.amazon.com/cost-management/latest/userguide/manage-ad.html",
    severity=Severity.LOW,
    level=Level.ADVISORY,
    external=("FinOps:anomaly",),
    across=(
        StackCheck(run=_unheard, types=(MONITOR, SUBSCRIPTION), passes=(_WATCH, _TELL), fails=(_WATCH, _OTHER)),
        StackCheck(run=_unseen, types=(MONITOR, NOTEBOOK), passes=(_PAID, _WATCH), fails=(_PAID,)),
    ),
    tried_with={"requireAnomalyMonitor": True},
)
