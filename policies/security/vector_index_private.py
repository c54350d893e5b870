"""GP-SEC-021: indexes and feature stores answer in the network alone."""

from policies.checks import must_equal
from policies.resource import Resource
from policies.rule import Absent, Rule, Severity
from policies.settings import Settings
from policies.values import ABSENT


def _optimized(store: Resource, _settings: Settings) -> bool:
    """Only such a store has an endpoint of its own."""
    return store.at("optimized") is not ABSENT


RULE = Rule(
    id="GP-SEC-021",
    demand="Vector indexes and online feature stores have no public endpoint.",
    why="An index gives the texts it was made of to whoever may ask it for neighbours.",
    fix="Deploy it with a network or Private Service Connect, and without a public endpoint.",
    source="https://cloud.google.com/vertex-ai/docs/vector-search/deploy-index-vpc",
    severity=Severity.HIGH,
    external=("CKV2_GCP_34", "OWASP:LLM08"),
    checks={
        # no remedy: without a network in its place, Vertex AI refuses the index endpoint
        "gcp:vertex/aiIndexEndpoint:AiIndexEndpoint": must_equal(
            "publicEndpointEnabled", False, wrong=True, absent=Absent.PASSES
        ),
        "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore": must_equal(
            "dedicatedServingEndpoint.privateServiceConnectConfig.enablePrivateServiceConnect",
            True,
            wrong=False,
            because="Vertex AI gives an optimized store a public endpoint",
            given={"optimized": {}},
            when=_optimized,
        ),
    },
)
