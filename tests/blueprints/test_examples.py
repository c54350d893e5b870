"""The example blueprints: good on every cloud, in every environment."""

import pytest

from blueprints import load, schema, show
from blueprints.loader import parse
from components.base import Cloud
from components.catalog import default_region, image, resolve
from components.machine import wish

EXAMPLES = sorted(schema.FILE.parent.glob("*.yaml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_is_good(path):
    """
    Nothing is wrong with an example, and it tells dev and prod apart.
    """
    source = load(path)

    assert [] == list(map(str, source.check()))
    assert {"dev", "prod"} <= set(source.environments)
    assert source.root.plain["name"] == path.stem


@pytest.mark.parametrize("cloud", Cloud)
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_gets_its_machines_and_images(path, cloud):
    """
    Each cloud sells what each environment of an example wishes for, in the region that its residency leads to.
    """
    source = load(path)
    for environment in source.environments:
        blueprint = source.resolve(environment, cloud)
        region = default_region(cloud, blueprint.data.residency)
        for training in blueprint.training.values():
            assert resolve(wish(training.machine), cloud, region, "training", spot=bool(training.spot))
            if training.runtime:
                assert image(cloud, region, training.runtime, "training", accelerator=training.machine.is_gpu)
        for endpoint in blueprint.endpoints.values():
            assert resolve(wish(endpoint.machine), cloud, region, "hosting")
            if endpoint.runtime:
                assert image(cloud, region, endpoint.runtime, "hosting", accelerator=endpoint.machine.is_gpu)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_what_is_shown_is_the_same_blueprint(path):
    """
    `show` writes every default out, and what it writes means the same.
    """
    for environment in load(path).environments:
        blueprint = load(path).resolve(environment, "aws")
        again = parse(show(blueprint)).resolve(environment, "aws")

        assert again.model_copy(update={"registry": blueprint.registry}) == blueprint
        assert again.registry.models == blueprint.registry.models


def test_defaults_are_shown():
    """
    A reader sees the choices that the author left to us; what is empty, or not built, is no choice.
    """
    text = show(load(schema.FILE.with_name("minimal.yaml")).resolve("prod", "gcp"))

    assert {"approval: manual", "fallback: on-demand", "classification: internal", "keep_versions: 30d"} <= {
        line.strip() for line in text.splitlines()
    }
    asked, _, _assumed = text.partition("\nusage:")
    assert not {"features", "emails", "rollout", "hyperparameters", "null"} & set(asked.replace(":", " ").split())


def test_what_an_endpoint_s_form_does_not_have_is_not_shown():
    """
    A serverless endpoint has no machine and no scale of its own, so no default of them is written out.
    """
    text = schema.FILE.with_name("minimal.yaml").read_text("utf-8")
    text = text.replace("predict: {model: churn}", "predict: {model: churn, form: serverless}")

    shown = show(parse(text).resolve("dev", "gcp"))

    served = shown.partition("endpoints:")[2]
    assert "concurrency: 20" in served
    assert not {"machine", "scale"} & set(served.replace(":", " ").split())
