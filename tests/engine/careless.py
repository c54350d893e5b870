"""Stacks that somebody wrote in haste: each breaks rules of every pack, and the emulated clouds take them."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
import pulumi_azure_native as azure
import pulumi_gcp as gcp

ASSUME = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}]}'
ALL = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'


def on_aws() -> None:
    """An open notebook with a role that may do everything, and a bare bucket."""
    role = aws.iam.Role("role", name="haste", assume_role_policy=ASSUME)
    aws.iam.RolePolicy("policy", role=role.name, policy=ALL)
    bucket = aws.s3.Bucket("data", bucket="haste-data-111122223333")
    aws.sagemaker.NotebookInstance("lab", name="lab", instance_type="ml.g5.xlarge", role_arn=role.arn)
    pulumi.export("bucket", bucket.bucket)


def on_gcp() -> None:
    """A bucket with ACLs and without a key, for anybody to read."""
    bucket = gcp.storage.Bucket("data", name="haste-data-1", location="us-central1", project="example-project")
    gcp.storage.BucketIAMMember("public", bucket=bucket.name, role="roles/storage.objectViewer", member="allUsers")


def on_azure() -> None:
    """An account that anybody may reach, over plain HTTP."""
    azure.storage.StorageAccount(
        "data",
        account_name="hastedata1",
        resource_group_name="haste",
        location="westeurope",
        kind="StorageV2",
        sku=azure.storage.SkuArgs(name="Standard_LRS"),
        allow_blob_public_access=True,
        enable_https_traffic_only=False,
        minimum_tls_version="TLS1_0",
    )


PROGRAMS = {"aws": on_aws, "gcp": on_gcp, "azure": on_azure}
