"""The packs' configuration file: levels stand by rule or among the settings, and mean the same in both places."""

from __future__ import annotations

import json

import pytest

from policies.configuration import BadConfiguration, read


@pytest.mark.parametrize(
    "given",
    [
        {"gp-sec-001": "advisory"},
        {"gp-settings": {"levels": {"GP-SEC-001": "advisory"}}},
        {"gp-sec-001": "disabled", "gp-settings": {"levels": {"GP-SEC-001": "advisory"}}},
        {"all": "disabled", "gp-sec-001": {"enforcementLevel": "advisory"}},
    ],
)
def test_a_level_is_heard_wherever_it_stands(given, tmp_path):
    """
    A rule's level goes before that of all, and the settings' before both.
    """
    file = tmp_path / "packs.json"
    file.write_text(json.dumps(given), encoding="utf-8")

    assert "advisory" == read(file).settings("prod").levels["GP-SEC-001"]


@pytest.mark.parametrize("levels", ["loud", ["GP-SEC-001"], {"GP-SEC-001": "loud"}, {"sec-1": "advisory"}])
def test_levels_that_are_none_are_told(levels, tmp_path):
    """
    What is no level, or of no rule's id, is one clear line that names the setting.
    """
    file = tmp_path / "packs.json"
    file.write_text(json.dumps({"gp-settings": {"levels": levels}}), encoding="utf-8")

    with pytest.raises(BadConfiguration, match=r"gp-settings\.levels"):
        read(file)
