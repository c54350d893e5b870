"""
GCP rules: names each service takes, and fields its API cannot change.

Source, where a rule names none: the `create` method's page in https://cloud.google.com/apis/docs
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.sandbox.rules.gcp_immutables import KEEPS, REPLACES
from groundplan.sandbox.rules.rule import Refusal, Rule

__all__ = ["COMMON", "CROSS", "KEEPS", "REPLACES", "VALUES"]

_RFC1035 = Rule(
    pattern=r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?",
    says="1 to 63 lower-case letters, digits and hyphens, a letter first, no hyphen last",
    source="https://cloud.google.com/compute/docs/naming-resources",
)
_MONITORING = "https://cloud.google.com/monitoring/api/ref_v3/rest/v3/"
_SECONDS = Rule(pattern=r"\d+s", says="a number of seconds such as 60s")
_FEATURE = "https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations."


def _enum(values: str, source: str) -> Rule:
    return Rule(enum=frozenset(values.split()), source=source)


COMMON: dict[str, Rule] = {
    "labels": Rule(
        pattern=r"(?!.*[A-Z])[\w-]{0,63}",
        says="at most 63 lower-case letters, digits, - and _",
        source="https://cloud.google.com/resource-manager/docs/labels-overview",
    ),
    "labels#": Rule(
        pattern=r"(?!.*[A-Z])[^\W\d_][\w-]{0,62}",
        says="a lower-case letter, then at most 62 lower-case letters, digits, - and _",
    ),
    "userLabels": Rule(pattern=r"(?!.*[A-Z])[\w-]{0,63}", says="at most 63 lower-case letters, digits, - and _"),
    "userLabels#": Rule(
        pattern=r"(?!.*[A-Z])[^\W\d_][\w-]{0,62}",
        says="a lower-case letter, then at most 62 lower-case letters, digits, - and _",
    ),
    "kmsKeyName": Rule(
        pattern=r"projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+(/.*)?",
        says="a key as projects/…/locations/…/keyRings/…/cryptoKeys/…",
        source="https://cloud.google.com/kms/docs/resource-hierarchy",
    ),
    "encryptionSpec.kmsKeyName": Rule(
        pattern=r"projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+",
        says="a key as projects/…/locations/…/keyRings/…/cryptoKeys/…",
    ),
    "member": Rule(
        pattern=r"(allUsers|allAuthenticatedUsers|(deleted:)?(user|serviceAccount|group|domain"
        r"|principal|principalSet|projectOwner|projectEditor|projectViewer|iamMember):.+)",
        source="https://cloud.google.com/iam/docs/principal-identifiers",
    ),
    "role": Rule(
        pattern=r"(roles/[\w.]+|(projects|organizations)/[^/]+/roles/[\w.]+)",
        says="roles/… or projects/…/roles/…",
        source="https://cloud.google.com/iam/docs/roles-overview",
    ),
}

VALUES: dict[str, dict[str, Rule]] = {
    "gcp:storage/bucket:Bucket": {
        "name": Rule(
            pattern=r"(?!goog)(?!.*google)(?!(\d+\.){3}\d+$)[a-z0-9][a-z0-9._-]*[a-z0-9]",
            says="lower-case letters, digits and . _ -, a letter or digit first and last, without google",
            shortest=3,
            longest=222,
            source="https://cloud.google.com/storage/docs/buckets#naming",
        ),
        "storageClass": _enum(
            "STANDARD MULTI_REGIONAL REGIONAL NEARLINE COLDLINE ARCHIVE DURABLE_REDUCED_AVAILABILITY",
            "https://cloud.google.com/storage/docs/storage-classes",
        ),
        "publicAccessPrevention": _enum(
            "inherited enforced", "https://cloud.google.com/storage/docs/public-access-prevention"
        ),
    },
    "gcp:serviceaccount/account:Account": {
        "accountId": Rule(
            pattern=r"[a-z]([-a-z0-9]*[a-z0-9])",
            says="lower-case letters, digits and hyphens, a letter first, no hyphen last",
            shortest=6,
            longest=30,
            source="https://cloud.google.com/iam/docs/service-accounts-create",
        ),
    },
    "gcp:projects/iAMCustomRole:IAMCustomRole": {
        "roleId": Rule(
            pattern=r"[a-zA-Z0-9_.]{3,64}",
            says="3 to 64 letters, digits, _ and .",
            source="https://cloud.google.com/iam/docs/creating-custom-roles",
        ),
    },
    "gcp:kms/keyRing:KeyRing": {"name": Rule(pattern=r"[a-zA-Z0-9_-]{1,63}", says="1 to 63 letters, digits, - and _")},
    "gcp:kms/cryptoKey:CryptoKey": {
        "name": Rule(pattern=r"[a-zA-Z0-9_-]{1,63}", says="1 to 63 letters, digits, - and _"),
        "rotationPeriod": Rule(pattern=r"\d+(\.\d{1,9})?s", says="a number of seconds such as 7776000s"),
        "purpose": _enum(
            "ENCRYPT_DECRYPT ASYMMETRIC_SIGN ASYMMETRIC_DECRYPT RAW_ENCRYPT_DECRYPT MAC KEY_ENCAPSULATION",
            "https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys",
        ),
        "versionTemplate.protectionLevel": _enum(
            "SOFTWARE HSM EXTERNAL EXTERNAL_VPC HSM_SINGLE_TENANT",
            "https://cloud.google.com/kms/docs/reference/rest/v1/ProtectionLevel",
        ),
    },
    "gcp:artifactregistry/repository:Repository": {
        "repositoryId": _RFC1035,
        "format": _enum(
            "DOCKER MAVEN NPM PYTHON APT YUM KFP GO GENERIC GOOGET RUBY",
            "https://cloud.google.com/artifact-registry/docs/supported-formats",
        ),
    },
    "gcp:secretmanager/secret:Secret": {
        "secretId": Rule(pattern=r"[a-zA-Z0-9_-]{1,255}", says="1 to 255 letters, digits, - and _")
    },
    "gcp:pubsub/topic:Topic": {
        "name": Rule(
            pattern=r"(?!goog)[a-zA-Z][a-zA-Z0-9\-_.~+%]{2,254}",
            says="3 to 255 letters, digits and -_.~+%, a letter first, not starting with goog",
            source="https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names",
        ),
    },
    "gcp:pubsub/subscription:Subscription": {
        "name": Rule(
            pattern=r"(?!goog)[a-zA-Z][a-zA-Z0-9\-_.~+%]{2,254}",
            says="3 to 255 letters, digits and -_.~+%, a letter first, not starting with goog",
        ),
    },
    "gcp:logging/projectSink:ProjectSink": {
        "name": Rule(pattern=r"[A-Za-z0-9_.-]{1,100}", says="1 to 100 letters, digits and _.-")
    },
    "gcp:logging/projectBucketConfig:ProjectBucketConfig": {
        "bucketId": Rule(pattern=r"[A-Za-z0-9_.-]{1,100}", says="1 to 100 letters, digits and _.-"),
        "retentionDays": Rule(least=1, most=3650),
    },
    "gcp:bigquery/dataset:Dataset": {"datasetId": Rule(pattern=r"[A-Za-z0-9_]{1,1024}", says="letters, digits and _")},
    "gcp:cloudscheduler/job:Job": {
        "name": Rule(pattern=r"[a-zA-Z\d_-]{1,500}", says="1 to 500 letters, digits, - and _"),
        "schedule": Rule(
            pattern=r"(\S+\s+){4}\S+|every .+|\d+ of .+|1st .+", says="a schedule of five fields such as 0 3 * * *"
        ),
    },
    "gcp:workflows/workflow:Workflow": {
        "name": Rule(
            pattern=r"[a-zA-Z]([a-zA-Z0-9_-]{0,62}[a-zA-Z0-9])?",
            says="1 to 64 letters, digits, - and _, a letter first, a letter or digit last",
            source="https://cloud.google.com/workflows/docs/reference/rest/v1/projects.locations.workflows/create",
        ),
        "sourceContents": Rule(longest=128 * 1024),
    },
    "gcp:eventarc/trigger:Trigger": {"name": _RFC1035},
    "gcp:cloudrunv2/service:Service": {
        "name": Rule(
            pattern=r"[a-z]([-a-z0-9]{0,47}[a-z0-9])?",
            says="1 to 49 lower-case letters, digits and hyphens, a letter first, no hyphen last",
            source="https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services/create",
        ),
    },
    "gcp:workbench/instance:Instance": {"name": _RFC1035},
    "gcp:dns/managedZone:ManagedZone": {
        "name": _RFC1035,
        "dnsName": Rule(pattern=r".+\.", says="a domain name that ends with a dot"),
    },
    "gcp:dns/recordSet:RecordSet": {"name": Rule(pattern=r".+\.", says="a domain name that ends with a dot")},
    "gcp:compute/network:Network": {"name": _RFC1035},
    "gcp:compute/subnetwork:Subnetwork": {
        "name": _RFC1035,
        "ipCidrRange": Rule(pattern=r"(\d{1,3}\.){3}\d{1,3}/\d{1,2}", says="an IPv4 range such as 10.0.0.0/16"),
    },
    "gcp:compute/firewall:Firewall": {"name": _RFC1035, "priority": Rule(least=0, most=65535)},
    "gcp:compute/router:Router": {"name": _RFC1035},
    "gcp:compute/globalAddress:GlobalAddress": {"name": _RFC1035},
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": {
        # a Private Service Connect rule for Google's APIs: letters and digits only
        "name": Rule(
            pattern=r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?",
            says="1 to 63 lower-case letters, digits and hyphens, a letter first, no hyphen last",
            source="https://cloud.google.com/vpc/docs/configure-private-service-connect-apis",
        ),
    },
    "gcp:compute/networkAttachment:NetworkAttachment": {"name": _RFC1035},
    "gcp:vertex/aiEndpoint:AiEndpoint": {
        "name": Rule(
            pattern=r"0|[1-9][0-9]{0,9}",
            says="a number of at most 10 digits, without a leading zero",
            source="https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/vertex_ai_endpoint",
        ),
    },
    "gcp:vertex/aiFeatureGroup:AiFeatureGroup": {
        "name": Rule(
            pattern=r"[a-z_][a-z0-9_]{0,127}",
            says="1 to 128 lower-case letters, digits and _, no digit first",
            source=f"{_FEATURE}featureGroups/create",
        ),
    },
    "gcp:vertex/aiFeatureGroupFeature:AiFeatureGroupFeature": {
        "name": Rule(
            pattern=r"[a-z_][a-z0-9_]{0,127}",
            says="1 to 128 lower-case letters, digits and _, no digit first",
            source=f"{_FEATURE}featureGroups.features/create",
        ),
    },
    "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore": {
        "name": Rule(
            pattern=r"[a-z_][a-z0-9_]{0,59}",
            says="1 to 60 lower-case letters, digits and _, no digit first",
            source=f"{_FEATURE}featureOnlineStores/create",
        ),
    },
    "gcp:vertex/aiFeatureOnlineStoreFeatureview:AiFeatureOnlineStoreFeatureview": {
        "name": Rule(
            pattern=r"[a-z_][a-z0-9_]{0,59}",
            says="1 to 60 lower-case letters, digits and _, no digit first",
            source=f"{_FEATURE}featureOnlineStores.featureViews/create",
        ),
    },
    "gcp:vertex/aiDeploymentResourcePool:AiDeploymentResourcePool": {"name": _RFC1035},
    "gcp:vertex/aiPersistentResource:AiPersistentResource": {
        "name": _RFC1035,
    },
    "gcp:vertex/aiIndexEndpointDeployedIndex:AiIndexEndpointDeployedIndex": {
        "deployedIndexId": Rule(
            pattern=r"[a-zA-Z][a-zA-Z0-9_]{0,127}",
            says="1 to 128 letters, digits and _, a letter first",
            source=f"{_FEATURE}indexEndpoints/deployIndex",
        ),
    },
    "gcp:vertex/aiIndex:AiIndex": {
        "indexUpdateMethod": _enum("BATCH_UPDATE STREAM_UPDATE", f"{_FEATURE}indexes"),
    },
    "gcp:monitoring/alertPolicy:AlertPolicy": {
        "combiner": _enum(
            "AND OR AND_WITH_MATCHING_RESOURCE",
            f"{_MONITORING}projects.alertPolicies",
        ),
        "severity": _enum("CRITICAL ERROR WARNING", f"{_MONITORING}projects.alertPolicies"),
        "displayName": Rule(longest=512),
        "alertStrategy.autoClose": Rule(pattern=r"\d+s", says="a number of seconds such as 1800s"),
        "conditions.conditionPrometheusQueryLanguage.duration": _SECONDS,
        "conditions.conditionPrometheusQueryLanguage.evaluationInterval": _SECONDS,
    },
    "gcp:monitoring/metricDescriptor:MetricDescriptor": {
        "type": Rule(
            pattern=r"(custom|external)\.googleapis\.com/[A-Za-z0-9_/.-]+",
            says="custom.googleapis.com/… or external.googleapis.com/…",
            longest=200,
            source="https://cloud.google.com/monitoring/quotas",
        ),
        "metricKind": _enum("GAUGE DELTA CUMULATIVE", f"{_MONITORING}projects.metricDescriptors"),
        "valueType": _enum("BOOL INT64 DOUBLE STRING DISTRIBUTION", f"{_MONITORING}projects.metricDescriptors"),
        # what a series is told apart by, not labels of the resource
        "labels": Rule(),
        "labels#": Rule(),
        "labels.key": Rule(
            pattern=r"[a-zA-Z][a-zA-Z0-9_]{0,99}", says="at most 100 letters, digits and _, a letter first"
        ),
        "labels.valueType": _enum("STRING BOOL INT64", f"{_MONITORING}projects.metricDescriptors"),
    },
    "gcp:vertex/aiTensorboard:AiTensorboard": {"displayName": Rule(longest=128)},
    # a channel's labels are settings, such as an e-mail address
    "gcp:monitoring/notificationChannel:NotificationChannel": {
        "labels": Rule(),
        "labels#": Rule(),
    },
    "gcp:monitoring/dashboard:Dashboard": {"dashboardJson": Rule(json=True)},
    "gcp:bigquery/table:Table": {"schema": Rule(json=True)},
}


def _one_storage(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """
    An online store is Bigtable or optimised, not both.

    Source: GoogleCloudPlatform/magic-modules mmv1/products/vertexai/FeatureOnlineStore.yaml
    """
    given = [k for k in ("bigtable", "optimized") if inputs.get(k) is not None]
    if len(given) != 1:
        yield "bigtable", f"exactly one of bigtable and optimized must be given, not {given}"


def _network_or_psc(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    if inputs.get("network") and inputs.get("privateServiceConnectConfig"):
        yield "network", "and privateServiceConnectConfig exclude each other"


def _replicas(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    resources = inputs.get("dedicatedResources")
    if not isinstance(resources, Mapping):
        return
    low, high = resources.get("minReplicaCount"), resources.get("maxReplicaCount")
    if isinstance(low, int) and isinstance(high, int) and low > high:
        yield "dedicatedResources.minReplicaCount", f"{low} is above maxReplicaCount, {high}"


def _conditions(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """
    A policy has one to six conditions; PromQL is looked at in multiples of 30 seconds.

    Source: https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies
    """
    conditions = inputs.get("conditions")
    if isinstance(conditions, list) and not 1 <= len(conditions) <= 6:
        yield "conditions", f"one to six, not {len(conditions)}"
    for condition in conditions if isinstance(conditions, list) else []:
        query = condition.get("conditionPrometheusQueryLanguage") if isinstance(condition, Mapping) else None
        interval = str((query or {}).get("evaluationInterval", "30s")).removesuffix("s")
        if interval.isdigit() and (int(interval) % 30 or not int(interval)):
            yield (
                "conditions.conditionPrometheusQueryLanguage.evaluationInterval",
                f"{interval} s is no multiple of 30 s",
            )


CROSS = {
    "gcp:monitoring/alertPolicy:AlertPolicy": _conditions,
    "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore": _one_storage,
    "gcp:vertex/aiEndpoint:AiEndpoint": _network_or_psc,
    "gcp:vertex/aiDeploymentResourcePool:AiDeploymentResourcePool": _replicas,
}
