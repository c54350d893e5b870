"""GP-SEC-022: what Vertex AI keeps is under a key of one's own."""

from policies.keys import google_key
from policies.rule import Rule, Severity

_KINDS = ("Dataset", "Index", "MetadataStore", "RagCorpus", "ReasoningEngine", "Tensorboard")

RULE = Rule(
    id="GP-SEC-022",
    demand="Datasets, metadata, experiments, indexes and agents of Vertex AI are encrypted with a customer's key.",
    why="They hold copies of the data: only a key of your own can be taken away, and shows who opened them.",
    fix="Name the stack's key as encryptionSpec.kmsKeyName; it can't be added later.",
    source="https://cloud.google.com/vertex-ai/docs/general/cmek",
    severity=Severity.MEDIUM,
    external=("CKV_GCP_92", "CKV_GCP_96", "CKV2_GCP_26"),
    checks={f"gcp:vertex/ai{kind}:Ai{kind}": google_key() for kind in _KINDS},
)
