"""Which version serves is read off the endpoint alone, before, during and after a release."""

from __future__ import annotations

from typing import Any

import pytest

from groundplan.serving import aws, azure, gcp
from tests.truth.azure_serving import Serving as AzureEndpoint
from tests.truth.azure_workflows import Clock, Request

AT_GCP = "projects/acme/locations/europe-west4/endpoints/123456789"
AT_AZURE = (
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/onlineEndpoints/e"
)


class SageMaker:
    """An endpoint as SageMaker describes it; `models` has each model's version."""

    def __init__(self, models: dict[str, str], weights: dict[str, float], **more: Any) -> None:
        self.models, self.weights, self.more = models, weights, more

    def describe_endpoint(self, **_: Any) -> dict[str, Any]:
        """Source: API_DescribeEndpoint."""
        live = [{"VariantName": name, "CurrentWeight": weight} for name, weight in self.weights.items()]
        status = self.more.get("status", "InService")
        return {"EndpointConfigName": "config", "EndpointStatus": status, "ProductionVariants": live}

    def describe_endpoint_config(self, **_: Any) -> dict[str, Any]:
        """Source: API_DescribeEndpointConfig."""
        variants = [{"VariantName": name, "ModelName": f"model-{name}"} for name in self.weights]
        shadow = [{"VariantName": "shadow", "ModelName": "model-shadow"}] if "shadow" in self.models else []
        return {"ProductionVariants": variants, "ShadowProductionVariants": shadow}

    def describe_model(self, **asked: str) -> dict[str, Any]:
        """Source: API_DescribeModel."""
        return {"ModelArn": f"arn:aws:sagemaker:eu-west-1:111122223333:model/{asked['ModelName']}"}

    def list_tags(self, **asked: str) -> dict[str, Any]:
        """Source: API_ListTags."""
        version = self.models.get(asked["ResourceArn"].rpartition("/model-")[2], "")
        return {
            "Tags": [{"Key": "owner", "Value": "risk-ml"}, *([{"Key": "version", "Value": version}] if version else [])]
        }


def _vertex(split: dict[str, int], names: dict[str, str]) -> Any:
    answer = {
        "trafficSplit": split,
        "deployedModels": [{"id": own, "displayName": name} for own, name in names.items()],
    }

    def get(url: str) -> dict[str, Any]:
        assert url == f"https://europe-west4-aiplatform.googleapis.com/v1/{AT_GCP}"
        return answer

    return get


def _azure(traffic: dict[str, int], tags: dict[str, str], versions: dict[str, str]) -> Any:
    held = AzureEndpoint({}, traffic=traffic, tags=tags)
    for name, version in versions.items():
        held.deployments[name] = {"tags": {"version": version}, "sku": {}, "properties": {}}
        held.ready[name], held.up[name] = 0, True

    def get(url: str) -> Any:
        path, _, query = url.removeprefix("https://management.azure.com").partition("?")
        assert path.startswith(AT_AZURE)
        status, body = held(Request("GET", path, query, None, ""), Clock())
        assert 200 == status
        return body

    return get


def _read(cloud: str, before: str, after: str, share: int) -> Any:
    """An endpoint on which `after` has a share of what `before` had; both are versions, or ""."""
    if cloud == "aws":
        weights = {"main": 100.0 - share, **({"candidate": float(share)} if after else {})}
        return aws.serving(SageMaker({"main": before, "candidate": after}, weights), "e")
    if cloud == "gcp":
        names = {"7001": f"v{before}", **({"7002": f"v{after} after 7001"} if after else {})} if before else {}
        split = {own: part for own, part in (("7001", 100 - share), ("7002", share)) if own in names}
        return gcp.serving(_vertex(split, names), AT_GCP)
    versions = {"a": before, **({"b": after} if after else {})} if before else {}
    traffic = {name: part for name, part in (("a", 100 - share), ("b", share)) if name in versions}
    tags = {"serves": before, "stable": "a" if before else "", "candidate": "b" if after else ""}
    return azure.serving(_azure(traffic, tags, versions), AT_AZURE)


every_cloud = pytest.mark.parametrize("cloud", ["aws", "gcp", "azure"])


@every_cloud
def test_a_version_that_serves_alone_is_told(cloud):
    """
    One version has all of the traffic, and nothing is under way.
    """
    found = _read(cloud, "12", "", 0)

    assert ("12", {"12": 100.0}, True) == (found.version, dict(found.shares), found.settled)


@every_cloud
def test_during_a_canary_both_are_told_and_the_stable_one_serves(cloud):
    """
    The version that a roll-back would go back to is what serves; the other is told with its share.
    """
    found = _read(cloud, "12", "13", 10)

    assert ("12", {"12": 90.0, "13": 10.0}, False) == (found.version, dict(found.shares), found.settled)


@every_cloud
def test_before_a_first_release_nothing_serves(cloud):
    """
    An endpoint that was just made tells no version, and is no error.
    """
    found = _read(cloud, "", "", 0)

    assert ("", {}, True) == (found.version, dict(found.shares), found.settled)


def test_a_release_under_way_is_not_settled():
    """
    While SageMaker moves the endpoint, its state says so.
    """
    moving = SageMaker({"main": "12"}, {"main": 1.0}, status="Updating")

    assert not aws.serving(moving, "e").settled


class Machineless(SageMaker):
    """A serverless endpoint, or a queue that nobody has asked: no machine, and its weight all the same."""

    def describe_endpoint(self, **asked: Any) -> dict[str, Any]:
        found = super().describe_endpoint(**asked)
        serverless = {"CurrentServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 20}}
        more = serverless if self.more.get("serverless") else {"CurrentInstanceCount": 0, "DesiredInstanceCount": 0}
        return {**found, "ProductionVariants": [{**variant, **more} for variant in found["ProductionVariants"]]}


@pytest.mark.parametrize("serverless", [True, False])
def test_an_endpoint_without_a_machine_tells_its_version(serverless):
    """
    What serves is a matter of the release, not of whether somebody asks.
    """
    found = aws.serving(Machineless({"main": "12"}, {"main": 1.0}, serverless=serverless), "e")

    assert ("12", {"12": 100.0}, True) == (found.version, dict(found.shares), found.settled)


def test_a_shadow_is_told():
    """
    A version that sees a copy of the traffic is named, and is not what serves.
    """
    found = aws.serving(SageMaker({"main": "12", "shadow": "13"}, {"main": 1.0}), "e")

    assert ("12", "13", {"12": 100.0}) == (found.version, found.shadow, dict(found.shares))
    found = azure.serving(_azure({"a": 100}, {"serves": "12", "shadow": "13"}, {"a": "12", "b": "13"}), AT_AZURE)
    assert ("12", "13") == (found.version, found.shadow)


def test_a_stack_that_is_not_set_up_is_told(tmp_path, monkeypatch, capsys):
    """
    Without the stack's configuration the command says how to write it, and ends with 2.
    """
    from groundplan.cli import main  # noqa: PLC0415 - it reads its arguments when it is run

    (tmp_path / "Pulumi.yaml").write_text("name: x\nruntime: python\n")
    (tmp_path / "b.yaml").write_text(
        "apiVersion: groundplan/v1\nname: tiny\nowner: team\nendpoints: {scorer: {model: m}}\nregistry: {models: [m]}\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["groundplan", "serving", "b.yaml", "--env", "dev"])

    with pytest.raises(SystemExit) as ended:
        main()

    assert 2 == ended.value.code
    assert "Run: groundplan stack b.yaml --env dev --cloud aws" in capsys.readouterr().err
