"""GP-COST-021: what is paid for in advance names who approved it."""

from collections.abc import Callable, Iterator
from typing import Any

from policies.checks import sample
from policies.priced import label
from policies.resource import Resource
from policies.rule import Absent, Breach, Check, Rule, Severity
from policies.settings import Settings
from policies.values import ABSENT, is_known, word


def _approved(path: str, bound: Callable[[Any], bool], *, fails: Any, labels: str = "tags") -> Check:
    """Where the value at a path binds, the resource has the label of who approved it."""

    def run(resource: Resource, settings: Settings) -> Iterator[Breach]:
        approval = label(resource, labels, settings.approval_label)
        if approval is not ABSENT and approval != "":
            return
        for where, found in resource.all(path):
            if is_known(found) and bound(found):
                yield Breach(f"{where} is {word(found)}, and no {settings.approval_label!r} says who agreed", where)

    return Check(
        run=run,
        reads=(path,),
        passes={**sample({path: fails}), labels: {"approved-by": "finance"}},
        fails=(sample({path: fails}),),
        absent=Absent.PASSES,
        because="nothing is reserved",
    )


def _any(_found: Any) -> bool:
    return True


def _over(most: int) -> Callable[[Any], bool]:
    return lambda found: str(found).removesuffix(".0").isdigit() and float(found) > most


RULE = Rule(
    id="GP-COST-021",
    demand="Capacity that is committed to, or paid for whether or not it is used, names who approved it.",
    why="A month of provisioned throughput costs as much as a team, and a commitment can't be given back.",
    fix="Add the label of approvalLabel with the name of who agreed, or pay by use.",
    source="https://docs.aws.amazon.com/bedrock/latest/userguide/prov-throughput.html",
    severity=Severity.HIGH,
    checks={
        "aws:bedrock/provisionedModelThroughput:ProvisionedModelThroughput": _approved("modelUnits", _any, fails=1),
        "azure-native:cognitiveservices:Deployment": _approved(
            "sku.name", lambda name: "provisioned" in str(name).lower(), fails="ProvisionedManaged"
        ),
        "aws:sagemaker/featureGroup:FeatureGroup": _approved(
            "throughputConfig.throughputMode", lambda mode: mode == "Provisioned", fails="Provisioned"
        ),
        "aws:sagemaker/trainingJob:TrainingJob": _approved(
            "resourceConfig.trainingPlanArn",
            _any,
            fails="arn:aws:sagemaker:us-east-1:111122223333:training-plan/p5",
        ),
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration": _approved(
            "productionVariants.*.serverlessConfig.provisionedConcurrency", _over(0), fails=4
        ),
        "gcp:vertex/aiFeatureStore:AiFeatureStore": _approved(
            "onlineServingConfig.fixedNodeCount", _over(0), fails=2, labels="labels"
        ),
        "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore": _approved(
            "bigtable.autoScaling.minNodeCount", _over(1), fails=3, labels="labels"
        ),
    },
)
