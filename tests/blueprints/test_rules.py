"""What must hold between sections: names that are known, names that stay apart, things that are built."""

import pytest
from pydantic import ValidationError

from blueprints import Blueprint, parse, rules
from components.base import Capability, Cloud
from tests.blueprints.blueprint_text import FULL, told

BROKEN = {  # what is put in the place of what, and what is told
    ("model: fit", "model: fti"): "12:12: endpoints.scorer.model: 'fti' is neither a training nor in registry.models."
    " Write fit.",
    ("budget:", "registry: {share_with: [prdo]}\nbudget:"): "15:25: registry.share_with[0]: 'prdo' is no environment."
    " Write prod.",
    ("  fit:\n", "  f-it: {machine: {cpu: 4}, spot: false}\n  fit:\n"): "6:3: training.fit: 'fit' and 'f-it' are one"
    " name where a cloud allows no `-`. Rename one.",
    ("{cpu: 4, memory: 16GiB}", "{accelerator: A10H}"): "7:28: training.fit.machine.accelerator: no accelerator 'A10H'"
    " is known. Did you mean A10 or A10G or A100?",
    ("runtime: xgboost", "image: team/fit:1"): "6:12: training.fit.image: 'team/fit:1' names no registry, so it is one"
    " of the stack's own, and their names are words joined by `-`, at most 32 characters. Write fraud-train:1.4, or put"
    " the registry before it.",
    ("alerts: {email: [team@example.com]}\n", ""): "14:1: budget: nobody would hear of it."
    " Write alerts: {email: [team@example.com]} beside budget.",
    ("{monthly_usd: 1000}", "{monthly_usd: 1000, emails: [a@b.cd]}"): "15:29: budget.emails: it is filled in from"
    " alerts.email. Write it there.",
    ("{cpu: 4, memory: 16GiB}", "{type: ml.m5.large}"): "7:15: training.fit.machine.type: a cloud's own name stands"
    " only under overrides.aws, overrides.gcp or overrides.azure. Move it.",
    ("budget:", "key: {existing: alias/mine}\nbudget:"): "15:1: key: a cloud's own name stands only under"
    " overrides.aws, overrides.gcp or overrides.azure. Move it.",
    ("budget:", "storage: {existing: {data: mine}}\nbudget:"): "15:11: storage.existing: a cloud's own name stands only"
    " under overrides.aws, overrides.gcp or overrides.azure. Move it.",
    ("  prod: {}\n", "  prod: {}\noverrides: {gcp: {network: {existing: {vpc: vpc-00000001, subnets: [a]}}}}\n"):
    "21:39: overrides.gcp.network.existing: this is no network of gcp. Write network, subnetwork.",
    ("  prod: {}\n", "  prod: {}\noverrides: {azure: {key: {existing: 'arn:aws:kms:x'}}}\n"):
    "21:37: overrides.azure.key.existing: 'arn:aws:kms:x' is no key of azure. Write one such as"
    " /subscriptions/…/providers/Microsoft.KeyVault/vaults/…/keys/…/versions/….",
}  # fmt: skip


@pytest.mark.parametrize("change", BROKEN, ids=lambda change: change[1][:40])
def test_broken_rule_is_told(change):
    """
    A rule between sections is told with what to write.
    """
    old, new = change

    assert told(FULL.replace(old, new, 1)) == [f"b.yaml:{BROKEN[change]}"]


@pytest.mark.parametrize("spelling", ["A10G", "a10g", "A100", "H100", "T4", "nvidia-l4"])
def test_known_accelerator_is_accepted(spelling):
    """
    The names that the field uses are names of the language.
    """
    assert told(FULL.replace("{cpu: 4, memory: 16GiB}", f"{{accelerator: {spelling}}}")) == []


def test_model_registered_by_hand_may_be_served():
    """
    A model that no training makes is fine, once it is listed.
    """
    text = FULL.replace("model: fit", "model: bought").replace("budget:", "registry: {models: [bought]}\nbudget:", 1)

    assert told(text) == []


def test_training_and_endpoint_may_share_a_name():
    """
    Sections have name spaces of their own.
    """
    assert told(FULL.replace("  scorer:", "  fit:").replace("{scorer:", "{fit:")) == []


