"""GCP types whose id or outputs do not follow from their documented import format."""

from __future__ import annotations

from typing import Any

__all__ = ["AGENTS", "IDS", "NAME_PROPERTIES", "OUTPUTS"]

NAME_PROPERTIES = {
    "serviceaccount/account": "accountId",
    "projects/iAMCustomRole": "roleId",
}
"""The property that holds the physical name, where it is not `name`."""

_VERTEX = "projects/{project}/locations/{region}/"
_EMAIL = "{account_id}@{project}.iam.gserviceaccount.com"

IDS: dict[str, str] = {
    "storage/bucket": "{name}",
    "storage/bucketObject": "{bucket}-{name}",
    "serviceaccount/account": "projects/{project}/serviceAccounts/" + _EMAIL,
    "kms/keyRing": "projects/{project}/locations/{location}/keyRings/{name}",
    "kms/cryptoKey": "{key_ring}/cryptoKeys/{name}",
    "projects/service": "{project}/{service}",
    "projects/serviceIdentity": "projects/{project}/services/{service}",
    "projects/iAMAuditConfig": "{project}/audit_config/{service}",
    "projects/iAMCustomRole": "projects/{project}/roles/{role_id}",
    "vertex/aiEndpoint": _VERTEX + "endpoints/{name}",
    "vertex/aiIndex": _VERTEX + "indexes/{name}",
    "vertex/aiIndexEndpoint": _VERTEX + "indexEndpoints/{name}",
    "vertex/aiTensorboard": _VERTEX + "tensorboards/{number}",
    "vertex/aiRagCorpus": _VERTEX + "ragCorpora/{number}",
    "vertex/aiEndpointWithModelGardenDeployment": _VERTEX + "endpoints/{number}",
    "vertex/aiIndexEndpointDeployedIndex": "{index_endpoint}/deployedIndex/{deployed_index_id}",
    "vertex/aiFeatureGroupFeature": _VERTEX + "featureGroups/{feature_group}/features/{name}",
    "vertex/aiFeatureOnlineStoreFeatureview": _VERTEX
    + "featureOnlineStores/{feature_online_store}/featureViews/{name}",
    "storage/notification": "{bucket}/notificationConfigs/{number}",
    "secretmanager/secret": "projects/{project}/secrets/{secret_id}",
    "secretmanager/secretVersion": "{secret}/versions/1",
    "logging/projectSink": "projects/{project}/sinks/{name}",
    "logging/projectBucketConfig": "projects/{project}/locations/{location}/buckets/{bucket_id}",
    "logging/metric": "{name}",
    "monitoring/alertPolicy": "projects/{project}/alertPolicies/{number}",
    "monitoring/metricDescriptor": "projects/{project}/metricDescriptors/{type}",
    "monitoring/notificationChannel": "projects/{project}/notificationChannels/{number}",
    "monitoring/dashboard": "projects/{project_number}/dashboards/{uuid}",
    "monitoring/customService": "projects/{project}/services/{service_id}",
    "monitoring/slo": "projects/{project}/services/{service}/serviceLevelObjectives/{slo_id}",
    "billing/budget": "billingAccounts/{billing_account}/budgets/{uuid}",
    "bigquery/dataTransferConfig": "projects/{project}/locations/{location}/transferConfigs/{uuid}",
    "dns/recordSet": "projects/{project}/managedZones/{managed_zone}/rrsets/{name}/{type}",
    "container/cluster": "projects/{project}/locations/{location}/clusters/{name}",
    "container/nodePool": "projects/{project}/locations/{location}/clusters/{cluster}/nodePools/{name}",
    "bigquery/table": "projects/{project}/datasets/{dataset_id}/tables/{table_id}",
    "workflows/workflow": "projects/{project}/locations/{region}/workflows/{name}",
    "colab/schedule": "projects/{project}/locations/{location}/schedules/{number}",
    "cloudquota/sQuotaPreference": "{parent}/locations/global/quotaPreferences/{name}",
}
"""Id templates, over snake_case inputs and made-up numbers."""

