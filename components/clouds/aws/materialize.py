"""How new values come from a source into a SageMaker feature group: the state machine, and the SQL that it runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.clouds.aws.states import expr, literal, machine, sdk
from components.features import ColumnType

__all__ = ["METRIC", "NAMESPACE", "Materialization", "hive_type"]

NAMESPACE, METRIC = "groundplan/features", "FeatureAgeSeconds"
WRITERS = 40  # rows written at a time: one every 25 ms keeps far below the store's 10,000 writes a second
# how SageMaker takes a moment. Source:
# https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html
MOMENT = "yyyy-MM-dd''T''HH:mm:ss.SSS''Z''"

HIVE: dict[ColumnType, str] = {
    "string": "string",
    "int": "bigint",
    "float": "double",
    "bool": "boolean",
    "timestamp": "timestamp",
    "vector": "array<double>",
}

Columns = Sequence[tuple[str, ColumnType]]


def hive_type(kind: ColumnType) -> str:
    """Type of a source's column, as the Glue catalogue has it."""
    return HIVE[kind]


def _text(column: str, kind: ColumnType) -> str:
    """SQL of a value as SageMaker takes it: text."""
    quoted = f's."{column}"'
    if kind == "timestamp":
        return f"format_datetime({quoted}, '{MOMENT}')"
    if kind == "bool":
        return f"CAST({quoted} AS integer)"
    return f"json_format(CAST({quoted} AS JSON))" if kind == "vector" else quoted


