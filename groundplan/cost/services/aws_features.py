"""What features, experiments and notebooks on AWS cost besides machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.cost.line import HOURS_A_MONTH, Line, Pays, Sight

__all__ = ["PAYS", "feature_group", "materializations"]

COLUMNS_BESIDES = 3
"""
Columns that a materialization reads besides all those of its source: the keys and moments of what is there already, and
the moments once more for the age of the newest (`components/clouds/aws/materialize.py`).
"""


def materializations(view: str, sight: Sight) -> float:
    """How often a view is brought what is new, in a month."""
    asked = sight.blueprint.features.views[view].materialize if sight.blueprint.features else None
    return HOURS_A_MONTH * 3600 / asked.every.seconds if asked else 0


def feature_group(resource: Mapping[str, Any], body: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """The online store, of which each view has an equal share; a value is written and read in a unit each."""
    if "OnlineStoreConfig" not in body or not sight.blueprint.features:
        return
    among = sum(view.online is not None for view in sight.blueprint.features.views.values())
    usage, view = sight.usage, resource["name"]
    told = f"{usage.features} over {among} view(s)"
    yield Line.used("sagemaker-featurestore-online-storage", f"{view} online", usage.features.gib / among, told)
    for way, number in (("write", usage.feature_writes), ("read", usage.feature_reads)):
        told = f"{number} values over {among} view(s)"
        item = f"sagemaker-featurestore-online-{way}-unit"
        yield Line.used(item, f"{view} online, {way}s", number.number / among / 1e6, told)


def _workgroup(_resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """What is new is found by reading the whole source, and the keys of the offline store, which is as large."""
    features = sight.blueprint.features
    for name, view in sorted(features.views.items()) if features else ():
        if features and view.materialize:
            runs, columns, among = materializations(name, sight), len(list(features.typed(view))), len(features.views)
            tib = sight.usage.features.gib / among * (1 + COLUMNS_BESIDES / columns) / 1024
            told = f"{runs:g} runs, each of {sight.usage.features} over {among} view(s)"
            told += f" and {COLUMNS_BESIDES} of {columns} columns again"
            yield Line.used("athena-scanned", f"Queries for {name}", runs * tib, told)


def _catalogued(resource: Mapping[str, Any], _sight: Sight) -> Iterator[Line]:
    yield Line.always("glue-catalog-objects", f"Catalogue, {resource['name']}", 0.001, "1 object")


def _tracking(_resource: Mapping[str, Any], _sight: Sight) -> Iterator[Line]:
    """What runs leave there is in `usage.artifacts`."""
    yield Line.always("sagemaker-mlflow-app", "MLflow app", 1, "1 app")


def _space(resource: Mapping[str, Any], _sight: Sight) -> Iterator[Line]:
    storage = resource["inputs"]["spaceSettings"]["spaceStorageSettings"]["ebsStorageSettings"]
    size = storage["ebsVolumeSizeInGb"]
    what = f"Disk of {resource['name'].removesuffix('-space')}"
    yield Line.always("sagemaker-studio-storage", what, size, f"{size} GB, used or not")


PAYS: Mapping[str, Pays] = {
    "aws:athena/workgroup:Workgroup": _workgroup,
    "aws:glue/catalogDatabase:CatalogDatabase": _catalogued,
    "aws:glue/catalogTable:CatalogTable": _catalogued,
    "aws:sagemaker/mlflowApp:MlflowApp": _tracking,
    "aws:sagemaker/space:Space": _space,
}
