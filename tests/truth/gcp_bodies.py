"""From what the engine is given to what the Google Cloud provider sends: the REST body of each type we make."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Set
from copy import deepcopy
from typing import Any

__all__ = ["BODIES", "NO_BODY", "body_of"]

Inputs = Mapping[str, Any]
URL = {"project", "region", "location"}  # what the provider puts into the URL
# Types whose inputs are all in the URL, or that are settings of the provider.
NO_BODY = {"gcp:projects/service:Service", "gcp:projects/serviceIdentity:ServiceIdentity", "gcp:kms/keyRing:KeyRing"}


def _body(inputs: Inputs, drop: Set[str] = frozenset(), **names: str) -> dict[str, Any]:
    """The inputs, without those in the URL, under the names that the API has for them."""
    kept = {key: deepcopy(value) for key, value in inputs.items() if key not in URL | drop}
    return {names.get(key, key): value for key, value in kept.items()}


def _member(inputs: Inputs) -> dict[str, Any]:
    condition = {"condition": inputs["condition"]} if "condition" in inputs else {}
    return {"role": inputs["role"], "members": [inputs["member"]], **condition}


def _repository(inputs: Inputs) -> dict[str, Any]:
    body = _body(inputs, {"repositoryId"})
    body["cleanupPolicies"] = {policy["id"]: policy for policy in body["cleanupPolicies"]}
    return body


def _bucket(inputs: Inputs) -> dict[str, Any]:
    body = _body(inputs, {"forceDestroy", "uniformBucketLevelAccess", "publicAccessPrevention", "lifecycleRules"})
    body["location"] = inputs["location"].upper()
    body["iamConfiguration"] = {
        "uniformBucketLevelAccess": {"enabled": inputs["uniformBucketLevelAccess"]},
        "publicAccessPrevention": inputs["publicAccessPrevention"],
    }
    body["softDeletePolicy"] = {"retentionDurationSeconds": str(inputs["softDeletePolicy"]["retentionDurationSeconds"])}
    body["lifecycle"] = {"rule": [_rule(rule) for rule in inputs["lifecycleRules"]]}
    return body


def _rule(rule: Inputs) -> dict[str, Any]:
    condition = {{"matchesPrefixes": "matchesPrefix"}.get(k, k): v for k, v in rule["condition"].items()}
    state = condition.pop("withState", None)
    return {"action": rule["action"], "condition": condition | ({"isLive": state == "LIVE"} if state else {})}


def _firewall(inputs: Inputs) -> dict[str, Any]:
    body = _body(inputs, allows="allowed", denies="denied")
    for side in {"allowed", "denied"} & set(body):
        body[side] = [{"IPProtocol" if k == "protocol" else k: v for k, v in rule.items()} for rule in body[side]]
    body["logConfig"] = {"enable": True, **body["logConfig"]}
    return body


def _network(inputs: Inputs) -> dict[str, Any]:
    body = _body(inputs, {"deleteDefaultRoutesOnCreate", "routingMode"})
    return {**body, "routingConfig": {"routingMode": inputs["routingMode"]}}


def _subnetwork(inputs: Inputs) -> dict[str, Any]:
    return {**_body(inputs), "logConfig": {"enable": True, **inputs["logConfig"]}}


def _forwarding_rule(inputs: Inputs) -> dict[str, Any]:
    assert inputs["loadBalancingScheme"] == "", "of a Private Service Connect endpoint it is empty"
    return _body(inputs, {"loadBalancingScheme"}, ipAddress="IPAddress")


def _endpoint(inputs: Inputs) -> dict[str, Any]:
    body = _body(inputs, {"name"})
    private = body["privateServiceConnectConfig"]
    private["projectAllowlist"] = private.pop("projectAllowlists")
    return body


def _budget(inputs: Inputs) -> dict[str, Any]:
    body = _body(inputs, {"billingAccount"}, allUpdatesRule="notificationsRule")
    body["budgetFilter"]["labels"] = {key: [value] for key, value in body["budgetFilter"]["labels"].items()}
    return body


def _dataset(inputs: Inputs) -> dict[str, Any]:
    body = _body(inputs, {"datasetId", "deleteContentsOnDestroy"})
    return {**body, "location": inputs["location"], "datasetReference": {"datasetId": inputs["datasetId"]}}


def _table(inputs: Inputs) -> dict[str, Any]:
    body = _body(inputs, {"datasetId", "tableId", "deletionProtection", "clusterings"})
    body["schema"] = {"fields": json.loads(inputs["schema"])}
    body["clustering"] = {"fields": inputs["clusterings"]}
    of = {"projectId": inputs["project"], "datasetId": inputs["datasetId"]}
    return {**body, "tableReference": {**of, "tableId": inputs["tableId"]}}


def _trigger(inputs: Inputs) -> dict[str, Any]:
    return _body(inputs, matchingCriterias="eventFilters") | {
        "name": f"projects/p/locations/l/triggers/{inputs['name']}"
    }


def _notification(inputs: Inputs) -> dict[str, Any]:
    names = {"payloadFormat": "payload_format", "eventTypes": "event_types", "objectNamePrefix": "object_name_prefix"}
    return _body(inputs, {"bucket"}, **names)


def _workbench(inputs: Inputs) -> dict[str, Any]:
    body = _body(inputs, {"name", "instanceId", "desiredState"})
    assert inputs["desiredState"] in ("ACTIVE", "STOPPED"), "told by start and stop"
    setup = body["gceSetup"]
    setup["dataDisks"] = [setup["dataDisks"]]
    return body


def _service(inputs: Inputs) -> dict[str, Any]:
    body = _body(inputs, {"name", "deletionProtection"}, traffics="traffic")
    for container in body["template"]["containers"]:
        for ours, theirs in (("commands", "command"), ("envs", "env")):
            if ours in container:
                container[theirs] = container.pop(ours)
        container["ports"] = [container["ports"]]
    return body


def _dropping(*names: str) -> Callable[[Inputs], dict[str, Any]]:
    return lambda inputs: _body(inputs, set(names))


BODIES: dict[str, tuple[str, str, Callable[[Inputs], dict[str, Any]]]] = {
    "artifactregistry/repository:Repository": ("artifactregistry.v1", "Repository", _repository),
    "bigquery/dataTransferConfig:DataTransferConfig": (
        "bigquerydatatransfer.v1",
        "TransferConfig",
        _dropping("serviceAccountName"),
    ),
    "eventarc/trigger:Trigger": ("eventarc.v1", "Trigger", _trigger),
    "storage/notification:Notification": ("storage.v1", "Notification", _notification),
    "workbench/instance:Instance": ("notebooks.v2", "Instance", _workbench),
    "bigquery/dataset:Dataset": ("bigquery.v2", "Dataset", _dataset),
    "bigquery/table:Table": ("bigquery.v2", "Table", _table),
    "billing/budget:Budget": ("billingbudgets.v1", "GoogleCloudBillingBudgetsV1Budget", _budget),
    "cloudrunv2/service:Service": ("run.v2", "GoogleCloudRunV2Service", _service),
    "cloudscheduler/job:Job": ("cloudscheduler.v1", "Job", _body),
    "compute/firewall:Firewall": ("compute.v1", "Firewall", _firewall),
    "compute/globalAddress:GlobalAddress": ("compute.v1", "Address", _body),
    "compute/globalForwardingRule:GlobalForwardingRule": ("compute.v1", "ForwardingRule", _forwarding_rule),
    "compute/network:Network": ("compute.v1", "Network", _network),
    "compute/networkAttachment:NetworkAttachment": ("compute.v1", "NetworkAttachment", _body),
    "compute/subnetwork:Subnetwork": ("compute.v1", "Subnetwork", _subnetwork),
    "dns/managedZone:ManagedZone": ("dns.v1", "ManagedZone", _dropping("forceDestroy")),
    "dns/recordSet:RecordSet": ("dns.v1", "ResourceRecordSet", _dropping("managedZone")),
    "kms/cryptoKey:CryptoKey": ("cloudkms.v1", "CryptoKey", _dropping("keyRing", "name")),
    "logging/projectSink:ProjectSink": ("logging.v2", "LogSink", _dropping("uniqueWriterIdentity")),
    "monitoring/alertPolicy:AlertPolicy": ("monitoring.v3", "AlertPolicy", _body),
    "monitoring/dashboard:Dashboard": ("monitoring.v1", "Dashboard", lambda made: json.loads(made["dashboardJson"])),
    "monitoring/metricDescriptor:MetricDescriptor": ("monitoring.v3", "MetricDescriptor", _body),
    "monitoring/notificationChannel:NotificationChannel": ("monitoring.v3", "NotificationChannel", _body),
    "networkconnectivity/serviceConnectionPolicy:ServiceConnectionPolicy": (
        "networkconnectivity.v1",
        "ServiceConnectionPolicy",
        _dropping("name"),
    ),
    "projects/iAMAuditConfig:IAMAuditConfig": ("cloudresourcemanager.v1", "AuditConfig", _body),
    "projects/iAMCustomRole:IAMCustomRole": (
        "iam.v1",
        "Role",
        lambda inputs: _body(inputs, {"roleId"}, permissions="includedPermissions"),
    ),
    "pubsub/topic:Topic": ("pubsub.v1", "Topic", _body),
    "secretmanager/secret:Secret": ("secretmanager.v1", "Secret", _dropping("secretId")),
    "serviceaccount/account:Account": ("iam.v1", "ServiceAccount", _dropping("accountId")),
    "storage/bucket:Bucket": ("storage.v1", "Bucket", _bucket),
    "storage/bucketObject:BucketObject": ("storage.v1", "Object", _dropping("content")),
    **{
        f"vertex/ai{kind}:Ai{kind}": ("aiplatform.v1", f"GoogleCloudAiplatformV1{schema}", translate)
        for kind, schema, translate in (
            ("FeatureGroup", "FeatureGroup", _dropping("name")),
            ("FeatureGroupFeature", "Feature", _dropping("name", "featureGroup")),
            ("FeatureOnlineStore", "FeatureOnlineStore", _dropping("name", "forceDestroy")),
            ("FeatureOnlineStoreFeatureview", "FeatureView", _dropping("name", "featureOnlineStore")),
            ("Tensorboard", "Tensorboard", _body),
            ("TensorboardExperiment", "TensorboardExperiment", _dropping("tensorboard", "tensorboardExperimentId")),
        )
    },
    "vertex/aiEndpoint:AiEndpoint": ("aiplatform.v1beta1", "GoogleCloudAiplatformV1beta1Endpoint", _endpoint),
    "workflows/workflow:Workflow": ("workflows.v1", "Workflow", _dropping("name", "deletionProtection")),
}


def body_of(kind: str, inputs: Inputs) -> tuple[str, str, dict[str, Any]]:
    """
    API, schema and body of a planned resource.

    Raises:
        KeyError: A type that has no body here yet.
    """
    key = kind.removeprefix("gcp:")
    if key.lower().endswith("iammember"):
        return "cloudresourcemanager.v1", "Binding", _member(inputs)
    api, schema, translate = BODIES[key]
    return api, schema, translate(inputs)
