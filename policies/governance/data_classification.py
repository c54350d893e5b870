"""GP-GOV-002: a data store says how sensitive its data is."""

from collections.abc import Iterator

from policies.labels import carried
from policies.resource import Resource
from policies.rule import Absent, Breach, Check, Level, Rule, Severity
from policies.settings import Settings

WORKSPACE = "azure-native:machinelearningservices:Workspace"


def _classified(path: str, *others: str) -> Check:
    """The label is there; `others` are inputs that say as much."""

    def run(resource: Resource, settings: Settings) -> Iterator[Breach]:
        given, label = carried(resource, path), settings.classification_label
        if given is not None and given.get(label, "") == "" and not any(resource.has(other) for other in others):
            yield Breach(f"{path} has no {label}", path)

    label = Settings().classification_label
    return Check(
        run=run,
        reads=(path, *others),
        passes={path: {label: "confidential"}},
        fails=({path: {"owner": "risk-ml"}}, {path: {label: ""}}),
        absent=Absent.FAILS,
        because="it carries none",
    )


RULE = Rule(
    id="GP-GOV-002",
    demand="Data stores carry a classification.",
    why="Who may read it, how long logs are kept and where it may go all follow from how sensitive the data is.",
    fix="Write data: {classification: confidential} in the blueprint, or add the tag that classificationLabel names.",
    fields=("/data.classification", "/data"),
    source="https://docs.aws.amazon.com/whitepapers/latest/data-classification/data-classification.html",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    external=("ISO42001:A.7", "NIST-AI-RMF:MAP"),
    checks={
        "aws:s3/bucket:Bucket": _classified("tags"),
        "aws:s3/bucketV2:BucketV2": _classified("tags"),
        "aws:dynamodb/table:Table": _classified("tags"),
        "aws:sagemaker/featureGroup:FeatureGroup": _classified("tags"),
        "gcp:storage/bucket:Bucket": _classified("labels"),
        "gcp:bigquery/dataset:Dataset": _classified("labels"),
        "gcp:vertex/aiDataset:AiDataset": _classified("labels"),
        "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore": _classified("labels"),
        "azure-native:storage:StorageAccount": _classified("tags"),
        WORKSPACE: _classified("tags", "hbiWorkspace"),
    },
)
