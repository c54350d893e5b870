"""Who has an endpoint's traffic on Azure: a release reads it, sets it, and puts in order what another left half-way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.clouds.azure.deployment import ReleasePlan
from components.clouds.azure.measures import SHADOW
from components.clouds.azure.workflow import (
    API,
    EMPTY,
    NOTHING,
    Actions,
    after,
    choose,
    chosen,
    compose,
    delay,
    each,
    fail,
    http,
    literal,
    select,
    set_to,
    until,
)

__all__ = [
    "ALL_TO_NEW",
    "ALL_TO_STABLE",
    "AUTOSCALE_API",
    "ENDPOINT",
    "RECORDED",
    "SETTLED",
    "SHIFT_SECONDS",
    "await_state",
    "called",
    "put_traffic",
    "recorded",
    "remove",
    "setting",
    "settle",
]

AUTOSCALE_API = "2022-10-01"
SHIFT_SECONDS = 3600
CLEAR_SECONDS = 2 * 3600
SETTLED = "createArray('Succeeded', 'Failed', 'Canceled')"
ENDPOINT = "parameters('endpoint')"

ALL_TO_NEW = f"@setProperty({NOTHING}, outputs('deployment'), 100)"
ALL_TO_STABLE = f"@setProperty({NOTHING}, outputs('stable'), 100)"
"""Values of an endpoint's `traffic`."""


def called(path: str, version: str = API) -> str:
    """Path and query of a call, from the arguments of a `concat`."""
    return f"concat({path}, '?api-version={version}')"


RECORDED = ("candidate", "serves", "shadow", "stable")
"""Tags of an endpoint that releases write."""


def recorded(stable: str, version: str, candidate: str = "''") -> dict[str, str]:
    """
    Tags in which an endpoint tells what it serves, and where it goes back to: expressions without the `@`.

    Args:
        stable: Name of the deployment that a release left half-way goes back to.
        version: What that one serves.
        candidate: Name of the deployment that is tried beside it.
    """
    return {"candidate": f"@{candidate}", "serves": f"@{version}", "stable": f"@{stable}"}


