"""GP-COST-018: volumes are not larger than they need to be."""

from policies.checks import all_of, at_most
from policies.rule import Absent, Check, Level, Rule, Severity


def _gib(path: str, because: str = "the service takes a small one") -> Check:
    return at_most(path, lambda settings: settings.max_volume_gib, absent=Absent.PASSES, because=because)


RULE = Rule(
    id="GP-COST-018",
    demand="No machine has a larger volume than the limit.",
    why="A volume is paid for in full, also while it is empty and its machine stopped.",
    fix="Write a smaller disk, or set maxVolumeGiB; large data can be read from the store as it is needed.",
    fields=("disk",),
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/model-access-training-data.html",
    severity=Severity.LOW,
    level=Level.ADVISORY,
    checks={
        "aws:sagemaker/notebookInstance:NotebookInstance": _gib("volumeSize"),
        "aws:sagemaker/trainingJob:TrainingJob": _gib("resourceConfig.volumeSizeInGb"),
        "aws:sagemaker/hyperParameterTuningJob:HyperParameterTuningJob": _gib(
            "trainingJobDefinition.resourceConfig.volumeSizeInGb"
        ),
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration": _gib("productionVariants.*.volumeSizeInGb"),
        "aws:sagemaker/space:Space": _gib("spaceSettings.spaceStorageSettings.ebsStorageSettings.ebsVolumeSizeInGb"),
        "gcp:workbench/instance:Instance": all_of(
            _gib("gceSetup.bootDisk.diskSizeGb"), _gib("gceSetup.dataDisks.diskSizeGb")
        ),
        "gcp:colab/runtimeTemplate:RuntimeTemplate": _gib("dataPersistentDiskSpec.diskSizeGb"),
        "gcp:vertex/aiPersistentResource:AiPersistentResource": _gib("resourcePools.*.diskSpec.bootDiskSizeGb"),
        "gcp:container/nodePool:NodePool": _gib("nodeConfig.diskSizeGb"),
        "azure-native:containerservice:AgentPool": _gib("osDiskSizeGB"),
    },
)
