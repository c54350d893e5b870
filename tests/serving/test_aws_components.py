"""Which versions an endpoint of inference components serves is read off its components."""

from __future__ import annotations

from typing import Any

from groundplan.serving import aws

ARN = "arn:aws:sagemaker:eu-west-1:111122223333:"


class SageMaker:
    """An endpoint without a model of its own; `models` has what callers name, and the version of each."""

    def __init__(self, models: dict[str, str], busy: str = "") -> None:
        self.models, self.busy = models, busy

    def describe_endpoint(self, **_: Any) -> dict[str, Any]:
        """Source: API_DescribeEndpoint."""
        return {"EndpointConfigName": "config", "EndpointStatus": "InService", "ProductionVariants": [{}]}

    def describe_endpoint_config(self, **_: Any) -> dict[str, Any]:
        """Source: API_DescribeEndpointConfig."""
        return {"ProductionVariants": [{"VariantName": "main", "InstanceType": "ml.m5.large"}]}

    def list_inference_components(self, **asked: Any) -> dict[str, Any]:
        """Source: API_ListInferenceComponents; one a page."""
        assert "e" == asked["EndpointNameEquals"]
        page, names = int(asked.get("NextToken", 0)), list(self.models)
        more = {"NextToken": str(page + 1)} if page + 1 < len(names) else {}
        return {"InferenceComponents": [{"InferenceComponentName": f"c-{names[page]}"}], **more}

    def describe_inference_component(self, **asked: str) -> dict[str, Any]:
        """Source: API_DescribeInferenceComponent."""
        name = asked["InferenceComponentName"].removeprefix("c-")
        return {
            "InferenceComponentArn": f"{ARN}inference-component/c-{name}",
            "InferenceComponentStatus": "Updating" if name == self.busy else "InService",
            "Specification": {"ModelName": f"model-{name}"},
        }

    def describe_model(self, **asked: str) -> dict[str, Any]:
        """Source: API_DescribeModel."""
        return {"ModelArn": f"{ARN}model/{asked['ModelName']}"}

    def list_tags(self, **asked: str) -> dict[str, Any]:
        """Source: API_ListTags."""
        kind, _, name = asked["ResourceArn"].rpartition(":")[2].partition("/")
        if kind == "inference-component":
            return {"Tags": [{"Key": "called", "Value": name.removeprefix("c-")}]}
        version = self.models[name.removeprefix("model-")]
        return {"Tags": [{"Key": "version", "Value": version}] if version else []}


def test_each_model_of_an_endpoint_is_told_with_its_version():
    """
    By what callers name; one that had no release yet has no version.
    """
    found = aws.serving(SageMaker({"home": "12", "basket": ""}), "e")

    assert {"basket": "", "home": "12"} == found.models
    assert ("", True) == (found.version, found.settled)


def test_one_model_that_scales_to_zero_is_told_as_ever():
    """
    Its version has all of the traffic.
    """
    found = aws.serving(SageMaker({"fraud": "12"}), "e")

    assert ("12", {"12": 100.0}, {}) == (found.version, dict(found.shares), dict(found.models))


def test_a_release_of_one_of_them_is_not_settled():
    """
    While SageMaker changes a component, the endpoint is between two versions.
    """
    assert not aws.serving(SageMaker({"home": "12", "basket": "3"}, busy="home"), "e").settled