def put_traffic(
    plan: ReleasePlan,
    identity: str,
    traffic: str,
    tags: Mapping[str, str],
    *,
    mirror: Mapping[str, int] | None = None,
    run_after: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Put the endpoint as Pulumi made it, with this traffic and record."""
    body: dict[str, Any] = {
        "location": plan.region,
        "kind": "Managed",
        "tags": {**literal(dict(plan.tags)), **tags},
        "identity": {
            "type": "UserAssigned",
            "userAssignedIdentities": f"@setProperty({NOTHING}, parameters('serve-identity'), {NOTHING})",
        },
        "properties": {"authMode": "AADToken", "publicNetworkAccess": "Disabled", "traffic": traffic},
    }
    if plan.spec.shadow:
        body["properties"]["mirrorTraffic"] = dict(mirror or {})
    return http("PUT", called(ENDPOINT), identity, body=body, run_after=run_after)


def await_state(prefix: str, path: str, identity: str, seconds: int, started: str) -> Actions:
    """Look at a resource until it is made or refused, and keep its state; the last action is `<prefix>_wait`."""
    deadline = f"{prefix}_deadline"
    late = f"greaterOrEquals(ticks(utcNow()), ticks(outputs('{deadline}')))"
    look: Actions = {
        f"{prefix}_pause": delay(30),
        f"{prefix}_look": http("GET", path, identity, run_after=after(f"{prefix}_pause")),
        f"{prefix}_state": set_to(
            "state",
            f"@string(coalesce(body('{prefix}_look')?['properties']?['provisioningState'], ''))",
            after(f"{prefix}_look"),
        ),
    }
    return {
        deadline: compose(f"@addSeconds(utcNow(), {seconds})", after(started)),
        f"{prefix}_wait": until(
            f"or(contains({SETTLED}, variables('state')), {late})", look, seconds + 3600, after(deadline)
        ),
    }


def moved(prefix: str, identity: str) -> Actions:
    """Wait until the endpoint has taken what `prefix` put."""
    return await_state(prefix, called(ENDPOINT), identity, SHIFT_SECONDS, prefix)


def remove(
    plan: ReleasePlan, identity: str, prefix: str, name: str, run_after: Mapping[str, Any] | None = None
) -> Actions:
    """Delete a deployment, by an expression of its name, and its autoscale setting; the last action is `prefix`."""
    gone: Actions = {}
    if plan.scales:
        gone[f"{prefix}_scale"] = http("DELETE", setting(name), identity, run_after=run_after)
    gone[prefix] = http(
        "DELETE",
        called(f"{ENDPOINT}, '/deployments/', {name}"),
        identity,
        run_after=after(f"{prefix}_scale") if plan.scales else run_after,
    )
    return gone


def setting(deployment: str) -> str:
    """Path of a deployment's autoscale setting."""
    path = "'/providers/Microsoft.Insights/autoscaleSettings/', last(split(parameters('endpoint'), '/'))"
    return called(f"parameters('group'), {path}, '-', {deployment}", AUTOSCALE_API)


def settle(plan: ReleasePlan, identity: str, started: str) -> Actions:
    """
    Find out what serves, give it all of the traffic, and delete what an earlier start, or a shadow, left beside it.

    What serves is what the endpoint's tag `stable` names; where that is gone, what most of the traffic goes to; where
    none has traffic, one that could have. The last action is `Settled`.
    """
    known = f"coalesce(body('Before')?['value'], {EMPTY})"
    share = "body('Endpoint')?['properties']?['traffic']"
    tag = "string(coalesce(body('Endpoint')?['tags']?['stable'], ''))"
    up = "equals(item()?['properties']?['provisioningState'], 'Succeeded')"
    able = f"and({up}, not(equals(item()?['name'], '{SHADOW}')))"
    most = f"coalesce(first(union(body('holders'), body('able'), createArray({NOTHING})))?['name'], '')"
    one = f"first(union(body('serving_one'), createArray({NOTHING})))?['tags']?['version']"
    return {
        "Endpoint": http("GET", called(ENDPOINT), identity, run_after=after(started)),
        "Before": http("GET", called(f"{ENDPOINT}, '/deployments'"), identity, run_after=after("Endpoint")),
        "names": select(f"@{known}", "@item()?['name']", after("Before")),
        "holders": chosen(known, f"greaterOrEquals(coalesce({share}?[item()?['name']], 0), 50)", after("Before")),
        "able": chosen(known, able, after("Before")),
        "stable": compose(f"@if(contains(body('names'), {tag}), {tag}, {most})", after("names", "holders", "able")),
        "serving_one": chosen(known, "equals(item()?['name'], outputs('stable'))", after("stable")),
        "serves": compose(f"@string(coalesce({one}, ''))", after("serving_one")),
        "leftover": chosen(known, "not(equals(item()?['name'], outputs('stable')))", after("serves")),
        "Restored": _restored(plan, identity, share),
        "Settled": choose(
            {"greater": ["@length(body('leftover'))", 0]}, _clear(plan, identity), run_after=after("Restored")
        ),
    }


def _restored(plan: ReleasePlan, identity: str, share: str) -> dict[str, Any]:
    """All of the traffic to what is stable, and none mirrored."""
    mirrored = f"string(coalesce(body('Endpoint')?['properties']?['mirrorTraffic'], {NOTHING}))"
    calm = (
        f"and(equals(coalesce({share}?[outputs('stable')], 0), 100), equals({mirrored}, '{{}}'),"
        " equals(body('Endpoint')?['properties']?['provisioningState'], 'Succeeded'))"
    )
    stuck = "@concat('the traffic did not go back to ', outputs('stable'), ': ', variables('state'))"
    return choose(
        {"equals": [f"@or(equals(outputs('stable'), ''), {calm})", False]},
        {
            "Restore": put_traffic(plan, identity, ALL_TO_STABLE, recorded("outputs('stable')", "outputs('serves')")),
            **moved("Restore", identity),
            "Restore_done": choose(
                {"not": {"equals": ["@variables('state')", "Succeeded"]}},
                {"Restore_failed": fail("NotRestored", stuck)},
                run_after=after("Restore_wait"),
            ),
        },
        run_after=after("leftover"),
    )


def _clear(plan: ReleasePlan, identity: str) -> Actions:
    """Delete what is left over, once it can be deleted, and wait until it is gone: it holds machines, and its name."""
    known = f"coalesce(body('Clear_look')?['value'], {EMPTY})"
    state = "items('Clear')?['properties']?['provisioningState']"
    late = "greaterOrEquals(ticks(utcNow()), ticks(outputs('Clear_deadline')))"
    delete = remove(plan, identity, "Clear_old", "items('Clear')?['name']")
    turn: Actions = {
        "Clear_look": http("GET", called(f"{ENDPOINT}, '/deployments'"), identity),
        "Clear_still": chosen(known, "not(equals(item()?['name'], outputs('stable')))", after("Clear_look")),
        "Clear": each(
            "body('Clear_still')",
            {"Clear_one": choose({"equals": [f"@contains({SETTLED}, coalesce({state}, ''))", True]}, delete)},
            after("Clear_still"),
        ),
        "Clear_left": set_to("state", "@string(length(body('Clear_still')))", after("Clear")),
        "Clear_pause": delay(30, after("Clear_left")),
    }
    stuck = "@concat('deployments of an earlier release are still there, of ', join(body('names'), ', '))"
    return {
        "Clear_deadline": compose(f"@addSeconds(utcNow(), {CLEAR_SECONDS})"),
        "Clear_wait": until(
            f"or(equals(variables('state'), '0'), {late})", turn, CLEAR_SECONDS + 3600, after("Clear_deadline")
        ),
        "Cleared": choose(
            {"not": {"equals": ["@variables('state')", "0"]}},
            {"Clear_failed": fail("NotCleared", stuck)},
            run_after=after("Clear_wait"),
        ),
    }
