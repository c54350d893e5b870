"""GP-GOV-014: people look at what a high-risk system decides."""

from collections.abc import Iterator

from policies.endpoints import AWS_ENDPOINT
from policies.resource import Resource, Stack
from policies.rule import Breach, Level, Rule, Severity, StackCheck
from policies.settings import Settings
from policies.values import ABSENT

FLOW = "aws:sagemaker/flowDefinition:FlowDefinition"
_WORKTEAM = "humanLoopConfig.workteamArn"
_URN = "urn:pulumi:prod::ml::{}::scorer"


def _unreviewed(stack: Stack, settings: Settings) -> Iterator[Breach]:
    risky = [e for e in stack.of(AWS_ENDPOINT) if e.label(settings.risk_label) == "high"]
    if risky and not any(flow.at(_WORKTEAM) is not ABSENT for flow in stack.of(FLOW)):
        for endpoint in risky:
            yield Breach("no human review is set up for this high-risk endpoint", urn=endpoint.urn)


_RISKY = Resource(_URN.format(AWS_ENDPOINT), AWS_ENDPOINT, {"tags": {"risk": "high"}})

RULE = Rule(
    id="GP-GOV-014",
    demand="A high-risk system has a human review flow.",
    why="Where a decision weighs on people, the law wants somebody who can look at it and overrule it.",
    fix="Add a FlowDefinition with a work team, or take the label risk: high away where it is wrong.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/a2i-use-augmented-ai-a2i-human-review-loops.html",
    severity=Severity.LOW,
    level=Level.ADVISORY,
    external=("EU-AI-Act:Art14",),
    across=(
        StackCheck(
            run=_unreviewed,
            types=(AWS_ENDPOINT, FLOW),
            passes=(_RISKY, Resource(_URN.format(FLOW), FLOW, {"humanLoopConfig": {"workteamArn": "arn:…"}})),
            fails=(_RISKY, Resource(_URN.format(FLOW), FLOW, {"humanLoopConfig": {}})),
        ),
    ),
)
