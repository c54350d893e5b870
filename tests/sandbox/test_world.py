"""The emulated clouds' memory: lasting, safe to share, open to meddling."""

from __future__ import annotations

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from groundplan.sandbox.world import LeftOver, NotFound, Resource, World, WorldOutdated

BUCKET = "aws:s3/bucket:Bucket"


def bucket(name: str) -> Resource:
    return Resource(BUCKET, name, name, inputs={"bucket": name, "tags": {"owner": "ml"}}, outputs={"tags": {}})


@pytest.fixture
def world(tmp_path: Path) -> World:
    """
    An empty world.
    """
    return World(tmp_path / "world")


def test_a_world_outlives_the_run_that_made_it(world: World, tmp_path: Path) -> None:
    """
    What one run creates, the next finds, as it was.
    """
    world.put(bucket("a"))
    world.close()

    assert World(tmp_path / "world").get(BUCKET, "a") == bucket("a")


def test_a_world_is_its_owners_alone(world: World) -> None:
    """
    Others on the machine can't read what was sent to the emulated clouds.
    """
    mode = (world.folder / "world.sqlite3").stat().st_mode

    assert stat.S_IMODE(mode) & 0o077 == 0


def test_many_threads_and_connections_lose_nothing(world: World) -> None:
    """
    The engine calls in parallel, and two commands may run at once: every write is kept.
    """
    other = World(world.folder)

    def work(number: int) -> None:
        home = world if number % 2 else other
        with home.transaction():
            home.put(bucket(f"b{number}"))
            home.count_creation("urn:one")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(80)))

    assert len(world.resources(BUCKET)) == 80
    assert world.generation("urn:one") == "80"


def test_a_transaction_that_fails_leaves_no_trace(world: World) -> None:
    """
    Half of a change is no change.
    """

    def half() -> None:
        with world.transaction():
            world.put(bucket("a"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()

    assert world.resources() == []


def test_a_resource_can_be_changed_behind_pulumis_back(world: World) -> None:
    """
    Tests can cause drift: in what was given, and in what the cloud computed.
    """
    world.put(bucket("a"))

    world.change(BUCKET, "a", {"tags.owner": "you", "region": "eu-west-3"})

    held = world.get(BUCKET, "a")
    assert held is not None
    assert held.inputs["tags"] == {"owner": "you"}
    assert held.outputs == {"tags": {"owner": "you"}, "region": "eu-west-3"}


def test_changing_what_is_not_there_is_an_error(world: World) -> None:
    """
    The error says what is missing, and where it was looked for.
    """
    with pytest.raises(NotFound, match="aws:s3/bucket:Bucket 'a' is not in the world at"):
        world.change(BUCKET, "a", {})


def test_what_a_destroy_leaves_is_told(world: World) -> None:
    """
    Left over are resources and names that stay taken; not what was there before any stack.
    """
    urn = "urn:pulumi:dev::acme::gcp:kms/keyRing:KeyRing::ml"
    world.put(bucket("a"))
    world.assume("aws:ec2/vpc:Vpc", "vpc-1")
    world.burn("gcp:kms/keyRing:KeyRing", "ml", "a key ring can't be deleted", urn)

    assert world.left_over() == [
        LeftOver(BUCKET, "a", "still exists"),
        LeftOver("gcp:kms/keyRing:KeyRing", "ml", "a key ring can't be deleted"),
    ]
    assert [left.type for left in world.left_over("dev")] == ["gcp:kms/keyRing:KeyRing"]


def test_a_world_of_another_version_is_refused(world: World) -> None:
    """
    The error says what to do.
    """
    world.close()
    with closing(sqlite3.connect(world.folder / "world.sqlite3")) as file:
        file.execute("PRAGMA user_version = 99")

    with pytest.raises(WorldOutdated, match="delete it"):
        World(world.folder)
