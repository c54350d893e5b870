"""Access to stores is logged somewhere."""

from __future__ import annotations

from typing import Any

from policies.pack import rule
from policies.resource import Resource, Stack
from policies.settings import Settings

BUCKET, LOGGING = "aws:s3/bucket:Bucket", "aws:s3/bucketLogging:BucketLogging"
TRAIL, GCS = "aws:cloudtrail/trail:Trail", "gcp:storage/bucket:Bucket"


def found(*resources: Resource) -> list[str]:
    return [b.urn for b in rule("GP-GOV-013").breaches_across(Stack(resources), Settings())]


def at(kind: str, urn: str, **inputs: Any) -> Resource:
    return Resource(urn, kind, inputs)


def test_where_access_logs_go_is_not_logged_itself():
    """
    The bucket that takes access logs needs none of its own.
    """
    rule_ = at(LOGGING, "l", bucket="data", targetBucket="logs")

    assert [] == found(at(BUCKET, "a", bucket="data"), at(BUCKET, "b", bucket="logs"), rule_)


def test_a_trail_counts_for_the_buckets_it_names():
    """
    Data events of one bucket's objects say nothing of another bucket.
    """
    fields = [
        {"field": "resources.type", "equals": ["AWS::S3::Object"]},
        {"field": "resources.ARN", "startsWiths": ["arn:aws:s3:::data/"]},
    ]
    trail = at(TRAIL, "t", advancedEventSelectors=[{"fieldSelectors": fields}])

    assert ["b"] == found(at(BUCKET, "a", bucket="data"), at(BUCKET, "b", bucket="data-eu"), trail)


def test_a_bucket_that_takes_a_sinks_logs():
    """
    On GCP a bucket of logs needs no access log.
    """
    sink = at("gcp:logging/projectSink:ProjectSink", "s", destination="storage.googleapis.com/logs")

    assert ["a"] == found(at(GCS, "a", name="data"), at(GCS, "b", name="logs"), sink)