@dataclass(frozen=True)
class Materialization:
    """
    One view's way from its source to its feature group.

    Attributes:
        group: Name of the feature group.
        database, source, offline: Glue database, and its tables of the source and of the offline store.
        workgroup: Athena's.
        bucket: Where results go.
        columns: With their types; the key first, the event time second.
    """

    group: pulumi.Output[str]
    database: str
    source: str
    offline: str
    workgroup: pulumi.Output[str]
    bucket: pulumi.Output[str]
    columns: Columns

    def new_rows(self) -> str:
        """
        SQL of what the source has and the offline store has not, each moment of each entity once.

        A column is called by its number: Athena's tables know no upper case.
        """
        (key, _), (moment, _) = self.columns[:2]
        when = _text(moment, "timestamp")
        found = ", ".join(f"{_text(column, kind)} AS c{n}" for n, (column, kind) in enumerate(self.columns))
        places = f'"{self.database}"."{self.source}" WHERE "{key}" IS NOT NULL AND "{moment}" IS NOT NULL'
        number = f'row_number() OVER (PARTITION BY "{key}", "{moment}") AS nth_of_moment'
        once = f"SELECT *, {number} FROM {places}"  # noqa: S608 - every name in it is the stack's own
        known = f'SELECT DISTINCT "{key}" AS known_key, "{moment}" AS known_moment'
        return (
            # every name in it is the stack's own
            f'SELECT {found} FROM ({once}) s LEFT JOIN ({known} FROM "{self.database}"."{self.offline}") o'  # noqa: S608
            f' ON o.known_key = s."{key}" AND o.known_moment = {when}'
            " WHERE s.nth_of_moment = 1 AND o.known_key IS NULL"
        )

    def age(self) -> str:
        """SQL of how many seconds ago the newest value was true; nothing where there is none."""
        moment = self.columns[1][0]
        newest = f"date_diff('second', max(\"{moment}\"), CAST(current_timestamp AT TIME ZONE 'UTC' AS timestamp))"
        return f'SELECT {newest} FROM "{self.database}"."{self.source}"'  # noqa: S608 - names of the stack's own

    def definition(self) -> dict[str, Any]:
        """The state machine; it takes no input."""
        return machine(
            "Writes what is new in a source to its feature group, and says how old the newest value is",
            "OtherRuns",
            {
                "OtherRuns": self._other_runs(),
                "FirstOfThem": {
                    "Type": "Choice",
                    "Choices": [{"Condition": expr("$first"), "Next": "NewRows"}],
                    "Default": "LeftToTheFirst",
                },
                "LeftToTheFirst": {"Type": "Succeed", "Output": {"written": False}},
                "NewRows": self._query(self.new_rows(), "Write", self._result_file()),
                "Write": self._write(),
                "Age": self._query(
                    self.age(), "ReadAge", {"age_query": expr("$states.result.QueryExecution.QueryExecutionId")}
                ),
                "ReadAge": self._read_age(),
                "HasValues": {
                    "Type": "Choice",
                    "Choices": [{"Condition": expr("$age >= 0"), "Next": "Publish"}],
                    "Default": "Empty",
                },
                "Empty": {"Type": "Succeed", "Output": {"written": True}},
                "Publish": self._publish(),
                "Done": {"Type": "Succeed", "Output": {"written": True, "age_seconds": expr("$age")}},
            },
        )

    def _other_runs(self) -> dict[str, Any]:
        """Of runs at the same time the first goes on: two would write the same rows."""
        return {
            "Type": "Task",
            "Resource": sdk("sfn", "listExecutions"),
            "Arguments": {"StateMachineArn": expr("$states.context.StateMachine.Id"), "StatusFilter": "RUNNING"},
            "Assign": {
                "first": expr(
                    "$count($states.result.Executions) < 2 or"
                    " $states.result.Executions[-1].ExecutionArn = $states.context.Execution.Id"
                )
            },
            "Next": "FirstOfThem",
        }

    def _query(self, sql: str, then: str, assign: dict[str, str]) -> dict[str, Any]:
        return {
            "Type": "Task",
            "Resource": "arn:aws:states:::athena:startQueryExecution.sync",
            "Arguments": {
                "QueryString": sql,
                "QueryExecutionContext": {"Catalog": "AwsDataCatalog", "Database": self.database},
                "WorkGroup": self.workgroup,
            },
            "Retry": [
                {
                    "ErrorEquals": ["Athena.TooManyRequestsException", "Athena.InternalServerException"],
                    "IntervalSeconds": 10,
                    "MaxAttempts": 5,
                    "BackoffRate": 2,
                }
            ],
            "Assign": assign,
            "Next": then,
        }

    @staticmethod
    def _result_file() -> dict[str, str]:
        place = "$substringAfter($states.result.QueryExecution.ResultConfiguration.OutputLocation, 's3://')"
        return {"rows": expr(f"$substringAfter({place}, '/')")}

    def _write(self) -> dict[str, Any]:
        """A call a row, so that both stores have it; a row that is written again changes nothing online."""
        names = literal([column for column, _ in self.columns])
        value = "$lookup($states.input, 'c' & $string($n))"
        record = f"$exists({value}) and {value} != '' ? {{'FeatureName': $name, 'ValueAsString': {value}}}"
        put = {
            "Type": "Task",
            "Resource": sdk("sagemakerfeaturestoreruntime", "putRecord"),
            "Arguments": {
                "FeatureGroupName": self.group,
                "Record": expr(f"[$map({names}, function($name, $n) {{ {record} }})]"),
            },
            "Retry": [{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 2, "MaxAttempts": 5, "BackoffRate": 2}],
            "End": True,
        }
        return {
            "Type": "Map",
            "Label": "Rows",
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
                "Arguments": {"Bucket": self.bucket, "Key": expr("$rows")},
            },
            "MaxConcurrency": WRITERS,
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                "StartAt": "Put",
                "States": {"Put": put},
            },
            # what each call came to is of no use, and together too large to hand on
            "ResultWriter": {
                "Resource": "arn:aws:states:::s3:putObject",
                "Arguments": {"Bucket": self.bucket, "Prefix": "written"},
            },
            "Next": "Age",
        }

    def _read_age(self) -> dict[str, Any]:
        found = "$states.result.ResultSet.Rows[1].Data[0].VarCharValue"
        return {
            "Type": "Task",
            "Resource": sdk("athena", "getQueryResults"),
            "Arguments": {"QueryExecutionId": expr("$age_query"), "MaxResults": 2},
            "Assign": {"age": expr(f"$exists({found}) ? $max([0, $number({found})]) : -1")},
            "Next": "HasValues",
        }

    def _publish(self) -> dict[str, Any]:
        datum = {
            "MetricName": METRIC,
            "Dimensions": [{"Name": "FeatureGroup", "Value": self.group}],
            "Unit": "Seconds",
            "Value": expr("$age"),
        }
        return {
            "Type": "Task",
            "Resource": sdk("cloudwatch", "putMetricData"),
            "Arguments": {"Namespace": NAMESPACE, "MetricData": [datum]},
            "Next": "Done",
        }
