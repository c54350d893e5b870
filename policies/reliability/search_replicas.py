"""GP-REL-015: search has the replicas that its service level asks for."""

from policies.checks import at_least, known
from policies.rule import Absent, Level, Rule, Severity

RULE = Rule(
    id="GP-REL-015",
    demand="A production search service has three replicas or more.",
    why="Azure's service level holds from two replicas for queries, and from three where indexes are updated too.",
    fix="Set replicaCount to 3.",
    source="https://learn.microsoft.com/azure/search/search-reliability",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    external=("CKV_AZURE_208", "CKV_AZURE_209"),
    checks={
        "azure-native:search:Service": at_least(
            "replicaCount",
            3,
            absent=Absent.FAILS,
            because="AI Search has one replica",
            when=lambda resource, settings: settings.production and not known("sku.name", "free")(resource, settings),
        ),
    },
)
