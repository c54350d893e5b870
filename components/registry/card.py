"""Model cards: what people say of a model, beside its versions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import StringConstraints

from components.base import Spec

__all__ = ["ModelCard", "content", "described"]

# Source: schema of AWS::SageMaker::ModelCard; Vertex AI and Azure ML name no limit for a description
Text = Annotated[str, StringConstraints(min_length=1, max_length=2048)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=256)]


class ModelCard(Spec):
    """
    What a model is for, and how far it is to be trusted.

    A team that has read the card and stands for it is named in `reviewed_by`; without one the card is a draft.
    """

    purpose: Text
    """Why there is the model."""
    risk: Literal["low", "medium", "high"]
    """How much harm a wrong answer may do."""
    risk_reason: Text | None = None
    """Why so much."""
    uses: Text | None = None
    """What it may be used for, and what not."""
    limits: Text | None = None
    """When it is wrong, and what to do then."""
    ethics: Text | None = None
    """Whom it may treat unfairly."""
    reviewed_by: Line | None = None
    """Who stands for the card."""


def content(model: str, group: str, owner: str, card: ModelCard) -> dict[str, Any]:
    """
    The card as SageMaker keeps it.

    Args:
        model: In the blueprint.
        group: Package group of its versions.
        owner: Team that answers for it.
        card: What is said.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-cards-create.html#model-cards-json-schema
    """
    uses = {
        "purpose_of_model": card.purpose,
        "intended_uses": card.uses,
        "risk_rating": card.risk.capitalize(),
        "explanations_for_risk_rating": card.risk_reason,
    }
    more = {"caveats_and_recommendations": card.limits, "ethical_considerations": card.ethics}
    own = {"model_package_group": group, "reviewed_by": card.reviewed_by}
    return {
        "model_overview": {"model_name": model, "model_owner": owner},
        "intended_uses": _said(uses),
        "additional_information": {**_said(more), "custom_details": _said(own)},
    }


def described(card: ModelCard) -> str:
    """The card as a text, for a registry whose models have a description and no card."""
    review = f"Reviewed by {card.reviewed_by}." if card.reviewed_by else "Not reviewed."
    parts = {
        "": card.purpose,
        "Uses: ": card.uses,
        f"Risk: {card.risk}. ": card.risk_reason or "",
        "Limits: ": card.limits,
        "Ethics: ": card.ethics,
    }
    return " ".join([*(f"{title}{text}".strip() for title, text in parts.items() if text is not None), review])


def _said(fields: dict[str, str | None]) -> dict[str, str]:
    return {key: text for key, text in fields.items() if text}
