"""Overlays: how they merge, what they may hold, and where a mistake in them is told."""

import pytest

from blueprints import BlueprintError, parse
from components.base import Cloud
from tests.blueprints.blueprint_text import FULL, told

OVERRIDE = """\
overrides:
  aws:
    training: {fit: {machine: {type: ml.m5.2xlarge}, inputs: {train: s3://acme/train/}}}
"""


def with_dev(line: str) -> str:
    """The full blueprint with another first line in its dev overlay."""
    return FULL.replace("    endpoints: {scorer: {scale: {max: 1}}}\n", f"    {line}\n")


def test_overlay_changes_what_it_names_and_no_more():
    """
    An environment's overlay merges by key: beside what it sets, everything stays as it was.
    """
    source = parse(FULL)
    dev, prod = (source.resolve(name, "aws") for name in ("dev", "prod"))

    assert (dev.endpoints["scorer"].scale.max, prod.endpoints["scorer"].scale.max) == (1, 4)
    assert dev.endpoints["scorer"].model == prod.endpoints["scorer"].model == "fit"
    assert dev.training == prod.training


def test_list_replaces_a_list():
    """
    Lists do not grow together: the overlay's is the list.
    """
    source = parse(with_dev("alerts: {email: [dev@example.com]}"))

    assert source.resolve("dev", "gcp").alerts.email == ["dev@example.com"]


def test_null_goes_back_to_the_default():
    """
    `null` in an overlay is as if the key had never been written.
    """
    source = parse(with_dev("endpoints: {scorer: {scale: null}}"))

    assert source.resolve("dev", "azure").endpoints["scorer"].scale.max == 2


def test_null_removes_a_named_thing():
    """
    An endpoint that an environment has no need of is removed by its name.
    """
    source = parse(with_dev("endpoints: {scorer: null}"))

    assert (list(source.resolve("dev", "aws").endpoints), list(source.resolve("prod", "aws").endpoints)) == (
        [],
        ["scorer"],
    )


def test_override_is_of_its_cloud_only():
    """
    What stands under `overrides.aws` is nowhere else.
    """
    source = parse(FULL + OVERRIDE)

    assert {c: source.resolve("prod", c).training["fit"].machine.type for c in Cloud} == {
        "aws": "ml.m5.2xlarge",
        "gcp": None,
        "azure": None,
    }
    assert source.check() == []


def test_override_of_an_environment_comes_last():
    """
    Each environment can have a network of its own on each cloud.
    """
    network = "overrides: {aws: {network: {existing: {vpc: vpc-%s, subnets: [a], security_groups: [b]}}}}"
    source = parse(with_dev(network % "00000001") + network % "00000002" + "\n")

    vpcs = [source.resolve(e, "aws").model_dump()["network"]["existing"]["vpc"] for e in ("dev", "prod")]
    assert vpcs == ["vpc-00000001", "vpc-00000002"]


def test_environment_is_one_of_the_file():
    """
    An environment that the file does not have is answered with the nearest.
    """
    with pytest.raises(BlueprintError) as refusal:
        parse(FULL, "b.yaml").resolve("prdo", "aws")

    assert str(refusal.value) == "b.yaml:16:1: environments: there is no environment 'prdo'. Write prod."


def test_any_environment_where_the_file_tells_none_apart():
    """
    A blueprint without overlays is the same in every environment.
    """
    source = parse(FULL.split("environments:", maxsplit=1)[0])

    assert source.resolve("anything", "aws") == source.resolve("else", "aws")


def test_cloud_is_one_of_three():
    """
    A cloud that does not exist is answered with the nearest.
    """
    with pytest.raises(BlueprintError) as refusal:
        parse(FULL, "b.yaml").resolve("dev", "asure")

    assert str(refusal.value) == "b.yaml: 'asure' is no cloud. Write azure."


