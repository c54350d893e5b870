"""GP-SEC-020: endpoints answer in the network alone."""

from policies.checks import any_of, must_equal, must_have
from policies.rule import Rule, Severity

_PSC = "privateServiceConnectConfig.enablePrivateServiceConnect"
_BECAUSE = "Vertex AI gives it a public address"

RULE = Rule(
    id="GP-SEC-020",
    demand="Online endpoints have no public address.",
    why="A public endpoint is one leaked token away from anybody's questions, and from a copy of the model.",
    fix="Connect the endpoint by Private Service Connect or peering; on Azure, disable public network access.",
    source="https://cloud.google.com/vertex-ai/docs/predictions/choose-endpoint-type",
    severity=Severity.HIGH,
    external=("CKV2_GCP_33",),
    checks={
        "gcp:vertex/aiEndpoint:AiEndpoint": any_of(
            must_equal(_PSC, True, wrong=False, because=_BECAUSE),
            must_have("network", passes="projects/1/global/networks/ml"),
        ),
        "gcp:vertex/aiEndpointWithModelGardenDeployment:AiEndpointWithModelGardenDeployment": must_equal(
            f"endpointConfig.{_PSC}", True, wrong=False, because=_BECAUSE
        ),
        "azure-native:machinelearningservices:OnlineEndpoint": must_equal(
            "properties.publicNetworkAccess",
            "Disabled",
            wrong="Enabled",
            because="Azure ML gives it a public address",
            when=lambda endpoint, _: not endpoint.has("properties.compute"),  # one on Kubernetes is its cluster's
        ),
    },
)
