"""Each runtime has the cloud's own image, in the right account or location, for the right processor."""

import re

import pytest

from components.catalog import NoImage, NoRegion, image, images, regions

PLACES = [("aws", "eu-west-1"), ("gcp", "europe-west4"), ("azure", "westeurope")]


@pytest.mark.parametrize(("cloud", "region"), PLACES)
@pytest.mark.parametrize("runtime", ["xgboost", "sklearn", "pytorch", "tensorflow"])
@pytest.mark.parametrize("use", ["training", "hosting"])
def test_every_cloud_has_the_common_runtimes(cloud, region, runtime, use):
    """
    A blueprint with one of the four runtimes goes to any cloud, to train and to serve.
    """
    got = image(cloud, region, runtime, use, accelerator=runtime == "pytorch")

    assert got.kind == ("environment" if cloud == "azure" else "image")
    assert re.match(r"\d+\.\d+", got.version)
    assert got.source
    assert got.date


@pytest.mark.parametrize(
    ("ask", "uri"),
    [
        (
            ("aws", "us-east-1", "xgboost", "training"),
            "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1",
        ),
        (
            ("aws", "eu-west-1", "sklearn", "hosting"),
            "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3",
        ),
        (
            ("aws", "us-west-2", "pytorch", "training", True),
            "763104351884.dkr.ecr.us-west-2.amazonaws.com/pytorch-training:2.6.0-gpu-py312",
        ),
        (
            ("aws", "eu-south-1", "tensorflow", "hosting"),
            "692866216735.dkr.ecr.eu-south-1.amazonaws.com/tensorflow-inference:2.19.0-cpu",
        ),
        (("gcp", "us-central1", "xgboost", "hosting"), "us-docker.pkg.dev/vertex-ai/prediction/xgboost-cpu.2-1:latest"),
        (
            ("gcp", "europe-west4", "pytorch", "training", True),
            "europe-docker.pkg.dev/vertex-ai/training/pytorch-gpu.2-4.py310:latest",
        ),
        (
            ("gcp", "asia-south1", "tensorflow", "hosting", True),
            "asia-docker.pkg.dev/vertex-ai/prediction/tf2-gpu.2-15:latest",
        ),
        (
            ("aws", "eu-west-1", "triton", "hosting", True),
            "763104351884.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-tritonserver:25.04-py3",
        ),
        (
            ("aws", "ap-southeast-7", "onnx", "hosting"),
            "590183813437.dkr.ecr.ap-southeast-7.amazonaws.com/sagemaker-tritonserver:25.04-py3-cpu",
        ),
        (
            ("aws", "us-west-2", "vllm", "hosting", True),
            "763104351884.dkr.ecr.us-west-2.amazonaws.com/vllm:0.30.0-gpu-py312-cu130-ubuntu24.04-sagemaker",
        ),
        (
            ("gcp", "europe-west4", "vllm", "hosting", True),
            "us-docker.pkg.dev/vertex-ai/vertex-vision-model-garden-dockers/pytorch-vllm-serve:20260320_0916_RC01",
        ),
        (("gcp", "us-central1", "triton", "hosting"), "tritonserver:25.04-py3"),
        (
            ("azure", "westeurope", "sklearn", "training"),
            "azureml://registries/azureml/environments/sklearn-1.5/labels/latest",
        ),
    ],
)
def test_the_uri_is_the_clouds_own(ask, uri):
    """
    Account, location, repository and tag are those the cloud publishes.
    """
    assert image(*ask).uri == uri


def test_every_uri_is_well_formed_everywhere():
    """
    In each region each image is either there with nothing left to fill in, or refused by name.
    """
    forms = {
        "aws": r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/[a-z-]+:[a-z0-9.-]+",
        "gcp": r"(us|europe|asia)-docker\.pkg\.dev/vertex-ai/(training|prediction)/[a-z0-9-]+\.[a-z0-9.-]+:latest"
        r"|us-docker\.pkg\.dev/vertex-ai/vertex-vision-model-garden-dockers/pytorch-vllm-serve:\d{8}_0916_RC01"
        r"|tritonserver:\d{2}\.\d{2}-py3",
        "azure": r"azureml://registries/azureml/environments/[a-z0-9.-]+/labels/latest|",
    }
    for cloud, form in forms.items():
        for where in regions(cloud):
            for runtime, use, processor, version in images(cloud):
                got = _uri(cloud, where.name, runtime, use, processor == "gpu", version)
                refusal = f"aws keeps no {runtime} image in {where.name}."
                assert re.fullmatch(form, got) or got.startswith(refusal), got


def _uri(*asked):
    try:
        return image(*asked).uri
    except NoImage as no:
        return str(no)


def test_a_version_may_be_asked_for():
    """
    Another version that the cloud has is had by naming it.
    """
    assert image("aws", "us-east-1", "xgboost", "training", version="3.0-5").uri.endswith(":3.0-5")
    with pytest.raises(NoImage, match=r"no prebuilt xgboost 9 image.*It has training on cpu \(1\.7-1\)"):
        image("aws", "us-east-1", "xgboost", "training", version="9")


def test_an_image_that_may_be_withdrawn_says_from_when():
    """
    Google names the day; the caller can warn.
    """
    assert image("gcp", "us-central1", "xgboost", "hosting").available_until == "2027-01-14"
    assert image("aws", "us-east-1", "xgboost", "hosting").available_until is None


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (("gcp", "us-central1", "xgbost", "training"), "Did you mean xgboost"),
        (("gcp", "us-central1", "pytorch", "training"), r"It has training on gpu \(2\.4\), hosting on cpu"),
        (("gcp", "us-central1", "sklearn", "training", True), "no prebuilt sklearn image for training on gpu"),
        (("azure", "westeurope", "vllm", "hosting", True), "serves models of its catalogue alone. Write image: "),
        (("aws", "us-east-1", "vllm", "hosting"), r"It has hosting on gpu \(0\.30\.0\)"),
        (("aws", "us-east-1", "triton", "training"), "no prebuilt triton image for training on cpu"),
        (("aws", "mx-central-1", "xgboost", "training"), "aws keeps no xgboost image in mx-central-1"),
        (("kubernetes", "", "xgboost", "training"), "kubernetes has no regions"),
        (("aws", "eu-west-11", "xgboost", "training"), "Did you mean eu-west-1"),
    ],
)
def test_a_missing_image_is_answered_with_what_exists(ask, says):
    """
    The message names what the cloud has, or how to bring one's own.
    """
    with pytest.raises((NoImage, NoRegion), match=says):
        image(*ask)
