"""GP-SEC-050: no secret is written out in environment variables or scripts."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from policies.checks import all_of
from policies.kubernetes import containers, pod_checks
from policies.resource import Resource
from policies.rule import Absent, Breach, Check, Rule, Severity
from policies.secret_text import in_list, in_mapping, in_text, variables
from policies.settings import Settings
from policies.values import look

_GOOD = [{"name": "HF_TOKEN", "valueFrom": {"secretKeyRef": {"name": "hub", "key": "token"}}}]
_BAD = [{"name": "HF_TOKEN", "value": "hunter-2"}]


def _pod(_resource: Resource, path: str, spec: Mapping[str, Any], _settings: Settings) -> Iterator[Breach]:
    for where, container in containers(path, spec):
        yield from variables(f"{where}.env", look(container, "env"))


def _batch(resource: Resource, _settings: Settings) -> Iterator[Breach]:
    found = resource.at("containerProperties")
    if isinstance(found, str):
        try:
            found = json.loads(found)
        except ValueError:
            return
    yield from variables("containerProperties.environment", look(found, "environment"))


_BATCH = Check(
    run=_batch,
    reads=("containerProperties",),
    passes={"containerProperties": json.dumps({"environment": [{"name": "LOG_LEVEL", "value": "info"}]})},
    fails=({"containerProperties": json.dumps({"environment": _BAD})},),
    absent=Absent.PASSES,
)

RULE = Rule(
    id="GP-SEC-050",
    demand="No environment variable or script holds a secret.",
    why="Whoever may describe a job or an endpoint reads its variables, and logs and state files keep them.",
    fix="Keep it in the cloud's secret store, give the variable its name or ARN, and let the code fetch it.",
    source="https://docs.aws.amazon.com/secretsmanager/latest/userguide/best-practices.html",
    severity=Severity.CRITICAL,
    external=(
        "CKV_AWS_45",
        "CKV_AWS_46",
        "prowler:sagemaker_notebook_instance_no_secrets",
        "OWASP:LLM02",
    ),
    checks={
        "aws:sagemaker/trainingJob:TrainingJob": in_mapping("environment", "hyperParameters"),
        "aws:sagemaker/hyperParameterTuningJob:HyperParameterTuningJob": in_mapping(
            "trainingJobDefinition.environment", "trainingJobDefinitions.*.environment"
        ),
        "aws:sagemaker/model:Model": in_mapping("primaryContainer.environment", "containers.*.environment"),
        "aws:sagemaker/dataQualityJobDefinition:DataQualityJobDefinition": in_mapping(
            "dataQualityAppSpecification.environment"
        ),
        "aws:sagemaker/monitoringSchedule:MonitoringSchedule": in_mapping(
            "monitoringScheduleConfig.monitoringJobDefinition.environment"
        ),
        "aws:sagemaker/notebookInstanceLifecycleConfiguration:NotebookInstanceLifecycleConfiguration": in_text(
            "onCreate", "onStart"
        ),
        "aws:sagemaker/studioLifecycleConfig:StudioLifecycleConfig": in_text("studioLifecycleConfigContent"),
        "aws:lambda/function:Function": in_mapping("environment.variables"),
        "aws:ec2/launchTemplate:LaunchTemplate": in_text("userData"),
        "aws:batch/jobDefinition:JobDefinition": _BATCH,
        "azure-native:machinelearningservices:OnlineDeployment": in_mapping("properties.environmentVariables"),
        "azure-native:machinelearningservices:BatchDeployment": in_mapping("properties.environmentVariables"),
        "azure-native:machinelearningservices:Job": in_mapping("properties.environmentVariables"),
        "gcp:workbench/instance:Instance": all_of(
            in_mapping("gceSetup.metadata"), in_text("gceSetup.metadata.startup-script")
        ),
        "gcp:colab/runtimeTemplate:RuntimeTemplate": in_list("softwareConfig.envs"),
        "gcp:cloudrunv2/service:Service": in_list("template.containers.*.envs"),
        "gcp:cloudrunv2/job:Job": in_list("template.template.containers.*.envs"),
        "gcp:vertex/aiReasoningEngine:AiReasoningEngine": in_list("spec.deploymentSpec.envs"),
        "gcp:vertex/aiEndpointWithModelGardenDeployment:AiEndpointWithModelGardenDeployment": in_list(
            "modelConfig.containerSpec.envs"
        ),
        **pod_checks(
            _pod,
            reads=("containers.*.env",),
            passes={"containers": [{"name": "train", "env": _GOOD}]},
            fails=[{"containers": [{"name": "train", "env": _BAD}]}],
            absent=Absent.PASSES,
        ),
    },
)
