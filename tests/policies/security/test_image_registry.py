"""Images come from registries that are trusted."""

from __future__ import annotations

import pytest

from policies.pack import rule
from policies.resource import Resource
from policies.settings import Settings

RULE = rule("GP-SEC-014")
POD, JOB = "kubernetes:core/v1:Pod", "aws:sagemaker/trainingJob:TrainingJob"


def is_refused(image: str, *allowed: str) -> bool:
    job = Resource("urn:r", JOB, {"algorithmSpecification": {"trainingImage": image}})
    return bool(RULE.breaches(job, Settings(allowedRegistries=list(allowed))))


@pytest.mark.parametrize(
    "image",
    [
        "111122223333.dkr.ecr.eu-west-1.amazonaws.com/train@sha256:abc",
        "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/train:1",
        "111122223333.dkr.ecr-fips.us-gov-west-1.amazonaws.com/train:1",
        "europe-west4-docker.pkg.dev/project/images/train:1",
        "eu.gcr.io/project/train:1",
        "frauddetection6f1dec.azurecr.io/train:1",
        "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04",
    ],
)
def test_a_clouds_registry_is_trusted(image: str):
    """
    Private registries of the clouds need no list.
    """
    assert not is_refused(image)


@pytest.mark.parametrize(
    "image",
    [
        "pytorch/pytorch",
        "python:3.12",
        "ghcr.io/someone/train:1",
        "public.ecr.aws/someone/train:1",
        "localhost:5000/train",
        "evil.example/111122223333.dkr.ecr.eu-west-1.amazonaws.com/train",
        "111122223333.dkr.ecr.eu-west-1.amazonaws.com.evil.example/train",
    ],
)
def test_another_registry_is_not(image: str):
    """
    Public registries are refused, and so is a host that only looks like a cloud's.
    """
    assert is_refused(image)


def test_a_list_lets_more_in():
    """
    An entry lets in a registry, a part of it, or what a pattern matches, and nothing that only begins alike.
    """
    assert not is_refused("ghcr.io/acme/train:1", "ghcr.io/acme")
    assert is_refused("ghcr.io/acme-evil/train:1", "ghcr.io/acme")
    assert not is_refused("nvcr.io/nvidia/pytorch:25.01", "nvcr.io/nvidia/*")
    assert not is_refused("pytorch/pytorch:2.7", "docker.io/pytorch")
    assert is_refused("someone/pytorch:2.7", "docker.io/pytorch")


def test_pods_of_the_system_bring_their_own():
    """
    What runs the nodes themselves comes from Kubernetes' registry; the same image elsewhere is refused.
    """
    spec = {"containers": [{"name": "c", "image": "registry.k8s.io/pause:3.10"}]}
    for namespace, refused in (("kube-system", False), ("training", True)):
        pod = Resource("urn:r", POD, {"metadata": {"namespace": namespace}, "spec": spec})
        assert refused == bool(RULE.breaches(pod, Settings()))


def test_first_containers_count():
    """
    A container that only prepares the pod has its role and data too.
    """
    good = {"name": "c", "image": "eu.gcr.io/project/train:1"}
    spec = {"initContainers": [{"name": "i", "image": "busybox"}], "containers": [good]}
    [breach] = RULE.breaches(Resource("urn:r", POD, {"spec": spec}), Settings())
    assert "spec.initContainers.0.image" == breach.path
