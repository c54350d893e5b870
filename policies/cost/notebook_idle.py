"""GP-COST-005: interactive machines stop when nobody uses them."""

from collections.abc import Iterator

from policies.checks import all_of, at_most, known, must_equal, must_have, value
from policies.durations import seconds
from policies.resource import Resource
from policies.rule import Absent, Breach, Check, Rule, Severity
from policies.settings import Settings
from policies.values import ABSENT, UNKNOWN, is_known

IDLE = "jupyterLabAppSettings.appLifecycleManagement.idleSettings"
LAB = f"defaultUserSettings.{IDLE}"
SECONDS = "idle-timeout-seconds"
USUAL = 180 * 60  # of Workbench: https://cloud.google.com/vertex-ai/docs/workbench/instances/idle-shutdown


def _workbench(resource: Resource, settings: Settings) -> Iterator[Breach]:
    metadata = resource.at("gceSetup.metadata")
    if metadata is not ABSENT and not is_known(metadata):
        return
    found = metadata.get(SECONDS, USUAL) if is_known(metadata) else USUAL
    if found is UNKNOWN or not str(found).isdigit():
        return
    if not 0 < int(found) <= settings.max_idle_minutes * 60:
        told = f"{SECONDS} is {int(found)}"
        yield Breach(f"{told}; it must be 1 to {settings.max_idle_minutes * 60}", "gceSetup.metadata")


def _soon(found: object, settings: Settings) -> str | None:
    """0 turns it off."""
    time = seconds(found)
    good = time is None or 0 < time <= settings.max_idle_minutes * 60
    return None if good else f"it must be {settings.max_idle_minutes} minutes or less"


RULE = Rule(
    id="GP-COST-005",
    demand="Interactive machines stop by themselves when nobody uses them.",
    why="A forgotten notebook costs as much at night and over the weekend as at work, with a GPU thousands a month.",
    fix="Set the idle time to maxIdleMinutes or less; give a SageMaker notebook instance a lifecycle script for it.",
    fields=("idle_stop",),
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-idle-shutdown.html",
    severity=Severity.HIGH,
    external=("azpol:679ddf89-ab8f-48a5-9029-e76054077449", "custodian:sagemaker-notebook offhour"),
    checks={
        "aws:sagemaker/domain:Domain": all_of(
            at_most(
                f"{LAB}.idleTimeoutInMinutes",
                lambda settings: settings.max_idle_minutes,
                absent=Absent.FAILS,
                because="SageMaker lets its apps run on",
            ),
            must_equal(
                f"{LAB}.lifecycleManagement", "ENABLED", wrong="DISABLED", because="SageMaker lets its apps run on"
            ),
        ),
        "aws:sagemaker/space:Space": at_most(
            f"spaceSettings.{IDLE}.idleTimeoutInMinutes",
            lambda settings: settings.max_idle_minutes,
            absent=Absent.PASSES,
            because="a space does as its domain says",
        ),
        "aws:sagemaker/userProfile:UserProfile": at_most(
            f"userSettings.{IDLE}.idleTimeoutInMinutes",
            lambda settings: settings.max_idle_minutes,
            absent=Absent.PASSES,
            because="a user's apps do as the domain says",
        ),
        "aws:sagemaker/notebookInstance:NotebookInstance": must_have(
            "lifecycleConfigName", passes="stop-when-idle", because="a notebook instance runs until it is stopped"
        ),
        "gcp:workbench/instance:Instance": Check(
            run=_workbench,
            reads=("gceSetup.metadata",),
            passes={"gceSetup": {"metadata": {SECONDS: "3600"}}},
            fails=({"gceSetup": {"metadata": {SECONDS: "0"}}}, {"gceSetup": {"metadata": {SECONDS: "86400"}}}),
            absent=Absent.FAILS,
            because="Workbench waits 180 minutes",
        ),
        "gcp:colab/runtimeTemplate:RuntimeTemplate": value(
            "idleShutdownConfig.idleTimeout",
            _soon,
            passes="3600s",
            fails=["0s", "86400s"],
            absent=Absent.FAILS,
            because="Colab chooses how long its machines wait",
        ),
        "azure-native:machinelearningservices:Compute": value(
            "properties.properties.idleTimeBeforeShutdown",
            _soon,
            passes="PT60M",
            fails=["PT6H"],
            absent=Absent.FAILS,
            because="a compute instance runs until it is stopped",
            given={"properties.computeType": "ComputeInstance"},
            when=known("properties.computeType", "ComputeInstance"),
        ),
    },
)
