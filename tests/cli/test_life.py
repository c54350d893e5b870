"""`up`, `preview` and `destroy` in the sandbox, as a person runs them."""

import json

import pytest

pytestmark = pytest.mark.engine


def test_up_and_destroy_in_the_sandbox(groundplan):
    """
    A stack comes up with its outputs shown, a preview finds no change, and destroy says what is left.
    """
    up = groundplan("up", "minimal.yaml", "--cloud", "gcp", "--sandbox")
    assert 0 == up.code
    assert "created" in up.out
    assert "endpoints/predict.url: https://" in up.out

    again = json.loads(groundplan("preview", "minimal.yaml", "--cloud", "gcp", "--sandbox", "--json").out)
    assert ["same"] == list(again["changes"])
    assert "registry" in again["outputs"] or again["operation"] == "preview"

    gone = groundplan("destroy", "minimal.yaml", "--cloud", "gcp", "--sandbox")
    assert 0 == gone.code
    assert "a key ring can't be deleted" in gone.out


def test_a_protected_stack_is_left_whole(groundplan):
    """
    Destroying prod is refused before anything is deleted; `--unprotect` gives the data up.
    """
    assert 0 == groundplan("up", "minimal.yaml", "--env", "prod", "--cloud", "aws", "--sandbox").code

    refused = groundplan("destroy", "minimal.yaml", "--env", "prod", "--cloud", "aws", "--sandbox")
    assert 1 == refused.code
    assert "nothing was deleted" in refused.err
    preview = groundplan("preview", "minimal.yaml", "--env", "prod", "--cloud", "aws", "--sandbox", "--json")
    assert ["same"] == list(json.loads(preview.out)["changes"])

    gone = groundplan("destroy", "minimal.yaml", "--env", "prod", "--cloud", "aws", "--sandbox", "--unprotect")
    assert 0 == gone.code
    assert "left: nothing" in gone.out
