"""Starts the processes of a distributed training job: what Vertex AI tells each machine."""

from __future__ import annotations

from components.training import TrainingSpec
from components.training.launch import then, torchrun

__all__ = ["launcher"]

# The first machine of the first pool leads. No `${` in it, which a workflow would run as an expression of its own.
# Source: https://cloud.google.com/vertex-ai/docs/training/distributed-training#cluster-variables
PEERS = (
    "W=\"$(python3 -c \"import json,os;s=json.loads(os.environ['CLUSTER_SPEC']);c=s['cluster'];t=s['task'];"
    "h=[a for p in sorted(c) for a in c[p]];print('export MASTER_ADDR=%s MASTER_PORT=%s NODE_RANK=%d'"
    "%(*h[0].rsplit(':',1),h.index(c[t['type']][int(t['index'])])))\")\" && eval \"$W\""
)


def launcher(spec: TrainingSpec, each: int) -> list[str]:
    """
    Words that stand before the program of a run.

    Args:
        spec: What is asked.
        each: Processes of a machine.
    """
    return torchrun(spec.nodes, each, then(PEERS)) if spec.distributed else []
