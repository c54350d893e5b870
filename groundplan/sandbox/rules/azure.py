"""Azure rules: names ARM takes, and properties the provider or the service cannot change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.sandbox.rules.rule import Refusal, Rule

__all__ = ["COMMON", "CROSS", "KEEPS", "REPLACES", "VALUES"]

_NAMES = "https://learn.microsoft.com/en-us/azure/azure-resource-manager/management/resource-name-rules"
_ML = "azure-native:machinelearningservices:"


def _name(pattern: str, says: str = "") -> Rule:
    return Rule(pattern=pattern, says=says, source=_NAMES)


_ENDPOINT = Rule(
    pattern=r"[a-zA-Z][a-zA-Z0-9-]{1,30}[a-zA-Z0-9]",
    says="3 to 32 letters, digits and hyphens, a letter first, no hyphen last",
    source="https://learn.microsoft.com/en-us/azure/machine-learning/"
    "how-to-manage-quotas#azure-machine-learning-online-endpoints-and-batch-endpoints",
)
_DEPLOYMENT = _name(r"[a-zA-Z][a-zA-Z0-9-]{0,31}", says="at most 32 letters, digits and hyphens, a letter first")
_ASSET = _name(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}")
_PERIOD = Rule(pattern=r"P(\d+D)?(T(\d+H)?(\d+M)?(\d+S)?)?", says="an ISO 8601 period such as PT5M", source="ISO 8601")
_METRIC_ALERTS = "https://learn.microsoft.com/en-us/azure/templates/microsoft.insights/metricalerts"
_ALERT_PERIODS = frozenset({"PT1M", "PT5M", "PT15M", "PT30M", "PT1H", "PT6H", "PT12H", "P1D"})
_GUID = r"[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"

COMMON: dict[str, Rule] = {
    "resourceGroupName": _name(r"[\w().-]{0,89}[\w()-]", says="1 to 90 letters, digits and ()._-, no dot last"),
    "tags": Rule(longest=256, source=_NAMES),
    "tags#": Rule(shortest=1, longest=512, pattern=r"[^<>%&\\?/]+"),
}

VALUES: dict[str, dict[str, Rule]] = {
    "azure-native:storage:StorageAccount": {
        "accountName": _name(r"[a-z0-9]{3,24}", says="3 to 24 lower-case letters and digits")
    },
    "azure-native:storage:BlobContainer": {
        "containerName": _name(
            r"\$root|\$logs|\$web|(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]",
            says="3 to 63 lower-case letters, digits and single hyphens",
        ),
    },
    "azure-native:storage:ManagementPolicy": {"managementPolicyName": Rule(enum=frozenset({"default"}))},
    "azure-native:keyvault:Vault": {
        "vaultName": _name(
            r"(?!.*--)[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]",
            says="3 to 24 letters, digits and single hyphens, a letter first, no hyphen last",
        ),
        "properties.softDeleteRetentionInDays": Rule(least=7, most=90),
        "properties.tenantId": Rule(pattern=_GUID, says="a GUID"),
    },
    "azure-native:keyvault:Key": {
        "keyName": _name(r"[a-zA-Z0-9-]{1,127}", says="1 to 127 letters, digits and hyphens")
    },
    "azure-native:applicationinsights:Workbook": {
        "resourceName": _name(_GUID, says="a GUID"),
        "serializedData": Rule(json=True, source="the portal parses it"),
        "kind": Rule(enum=frozenset({"shared"})),
    },
    "azure-native:alertsmanagement:AlertProcessingRuleByName": {
        "location": Rule(enum=frozenset({"global", "Global"}), source="the rule is of no region"),
    },
    "azure-native:keyvault:Secret": {
        "secretName": _name(r"[a-zA-Z0-9-]{1,127}", says="1 to 127 letters, digits and hyphens")
    },
    "azure-native:containerregistry:Registry": {
        "registryName": _name(r"[a-zA-Z0-9]{5,50}", says="5 to 50 letters and digits")
    },
    "azure-native:managedidentity:UserAssignedIdentity": {
        "resourceName": _name(r"[a-zA-Z0-9][a-zA-Z0-9_-]{2,127}", says="3 to 128 letters, digits, - and _"),
    },
    "azure-native:operationalinsights:Workspace": {
        "workspaceName": _name(
            r"[a-zA-Z0-9][a-zA-Z0-9-]{2,61}[a-zA-Z0-9]",
            says="4 to 63 letters, digits and hyphens, no hyphen first or last",
        ),
        "retentionInDays": Rule(least=7, most=730),
    },
    "azure-native:network:VirtualNetwork": {
        "virtualNetworkName": _name(
            r"[a-zA-Z0-9][\w.-]{0,62}\w", says="2 to 64 letters, digits and ._-, a letter or digit first"
        ),
    },
    "azure-native:network:Subnet": {
        "subnetName": _name(
            r"[a-zA-Z0-9]([\w.-]{0,78}\w)?", says="1 to 80 letters, digits and ._-, a letter or digit first"
        )
    },
    "azure-native:network:NetworkSecurityGroup": {
        "networkSecurityGroupName": _name(
            r"[a-zA-Z0-9]([\w.-]{0,78}\w)?", says="1 to 80 letters, digits and ._-, a letter or digit first"
        ),
    },
    "azure-native:network:PrivateEndpoint": {
        "privateEndpointName": _name(
            r"[a-zA-Z0-9][\w.-]{0,62}\w", says="2 to 64 letters, digits and ._-, a letter or digit first"
        ),
    },
    "azure-native:authorization:RoleAssignment": {
        "roleAssignmentName": _name(_GUID, says="a GUID"),
        "roleDefinitionId": Rule(
            pattern=r"(/.+)?/providers/Microsoft\.Authorization/roleDefinitions/[0-9a-fA-F-]{36}",
            source="https://learn.microsoft.com/en-us/azure/role-based-access-control/role-definitions",
        ),
        "principalId": Rule(pattern=_GUID, says="a GUID"),
    },
    "azure-native:consumption:Budget": {"budgetName": _name(r"[\w-]{1,63}", says="1 to 63 letters, digits, - and _")},
    "azure-native:logic:Workflow": {"workflowName": _name(r"[\w.()-]{1,80}", says="1 to 80 letters, digits and ._()-")},
    "azure-native:monitor:ActionGroup": {"groupShortName": _name(r".{1,12}", says="1 to 12 characters")},
    "azure-native:monitor:ScheduledQueryRule": {
        # the SDK merges this enum with that of another API
        "criteria.allOf.operator": Rule(
            enum=frozenset({"Equals", "GreaterThan", "GreaterThanOrEqual", "LessThan", "LessThanOrEqual"}),
            source="https://learn.microsoft.com/en-us/azure/templates/microsoft.insights/scheduledqueryrules",
        ),
        "ruleName": _name(
            r"[^*<>%{}&:\\?/#]{0,259}[^*<>%{}&:\\?/#. ]", says="1 to 260 characters, none of *<>%{}&:\\?/#"
        ),
        "severity": Rule(least=0, most=4),
        "evaluationFrequency": _PERIOD,
        "windowSize": _PERIOD,
    },
    "azure-native:monitor:MetricAlert": {
        "ruleName": _name(
            r"[^*#&+:<>?@%{}\\/|]{0,259}[^*#&+:<>?@%{}\\/|. ]", says="1 to 260 characters, none of *#&+:<>?@%{}\\/|"
        ),
        "location": Rule(enum=frozenset({"global"}), source=_METRIC_ALERTS),
        "severity": Rule(least=0, most=4),
        "evaluationFrequency": Rule(enum=_ALERT_PERIODS, source=_METRIC_ALERTS),
        "windowSize": Rule(enum=_ALERT_PERIODS, source=_METRIC_ALERTS),
        "criteria.allOf.dimensions.operator": Rule(enum=frozenset({"Include", "Exclude"}), source=_METRIC_ALERTS),
    },
    "azure-native:search:Service": {
        "searchServiceName": _name(
            r"(?!.*--)[a-z0-9][a-z0-9-]{0,58}[a-z0-9]", says="2 to 60 lower-case letters, digits and single hyphens"
        ),
    },
    "azure-native:dashboard:Grafana": {
        "workspaceName": _name(r"[a-zA-Z][a-zA-Z0-9-]{0,21}[a-zA-Z0-9]"),
    },
    "azure-native:app:ContainerApp": {
        "containerAppName": _name(
            r"(?!.*--)[a-z][a-z0-9-]{0,30}[a-z0-9]",
            says="2 to 32 lower-case letters, digits and single hyphens, a letter first",
        ),
    },
    "azure-native:cognitiveservices:Account": {
        "accountName": _name(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{1,63}"),
    },
    "azure-native:containerservice:ManagedCluster": {
        "resourceName": _name(r"[a-zA-Z0-9]([\w-]{0,61}[a-zA-Z0-9])?"),
    },
    "azure-native:containerservice:AgentPool": {
        "agentPoolName": _name(r"[a-z][a-z0-9]{0,11}", says="1 to 12 lower-case letters and digits, a letter first")
    },
    f"{_ML}Workspace": {
        "workspaceName": _name(
            r"[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}", says="3 to 33 letters, digits, - and _, a letter or digit first"
        )
    },
    f"{_ML}Registry": {
        "registryName": _name(
            r"[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}", says="3 to 33 letters, digits, - and _, a letter or digit first"
        )
    },
    f"{_ML}Compute": {
        "computeName": _name(r"[a-zA-Z][a-zA-Z0-9-]{1,31}", says="2 to 32 letters, digits and hyphens, a letter first"),
        "properties.properties.idleTimeBeforeShutdown": _PERIOD,
        "properties.properties.scaleSettings.nodeIdleTimeBeforeScaleDown": _PERIOD,
        "properties.properties.scaleSettings.minNodeCount": Rule(least=0),
    },
    f"{_ML}OnlineEndpoint": {
        "endpointName": _ENDPOINT,
        "properties.traffic": Rule(least=0, most=100),
        "properties.mirrorTraffic": Rule(least=0, most=50),
    },
    f"{_ML}OnlineDeployment": {"deploymentName": _DEPLOYMENT},
    f"{_ML}BatchEndpoint": {"endpointName": _ENDPOINT},
    f"{_ML}BatchDeployment": {"deploymentName": _DEPLOYMENT},
    f"{_ML}ModelContainer": {"name": _ASSET},
    f"{_ML}EnvironmentContainer": {"name": _ASSET},
    f"{_ML}ComponentContainer": {"name": _ASSET},
    f"{_ML}DataContainer": {"name": _ASSET},
    f"{_ML}Datastore": {"name": _name(r"[a-zA-Z0-9_]{1,255}", says="1 to 255 letters, digits and _")},
}

REPLACES: dict[str, frozenset[str]] = {
    # Source: pulumi-azure-native provider/pkg/gen/replacement.go (path parameters and location
    # are added for every type)
    "azure-native:authorization:RoleAssignment": frozenset(
        {"principalId", "scope", "roleDefinitionId", "principalType"}
    ),
    "azure-native:containerservice:ManagedCluster": frozenset(
        {
            "diskEncryptionSetID",
            "dnsPrefix",
            "fqdnSubdomain",
            "linuxProfile",
            "networkProfile.dnsServiceIP",
            "networkProfile.networkDataplane",
            "networkProfile.networkMode",
            "networkProfile.networkPlugin",
            "networkProfile.networkPluginMode",
            "networkProfile.networkPolicy",
            "networkProfile.outboundType",
            "networkProfile.podCidr",
            "networkProfile.serviceCidr",
            "nodeResourceGroup",
            "windowsProfile",
        }
    ),
    "azure-native:containerservice:AgentPool": frozenset({"gpuInstanceProfile", "vmSize"}),
    "azure-native:network:PrivateEndpoint": frozenset({"subnet"}),
    "azure-native:storage:StorageAccount": frozenset({"isHnsEnabled"}),
}

KEEPS: dict[str, frozenset[str]] = {
    "azure-native:network:Subnet": frozenset({"addressPrefix", "addressPrefixes"}),
}


def _compute_name(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """
    A compute instance's name is shorter, and may not end in a hyphen and a number.

    Source: https://github.com/MicrosoftDocs/pipelines-azureml/issues/19 (the service's message)
    """
    kind = inputs.get("properties")
    name = inputs.get("computeName")
    if not isinstance(kind, Mapping) or kind.get("computeType") != "ComputeInstance":
        return
    if isinstance(name, str) and not re.fullmatch(r"(?!.*-\d+$)[A-Za-z][A-Za-z0-9-]{2,23}", name):
        yield (
            "computeName",
            f"{name!r} is no compute instance's name: 3 to 24 letters, digits and hyphens, a letter "
            "first, no hyphen and number last",
        )


def _traffic(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    properties = inputs.get("properties")
    shares = properties.get("traffic") if isinstance(properties, Mapping) else None
    if isinstance(shares, Mapping) and shares and all(isinstance(v, int) for v in shares.values()):
        total = sum(shares.values())
        if total not in (0, 100):
            yield "properties.traffic", f"sums to {total}: it must be 0 or 100"


def _managed_scale(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """
    Managed deployments scale through an autoscale setting, not by target utilisation.

    Source: https://learn.microsoft.com/en-us/azure/machine-learning/how-to-autoscale-endpoints
    """
    properties = inputs.get("properties")
    if not isinstance(properties, Mapping) or properties.get("endpointComputeType") != "Managed":
        return
    scale = properties.get("scaleSettings")
    if isinstance(scale, Mapping) and scale.get("scaleType") == "TargetUtilization":
        yield (
            "properties.scaleSettings.scaleType",
            "'TargetUtilization' is for Kubernetes only: a managed deployment takes 'Default'",
        )


def _alert_window(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """
    An alert looks back at least as far as to its last look.

    Source: https://learn.microsoft.com/en-us/azure/azure-monitor/alerts/alerts-create-metric-alert-rule
    """
    often, window = (_minutes(inputs.get(key)) for key in ("evaluationFrequency", "windowSize"))
    if often and window and window < often:
        yield (
            "windowSize",
            f"{inputs['windowSize']} is shorter than evaluationFrequency, {inputs['evaluationFrequency']}",
        )


def _minutes(period: Any) -> int:
    """Length of a period; 0 where it is not known."""
    found = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?", period) if isinstance(period, str) else None
    days, hours, minutes = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    return days * 1440 + hours * 60 + minutes


def _purge_protection(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """Once on it can't be turned off, so the API refuses an explicit false."""
    properties = inputs.get("properties")
    if isinstance(properties, Mapping) and properties.get("enablePurgeProtection") is False:
        yield (
            "properties.enablePurgeProtection",
            "cannot be set to false: the service takes true, or nothing",
        )


CROSS = {
    f"{_ML}Compute": _compute_name,
    f"{_ML}OnlineEndpoint": _traffic,
    f"{_ML}OnlineDeployment": _managed_scale,
    "azure-native:keyvault:Vault": _purge_protection,
    "azure-native:monitor:MetricAlert": _alert_window,
    "azure-native:monitor:ScheduledQueryRule": _alert_window,
}