OUTPUTS: dict[str, dict[str, Any]] = {
    "storage/bucket": {
        "selfLink": "https://www.googleapis.com/storage/v1/b/{name}",
        "url": "gs://{name}",
        "projectNumber": "{project_number}",
    },
    "storage/bucketObject": {
        "selfLink": "https://www.googleapis.com/storage/v1/b/{bucket}/o/{name}",
        "mediaLink": "https://storage.googleapis.com/download/storage/v1/b/{bucket}/o/{name}",
        "outputName": "{name}",
    },
    "storage/notification": {
        "notificationId": "{number}",
        "selfLink": "https://www.googleapis.com/storage/v1/b/{bucket}/notificationConfigs/{number}",
    },
    "serviceaccount/account": {
        "email": _EMAIL,
        "member": "serviceAccount:" + _EMAIL,
        "name": "projects/{project}/serviceAccounts/" + _EMAIL,
        "uniqueId": "{unique}",
    },
    "projects/serviceIdentity": {
        "email": "service-{project_number}@{agent}.iam.gserviceaccount.com",
        "member": "serviceAccount:service-{project_number}@{agent}.iam.gserviceaccount.com",
    },
    "projects/iAMCustomRole": {"name": "projects/{project}/roles/{role_id}"},
    "vertex/aiTensorboard": {
        "name": "{id}",
        "blobStoragePathPrefix": "cloud-ai-platform-{uuid}",
    },
    "vertex/aiRagCorpus": {"name": "{id}"},
    "vertex/aiIndexEndpoint": {"publicEndpointDomainName": ""},
    "vertex/aiEndpointWithModelGardenDeployment": {
        "endpoint": "{number}",
        "deployedModelId": "{number}",
        "deployedModelDisplayName": "deployed-model",
    },
    "secretmanager/secret": {"name": "projects/{project_number}/secrets/{secret_id}"},
    "secretmanager/secretVersion": {"name": "{secret}/versions/1", "version": "1"},
    "logging/projectSink": {
        "writerIdentity": "serviceAccount:service-{project_number}@gcp-sa-logging.iam.gserviceaccount.com",
    },
    "logging/projectBucketConfig": {"name": "{id}", "lifecycleState": "ACTIVE"},
    "monitoring/alertPolicy": {"name": "{id}"},
    "monitoring/metricDescriptor": {"name": "{id}"},
    "monitoring/notificationChannel": {"name": "{id}"},
    "monitoring/customService": {"name": "{id}"},
    "monitoring/slo": {"name": "projects/{project_number}/services/{service}/serviceLevelObjectives/{slo_id}"},
    "billing/budget": {"name": "{uuid}"},
    "bigquery/dataTransferConfig": {"name": "{id}"},
    "artifactregistry/repository": {
        "name": "{repository_id}",
        "registryUri": "{location}-docker.pkg.dev/{project}/{repository_id}",
    },
    "cloudrunv2/service": {
        "uri": "https://{name}-{hash}-ew.a.run.app",
        "urls": ["https://run.app"],
        "reconciling": False,
    },
    "workflows/workflow": {"revisionId": "000001-1a2", "state": "ACTIVE"},
    "cloudscheduler/job": {"state": "ENABLED"},
    "eventarc/trigger": {"uid": "{uuid}"},
    "colab/runtimeTemplate": {"name": "{name}"},
    "colab/schedule": {"name": "{number}", "state": "ACTIVE"},
    "compute/network": {"numericId": "{number}", "networkId": "{number}", "gatewayIpv4": ""},
    "compute/subnetwork": {"gatewayAddress": "10.0.0.1", "subnetworkId": 1},
    "dns/managedZone": {
        "nameServers": ["ns-gcp-private.googledomains.com."],
        "managedZoneId": "{number}",
    },
    "workbench/instance": {"proxyUri": "{hash}-dot-{location}.notebooks.googleusercontent.com"},
    "container/cluster": {
        "endpoint": "10.1.0.2",
        "masterVersion": "1.33.2-gke.1000",
    },
    "bigquery/dataset": {"selfLink": "https://www.googleapis.com/bigquery/v2/projects/{project}/datasets/{dataset_id}"},
    "bigquery/table": {
        "selfLink": "https://www.googleapis.com/bigquery/v2/projects/{project}/datasets/{dataset_id}/tables/{table_id}"
    },
}
"""Computed outputs that other resources are fed from."""

AGENTS = {
    "aiplatform.googleapis.com": "gcp-sa-aiplatform",
    "artifactregistry.googleapis.com": "gcp-sa-artifactregistry",
    "bigquery.googleapis.com": "gcp-sa-bigquery",
    "cloudscheduler.googleapis.com": "gcp-sa-cloudscheduler",
    "dataform.googleapis.com": "gcp-sa-dataform",
    "eventarc.googleapis.com": "gcp-sa-eventarc",
    "logging.googleapis.com": "gcp-sa-logging",
    "modelarmor.googleapis.com": "gcp-sa-modelarmor",
    "monitoring.googleapis.com": "gcp-sa-monitoring-notification",
    "notebooks.googleapis.com": "gcp-sa-notebooks",
    "pubsub.googleapis.com": "gcp-sa-pubsub",
    "run.googleapis.com": "serverless-robot-prod",
    "secretmanager.googleapis.com": "gcp-sa-secretmanager",
    "vectorsearch.googleapis.com": "gcp-sa-vectorsearch",
    "workflows.googleapis.com": "gcp-sa-workflows",
}
"""
The e-mail domain of each API's service agent.

Source: https://cloud.google.com/iam/docs/service-agents
"""
