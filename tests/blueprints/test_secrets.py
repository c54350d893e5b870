"""Secrets: named in a blueprint wherever a field takes one, and nowhere else."""

from blueprints.derived import secret_names
from components.base import Spec
from components.fields import SecretRef


class Inner(Spec):
    """A spec deep in another."""

    credential: SecretRef | None = None


class Outer(Spec):
    """A spec with secrets in every kind of place."""

    plain: SecretRef
    text: str = ""
    one: Inner | None = None
    many: dict[str, list[Inner]] = {}


def test_every_reference_is_found():
    """
    A secret named in any field that takes one is made in the stack's store; text that looks like one is text.
    """
    spec = Outer(
        plain="secret/a",
        text="secret/no",
        one=Inner(credential="secret/b"),
        many={"x": [Inner(), Inner(credential="secret/c")]},
    )

    assert secret_names(spec) == ["a", "b", "c"]
