"""The cloud accepts each name the catalogue sends it, for the use the catalogue claims."""

import re
from importlib.util import find_spec
from pathlib import Path

import botocore.session
import pytest

from components.catalog import accelerators, regions
from components.catalog.machines import attached, kinds
from components.catalog.tables import rows


@pytest.fixture(scope="module")
def sagemaker():
    return botocore.session.get_session().get_service_model("sagemaker")


@pytest.mark.parametrize(
    ("use", "shape"), [("training", "TrainingInstanceType"), ("hosting", "ProductionVariantInstanceType")]
)
def test_sagemaker_accepts_each_machine_for_its_use(sagemaker, use, shape):
    """
    Every ml.* name is in the API's enum of the use it claims, and in no enum it does not claim.
    """
    accepted = set(sagemaker.shape_for(shape).enum)
    aws = [r for t in ("machines", "names") for r in rows(t) if r["cloud"] == "aws"]

    assert {r["machine_type"] for r in aws if use in r["uses"].split()} <= accepted
    assert not {r["machine_type"] for r in aws if use not in r["uses"].split()} & accepted


def test_sagemaker_runs_in_each_aws_region(sagemaker):
    """
    The AWS regions are those of the SageMaker endpoint.
    """
    available = botocore.session.get_session().get_available_regions(sagemaker.service_name)

    assert {r.name for r in regions("aws")} <= set(available)


def test_vertex_knows_each_accelerator_type():
    """
    Each accelerator type sent to Vertex AI is a value that the provider documents for the API.
    """
    spec = find_spec("pulumi_gcp")
    assert spec is not None
    assert spec.origin is not None
    documented = (Path(spec.origin).parent / "vertex" / "_inputs.py").read_text(encoding="utf-8")
    known = set(re.findall(r"\bNVIDIA_[A-Z0-9_]+\b", documented))
    sent = {m.accelerator_type for m in kinds("gcp").values() if m.accelerator_type}

    assert len(sent) > 10
    assert sent | {t for a in accelerators().values() for t in a.vertex_types} <= known


def test_vertex_machine_and_accelerator_belong_together():
    """
    A GPU machine carries exactly the card Google builds into its series; an n1 only counts that Google's table allows.
    """
    built_in = {
        "a2-highgpu": "NVIDIA_TESLA_A100",
        "a2-megagpu": "NVIDIA_TESLA_A100",
        "a2-ultragpu": "NVIDIA_A100_80GB",
        "a3-highgpu": "NVIDIA_H100_80GB",
        "a3-megagpu": "NVIDIA_H100_MEGA_80GB",
        "a3-ultragpu": "NVIDIA_H200_141GB",
        "a4-highgpu": "NVIDIA_B200",
        "a4x-highgpu": "NVIDIA_GB200",
        "g2-standard": "NVIDIA_L4",
        "g4-standard": "NVIDIA_RTX_PRO_6000",
    }
    for m in kinds("gcp").values():
        series, _, size = m.name.rpartition("-")
        if series in built_in:
            assert m.accelerator_type == built_in[series]
            assert not size.endswith("g") or m.accelerator_count == int(size[:-1])
        elif m.accelerator:
            for use in m.uses:
                assert attached(m, m.accelerator, m.accelerator_count, use), (m, use)


@pytest.mark.parametrize(
    ("cloud", "pattern"),
    [
        ("aws", r"ml\.[a-z0-9-]+\.(?:\d*xlarge|large|medium)"),
        ("gcp", r"(?:[a-z]\d[a-z]?)-[a-z]+-\d+g?"),
        ("azure", r"Standard_[A-Z]+\d+[a-z]*(?:_[A-Z0-9]+)?(?:_v\d)?"),
    ],
)
def test_names_are_spelt_as_the_cloud_spells_them(cloud, pattern):
    """
    A machine name has the cloud's own form.
    """
    names = {r["machine_type"] for t in ("machines", "names") for r in rows(t) if r["cloud"] == cloud}

    assert len(names) > 50
    assert [] == [n for n in sorted(names) if not re.fullmatch(pattern, n)]


def test_azure_hosts_only_sizes_of_the_endpoint_list():
    """
    The D-v3 series trains only, the DAS-v4 and A10 series host only, as Azure ML's two lists have it.
    """
    uses = {name: m.uses for name, m in kinds("azure").items()}

    assert uses["Standard_D4s_v3"] == {"training"}
    assert uses["Standard_D4as_v4"] == {"hosting"}
    assert uses["Standard_NV36ads_A10_v5"] == {"hosting"}
    assert uses["Standard_DS3_v2"] == {"training", "hosting"}
    assert uses["Standard_ND96isr_H200_v5"] == set()
