"""GP-SEC-023: machines start only what is signed."""

from policies.checks import all_of, must_equal
from policies.gke import CLUSTER, POOL, has_gpus, keeps_own_pool
from policies.resource import Resource
from policies.rule import Absent, Check, Rule, Severity
from policies.settings import Settings


def _boot(path: str, machine: str, accelerators: str) -> Check:
    """Secure boot; drivers of GPUs may be unsigned and would no longer load, so it is not asked for there."""

    def signed(resource: Resource, _: Settings) -> bool:
        return keeps_own_pool(resource) and not has_gpus(resource, machine, accelerators)

    return must_equal(
        path,
        True,
        wrong=False,
        because="Google starts it without secure boot",
        given={machine: "n2-standard-4"},
        when=signed,
    )


def _kept(path: str) -> Check:
    return must_equal(path, True, wrong=False, absent=Absent.PASSES, remedy=True)


def _node(config: str) -> Check:
    shield = f"{config}.shieldedInstanceConfig"
    return all_of(
        _boot(f"{shield}.enableSecureBoot", f"{config}.machineType", f"{config}.guestAccelerators"),
        _kept(f"{shield}.enableIntegrityMonitoring"),
    )


_WORKBENCH = "gceSetup.shieldedInstanceConfig"

RULE = Rule(
    id="GP-SEC-023",
    demand="Machines start only signed code, and show when their start was tampered with.",
    why="What gets in before the operating system stays through every restart, and no scanner sees it.",
    fix="Turn on secure boot, the virtual TPM and integrity monitoring; with GPUs, the last two.",
    source="https://cloud.google.com/compute/shielded-vm/docs/shielded-vm",
    severity=Severity.MEDIUM,
    external=("CKV_GCP_126", "CKV_GCP_127", "CKV_GCP_68", "CKV_GCP_72"),
    checks={
        "gcp:workbench/instance:Instance": all_of(
            _boot(f"{_WORKBENCH}.enableSecureBoot", "gceSetup.machineType", "gceSetup.acceleratorConfigs"),
            _kept(f"{_WORKBENCH}.enableVtpm"),
            _kept(f"{_WORKBENCH}.enableIntegrityMonitoring"),
        ),
        "gcp:colab/runtimeTemplate:RuntimeTemplate": _boot(
            "shieldedVmConfig.enableSecureBoot", "machineSpec.machineType", "machineSpec.acceleratorType"
        ),
        POOL: _node("nodeConfig"),
        CLUSTER: all_of(_node("nodeConfig"), _kept("enableShieldedNodes")),
    },
)
