"""How well each cloud keeps the promise of pipelines."""

from components.base import Cloud
from components.parity import Feature, native, substitute

AWS = "https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html"
GCP = "https://cloud.google.com/workflows/docs"
AZURE = "https://learn.microsoft.com/azure/logic-apps/logic-apps-overview"

FEATURES: tuple[Feature, ...] = (
    Feature(
        "from data to a served version: expect, train, gate, register, approve, roll out",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: native("one Step Functions state machine over the training's and the endpoint's own", AWS),
            Cloud.GCP: native("one workflow over the training's and the endpoint's own", GCP),
            Cloud.AZURE: native("one Logic App over the training's and the endpoint's own", AZURE),
        },
    ),
    Feature(
        "started by a monitor's breach",
        needed=lambda spec: any(event != "data" for event in spec.on),
        on={
            Cloud.AWS: native("EventBridge rule on the alarm", AWS),
            Cloud.GCP: native("Pub/Sub channel of the alert policy, Eventarc, workflow", GCP),
            Cloud.AZURE: substitute(
                "a Logic App that looks every five minutes which alerts were raised",
                "an action group starts a Logic App by an address with a key in it alone",
                "https://learn.microsoft.com/azure/azure-monitor/alerts/action-groups#logic-app",
            ),
        },
    ),
    Feature(
        "started by new data",
        needed=lambda spec: "data" in spec.on,
        on={
            Cloud.AWS: native("EventBridge rule on the bucket's events", AWS),
            Cloud.GCP: native("Pub/Sub notification of the bucket, Eventarc, workflow", GCP),
            Cloud.AZURE: substitute(
                "a Logic App that reads the storage account's log every quarter of an hour",
                "Event Grid starts a Logic App by an address with a key in it alone",
                "https://learn.microsoft.com/azure/event-grid/handler-webhooks",
            ),
        },
    ),
    Feature(
        "waits for a person's approval",
        needed=lambda spec: spec.deploy is not None,
        on={
            Cloud.AWS: native("the model package's approval status", AWS),
            Cloud.GCP: substitute("the version's label", "Vertex AI has no approval", GCP),
            Cloud.AZURE: substitute(
                "the version's stage, which a role of its own sets",
                "Azure ML has no approval",
                "https://learn.microsoft.com/azure/machine-learning/how-to-manage-models",
            ),
        },
    ),
)
