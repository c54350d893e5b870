"""What SageMaker feature groups stand on: their bucket, catalogue, query workgroup, and who may do what with them."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_aws import athena, glue, iam

from components.base import Component
from components.clouds.aws.grants import grant
from components.clouds.aws.ground import AwsGround, AwsPlace, Bucket, after, here, tags
from components.clouds.aws.key import USE
from components.clouds.aws.materialize import NAMESPACE, Columns, hive_type
from components.clouds.aws.policies import Statement, allow, document, own_account, trust
from components.clouds.aws.reach import READ, WRITE, bucket_access, outside_access
from components.clouds.aws.store import Store, expire, keep_versions

__all__ = ["FeatureGround", "feature_ground", "rights", "source_table"]

OFFLINE, RESULTS, WRITTEN = "offline/", "athena/", "written/"
OVERWRITTEN_FILE_DAYS, RESULT_DAYS = 90, 7
PARQUET = "org.apache.hadoop.hive.ql.io.parquet"


@dataclass(frozen=True)
class FeatureGround:
    """
    What every feature group of the stack uses.

    Attributes:
        bucket: Holds the offline store, and the results of queries for a week.
        database: Of the Glue catalogue; its name is known beforehand, `made` says that it is there.
        made: The database's name, once it is there.
        workgroup: Of Athena.
        role_arn: What SageMaker writes the offline store as.
    """

    bucket: Bucket
    database: str
    made: pulumi.Output[str]
    workgroup: pulumi.Output[str]
    role_arn: pulumi.Output[str]


def feature_ground(owner: Component, ground: AwsGround) -> FeatureGround:
    """Register what the feature groups stand on."""
    place, context = here(owner), owner.context
    rules = [
        keep_versions(OVERWRITTEN_FILE_DAYS),
        expire("results", RESULTS, RESULT_DAYS),
        expire("written", WRITTEN, RESULT_DAYS),
    ]
    name = context.name("features", limit=63, unique=True)
    bucket = Store(owner, "features", name, ground.key_arn, rules, access_logs=ground.access_logs).build()
    database = context.name("features", limit=128, separator="_")
    made = glue.CatalogDatabase(
        "features-database",
        name=database,
        description=f"Sources and offline store of {context.blueprint} {context.environment}",
        # nobody else has a right by default: Lake Formation's own default would give everyone of the account all
        create_table_default_permissions=[],
        tags=tags(context),
        opts=owner.keeps_data(),
    )
    workgroup = athena.Workgroup(
        "features-queries",
        name=context.name("features", limit=128),
        description="Finds what is new in the sources of features",
        state="ENABLED",
        force_destroy=True,  # its history of queries is no data
        configuration=athena.WorkgroupConfigurationArgs(
            enforce_workgroup_configuration=True,
            publish_cloudwatch_metrics_enabled=True,
            engine_version=athena.WorkgroupConfigurationEngineVersionArgs(
                selected_engine_version="Athena engine version 3"
            ),
            result_configuration=athena.WorkgroupConfigurationResultConfigurationArgs(
                output_location=pulumi.Output.concat(bucket.uri(), f"/{RESULTS}"),
                expected_bucket_owner=place.account,
                encryption_configuration=athena.WorkgroupConfigurationResultConfigurationEncryptionConfigurationArgs(
                    encryption_option="SSE_KMS", kms_key_arn=ground.key_arn
                ),
            ),
        ),
        tags=tags(context),
        opts=owner.child(),
    )
    return FeatureGround(
        bucket, database, made.name, workgroup.name, _store_role(owner, place, ground, bucket, database)
    )


def _store_role(
    owner: Component, place: AwsPlace, ground: AwsGround, bucket: Bucket, database: str
) -> pulumi.Output[str]:
    """
    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-adding-policies.html
    """
    context = owner.context
    role = iam.Role(
        "features-store",
        name=context.name("features", "store", limit=64, unique=True),
        description=f"Writes the offline store of {context.blueprint} {context.environment}",
        assume_role_policy=trust(place, {"sagemaker": place.arn("sagemaker", "*")}),
        max_session_duration=3600,
        tags=tags(context),
        opts=owner.child(),
    )
    policy = iam.RolePolicy(
        "features-store-policy",
        name="store",
        role=role.name,
        policy=document(
            allow("Write", ["s3:PutObject", "s3:PutObjectAcl"], bucket.objects(OFFLINE), when=own_account(place)),
            allow("See", ["s3:GetBucketAcl", "s3:GetBucketLocation"], bucket.arn, when=own_account(place)),
            allow("Key", USE, ground.key_arn),
            allow(
                "Catalogue",
                ["glue:CreateTable", "glue:GetDatabase", "glue:GetTable", "glue:UpdateTable"],
                _catalogue(place, database),
            ),
        ),
        opts=owner.child(),
    )
    return after(role.arn, policy)


def _catalogue(place: AwsPlace, database: str) -> list[str]:
    parts = ("catalog", f"database/{database}", f"table/{database}/*")
    return [place.arn("glue", part) for part in parts]


def source_table(
    owner: Component, on: FeatureGround, view: str, table: str, uri: pulumi.Output[str], columns: Columns
) -> glue.CatalogTable:
    """The files of a view's source as a table; it changes with the view's columns, and holds nothing itself."""
    storage = glue.CatalogTableStorageDescriptorArgs
    return glue.CatalogTable(
        f"{view}-source",
        name=table,
        database_name=on.made,
        description=f"Parquet files that the values of {view} come from",
        table_type="EXTERNAL_TABLE",
        parameters={"EXTERNAL": "TRUE", "classification": "parquet"},
        storage_descriptor=storage(
            location=pulumi.Output.concat(uri, "/"),
            input_format=f"{PARQUET}.MapredParquetInputFormat",
            output_format=f"{PARQUET}.MapredParquetOutputFormat",
            ser_de_info=glue.CatalogTableStorageDescriptorSerDeInfoArgs(
                serialization_library=f"{PARQUET}.serde.ParquetHiveSerDe", parameters={"serialization.format": "1"}
            ),
            columns=[
                glue.CatalogTableStorageDescriptorColumnArgs(name=column.lower(), type=hive_type(kind))
                for column, kind in columns
            ],
        ),
        opts=owner.child(),
    )


def rights(owner: Component, ground: AwsGround, on: FeatureGround, sources: list[str], *, online: bool) -> None:
    """Training reads the offline store, serving the online one, and the pipeline writes both."""
    place, context = here(owner), owner.context
    groups = place.arn("sagemaker", f"feature-group/{context.start(64)}*")
    grant(owner, ground.roles["train"], "offline", bucket_access("Features", on.bucket, READ, OFFLINE))
    if online:
        read = allow("Features", ["sagemaker:BatchGetRecord", "sagemaker:GetRecord"], groups)
        grant(owner, ground.roles["serve"], "online", [read])
    grant(owner, ground.roles["pipeline"], "materialize", _materialize(owner, ground, on, groups))
    if outside := sorted({source for source in sources if "://" in source}):
        grant(owner, ground.roles["pipeline"], "sources", outside_access(place, READ, outside))


def _materialize(owner: Component, ground: AwsGround, on: FeatureGround, groups: str) -> list[Statement]:
    """
    Sources: https://docs.aws.amazon.com/step-functions/latest/dg/connect-athena.html and
    https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
    """
    place, stack = here(owner), owner.context.start(80)
    machines, executions = (place.arn("states", f"{kind}:{stack}*") for kind in ("stateMachine", "execution"))
    workgroup = on.workgroup.apply(lambda name: place.arn("athena", f"workgroup/{name}"))
    queries = ["GetQueryExecution", "GetQueryResults", "StartQueryExecution", "StopQueryExecution"]
    return [
        allow("Query", [f"athena:{action}" for action in queries], workgroup),
        allow("Catalogue", ["athena:GetDataCatalog"], place.arn("athena", "datacatalog/AwsDataCatalog")),
        allow("Tables", ["glue:GetDatabase", "glue:GetPartitions", "glue:GetTable"], _catalogue(place, on.database)),
        *bucket_access("Sources", ground.data, READ),
        *bucket_access("Store", on.bucket, READ, OFFLINE),
        allow("Results", WRITE, [on.bucket.objects(RESULTS), on.bucket.objects(WRITTEN)]),
        allow("Uploads", ["s3:ListBucketMultipartUploads"], on.bucket.arn),
        allow("UploadParts", ["s3:ListMultipartUploadParts"], on.bucket.objects(RESULTS)),
        allow("Put", ["sagemaker:PutRecord"], groups),
        allow("Rows", ["states:ListExecutions", "states:StartExecution"], machines),
        allow("FollowRows", ["states:DescribeExecution", "states:StopExecution"], executions),
        allow("Age", ["cloudwatch:PutMetricData"], "*", when={"StringEquals": {"cloudwatch:namespace": NAMESPACE}}),
    ]
