"""The parity table is held against the files: every promise has a file or a reason on every cloud."""

import pytest

from components.base import Cloud, capabilities, implementation
from components.parity import features

BUILT = [c.name for c in capabilities() if c.clouds]


@pytest.mark.parametrize("cloud", Cloud)
@pytest.mark.parametrize("capability", BUILT)
def test_a_built_capability_is_on_every_cloud(capability, cloud):
    """
    A capability that one cloud has, all have: the folder holds one component for each.
    """
    assert capability == implementation(capability, cloud).capability


@pytest.mark.parametrize("capability", BUILT)
def test_every_feature_is_answered_for_every_cloud(capability):
    """
    A line says what keeps the promise, or why nothing does, and where that is written.
    """
    for feature in features(capability):
        assert set(Cloud) == set(feature.on), feature.name
        for cloud, answer in feature.on.items():
            assert answer.source.startswith("https://"), (feature.name, cloud)
            assert bool(answer.by) == (answer.level != "missing"), (feature.name, cloud)
            assert bool(answer.reason) == (answer.level != "native"), (feature.name, cloud)


@pytest.mark.parametrize("capability", BUILT)
def test_feature_names_are_unique(capability):
    """
    Two lines of one capability are never the same line.
    """
    names = [f.name for f in features(capability)]

    assert sorted(set(names)) == sorted(names)
