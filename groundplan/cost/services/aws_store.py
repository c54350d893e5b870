"""What the stores of a stack on AWS cost: buckets, image repositories, the key, secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from components.endpoint import Queue
from components.units import Duration
from groundplan.cost.line import HOURS_A_MONTH, Line, Pays, Sight

__all__ = ["PAYS", "months"]

BUCKET = "aws:s3/bucket:Bucket"
STORES = ("data", "artifacts")
"""The foundation's buckets that people and jobs write to; what `usage` says of stores is shared out among those."""
BUCKET_KEY_SHARE = 0.01
"""
Requests to KMS for each to S3, where the bucket has a key of its own: less by up to 99%.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
"""
ROTATIONS = 2
"""
Rotations of a key that are paid for, each as much as the key; later ones are not.

Source: https://aws.amazon.com/kms/pricing/
"""
ASKED_PUTS, ASKED_GETS = 6, 5
"""
Requests to S3 for each file that an asynchronous endpoint answers (`components/clouds/aws/queue_steps.py`): the
question, two tickets, SageMaker's answer, its copy under the name of the question, and what deletes the rest; the head
of the question, its reading, two tickets, and who takes the answer.
"""


def months(kept: Duration) -> float:
    """How many months' worth of what comes in every month is there, once the first of it goes."""
    return kept.seconds / 3600 / HOURS_A_MONTH


def _bucket(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """Contents, by what the bucket is for: the stack's models are in `usage.artifacts`, its logs with the trail."""
    name = resource["name"]
    if endpoint := sight.name(resource, "endpoints"):
        yield from _of_endpoint(name, endpoint, sight)
    elif resource["component"] == "features":
        held = sight.usage.features
        yield Line.used("s3-standard-storage", "Offline feature store", held.gib, f"{held} of features")
    elif name in STORES:
        yield from _store(name, sight)


def _store(name: str, sight: Sight) -> Iterator[Line]:
    usage, keep = sight.usage, sight.blueprint.storage.keep_versions
    held = usage.data if name == "data" else usage.artifacts
    old = held.gib * usage.overwritten.fraction * months(keep)
    yield Line.used("s3-standard-storage", f"Bucket {name}", held.gib, f"{held} of {name}")
    told = f"{usage.overwritten} of {held} overwritten in a month, kept {keep}"
    yield Line.used("s3-noncurrent", f"Bucket {name}, old versions", old, told)
    share = sum(r["component"] == "foundation" and r["name"] in STORES for r in sight.of(BUCKET))
    of = f" over {share} buckets" if share > 1 else ""
    writes, reads = usage.object_writes.number / share, usage.object_reads.number / share
    yield Line.used(
        "s3-put-requests", f"Bucket {name}, writes", writes / 1000, f"{usage.object_writes} objects written{of}"
    )
    yield Line.used("s3-get-requests", f"Bucket {name}, reads", reads / 1000, f"{usage.object_reads} objects read{of}")


def _of_endpoint(name: str, endpoint: str, sight: Sight) -> Iterator[Line]:
    """What was captured of it, or what waits in its queue; either is deleted a day after its time, with its version."""
    spec, known = sight.blueprint.endpoints[endpoint], sight.usage.endpoint(endpoint)
    size = known.request_size.gib + known.answer_size.gib
    if name.endswith("-capture") and spec.capture:
        kept, share = Duration(spec.capture.retain.seconds + 86_400), spec.capture.sample
        told = f"{share} of {known.requests} requests of {known.request_size} + {known.answer_size}, kept {kept}"
        held = known.requests.number * size * share.fraction * months(kept)
        yield Line.used("s3-standard-storage", f"Captures of {endpoint}", held, told)
    elif name.endswith("-queue"):
        kept = Duration((spec.queue or Queue()).retain.seconds + 86_400)
        told = f"{known.requests} requests of {known.request_size} + {known.answer_size}, kept {kept}"
        held = known.requests.number * size * months(kept)
        yield Line.used("s3-standard-storage", f"Queue of {endpoint}", held, told)
        for item, what, each in (("put", "writes", ASKED_PUTS), ("get", "reads", ASKED_GETS)):
            number = known.requests.number * each / 1000
            told = f"{each} for each of {known.requests} requests"
            yield Line.used(f"s3-{item}-requests", f"Queue of {endpoint}, {what}", number, told)


def _repository(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """Scans on push are ECR's own, for which there is no charge: https://aws.amazon.com/ecr/pricing/."""
    held = sight.usage.images
    yield Line.used(
        "ecr-storage", f"Images of {resource['name'].removeprefix('image-')}", held.gib, f"{held} of images"
    )


def _key(_resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """A year after the other, it is rotated; a key that is a year old is expected."""
    told = f"1 key; one more for each of the first {ROTATIONS} yearly rotations"
    yield Line("kms-key-month", "Key", 1, 2, 1 + ROTATIONS, told, "always")
    usage = sight.usage
    number = (usage.object_writes.number + usage.object_reads.number) * BUCKET_KEY_SHARE
    told = f"{BUCKET_KEY_SHARE:.0%} of {usage.object_writes} + {usage.object_reads} objects: buckets have keys"
    yield Line.used("kms-requests", "Key, requests", number / 1000, told)


def _secret(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    what = f"Secret {resource['name'].removeprefix('secret-')}"
    yield Line.always("secrets-manager-secret-month", what, 1, "1 secret")
    if resource["name"].removeprefix("secret-") in sight.blueprint.foundation.alert_channels.secrets:
        told = f"{sight.usage.alerts:g} alerts"
        yield Line.used("secrets-manager-requests", f"{what}, requests", sight.usage.alerts / 1000, told)


PAYS: Mapping[str, Pays] = {
    BUCKET: _bucket,
    "aws:ecr/repository:Repository": _repository,
    "aws:kms/key:Key": _key,
    "aws:secretsmanager/secret:Secret": _secret,
}
