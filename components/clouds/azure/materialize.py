"""How a feature set of Azure ML comes to its values: the Logic App that publishes it and materializes what is new."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.clouds.azure.workflow import (
    API,
    Actions,
    after,
    choose,
    compose,
    definition,
    delay,
    fail,
    http,
    literal,
    set_to,
    until,
    variable,
)
from components.features import ColumnType
from components.units import Duration

__all__ = ["PARAMETERS", "FeatureSet", "materialize_definition", "specification"]

PARAMETERS = (
    "artifacts",
    "environment",
    "machines",
    "source",
    "specifications",
    "store",
    "train-identity",
    "workspace",
)
"""What the definition is told: ARM ids, and where the files lie."""

KINDS: Mapping[ColumnType, str] = {
    "string": "string",
    "int": "long",
    "float": "double",
    "bool": "boolean",
    "timestamp": "datetime",
}
"""
Types of a feature set's columns; there is none for a list of numbers.

Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-featureset-spec
"""

SPARK = "standard_e4s_v3"
"""Machine of a materialization: the smallest that Azure ML's serverless Spark has."""

REST, MATERIALIZED, PUBLISHED = 60, 4 * 3600, 3600  # seconds
LONGEST_MINUTES = 72_000  # between two starts, by the minute
START = {
    "type": "object",
    "properties": {"from": {"type": "string", "format": "date-time"}, "to": {"type": "string", "format": "date-time"}},
    "additionalProperties": False,
}
JOB = "concat('features-', outputs('version'), '-', outputs('run'))"


@dataclass(frozen=True)
class FeatureSet:
    """
    One view as a feature set.

    Attributes:
        name: Of the feature set.
        version: What stands for its columns; others make another version.
        entity: `<name>:<version>` of its entity.
        every: How often it is materialized.
        online: Whether into the online store too.
        tags: Of what is made.
    """

    name: str
    version: str
    entity: str
    every: Duration
    online: bool
    tags: Mapping[str, str]


def specification(source: str, moment: str, key: tuple[str, str], columns: Sequence[tuple[str, ColumnType]]) -> str:
    """The file `FeatureSetSpec.yaml`, as JSON, which is YAML too."""
    return json.dumps(
        {
            "$schema": "http://azureml/sdk-2-0/FeatureSetSpec.json",
            "source": {"type": "parquet", "path": source, "timestamp_column": {"name": moment}},
            "features": [{"name": column, "type": KINDS[kind]} for column, kind in columns],
            "index_columns": [{"name": key[0], "type": key[1]}],
        }
    )


def materialize_definition(of: FeatureSet, identity: str) -> dict[str, Any]:
    """
    The workflow: once a version that is not there is published, its values up to now are materialized.

    It starts by the clock, and by a request, which may name another window with `from` and `to`. What is materialized
    already is not done again: only windows without data are asked for.
    """
    actions: Actions = {
        "outcome": variable("outcome"),
        "asked": compose("@coalesce(triggerBody(), json('{}'))", after("outcome")),
        "run": compose("@guid()", after("asked")),
        "version": compose(literal(of.version), after("run")),
        "set": compose(f"@concat(parameters('store'), '/featuresets/{of.name}')", after("version")),
        "versions": http("GET", f"outputs('set'), '/versions?api-version={API}'", identity, run_after=after("set")),
        "is_published": compose(
            "@contains(string(body('versions')), concat('/versions/', outputs('version'), '\"'))", after("versions")
        ),
        "publish_once": choose(
            {"equals": ["@outputs('is_published')", False]}, _publish(of, identity), run_after=after("is_published")
        ),
        **_materialize(of, identity),
    }
    made = definition(START, PARAMETERS, actions, one_at_a_time=True)
    made["triggers"]["clock"] = {
        "type": "Recurrence",
        "recurrence": _recurrence(of.every),
        "runtimeConfiguration": {"concurrency": {"runs": 1}},
    }
    return made


