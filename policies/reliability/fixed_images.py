"""GP-REL-009: the image that was tested is the image that runs."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.checks import must_equal, value
from policies.kubernetes import containers, is_system, pod_checks
from policies.resource import Resource
from policies.rule import Absent, Breach, Rule, Severity
from policies.settings import Settings
from policies.values import is_known, look, word

_TOLD = "it must end in a tag other than latest, or in a digest"
_GOOD = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/serve:1.4"
_BAD = (_GOOD[:-4], f"{_GOOD[:-4]}:latest")


def floats(image: Any) -> bool:
    """Whether an image's name means another image tomorrow; one with a digest or a tag of its own does not."""
    if not isinstance(image, str) or not image or "@" in image or "${" in image or "{{" in image:
        return False
    tag = image.rpartition("/")[2].partition(":")[2]
    return tag in ("", "latest")


def _fixed(found: Any, _settings: Settings) -> str | None:
    return _TOLD if floats(found) else None


def _pod(resource: Resource, path: str, spec: Mapping[str, Any], settings: Settings) -> Iterator[Breach]:
    for where, container in () if is_system(resource, settings) else containers(path, spec):
        image = look(container, "image")
        if is_known(image) and floats(image):
            yield Breach(f"{where}.image is {word(image)}; {_TOLD}", f"{where}.image")


def _docker(resource: Resource, _settings: Settings) -> bool:
    """Whether images are pushed there: not passed on from another registry."""
    kind, mode = resource.at("format"), resource.at("mode")
    pushed = mode == "STANDARD_REPOSITORY" or not isinstance(mode, str)
    return isinstance(kind, str) and kind.upper() == "DOCKER" and pushed


RULE = Rule(
    id="GP-REL-009",
    demand="Images are named by a fixed tag or a digest, and registries refuse to move a tag.",
    why="A tag that moves puts an image into service that nobody tested, and a rollback brings the same one back.",
    fix="Write the image with its version (serve:1.4) or digest, and make tags immutable in the registry.",
    fields=("image",),
    source="https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html",
    severity=Severity.MEDIUM,
    external=("CKV_AWS_51", "ECR.2", "CKV_K8S_14", "CKV_K8S_43"),
    checks={
        "aws:ecr/repository:Repository": must_equal(
            "imageTagMutability",
            "IMMUTABLE",
            "IMMUTABLE_WITH_EXCLUSION",
            wrong="MUTABLE",
            because="ECR lets tags be moved",
        ),
        "gcp:artifactregistry/repository:Repository": must_equal(
            "dockerConfig.immutableTags",
            True,
            wrong=False,
            because="Artifact Registry lets tags be moved",
            given={"format": "DOCKER"},
            when=_docker,
        ),
        "aws:sagemaker/model:Model": value(
            "primaryContainer.image", _fixed, passes=_GOOD, fails=_BAD, absent=Absent.PASSES
        ),
        "aws:sagemaker/trainingJob:TrainingJob": value(
            "algorithmSpecification.trainingImage", _fixed, passes=_GOOD, fails=_BAD, absent=Absent.PASSES
        ),
        "azure-native:machinelearningservices:EnvironmentVersion": value(
            "properties.image", _fixed, passes=_GOOD, fails=_BAD, absent=Absent.PASSES
        ),
        **pod_checks(
            _pod,
            reads=("containers.*.image",),
            passes={"containers": [{"name": "serve", "image": _GOOD}]},
            fails=[{"containers": [{"name": "serve", "image": image}]} for image in _BAD],
            absent=Absent.PASSES,
        ),
    },
)
