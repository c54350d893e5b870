"""GP-SEC-019: nobody logs in to serving or training machines."""

from policies.calls import called
from policies.checks import all_of, known, must_equal, must_have
from policies.resource import Resource
from policies.rule import Absent, Check, Rule, Severity
from policies.settings import Settings
from policies.values import ABSENT, is_known

_LOGIN, _SSH = "properties.properties.remoteLoginPortPublicAccess", "properties.properties.sshSettings.sshPublicAccess"
_KEY = "remoteAccess.ec2SshKey"


def _off(path: str, **options) -> Check:
    return must_equal(path, False, wrong=True, absent=Absent.PASSES, **options)


def _is(kind: str) -> dict:
    return {"given": {"properties.computeType": kind}, "when": known("properties.computeType", kind)}


def _reachable(resource: Resource, _: Settings) -> bool:
    """A cluster whose port is left to Azure ML: it is open, unless there is a subnet or no public address."""
    port, public = resource.at(_LOGIN), resource.at("properties.properties.enableNodePublicIp")
    left = port is ABSENT or (is_known(port) and port != "Enabled")
    bare = not resource.has("properties.properties.subnet.id") and (public is ABSENT or public is True)
    return left and bare and known("properties.computeType", "AmlCompute")(resource, _)


RULE = Rule(
    id="GP-SEC-019",
    demand="There is no shell into serving or training machines.",
    why="A shell on them is a way to the data, the model and the role that no pipeline reviewed.",
    fix="Turn it off; look at logs and metrics instead, or run the code on a small machine of your own.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/ssm-access.html",
    severity=Severity.HIGH,
    external=("CKV_AWS_100",),
    checks={
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration": all_of(
            _off("productionVariants.*.enableSsmAccess"), _off("shadowProductionVariants.*.enableSsmAccess")
        ),
        "aws:sagemaker/trainingJob:TrainingJob": _off("remoteDebugConfig.enableRemoteDebug", remedy=False),
        "aws:eks/nodeGroup:NodeGroup": must_have(
            "remoteAccess.sourceSecurityGroupIds",
            passes=["sg-1"],
            because="EKS opens SSH to the internet",
            given={_KEY: "key"},
            when=lambda group, _: group.has(_KEY),
        ),
        "azure-native:machinelearningservices:Compute": all_of(
            must_equal(_SSH, "Disabled", wrong="Enabled", absent=Absent.PASSES, **_is("ComputeInstance")),
            must_equal(_LOGIN, "Disabled", "NotSpecified", wrong="Enabled", absent=Absent.PASSES, **_is("AmlCompute")),
            must_equal(
                _LOGIN,
                "Disabled",
                wrong="NotSpecified",
                because="Azure ML opens SSH on nodes with a public address",
                given={"properties.computeType": "AmlCompute"},
                when=_reachable,
                remedy="Disabled",
            ),
        ),
        **called(
            {
                "CreateEndpointConfig": all_of(
                    _off("productionVariants.*.enableSSMAccess"), _off("shadowProductionVariants.*.enableSSMAccess")
                ),
                "CreateTrainingJob": _off("remoteDebugConfig.enableRemoteDebug"),
                "CustomJob": _off("jobSpec.enableWebAccess"),
                "HyperparameterTuningJob": _off("trialJobSpec.enableWebAccess"),
            }
        ),
    },
)
