"""GCP fields an API cannot change, so that a change makes a new resource."""

from __future__ import annotations

__all__ = ["KEEPS", "REPLACES"]

_EVERYTHING = frozenset({"*"})
_ENCRYPTION = frozenset({"encryptionSpec"})

REPLACES: dict[str, frozenset[str]] = {
    # Source: GoogleCloudPlatform/magic-modules mmv1/products: fields marked immutable
    "gcp:vertex/aiEndpoint:AiEndpoint": _ENCRYPTION
    | {"network", "privateServiceConnectConfig.enablePrivateServiceConnect"},
    "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore": frozenset({"embeddingManagement.enabled"}),
    "gcp:vertex/aiFeatureGroup:AiFeatureGroup": frozenset({"bigQuery.bigQuerySource"}),
    "gcp:vertex/aiFeatureGroupFeature:AiFeatureGroupFeature": frozenset({"featureGroup"}),
    "gcp:vertex/aiFeatureOnlineStoreFeatureview:AiFeatureOnlineStoreFeatureview": frozenset(
        {"featureOnlineStore", "vectorSearchConfig"}
    ),
    "gcp:vertex/aiIndex:AiIndex": _ENCRYPTION | {"indexUpdateMethod", "metadata.config"},
    "gcp:vertex/aiIndexEndpoint:AiIndexEndpoint": _ENCRYPTION
    | {"network", "privateServiceConnectConfig", "publicEndpointEnabled"},
    "gcp:vertex/aiIndexEndpointDeployedIndex:AiIndexEndpointDeployedIndex": frozenset(
        {
            "dedicatedResources.machineSpec",
            "deployedIndexAuthConfig",
            "deployedIndexId",
            "deploymentGroup",
            "displayName",
            "enableAccessLogging",
            "index",
            "indexEndpoint",
            "reservedIpRanges",
        }
    ),
    "gcp:vertex/aiTensorboard:AiTensorboard": _ENCRYPTION,
    "gcp:vertex/aiTensorboardExperiment:AiTensorboardExperiment": frozenset({"tensorboard", "tensorboardExperimentId"}),
    "gcp:vertex/aiMetadataStore:AiMetadataStore": _EVERYTHING,
    "gcp:vertex/aiDeploymentResourcePool:AiDeploymentResourcePool": _EVERYTHING,
    "gcp:vertex/aiEndpointWithModelGardenDeployment:AiEndpointWithModelGardenDeployment": (_EVERYTHING),
    "gcp:kms/keyRing:KeyRing": _EVERYTHING,
    "gcp:kms/cryptoKey:CryptoKey": frozenset(
        {
            "cryptoKeyBackend",
            "destroyScheduledDuration",
            "importOnly",
            "keyRing",
            "purpose",
            "versionTemplate.protectionLevel",
        }
    ),
    "gcp:artifactregistry/repository:Repository": frozenset({"format", "kmsKeyName", "mode", "repositoryId"}),
    "gcp:secretmanager/secret:Secret": frozenset({"replication", "secretId"}),
    "gcp:secretmanager/secretVersion:SecretVersion": frozenset({"secret", "secretData"}),
    "gcp:pubsub/subscription:Subscription": frozenset({"enableMessageOrdering", "filter", "topic"}),
    "gcp:eventarc/trigger:Trigger": frozenset({"channel", "transport"}),
    "gcp:billing/budget:Budget": frozenset({"billingAccount"}),
    "gcp:bigquery/dataset:Dataset": frozenset({"datasetId", "externalDatasetReference"}),
    "gcp:bigquery/table:Table": frozenset({"datasetId", "tableId", "encryptionConfiguration"}),
    "gcp:bigquery/dataTransferConfig:DataTransferConfig": frozenset({"dataSourceId"}),
    "gcp:dns/managedZone:ManagedZone": frozenset({"dnsName", "reverseLookup", "serviceDirectoryConfig", "visibility"}),
    "gcp:dns/recordSet:RecordSet": frozenset({"managedZone"}),
    "gcp:colab/runtimeTemplate:RuntimeTemplate": frozenset(
        {
            "dataPersistentDiskSpec",
            "description",
            "eucConfig",
            "idleShutdownConfig",
            "labels",
            "machineSpec",
            "networkSpec",
            "networkTags",
            "shieldedVmConfig",
        }
    ),
    "gcp:colab/schedule:Schedule": frozenset({"createNotebookExecutionJobRequest"}),
    "gcp:workbench/instance:Instance": frozenset(
        {
            "disableProxyAccess",
            "gceSetup.bootDisk.diskEncryption",
            "gceSetup.bootDisk.diskType",
            "gceSetup.bootDisk.kmsKey",
            "gceSetup.confidentialInstanceConfig",
            "gceSetup.dataDisks.diskType",
            "gceSetup.dataDisks.kmsKey",
            "gceSetup.disablePublicIp",
            "gceSetup.enableIpForwarding",
            "gceSetup.networkInterfaces",
            "gceSetup.reservationAffinity",
            "gceSetup.serviceAccounts",
            "gceSetup.tags",
            "gceSetup.vmImage",
        }
    ),
    "gcp:compute/network:Network": frozenset(
        {"autoCreateSubnetworks", "description", "internalIpv6Range", "networkProfile"}
    ),
    "gcp:compute/subnetwork:Subnetwork": frozenset({"network", "purpose", "description"}),
    "gcp:compute/firewall:Firewall": frozenset({"direction", "network"}),
    "gcp:compute/globalAddress:GlobalAddress": _EVERYTHING,
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": frozenset(
        {"ipAddress", "loadBalancingScheme", "network", "networkTier", "portRange"}
    ),
    "gcp:compute/networkAttachment:NetworkAttachment": frozenset({"connectionPreference"}),
    "gcp:compute/router:Router": frozenset({"network", "encryptedInterconnectRouter"}),
    "gcp:storage/bucket:Bucket": frozenset({"customPlacementConfig", "enableObjectRetention", "hierarchicalNamespace"}),
    "gcp:serviceaccount/account:Account": frozenset({"accountId"}),
    "gcp:monitoring/metricDescriptor:MetricDescriptor": frozenset({"metricKind", "type", "valueType"}),
    "gcp:monitoring/slo:Slo": frozenset({"service", "sloId"}),
    "gcp:vectorsearch/collection:Collection": _ENCRYPTION | {"collectionId"},
    "gcp:vectorsearch/index:Index": _EVERYTHING,
    "gcp:modelarmor/template:Template": frozenset({"templateId"}),
    "gcp:cloudquota/sQuotaPreference:SQuotaPreference": frozenset({"parent"}),
    "gcp:projects/service:Service": frozenset({"service"}),
    "gcp:projects/serviceIdentity:ServiceIdentity": frozenset({"service"}),
    "gcp:projects/iAMCustomRole:IAMCustomRole": frozenset({"roleId"}),
}

KEEPS: dict[str, frozenset[str]] = {
    "gcp:vertex/aiDeploymentResourcePool:AiDeploymentResourcePool": frozenset({"deletionPolicy"}),
    "gcp:compute/globalAddress:GlobalAddress": frozenset({"labels"}),
}
