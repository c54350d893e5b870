"""GP-GOV-004: every production model has a model card."""

from collections.abc import Iterator
from typing import Any

from policies.endpoints import about
from policies.resource import Resource, Stack
from policies.rule import Breach, Level, Rule, Severity, StackCheck
from policies.settings import Settings
from policies.values import is_known, word

CARD, MODEL = "aws:sagemaker/modelCard:ModelCard", "aws:sagemaker/model:Model"
GROUP = "aws:sagemaker/modelPackageGroup:ModelPackageGroup"
_STATUS = "modelCardStatus"


def _undescribed(stack: Stack, settings: Settings) -> Iterator[Breach]:
    """Models are what is registered; where nothing is, they are what is served."""
    for model in stack.of(GROUP) or stack.of(MODEL) if settings.production else ():
        cards = [card for card in stack.of(CARD) if about(stack, model, card, ["content", "modelCardName"])]
        if not cards:
            yield Breach("no model card describes this model", urn=model.urn)
        elif not any(not is_known(card.at(_STATUS)) or card.at(_STATUS) == "Approved" for card in cards):
            for card in cards:
                yield Breach(f"{_STATUS} is {word(card.at(_STATUS))}; it must be 'Approved'", _STATUS, card.urn)


def _at(kind: str, name: str, inputs: dict[str, Any], *on: str) -> Resource:
    urn = f"urn:pulumi:prod::ml::{kind}::{name}"
    return Resource(urn, kind, inputs, name, property_dependencies={"content": on} if on else {})


_GROUP, _MODEL = _at(GROUP, "fraud", {"modelPackageGroupName": "fraud"}), _at(MODEL, "fraud", {"name": "fraud"})

RULE = Rule(
    id="GP-GOV-004",
    demand="Every production model has an approved model card.",
    why="Nobody can say what the model is for, what it was trained on or how it was judged, when somebody asks.",
    fix="Write registry: {cards: {…}} with the model's purpose, risk and reviewed_by; elsewhere, add a ModelCard that"
    " names it in its content, and approve it.",
    fields=("/registry.cards", "/registry"),
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/model-cards.html",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    external=("EU-AI-Act:Art11", "NIST-AI-RMF:MAP-2", "ISO42001:A.6.2.7"),
    across=(
        StackCheck(
            run=_undescribed,
            types=(MODEL, GROUP, CARD),
            passes=(
                _GROUP,
                _MODEL,
                _at(CARD, "fraud", {"content": "{}", "modelCardStatus": "Approved"}, _GROUP.urn),
            ),
            fails=(_MODEL, _at(CARD, "fraud", {"content": "{}", "modelCardStatus": "Draft"}, _MODEL.urn)),
        ),
    ),
)
