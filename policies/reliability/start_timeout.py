"""GP-REL-013: large models have the time to start."""

import re
from collections.abc import Iterator, Mapping

from policies.checks import sample, value
from policies.endpoints import AWS_CONFIG, AZURE_DEPLOYMENT
from policies.resource import Resource
from policies.rule import Absent, Breach, Check, Level, Rule, Severity
from policies.settings import Settings
from policies.values import is_known, word

LEAST_SECONDS = 600
TIMES = ("containerStartupHealthCheckTimeoutInSeconds", "modelDataDownloadTimeoutInSeconds")
_GPU = re.compile(r"^ml\.(?:p\d|g\d|inf\d|trn\d)")
_REQUEST = "properties.requestSettings.requestTimeout"


def _hurried(resource: Resource, _settings: Settings) -> Iterator[Breach]:
    for where, variant in resource.all("productionVariants.*"):
        if not isinstance(variant, Mapping) or not _GPU.match(str(variant.get("instanceType", ""))):
            continue
        for time in TIMES:
            if time not in variant:
                yield Breach(f"{where}.{time} is not set: a large model takes longer to start", f"{where}.{time}")
            elif is_known(variant[time]) and isinstance(variant[time], int | float) and variant[time] < LEAST_SECONDS:
                message = f"{where}.{time} is {word(variant[time])}; it must be {LEAST_SECONDS} or more"
                yield Breach(message, f"{where}.{time}")


def _patient(found: object, _settings: Settings) -> str | None:
    seconds = re.fullmatch(r"PT(?:(\d+)M)?(?:(\d+)S)?", str(found))
    given = seconds and int(seconds.group(1) or 0) * 60 + int(seconds.group(2) or 0)
    return "it must be PT30S or more" if seconds and (given or 0) < 30 else None


def _gpu(resource: Resource, _settings: Settings) -> bool:
    return str(resource.at("properties.instanceType")).startswith(("Standard_NC", "Standard_ND", "Standard_NV"))


_VARIANT = {"productionVariants.*.instanceType": "ml.g5.2xlarge"}

RULE = Rule(
    id="GP-REL-013",
    demand="Endpoints on GPUs give their model the time to be loaded, and to answer.",
    why="Tens of GB take minutes to fetch and load: the cloud gives up, and each start of a machine fails.",
    fix="Set both time-outs of the variant to 600 s or more; on Azure requestTimeout to PT30S or more.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/large-model-inference-hosting.html",
    severity=Severity.LOW,
    level=Level.ADVISORY,
    checks={
        AWS_CONFIG: Check(
            run=_hurried,
            reads=tuple(f"productionVariants.*.{time}" for time in TIMES),
            passes=sample({**_VARIANT, **{f"productionVariants.*.{time}": 3600 for time in TIMES}}),
            fails=(sample({**_VARIANT, **{f"productionVariants.*.{time}": 60 for time in TIMES}}), sample(_VARIANT)),
            absent=Absent.FAILS,
            because="SageMaker waits minutes",
        ),
        AZURE_DEPLOYMENT: value(
            _REQUEST,
            _patient,
            passes="PT1M30S",
            fails=["PT5S"],
            absent=Absent.FAILS,
            because="Azure ML ends a request after 5 seconds",
            given={"properties.instanceType": "Standard_NC24ads_A100_v4"},
            when=_gpu,
            remedy="PT1M30S",
        ),
    },
)
