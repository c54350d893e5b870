"""What a SageMaker endpoint serves: tags of the models that its variants run say the versions."""

from __future__ import annotations

from typing import Any

from groundplan.serving import NotReadable, Serving

__all__ = ["read", "serving"]

NO_VERSION = ""


def read(endpoint_id: str) -> Serving:
    """
    What the endpoint serves.

    Raises:
        NotReadable: boto3 is not installed, nobody is logged in, or the endpoint is not there.
    """
    try:
        import boto3  # noqa: PLC0415 - an optional dependency
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
    except ImportError as missing:
        raise NotReadable("boto3 is not installed. Run: pip install 'groundplan[ops]'") from missing
    try:
        return serving(boto3.client("sagemaker", region_name=endpoint_id.split(":")[3]), endpoint_id.rpartition("/")[2])
    except ClientError as error:
        told = error.response["Error"]
        raise NotReadable(f"SageMaker answers {told['Code']}: {told['Message']}") from error
    except BotoCoreError as error:
        raise NotReadable(f"{error}. Log in first, such as by `aws sso login`.") from error


def serving(sagemaker: Any, name: str) -> Serving:
    """The same by a client of SageMaker; `name` is the endpoint's."""
    endpoint = sagemaker.describe_endpoint(EndpointName=name)
    configured = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    if not any("ModelName" in variant for variant in configured["ProductionVariants"]):
        return _of_components(sagemaker, name, endpoint["EndpointStatus"])
    models = {v["VariantName"]: v["ModelName"] for v in configured["ProductionVariants"]}
    versions = {variant: _version(sagemaker, model) for variant, model in models.items()}
    live = endpoint.get("ProductionVariants") or configured["ProductionVariants"]
    weights = {v["VariantName"]: float(v.get("CurrentWeight", v.get("InitialVariantWeight", 1))) for v in live}
    whole = sum(weights.values()) or 1.0
    shares: dict[str, float] = {}
    for variant, weight in weights.items():
        version = versions.get(variant, NO_VERSION)
        shares[version] = round(shares.get(version, 0) + 100 * weight / whole, 2)
    shadows = configured.get("ShadowProductionVariants") or []
    most = max(shares, key=lambda version: shares[version], default=NO_VERSION)
    return Serving(
        version=most,
        shares={version: share for version, share in shares.items() if version and share},
        shadow=_version(sagemaker, shadows[0]["ModelName"]) if shadows else "",
        state=endpoint["EndpointStatus"],
        settled=endpoint["EndpointStatus"] == "InService" and shares.get(most) == 100,
    )


def _of_components(sagemaker: Any, name: str, state: str) -> Serving:
    """Of an endpoint without a model of its own: the tag of each component says what a caller names it."""
    models: dict[str, str] = {}
    settled, following = state == "InService", {}
    while True:
        page = sagemaker.list_inference_components(EndpointNameEquals=name, MaxResults=100, **following)
        for listed in page["InferenceComponents"]:
            found = sagemaker.describe_inference_component(InferenceComponentName=listed["InferenceComponentName"])
            tags = sagemaker.list_tags(ResourceArn=found["InferenceComponentArn"])["Tags"]
            called = next((tag["Value"] for tag in tags if tag["Key"] == "called"), listed["InferenceComponentName"])
            models[called] = _version(sagemaker, found["Specification"]["ModelName"])
            settled = settled and found["InferenceComponentStatus"] == "InService"
        if "NextToken" not in page:
            break
        following = {"NextToken": page["NextToken"]}
    if len(models) == 1:
        (version,) = models.values()
        return Serving(version, {version: 100.0} if version else {}, state=state, settled=settled)
    return Serving("", state=state, settled=settled, models=dict(sorted(models.items())))


def _version(sagemaker: Any, model: str) -> str:
    found = sagemaker.describe_model(ModelName=model)
    tags = sagemaker.list_tags(ResourceArn=found["ModelArn"])["Tags"]
    return next((tag["Value"] for tag in tags if tag["Key"] == "version"), NO_VERSION)
