"""GP-GOV-017: files of restricted stacks can't be downloaded from notebooks."""

from policies.checks import must_equal
from policies.resource import Resource
from policies.rule import Absent, Level, Rule, Severity
from policies.settings import Settings


def _restricted(resource: Resource, settings: Settings) -> bool:
    return resource.label(settings.classification_label) == "restricted"


RULE = Rule(
    id="GP-GOV-017",
    demand="In stacks with restricted data, files can't be downloaded from notebooks, nor their output shared.",
    why="A browser's download takes data past the network, the key and the log that guard it.",
    fix="Set notebook-disable-downloads in the metadata; leave notebookOutputOption at Disabled.",
    source="https://cloud.google.com/vertex-ai/docs/workbench/instances/manage-metadata",
    severity=Severity.LOW,
    level=Level.ADVISORY,
    external=("gcp:ainotebooks.disableFileDownloads", "OWASP:LLM02"),
    checks={
        "gcp:workbench/instance:Instance": must_equal(
            "gceSetup.metadata.notebook-disable-downloads",
            "true",
            True,
            wrong="false",
            because="Workbench allows downloads",
            given={"labels.classification": "restricted"},
            when=_restricted,
            remedy="true",
        ),
        "aws:sagemaker/domain:Domain": must_equal(
            "defaultUserSettings.sharingSettings.notebookOutputOption",
            "Disabled",
            wrong="Allowed",
            absent=Absent.PASSES,
            given={"tags.classification": "restricted"},
            when=_restricted,
            remedy="Disabled",
        ),
    },
)
