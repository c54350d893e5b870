"""Starts the processes of a distributed training job: what SageMaker tells each machine, and EFA."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from components.training import TrainingSpec
from components.training.interconnect import Adapter
from components.training.launch import PORT, archived_program, then, torchrun

__all__ = ["EFA", "EFA_RDMA", "FABRIC_ADAPTER", "Launch"]

EFA = frozenset(
    {
        *("ml.g4dn.8xlarge", "ml.g4dn.12xlarge", "ml.g5.48xlarge", "ml.p4d.24xlarge", "ml.p4de.24xlarge"),
        *("ml.p5.48xlarge", "ml.p5e.48xlarge", "ml.p5en.48xlarge", "ml.p6-b200.48xlarge", "ml.p6-b300.48xlarge"),
    }
)
"""
Machines whose Elastic Fabric Adapter SageMaker hands to the container of a job of several machines.

Source: sagemaker-core 2.27.0, container_drivers/common/utils.py, SM_EFA_NCCL_INSTANCES; p5en and p6 are of
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html#efa-instance-types
"""
EFA_RDMA = frozenset(name for name in EFA if name.startswith(("ml.p4", "ml.p5", "ml.p6")))
"""Those where it writes into the memory of another machine's GPU. Source: SM_EFA_RDMA_INSTANCES, as above."""
TRAINIUM_EFA = frozenset({"ml.trn1.32xlarge", "ml.trn1n.32xlarge"})
"""
Those of Trainium that have it, which its own software finds.

Source: https://awsdocs-neuron.readthedocs-hosted.com/en/latest/frameworks/torch/torch-neuronx/setup-trn1-multi-node-execution.html
"""
FABRIC_ADAPTER = Adapter(
    name="Elastic Fabric Adapter with RDMA",
    source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html#efa-instance-types",
    on=(EFA_RDMA | TRAINIUM_EFA).__contains__,
)

# Source: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
PEERS = (
    "W=\"$(python3 -c \"import json;c=json.load(open('/opt/ml/input/config/resourceconfig.json'));h=c['hosts'];"
    "print('export PEERS=%s NODE_RANK=%d NET=%s'%(','.join(h),h.index(c['current_host']),"
    'c[\'network_interface_name\']))")" && eval "$W"'
)
NETWORK = 'export NCCL_SOCKET_IFNAME="${NCCL_SOCKET_IFNAME:-$NET}" GLOO_SOCKET_IFNAME="${GLOO_SOCKET_IFNAME:-$NET}"'
MEETING = f'export MASTER_ADDR="${{PEERS%%,*}}" MASTER_PORT={PORT}'
FABRIC = 'export FI_PROVIDER="${FI_PROVIDER:-efa}" RDMAV_FORK_SAFE=1'
RDMA = "export FI_EFA_USE_DEVICE_RDMA=1"
# Over ssh, whose key the image brings. Each machine keeps what it was told for the processes that ssh starts there.
DOORS = 'umask 077 && mkdir -p /run/sshd && export -p >/run/told && "$(command -v sshd || echo /usr/sbin/sshd)"'
SSH = (
    'export O="-o BatchMode=yes -o StrictHostKeyChecking=accept-new -o ConnectTimeout=5"'
    ' H="$(echo "$PEERS" | tr , \' \')"'
)
WORKERS = '{ [ "$NODE_RANK" = 0 ] || { until [ -s /run/over ]; do sleep 5; done; exit "$(cat /run/over)"; }; }'
# A machine that can't be reached for ten minutes ends the job, instead of holding all others until `max_run`.
ALL_UP = (
    'for h in $H; do N=0; until ssh $O "$h" true; do N=$((N+1)); [ $N -lt 120 ] || { echo "$h: no ssh" >&2; exit 1; };'
    " sleep 5; done; done"
)
OVER = '"$@"; C=$?; for h in ${H#* }; do ssh $O "$h" "echo $C >/run/over"; done; exit $C'
TOLD = '. /run/told && exec "$@"'


@dataclass(frozen=True)
class Launch:
    """
    How the processes of a training start.

    Attributes:
        spec: What is asked.
        each: Processes of a machine.
        machine: SageMaker's name of it.
    """

    spec: TrainingSpec
    each: int
    machine: str

    def program(self, words: list[str]) -> dict[str, Any]:
        """Part of `AlgorithmSpecification` that starts a program."""
        if not self.spec.distributed:
            return {"ContainerEntrypoint": words}
        return {"ContainerEntrypoint": self._launcher(), "ContainerArguments": words}

    def archive(self, path: str) -> dict[str, Any]:
        """Part of `AlgorithmSpecification` that starts the code in an archive; each machine unpacks it."""
        unpack, words = archived_program(path)
        if self.spec.distributed == "mpi":
            return {"ContainerEntrypoint": [*self._launcher(), *unpack, *words]}
        return {"ContainerEntrypoint": [*unpack, *self._launcher(), *words]}

    def _launcher(self) -> list[str]:
        if self.spec.distributed == "mpi":
            return self._mpirun()
        return torchrun(self.spec.nodes, self.each, [*self._told(), *then(MEETING)])

    def _told(self) -> list[str]:
        fabric = then(FABRIC) if self.machine in EFA else []
        rdma = then(RDMA) if self.machine in EFA_RDMA else []
        return [*then(PEERS), *then(NETWORK), *fabric, *rdma]

    def _mpirun(self) -> list[str]:
        """
        The first machine starts the processes of all, and tells the others how they ended.

        Source: sagemaker-core 2.27.0, container_drivers/distributed_drivers/mpi_driver.py
        """
        nodes, each = self.spec.nodes, self.each
        start = ["mpirun", "--allow-run-as-root", "-np", str(nodes * each)]
        if nodes == 1:
            return start
        slots = f'export SLOTS="$(echo "$PEERS" | sed "s/,/:{each},/g;s/$/:{each}/")"'
        where = '--host "$SLOTS" --mca plm_rsh_args "$O" --mca plm_rsh_no_tree_spawn 1'
        cards = '--mca btl_tcp_if_include "$NET" --mca oob_tcp_if_include "$NET"'
        first = [*self._told(), *then(DOORS), *then(WORKERS), *then(SSH), *then(ALL_UP), *then(slots)]
        run = ["sh", "-c", OVER, "sh", "sh", "-c", f'exec {" ".join(start)} {where} {cards} "$@"', "mpirun"]
        return [*first, *run, "sh", "-c", TOLD, "sh"]