def _recurrence(every: Duration) -> dict[str, Any]:
    minutes = max(1, every.seconds // 60)
    if minutes <= LONGEST_MINUTES:
        return {"frequency": "Minute", "interval": minutes}
    return {"frequency": "Day", "interval": every.seconds // 86_400}


def _publish(of: FeatureSet, identity: str) -> Actions:
    """Write the specification, which nobody outside the network can, and make the version of it."""
    job = "concat(parameters('workspace'), '/jobs/', outputs('job'))"
    folder = f"'/features/{of.name}/', outputs('version')"
    version = "outputs('set'), '/versions/', outputs('version')"
    return {
        "job": compose(f"@{JOB}"),
        "write": http(
            "PUT", f"{job}, '?api-version={API}'", identity, body=_writing(of, folder), run_after=after("job")
        ),
        "until_written": until(
            "contains(createArray('Completed', 'Failed', 'Canceled'), variables('outcome'))",
            {
                "rest": delay(REST),
                "look": http("GET", f"{job}, '?api-version={API}'", identity, run_after=after("rest")),
                "say": set_to("outcome", "@body('look')['properties']['status']", after("look")),
            },
            PUBLISHED,
            after("write"),
        ),
        "is_written": choose(
            {"not": {"equals": ["@variables('outcome')", "Completed"]}},
            {
                "not_written": fail(
                    "NOT_WRITTEN", "The job that writes the specification ended as @{variables('outcome')}."
                )
            },
            run_after=after("until_written"),
        ),
        "publish": http(
            "PUT",
            f"{version}, '?api-version={API}'",
            identity,
            body=_version(of, folder),
            run_after=after("is_written"),
        ),
        "until_published": until(
            "contains(createArray('Succeeded', 'Failed', 'Canceled'), variables('outcome'))",
            {
                "pause": delay(REST),
                "see": http("GET", f"{version}, '?api-version={API}'", identity, run_after=after("pause")),
                "tell": set_to("outcome", "@body('see')['properties']['provisioningState']", after("see")),
            },
            PUBLISHED,
            after("publish"),
        ),
        "is_made": choose(
            {"not": {"equals": ["@variables('outcome')", "Succeeded"]}},
            {
                "not_made": fail(
                    "NOT_PUBLISHED", "Azure ML came to @{variables('outcome')} with the feature set's version."
                )
            },
            run_after=after("until_published"),
        ),
    }


def _writing(of: FeatureSet, folder: str) -> dict[str, Any]:
    """Body of the job that writes the specification: the ARM model `CommandJob`."""
    return {
        "properties": {
            "jobType": "Command",
            "displayName": f"Specification of {of.name}",
            "experimentName": "features",
            "command": "@concat('printf %s ', base64(parameters('source')),"
            " ' | base64 -d > ${{outputs.spec}}/FeatureSetSpec.yaml')",
            "environmentId": "@parameters('environment')",
            "computeId": "@parameters('machines')",
            "identity": {"identityType": "Managed", "resourceId": "@parameters('train-identity')"},
            "outputs": {
                "spec": {
                    "jobOutputType": "uri_folder",
                    "mode": "ReadWriteMount",
                    "uri": f"@concat(parameters('artifacts'), {folder})",
                }
            },
            "limits": {"jobLimitsType": "Command", "timeout": "PT10M"},
            "tags": literal(dict(of.tags)),
        }
    }


def _version(of: FeatureSet, folder: str) -> dict[str, Any]:
    """Body of the version: the ARM model `FeaturesetVersion`."""
    return {
        "properties": {
            "description": f"Columns of {of.name}",
            "entities": [f"azureml:{of.entity}"],
            "specification": {"path": f"@concat(parameters('specifications'), {folder})"},
            "stage": "Production",
            "materializationSettings": {
                "storeType": "OnlineAndOffline" if of.online else "Offline",
                "resource": {"instanceType": SPARK},
                "sparkConfiguration": {
                    "spark.driver.cores": "4",
                    "spark.driver.memory": "28g",
                    "spark.executor.cores": "4",
                    "spark.executor.memory": "28g",
                    "spark.executor.instances": "2",
                },
            },
            "tags": literal(dict(of.tags)),
        }
    }


def _materialize(of: FeatureSet, identity: str) -> Actions:
    """Ask for what has no values yet, and wait for the job that a tag of its own tells from others."""
    start = f"addSeconds(utcNow(), -{3 * of.every.seconds})"
    window = {
        "featureWindowStart": f"@coalesce(outputs('asked')?['from'], {start})",
        "featureWindowEnd": "@coalesce(outputs('asked')?['to'], utcNow())",
    }
    asked = {
        "displayName": f"@concat('{of.name}-', outputs('run'))",
        "featureWindow": window,
        "dataAvailabilityStatus": ["None", "Incomplete"],
        "resource": {"instanceType": SPARK},
        "tags": "@setProperty(json('{}'), outputs('run'), 'materialization')",
    }
    listed = f"parameters('store'), '/jobs?tag=', outputs('run'), '&api-version={API}'"
    # with an empty object behind them there is a first one, also before the job is listed
    found = "union(coalesce(body('jobs')?['value'], json('[]')), json('[{}]'))"
    status = f"@coalesce(first({found})?['properties']?['status'], '')"
    return {
        "fill": http(
            "POST",
            f"outputs('set'), '/versions/', outputs('version'), '/backfill?api-version={API}'",
            identity,
            body=asked,
            run_after=after("publish_once"),
        ),
        "forget": set_to("outcome", "", after("fill")),
        "until_filled": until(
            "contains(createArray('Completed', 'Failed', 'Canceled'), variables('outcome'))",
            {
                "wait": delay(REST),
                "jobs": http("GET", listed, identity, run_after=after("wait")),
                "note": set_to("outcome", status, after("jobs")),
            },
            MATERIALIZED,
            after("forget"),
        ),
        "is_filled": choose(
            {"not": {"equals": ["@variables('outcome')", "Completed"]}},
            {
                "not_filled": fail(
                    "NOT_MATERIALIZED", "The materialization ended as @{variables('outcome')}, or not in time."
                )
            },
            run_after=after("until_filled"),
        ),
    }
