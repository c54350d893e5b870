"""What an emulated provider does with a resource: check, create, read, update, delete."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from groundplan.sandbox import faults, laws
from groundplan.sandbox.emulator import Emulator, Failure
from groundplan.sandbox.faults import Fault
from groundplan.sandbox.schema import ResourceSchema
from groundplan.sandbox.shape import merged, planned_shape
from groundplan.sandbox.values import holds_unknown, is_asset, plain
from groundplan.sandbox.wire import mark_like, secret_keys
from groundplan.sandbox.world import Resource, World

__all__ = ["DEFAULTS", "HalfCreated", "Operations", "Refused"]

DEFAULTS = "__defaults"
"""The input that lists what the provider filled in, as bridged providers keep it."""

_RETRIES = 8
_PAUSE_S = 0.02


class Refused(RuntimeError):
    """The cloud refused a call."""


class HalfCreated(RuntimeError):
    """The cloud made the resource, but it is not ready."""

    def __init__(self, resource: Resource, reason: str) -> None:
        super().__init__(reason)
        self.resource = resource
        self.reason = reason


@dataclass(frozen=True)
class Autoname:
    """What the project's configuration wants a made-up name to be; `disabled`: none may be made up."""

    proposed: str = ""
    disabled: bool = False


@dataclass(frozen=True)
class Operations:
    """One cloud at one place, and its memory."""

    emulator: Emulator
    world: World

    def check(
        self,
        type_: str,
        urn: str,
        olds: Mapping[str, Any],
        news: Mapping[str, Any],
        autoname: Autoname | None = None,
    ) -> tuple[dict[str, Any], list[Failure]]:
        """Fill in what was left out, as it was before where it was, and check it all."""
        name = _logical(urn)
        kept = {k: olds[k] for k in plain(olds.get(DEFAULTS, [])) if k in olds and k not in news}
        given = {k: v for k, v in {**kept, **news}.items() if k != DEFAULTS}
        prop = self.emulator.cloud.name_property(self.emulator.schema(type_))
        nameless = prop is not None and given.get(prop) is None
        if autoname is not None and prop is not None and nameless:
            if autoname.disabled:
                return dict(news), [Failure(prop, "must be given: auto-naming is disabled")]
            given[prop] = autoname.proposed or None
        generation = self.world.generation(urn)
        filled = self.emulator.named(type_, name, urn, given, generation)
        made = sorted(k for k in filled if k not in news)
        failures = self.emulator.check(type_, filled)
        return {**filled, DEFAULTS: made}, failures

    def plan_create(self, type_: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the outputs of a create that is only previewed: what follows is not known."""
        schema = self.emulator.schema(type_)
        outputs = planned_shape(schema, plain(inputs), unknown=True)
        return mark_like(outputs, frozenset(self._secrets(type_, inputs, outputs)))

    def plan_update(self, type_: str, olds: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the outputs of an update that is only previewed: what is not given stays."""
        changed = planned_shape(self.emulator.schema(type_), plain(inputs), unknown=False)
        outputs = merged(plain(olds), changed)
        secrets = {*self._secrets(type_, inputs, outputs), *secret_keys(olds)}
        return mark_like(outputs, frozenset(secrets))

    def create(self, type_: str, urn: str, inputs: Mapping[str, Any]) -> Resource:
        """
        Create a resource in the world.

        Raises:
            Refused: The cloud refused it.
            HalfCreated: It is there, and not ready: a fault was asked for.
        """
        fault = self._strike(type_, urn, "create")
        given = {k: v for k, v in plain(inputs).items() if k != DEFAULTS}
        self._refuse_bad(type_, given)
        with self.world.transaction():
            generation = self.world.generation(urn)
            created = self.emulator.create(type_, _logical(urn), urn, given, generation)
            named = self.emulator.cloud.name_property(self.emulator.schema(type_))
            new = Resource(
                type=type_,
                id=created.id,
                name=str(given.get(named or "") or created.id),
                urn=urn,
                inputs=_storable(given),
                outputs=_storable(created.outputs),
                secrets=self._secrets(type_, inputs, created.outputs),
                generation=generation,
                place=self.emulator.place,
            )
            self._lawful(laws.before_create, new)
            self.world.put(new)
            self.world.count_creation(urn)
        if fault is not None:
            raise HalfCreated(new, fault.text)
        return new

    def read(self, type_: str, urn: str, id_: str) -> Resource | None:
        """Return what is there now, or None."""
        self._strike(type_, urn, "read")
        return self.world.get(type_, id_)

    def update(self, type_: str, urn: str, id_: str, inputs: Mapping[str, Any]) -> Resource:
        """
        Change a resource in place.

        Raises:
            Refused: The cloud refused it, or has no such resource.
        """
        self._strike(type_, urn, "update")
        given = {k: v for k, v in plain(inputs).items() if k != DEFAULTS}
        self._refuse_bad(type_, given)
        with self.world.transaction():
            held = self.world.get(type_, id_)
            if held is None:
                raise Refused(f"{type_} {id_!r} was not found: run `pulumi refresh`")
            refused = self.emulator.diff(type_, held.inputs, given).refused
            if refused:
                raise Refused(
                    f"{', '.join(refused)} can't be changed after creation: replace {id_!r}, "
                    "with replace_on_changes or `pulumi up --target-replace`"
                )
            name = _logical(held.urn or urn)
            made = self.emulator.create(type_, name, held.urn or urn, given, held.generation)
            new = replace(
                held,
                inputs=_storable(given),
                outputs={**held.outputs, **_storable(made.outputs)},
                secrets=self._secrets(type_, inputs, made.outputs),
            )
            self._lawful(laws.before_update, new)
            self.world.put(new)
        return new

    def delete(self, type_: str, urn: str, id_: str) -> None:
        """
        Delete a resource; one that is gone already is no error.

        Raises:
            Refused: The cloud refused it.
        """
        self._strike(type_, urn, "delete")
        with self.world.transaction():
            held = self.world.get(type_, id_)
            if held is None or held.inputs.get("deletionPolicy") == "ABANDON":
                return
            self._lawful(laws.before_delete, held)
            self.world.remove(type_, id_)
            laws.cascade(self.world, held)
            laws.after_delete(self.world, held)

    def _secrets(self, type_: str, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> tuple[str, ...]:
        schema: ResourceSchema = self.emulator.schema(type_)
        marked = {*secret_keys(inputs), *schema.secret_outputs}
        return tuple(sorted(marked & {*inputs, *outputs}))

    def _refuse_bad(self, type_: str, given: Mapping[str, Any]) -> None:
        if holds_unknown(given):
            raise Refused(f"{type_} was sent values that are not known yet")
        if failures := self.emulator.check(type_, given):
            reasons = "; ".join(f"{f.property}: {f.reason}" for f in failures)
            raise Refused(f"invalid request: {reasons}")

    def _strike(self, type_: str, urn: str, operation: str) -> Fault | None:
        """Fail as a fault asks; a throttled call is tried again, as the real providers do."""
        for attempt in range(_RETRIES):
            fault = faults.strike(self.world, type_, _logical(urn), operation)
            if fault is None or fault.kind == "half-created":
                return fault
            if fault.kind != "throttle" or attempt == _RETRIES - 1:
                raise Refused(f"{operation} failed: {fault.text}")
            time.sleep(_PAUSE_S)
        return None

    def _lawful(self, law: Any, resource: Resource) -> None:
        try:
            law(self.world, resource)
        except laws.Conflict as conflict:
            raise Refused(str(conflict)) from None


def _logical(urn: str) -> str:
    return urn.rsplit("::", 1)[-1]


def _storable(value: Any) -> Any:
    """Return a value as JSON can hold it: an asset's content stays with the program."""
    if isinstance(value, Mapping) and not is_asset(value):
        return {key: _storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_storable(item) for item in value]
    return dict(value) if is_asset(value) else value
