"""What resources on gcp cost besides machines."""

from __future__ import annotations

from collections.abc import Mapping

from groundplan.cost.line import Pays
from groundplan.cost.services import gcp_network as network
from groundplan.cost.services import gcp_serving as serving
from groundplan.cost.services import gcp_store as store
from groundplan.cost.services import gcp_work as work

__all__ = ["PAYS"]

PAYS: Mapping[str, Pays] = {
    "gcp:artifactregistry/repository:Repository": store.images,
    "gcp:bigquery/dataTransferConfig:DataTransferConfig": store.expiry,
    "gcp:bigquery/dataset:Dataset": store.datasets,
    "gcp:bigquery/table:Table": store.loaded,
    "gcp:cloudrunv2/service:Service": serving.runs,
    "gcp:cloudscheduler/job:Job": work.clocks,
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": network.google_apis,
    "gcp:compute/network:Network": network.flows,
    "gcp:dns/managedZone:ManagedZone": network.zones,
    "gcp:kms/cryptoKey:CryptoKey": network.keys,
    "gcp:logging/projectSink:ProjectSink": network.logs,
    "gcp:monitoring/alertPolicy:AlertPolicy": network.alarms,
    "gcp:monitoring/metricDescriptor:MetricDescriptor": serving.metrics,
    "gcp:projects/iAMAuditConfig:IAMAuditConfig": network.audit,
    "gcp:pubsub/topic:Topic": network.topics,
    "gcp:secretmanager/secret:Secret": store.secrets,
    "gcp:storage/bucket:Bucket": store.buckets,
    "gcp:vertex/aiEndpoint:AiEndpoint": network.doors,
    "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore": serving.online_stores,
    "gcp:vertex/aiFeatureOnlineStoreFeatureview:AiFeatureOnlineStoreFeatureview": serving.syncs,
    "gcp:vertex/aiTensorboard:AiTensorboard": serving.tracking,
    "gcp:workbench/instance:Instance": serving.disks,
    "gcp:workflows/workflow:Workflow": work.workflows,
}
