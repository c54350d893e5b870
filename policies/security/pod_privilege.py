"""GP-SEC-051: pods have no privileges over their node, and can gain none."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from policies.checks import all_of, must_equal
from policies.kubernetes import containers, is_system, pod_checks
from policies.resource import Resource
from policies.rule import Absent, Breach, Check, Rule, Severity
from policies.settings import Settings
from policies.values import ABSENT, is_known, look

_CAPABILITIES = {"ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO", "DAC_READ_SEARCH", "BPF"}
_SAFE = {"allowPrivilegeEscalation": False}


def _privileged(resource: Resource, path: str, spec: Mapping[str, Any], settings: Settings) -> Iterator[Breach]:
    if is_system(resource, settings) or look(spec, "os.name") == "windows":
        return
    for where, container in containers(path, spec):
        asked = look(container, "securityContext")
        at = f"{where}.securityContext"
        if look(asked, "privileged") is True:
            yield Breach(f"{at}.privileged is true; the container has the node", f"{at}.privileged")
        escalation = look(asked, "allowPrivilegeEscalation")
        if escalation is ABSENT or (is_known(escalation) and escalation is not False):
            said = "is not set: Kubernetes allows it" if escalation is ABSENT else "is true"
            yield Breach(f"{at}.allowPrivilegeEscalation {said}; it must be false", f"{at}.allowPrivilegeEscalation")
        added = look(asked, "capabilities.add")
        for name in added if isinstance(added, list) else ():
            if is_known(name) and str(name).upper().removeprefix("CAP_") in _CAPABILITIES:
                yield Breach(f"{at}.capabilities.add has {name}; it gives the node away", f"{at}.capabilities.add")


def _container(context: Mapping[str, Any]) -> dict[str, Any]:
    return {"containers": [{"name": "train", "securityContext": dict(context)}]}


def _batch(resource: Resource, _settings: Settings) -> Iterator[Breach]:
    found = resource.at("containerProperties")
    if isinstance(found, str):
        try:
            found = json.loads(found)
        except ValueError:
            return
    if look(found, "privileged") is True:
        yield Breach("containerProperties.privileged is true; the container has the machine", "containerProperties")


_BATCH = Check(
    run=_batch,
    reads=("containerProperties",),
    passes={"containerProperties": json.dumps({"image": "train", "privileged": False})},
    fails=({"containerProperties": json.dumps({"image": "train", "privileged": True})},),
    absent=Absent.PASSES,
)

RULE = Rule(
    id="GP-SEC-051",
    demand="Containers run without privileges over their machine and cannot gain any.",
    why="A privileged container is root on its node, and from there has every other pod's data and roles.",
    fix="Set privileged and allowPrivilegeEscalation to false, and add no capability that reaches the node.",
    source="https://kubernetes.io/docs/concepts/security/pod-security-standards/",
    severity=Severity.HIGH,
    external=("CKV_K8S_16", "CKV_K8S_20", "CKV_K8S_39", "CKV_AWS_210"),
    checks={
        **pod_checks(
            _privileged,
            reads=("containers.*.securityContext.allowPrivilegeEscalation",),
            passes=_container(_SAFE),
            fails=[
                _container({**_SAFE, "privileged": True}),
                _container({"allowPrivilegeEscalation": True}),
                _container({**_SAFE, "capabilities": {"add": ["SYS_ADMIN"]}}),
            ],
            absent=Absent.FAILS,
            because="Kubernetes allows it",
        ),
        "aws:batch/jobDefinition:JobDefinition": all_of(
            _BATCH,
            must_equal(
                "eksProperties.podProperties.containers.0.securityContext.privileged",
                False,
                wrong=True,
                absent=Absent.PASSES,
            ),
        ),
    },
)