MISTAKES = {  # line put into dev's overlay, at line 18: what is told
    "budget2: {}": "18:5: environments.dev.budget2: unknown key 'budget2'. Write budget.",
    "data: {classification: low}": "18:28: environments.dev.data.classification: 'low' is not one of public, internal,"
    " confidential, restricted. Write one of them.",
    "name: other": "18:5: environments.dev.name: it can't differ here. Write it at the top of the file.",
    "environments: {}": "18:5: environments.dev.environments: it can't differ here. Write it at the top of the file.",
    "regsitry: null": "18:5: environments.dev.regsitry: unknown key 'regsitry'. Write registry.",
    "training: {fti: null}": "18:16: environments.dev.training.fti: there is no 'fti' to remove. Write fit.",
    "training: {fit: {max_rum: null}}": "18:22: environments.dev.training.fit.max_rum: unknown key 'max_rum'."
    " Write max_run.",
    "training: {fit: null}": "12:12: endpoints.scorer.model: in environment dev: 'fit' is neither a training nor in"
    " registry.models. There is none to name; add it first.",
    "training: {fit: {restartable: null}}": "18:21: environments.dev.training.fit: spot needs a checkpoint, or a"
    " reclaimed run starts over. Write checkpoint: {every: 10m}, or restartable: true, or spot: false.",
    "training: {fit: {machine: {type: ml.m5.large}}}": "18:32: environments.dev.training.fit.machine.type: a cloud's"
    " own name stands only under overrides.aws, overrides.gcp or overrides.azure. Move it.",
    "alerts: {email: null}": "20:5: environments.dev.budget: nobody would hear of it."
    " Write alerts: {email: [team@example.com]} beside budget.",
    "overrides: {gpc: {}}": "18:17: environments.dev.overrides.gpc: 'gpc' is no cloud. Write gcp.",
    "overrides: {gcp: {budget: {monthly_usd: -1}}}": "18:45: environments.dev.overrides.gcp.budget.monthly_usd: -1 is"
    " too small. Write more than 0.",
}


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("{monthly_usd: 1000}", "{monthly_usd: 1000, hard_stop: true}", "15:40: budget.hard_stop: in environment prod"),
        ("  prod: {}\n", "  prod: {budget: {hard_stop: true}}\n", "20:30: environments.prod.budget.hard_stop"),
    ],
)
def test_a_hard_stop_reaches_no_production(old, new, place):
    """
    It is told before anything is planned, whether prod asks for it or has it from all; dev may have it.
    """
    text = FULL.replace(old, new)
    advice = "it would take what serves away from its users. Write environments: {prod: {budget: {hard_stop: false}}}."

    assert told(text) == [f"b.yaml:{place}: {advice}"]
    with pytest.raises(BlueprintError, match="away from its users"):
        parse(text).resolve("prod", "gcp")
    assert parse(text).resolve("dev", "gcp").budget


@pytest.mark.parametrize("line", MISTAKES)
def test_mistake_in_an_overlay_is_told_where_it_stands(line):
    """
    A mistake that an overlay makes is told there, or names the environment that it comes up in.
    """
    text = FULL.replace("  dev:\n", f"  dev:\n    {line}\n")

    assert told(text) == [f"b.yaml:{MISTAKES[line]}"]


def test_mistake_of_the_base_is_told_once():
    """
    A mistake at the top is one line, although every environment on every cloud has it.
    """
    assert told(FULL.replace("max_run: 2h", "max_run: 2")) == [
        "b.yaml:9:14: training.fit.max_run: 2 is not a duration. Write 15m or 6h."
    ]


def test_mistake_of_one_cloud_names_it():
    """
    An address that one cloud can't read is told for the clouds that can't.
    """
    text = FULL.replace("    max_run", "    inputs: {train: gs://acme/train/}\n    max_run")

    assert [line.partition(" can't be read on ")[2][:5] for line in told(text)] == ["aws. ", "azure"]
    assert parse(text).check([Cloud.GCP]) == []


def test_resolving_one_tells_only_its_own():
    """
    Who plans prod is not stopped by a mistake in dev's overlay.
    """
    source = parse(FULL.replace("max: 1", "max: 0"))

    assert source.resolve("prod", "aws").endpoints["scorer"].scale.max == 4
    with pytest.raises(BlueprintError, match=r"environments\.dev\.endpoints\.scorer\.scale\.max: 0 is too small"):
        source.resolve("dev", "aws")


def test_a_place_can_be_asked_for():
    """
    Who finds fault with a resolved value later, such as a machine that no region sells, can show where it stands.
    """
    source = parse(FULL, "b.yaml")

    assert [
        str(source.problem(name, "aws", ("endpoints", "scorer", "scale", "max"), "too many."))
        for name in ("dev", "prod")
    ] == [
        "b.yaml:18:39: environments.dev.endpoints.scorer.scale.max: too many.",
        "b.yaml:13:26: endpoints.scorer.scale.max: too many.",
    ]
