"""What follows from several sections of a blueprint, and is filled in for its components."""

from blueprints import parse
from components.units import Duration
from tests.blueprints.blueprint_text import FULL


def resolved(*changes: tuple[str, str]):
    """The full blueprint in prod on AWS, with some text changed."""
    text = FULL
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return parse(text).resolve("prod", "aws")


def test_registry_has_an_entry_for_each_model():
    """
    Models that a training makes, an endpoint serves, or a person registers are all in the registry.
    """
    blueprint = resolved(
        ("budget:", "registry: {models: [bought]}\nbudget:"), ("max: 4}", "max: 4}\n  b: {model: bought}")
    )

    assert blueprint.registry.models == ["bought", "fit"]


def test_budget_tells_those_whom_alerts_tell():
    """
    Mail addresses are written once.
    """
    budget = resolved().budget

    assert budget is not None
    assert budget.emails == ["team@example.com"]


def test_endpoint_runs_what_its_model_was_trained_with():
    """
    The serving framework is that of the training, unless the endpoint names one or an image.
    """
    assert resolved().endpoints["scorer"].runtime == "xgboost"
    assert resolved(("model: fit", "model: fit\n    runtime: sklearn")).endpoints["scorer"].runtime == "sklearn"
    assert resolved(("model: fit", "model: fit\n    image: own:1")).endpoints["scorer"].runtime is None


def test_foundation_has_what_the_sections_ask_for():
    """
    The stack's ground knows the data's class, who hears of trouble, and what is recorded for how long.
    """
    foundation = resolved(
        ("budget:", "data: {classification: restricted}\nbudget:"),
        ("model: fit", "model: fit\n    capture: {retain: 9d}"),
    ).foundation

    assert foundation.classification == "restricted"
    assert foundation.alert_emails == ["team@example.com"]
    assert foundation.captures == {"scorer": Duration.parse("9d")}


def test_image_repositories_are_for_own_images_only():
    """
    An image with a registry in its name, or a cloud's own runtime, needs no repository; one without needs its own.
    """
    own = ("runtime: xgboost", "image: fraud-train:1.4")
    elsewhere = ("runtime: xgboost", "image: ghcr.io/acme/fraud-train:1.4")
    local = ("runtime: xgboost", "image: localhost:5000/fraud-train:1.4")
    none = ("    runtime: xgboost\n", "")
    served = ("model: fit", "model: fit\n    runtime: xgboost")

    assert resolved().foundation.images == []
    assert resolved(own, served).foundation.images == ["fraud-train"]
    assert resolved(elsewhere, served).foundation.images == []
    assert resolved(local, served).foundation.images == []
    assert resolved(none, served).foundation.images == ["fit"]
    assert resolved(none).foundation.images == ["fit", "scorer"]


def test_an_environment_shares_nothing_with_itself():
    """
    `share_with: [prod]` at the top is for the others; in prod it means nothing.
    """
    source = parse(FULL.replace("budget:", "registry: {share_with: [prod]}\nbudget:", 1))

    assert {e: source.resolve(e, "gcp").registry.share_with for e in source.environments} == {
        "dev": ["prod"],
        "prod": [],
    }


def test_foundation_knows_what_lies_outside_the_stack():
    """
    The ground's roles are told at once which images, data and checkpoints of others trainings and endpoints use.
    """
    image = "444455556666.dkr.ecr.eu-west-1.amazonaws.com/team/fit:1"
    foundation = resolved(
        ("runtime: xgboost", f"image: {image}\n    inputs: {{train: data/a/, more: s3://lake/x/}}"),
        ("model: fit", "model: fit\n    image: own:1"),
    ).foundation

    assert foundation.train_reach.images == [image]
    assert foundation.train_reach.reads == ["s3://lake/x/"]
    assert foundation.serve_reach.images == []