def test_rules_hold_for_blueprints_made_in_python():
    """
    A library user's blueprint is held to the same rules as a file's.
    """
    with pytest.raises(ValidationError, match=r"endpoints\.scorer\.model: 'fit' is neither a training"):
        Blueprint.model_validate(
            {"apiVersion": "groundplan/v1", "name": "demo", "owner": "team", "endpoints": {"scorer": {"model": "fit"}}}
        )


@pytest.fixture
def only_built(monkeypatch):
    """Make a capability built on the given clouds only."""

    def build(name: str, *clouds: Cloud) -> None:
        others = tuple(c for c in rules.capabilities() if c.name != name)
        monkeypatch.setattr(rules, "capabilities", lambda: (*others, Capability(name, clouds)))

    return build


def test_section_that_is_not_built_is_refused(only_built):
    """
    A section of the language that no cloud builds is refused with that reason, and what is in it does not matter.
    """
    only_built("features")

    assert told(FULL + "features: {anything: [goes, here]}\n") == [
        "b.yaml:21:1: features: feature stores are not built yet. Leave the section out."
    ]


def test_section_that_one_cloud_lacks_is_refused_there(only_built):
    """
    A section that is built on some clouds is refused on the others, with the way around.
    """
    only_built("endpoint", Cloud.AWS, Cloud.GCP)

    assert told(FULL) == [
        "b.yaml:10:1: endpoints: endpoints are not built on azure yet, only on aws and gcp."
        " Write overrides: {azure: {endpoints: null}}, or leave the section out."
    ]
    assert told(FULL + "overrides: {azure: {endpoints: null}}\n") == []


REFERENCES = {  # of sections whose capability may not be built yet: the rules are those of the language
    "batch: {nightly: {model: fti, input: data/a/, output: data/b/, machine: {cpu: 4}}}": "batch.nightly.model",
    "pipelines: {refresh: {train: fti}}": "pipelines.refresh.train",
    "pipelines: {refresh: {train: fit, deploy: scorre}}": "pipelines.refresh.deploy",
    "pipelines: {refresh: {train: fit, on: [scorer.drift]}}": "pipelines.refresh.on",
    "monitoring: {scorre: {drift: {above: 0.2}}}": "monitoring.scorre",
    "registry: {cards: {frod: {purpose: p, risk: low}}}": "registry.cards.frod",
    "usage: {endpoints: {scorre: {requests: 3M}}}": "usage.endpoints.scorre",
    "usage: {training: {fti: {runs: 3}}}": "usage.training.fti",
    "features: {entities: {card: {key: id}}, views: {v: {entity: crad, event_time: t, schema: {a: int},"
    " source: data/a/}}}": "features.views.v.entity",
    "vectors: {book: {dimensions: 8, items: 1K}}\nllm: {chat: {model: {name: a/b, parameters: 7B}, knowledge:"
    " {vectors: boko, documents: data/a/}}}": "llm.chat.knowledge.vectors",
}


@pytest.mark.parametrize("text", REFERENCES, ids=lambda text: REFERENCES[text])
def test_reference_of_any_section_is_checked(text):
    """
    Whatever names something of the blueprint names something that is there.
    """
    data = parse(FULL + text + "\n").root.plain

    paths = [".".join(map(str, f.path)) for f in rules.findings(Blueprint, data) if not f.hides]

    assert [path.startswith(REFERENCES[text]) for path in paths] == [True]


@pytest.mark.parametrize(("serves", "said"), [("{model: old}", True), ("{models: {a: old, b: fit}}", False)])
def test_a_pipeline_deploys_what_it_trained(serves, said):
    """
    A pipeline whose endpoint serves another training's model would release what is not there.
    """
    text = FULL.replace("endpoints:\n", f"endpoints:\n  other: {serves}\n")
    more = "registry: {models: [old]}\npipelines: {refresh: {train: fit, deploy: other}}\n"
    found = [line for line in told(text + more) if "pipelines" in line]

    assert said == any("other serves old, and refresh trains fit. Name the endpoint of fit." in line for line in found)
    assert said == bool(found)


def test_a_canary_has_steps():
    """
    A canary without a step would move all traffic at once; blue/green, which does that, has none to write.
    """
    rollout = "    slo: {{errors: 1%}}\n    rollout: {{strategy: {}, steps: []}}\n    scale"
    canary, blue_green = (told(FULL.replace("    scale", rollout.format(way))) for way in ("canary", "blue-green"))

    assert "moves all traffic at once. Write steps: [10%, 50%]." in canary[0]
    assert [] == blue_green
