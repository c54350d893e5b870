"""Regions: what equals what, whose law holds, and what an unknown name is answered with."""

import re

import pytest

from components.catalog import NoRegion, default_region, equal_region, jurisdictions, region, regions
from components.catalog.regions import CLOUDS

SOLD = ("aws", "gcp", "azure")


@pytest.mark.parametrize(
    "trio",
    [
        ("eu-west-1", "europe-west4", "westeurope"),
        ("us-east-1", "us-east4", "eastus"),
        ("ap-south-1", "asia-south1", "centralindia"),
        ("eu-central-1", "europe-west3", "germanywestcentral"),
        ("ap-northeast-1", "asia-northeast1", "japaneast"),
        ("eu-west-2", "europe-west2", "uksouth"),
    ],
)
def test_a_region_has_its_equal_on_the_other_clouds(trio):
    """
    From any of the three clouds the other two are found.
    """
    for cloud, name in zip(SOLD, trio, strict=True):
        assert trio == tuple(equal_region(cloud, name, other).name for other in SOLD)


def test_an_equal_region_is_under_the_same_law():
    """
    Moving a stack to the equal region never moves its data into another jurisdiction.
    """
    for cloud in SOLD:
        for here in regions(cloud):
            for other in SOLD:
                there = [r for r in regions(other) if r.area == here.area]
                assert all(r.jurisdiction == here.jurisdiction for r in there)
                assert sum(r.is_first_of_area for r in there) == bool(there)


def test_each_jurisdiction_has_one_default_a_cloud():
    """
    Residency alone settles where a stack goes, inside that jurisdiction.
    """
    for cloud in SOLD:
        for law in jurisdictions(cloud):
            assert region(cloud, default_region(cloud, [law])).jurisdiction == law
            assert 1 == sum(r.is_default for r in regions(cloud) if r.jurisdiction == law)


def test_the_first_jurisdiction_that_the_cloud_is_in_wins():
    """
    A jurisdiction without a region of that cloud is passed over for the next one allowed.
    """
    assert default_region("azure", ["taiwan", "eu"]) == "westeurope"
    assert default_region("gcp", ["eu", "us"]) == "europe-west4"
    assert default_region("aws") == "us-east-1"


def _beginning(name: str) -> str:
    """What the IDs of a region's zones begin with: `apne1` in ap-northeast-1, `use1` in us-east-1."""
    area, side, number = name.split("-")
    short = "".join(word[0] for word in re.findall("north(?=east)|south(?=east)|.+", side))
    return area + short + number


def test_zones_belong_to_their_region():
    """
    An AWS region comes with two or three zones, by the ID that means the same zone in every account.
    """
    for here in regions("aws"):
        assert 2 <= len(here.zones) <= 3
        assert all(z.rpartition("-")[0] == _beginning(here.name) for z in here.zones)
        assert all(re.fullmatch(r"az[1-6]", z.rpartition("-")[2]) for z in here.zones)
        assert len(set(here.zones)) == len(here.zones)
    assert region("aws", "us-west-1").zones == ("usw1-az1", "usw1-az3")
    assert region("aws", "ap-northeast-1").zones == ("apne1-az1", "apne1-az4", "apne1-az2")


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda: region("aws", "eu-west-11"), "Did you mean eu-west-1"),
        (lambda: region("aws", "europe-west4"), "a region of gcp, not of aws. Its equal there is eu-west-1."),
        (lambda: region("azure", "us-east-1"), "Its equal there is eastus."),
        (lambda: region("kubernetes", "eastus"), "kubernetes has no regions of its own"),
        (lambda: regions("oracle"), "there is no cloud 'oracle'"),
        (lambda: default_region("gcp", ["europe"]), "no jurisdiction 'europe' is known"),
        (lambda: default_region("azure", ["taiwan"]), "azure has no region in taiwan. It has australia"),
        (lambda: equal_region("aws", "me-south-1", "gcp"), "gcp has no region in bahrain"),
        (lambda: equal_region("aws", "us-east-1", "kubernetes"), "kubernetes has no region in us-east"),
    ],
)
def test_an_unknown_region_is_answered_with_what_to_write(ask, says):
    """
    The message names the nearest region, the right cloud, or what there is.
    """
    with pytest.raises(NoRegion, match=says.replace("(", r"\(").replace(".", r"\.")):
        ask()


def test_a_cluster_has_no_regions():
    """
    Kubernetes is a cloud of the toolkit, but no place of its own.
    """
    assert "kubernetes" in CLOUDS
    assert regions("kubernetes") == ()
