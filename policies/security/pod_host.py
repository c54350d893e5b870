"""GP-SEC-053: pods share neither namespaces nor system directories with their node."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.kubernetes import is_system, pod_checks
from policies.resource import Resource
from policies.rule import Absent, Breach, Rule, Severity
from policies.settings import Settings
from policies.values import look, word

_SYSTEM = (
    *("/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/opt", "/proc", "/root", "/run", "/sbin", "/sys", "/usr"),
    *("/var/lib/containerd", "/var/lib/docker", "/var/lib/kubelet", "/var/log", "/var/run"),
)
_DEVICES = ("/dev/shm", "/dev/infiniband", "/dev/hugepages")  # noqa: S108 a path on the node, not a file of ours
_HOST = ("hostNetwork", "hostPID", "hostIPC")


def _within(path: str, above: tuple[str, ...]) -> bool:
    return any(path == one or path.startswith(f"{one}/") for one in above)


def _reaches(path: str) -> bool:
    """Whether a path of the node is the system's and not a disk's; devices that collectives use are not."""
    path = path.rstrip("/")
    return not path or path.endswith(".sock") or (_within(path, _SYSTEM) and not _within(path, _DEVICES))


def _allowed(resource: Resource, path: str, settings: Settings) -> bool:
    """Collectives over RDMA or GPUDirect need the node's network: a label says that it was thought of."""
    label = f"metadata.labels.{settings.host_network_label}"
    places = (label, f"{path.removesuffix('.spec')}.{label}" if "." in path else label)
    return any(resource.at(place) == "allowed" for place in places)


def _shared(resource: Resource, path: str, spec: Mapping[str, Any], settings: Settings) -> Iterator[Breach]:
    if is_system(resource, settings):
        return
    for key in _HOST:
        if look(spec, key) is True and not (key == "hostNetwork" and _allowed(resource, path, settings)):
            yield Breach(f"{path}.{key} is true", f"{path}.{key}")
    volumes = look(spec, "volumes")
    for index, volume in enumerate(volumes if isinstance(volumes, list) else ()):
        found = look(volume, "hostPath.path")
        if isinstance(found, str) and _reaches(found):
            at = f"{path}.volumes.{index}.hostPath.path"
            yield Breach(f"{at} is {word(found)}; that is the node's own", at)


RULE = Rule(
    id="GP-SEC-053",
    demand="Pods share no namespace, socket or system directory with their node.",
    why="Who has the node's processes, network or container socket has every pod on it.",
    fix="Leave them off; label a workload host-network: allowed where its collectives need the node's network.",
    source="https://kubernetes.io/docs/concepts/security/pod-security-standards/",
    severity=Severity.HIGH,
    external=("CKV_K8S_17", "CKV_K8S_18", "CKV_K8S_19", "CKV_K8S_27"),
    checks=pod_checks(
        _shared,
        reads=(*_HOST, "volumes.*.hostPath.path"),
        passes={"hostNetwork": False, "volumes": [{"name": "scratch", "hostPath": {"path": "/mnt/disks/ssd0"}}]},
        fails=[
            *({key: True} for key in _HOST),
            {"volumes": [{"name": "docker", "hostPath": {"path": "/var/run/docker.sock"}}]},
            {"volumes": [{"name": "node", "hostPath": {"path": "/"}}]},
        ],
        absent=Absent.PASSES,
    ),
)
