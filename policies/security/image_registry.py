"""GP-SEC-014: images come from registries that are trusted."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.calls import called
from policies.checks import all_of, sample, value
from policies.images import in_ecr, registry, untrusted
from policies.kubernetes import containers, is_system, pod_checks
from policies.resource import Resource
from policies.rule import Absent, Breach, Check, Rule, Severity
from policies.settings import Settings
from policies.values import ABSENT, is_known, look, word

_OWN = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/train:1"
_LISTED = "registry.corp.example/team/train:1"
_FOREIGN = ("pytorch/pytorch:latest", "quay.io/someone/train:1", "public.ecr.aws/someone/train:1")


def _image(path: str) -> Check:
    return value(path, untrusted, passes=_OWN, fails=_FOREIGN, absent=Absent.PASSES)


def _model(resource: Resource, settings: Settings) -> Iterator[Breach]:
    """SageMaker takes an image from elsewhere than ECR through the model's network alone."""
    for path in ("primaryContainer", "containers.*"):
        for where, container in resource.all(path):
            image = look(container, "image")
            if not isinstance(image, str):
                continue
            mode = look(container, "imageConfig.repositoryAccessMode")
            if wrong := untrusted(image, settings):
                yield Breach(f"{where}.image is {word(image)}; {wrong}", f"{where}.image")
            elif not in_ecr(image) and (mode is ABSENT or (is_known(mode) and mode != "Vpc")):
                message = f"{where}.imageConfig.repositoryAccessMode is {word(mode)}; {registry(image)} needs 'Vpc'"
                yield Breach(message, f"{where}.imageConfig.repositoryAccessMode")


_MODEL = Check(
    run=_model,
    reads=("primaryContainer", "containers"),
    passes=sample({"primaryContainer.image": _LISTED, "primaryContainer.imageConfig.repositoryAccessMode": "Vpc"}),
    fails=(
        *(sample({path: image}) for path in ("primaryContainer.image", "containers.*.image") for image in _FOREIGN),
        sample({"primaryContainer.image": _LISTED}),
    ),
    absent=Absent.PASSES,
)


def _pod(resource: Resource, path: str, spec: Mapping[str, Any], settings: Settings) -> Iterator[Breach]:
    for where, container in () if is_system(resource, settings) else containers(path, spec):
        image = container.get("image")
        if wrong := untrusted(image, settings):
            yield Breach(f"{where}.image is {word(image)}; {wrong}", f"{where}.image")


_JOB = "monitoringScheduleConfig.monitoringJobDefinition.monitoringAppSpecification.imageUri"


def _pools(spec: str) -> Check:
    pool = f"{spec}.workerPoolSpecs.*"
    return all_of(_image(f"{pool}.containerSpec.imageUri"), _image(f"{pool}.pythonPackageSpec.executorImageUri"))


RULE = Rule(
    id="GP-SEC-014",
    demand="Images come from the cloud's registries or from those on your list.",
    why="An image runs with the role and the data of the job: a public registry lets anybody's code do so.",
    fix="Copy the image into the stack's registry, or put its registry on the list allowedRegistries.",
    fields=("image",),
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-containers-inference-private.html",
    severity=Severity.HIGH,
    external=("azpol:5853517a-63de-11ea-bc55-0242ac130003", "gcp:ainotebooks.environmentOptions"),
    tried_with={"allowedRegistries": ["registry.corp.example/team"]},
    checks={
        "aws:sagemaker/model:Model": _MODEL,
        "aws:sagemaker/trainingJob:TrainingJob": _image("algorithmSpecification.trainingImage"),
        "aws:sagemaker/algorithm:Algorithm": all_of(
            _image("trainingSpecification.trainingImage"), _image("inferenceSpecification.containers.*.image")
        ),
        "aws:sagemaker/dataQualityJobDefinition:DataQualityJobDefinition": _image(
            "dataQualityAppSpecification.imageUri"
        ),
        "aws:sagemaker/monitoringSchedule:MonitoringSchedule": _image(_JOB),
        "aws:sagemaker/imageVersion:ImageVersion": _image("baseImage"),
        "gcp:workbench/instance:Instance": _image("gceSetup.containerImage.repository"),
        "gcp:cloudrunv2/service:Service": _image("template.containers.*.image"),
        "gcp:vertex/aiEndpointWithModelGardenDeployment:AiEndpointWithModelGardenDeployment": _image(
            "modelConfig.containerSpec.imageUri"
        ),
        "azure-native:machinelearningservices:EnvironmentVersion": _image("properties.image"),
        **called(
            {
                "CreateTrainingJob": _image("algorithmSpecification.trainingImage"),
                "CreateModel": _MODEL,
                "CustomJob": _pools("jobSpec"),
                "HyperparameterTuningJob": _pools("trialJobSpec"),
            }
        ),
        **pod_checks(
            _pod,
            reads=("containers",),
            passes={"containers": [{"name": "main", "image": _OWN}]},
            fails=[{"containers": [{"name": "main", "image": image}]} for image in _FOREIGN],
            absent=Absent.PASSES,
        ),
    },
)
