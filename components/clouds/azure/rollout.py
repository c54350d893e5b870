"""How a release on Azure moves the traffic: at once, or step by step with a watch after each and a way back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.clouds.azure.deployment import ReleasePlan
from components.clouds.azure.traffic import (
    ALL_TO_NEW,
    ALL_TO_STABLE,
    ENDPOINT,
    called,
    moved,
    put_traffic,
    recorded,
    remove,
)
from components.clouds.azure.watch import EVER, LATE_SECONDS, watch
from components.clouds.azure.workflow import (
    NOTHING,
    Actions,
    after,
    append,
    choose,
    compose,
    delay,
    fail,
    http,
    increment,
    scope,
    set_to,
    until,
    variable,
)

__all__ = ["bring_in", "variables"]

LOOK_SECONDS = 60
FIRST_LOOK_SECONDS = 300  # as long as the window of the alarms
BACK_SECONDS = 2 * 3600
NOT_DONE = ("Failed", "TimedOut", "Skipped")

OLD = recorded("outputs('stable')", "outputs('serves')")
NEW = recorded("outputs('deployment')", "outputs('version')")
TRIED = recorded("outputs('stable')", "outputs('serves')", "outputs('deployment')")


def variables(run_after: str) -> Actions:
    """What the steps keep in mind; variables are declared before anything else. The last one is `Back`."""
    kept = {"Step": 0, "Shifted": "", "Verdict": "", "Requests_seen": "", "Watched_so_far": "", "Back": ""}
    names = {"Requests_seen": "requests", "Watched_so_far": "seen"}
    found: Actions = {}
    for action, value in kept.items():
        found[action] = variable(names.get(action, action.lower()), value, after(run_after))
        run_after = action
    return found


def bring_in(plan: ReleasePlan, identity: str, run_after: Mapping[str, Any]) -> Actions:
    """All of the traffic to the new deployment, the record of it, and the end of the old one; last is `Result`."""
    first = "equals(outputs('stable'), '')"
    if plan.spec.rollout:
        at_once = f"@or({first}, equals(triggerBody()?['force'], true))"
        shift: Actions = {
            "Way": choose({"equals": [at_once, True]}, _shift(plan, identity), _steps(plan, identity), run_after)
        }
        before = "Way"
    else:
        shift, before = _shift(plan, identity, run_after), "Shift_done"
    unsaid = "@concat('version ', outputs('version'), ' has the traffic, but the endpoint did not note it: ', "
    return {
        **shift,
        "Record": put_traffic(plan, identity, ALL_TO_NEW, NEW, run_after=after(before)),
        **moved("Record", identity),
        "Recorded": choose(
            {"not": {"equals": ["@variables('state')", "Succeeded"]}},
            {"Record_failed": fail("NotRecorded", f"{unsaid}variables('state'), '; the next start takes it back')")},
            run_after=after("Record_wait"),
        ),
        "Remove_old": choose(
            {"not": {"equals": ["@outputs('stable')", ""]}},
            remove(plan, identity, "Remove", "outputs('stable')"),
            run_after=after("Recorded"),
        ),
        "Result": compose(_result(plan), after("Remove_old")),
    }


def _result(plan: ReleasePlan) -> dict[str, str]:
    said = {"version": "@outputs('version')", "deployment": "@outputs('deployment')"}
    return {**said, "watched": "@variables('seen')"} if plan.spec.rollout else said


def _shift(plan: ReleasePlan, identity: str, run_after: Mapping[str, Any] | None = None) -> Actions:
    """All of it at once; a start that dies here goes back to what served, or else on with what is new."""
    stable = "if(equals(outputs('stable'), ''), outputs('deployment'), outputs('stable'))"
    serves = "if(equals(outputs('stable'), ''), outputs('version'), outputs('serves'))"
    kept = "@concat('the traffic did not move to version ', outputs('version'), ': ', variables('state'))"
    tags = recorded(stable, serves, "outputs('deployment')")
    return {
        "Shift": put_traffic(plan, identity, ALL_TO_NEW, tags, run_after=run_after),
        **moved("Shift", identity),
        "Shift_done": choose(
            {"not": {"equals": ["@variables('state')", "Succeeded"]}},
            {"Shift_failed": fail("TrafficNotShifted", kept)},
            run_after=after("Shift_wait"),
        ),
    }


def _steps(plan: ReleasePlan, identity: str) -> Actions:
    """Each step, its watch, and the way back where a step, or the watch, came to no good end."""
    rollout = plan.spec.rollout
    shares = [int(step.value) for step in rollout.steps] if rollout else []
    held = f"and(equals(variables('step'), {len(shares) + 1}), equals(variables('verdict'), ''))"
    return {
        "shares": compose([*shares, 100]),
        "Rollout": scope({"Steps": _each_step(plan, identity, len(shares) + 1)}, after("shares")),
        "Held": choose({"equals": [f"@{held}", True]}, {}, _back(plan, identity), after("Rollout", status=EVER)),
    }


def _each_step(plan: ReleasePlan, identity: str, count: int) -> dict[str, Any]:
    bake = plan.spec.rollout.bake.seconds if plan.spec.rollout else 0
    share = "outputs('shares')[variables('step')]"
    traffic = f"setProperty({NOTHING}, outputs('stable'), sub(100, {share})), outputs('deployment'), {share}"
    stuck = f"@concat('the traffic did not move to ', string({share}), '%: ', variables('state'), '; ')"
    broke = f"@concat('the step to ', string({share}), '% could not be finished; ')"
    step: Actions = {
        "Next": put_traffic(plan, identity, f"@setProperty({traffic})", TRIED),
        **moved("Next", identity),
        "Next_done": choose(
            {"equals": ["@variables('state')", "Succeeded"]},
            _bake(plan, identity, bake, share),
            {"Next_failed": set_to("verdict", stuck)},
            run_after=after("Next_wait"),
        ),
        "Next_step": increment("step", after("Next_done")),
        # whatever went wrong, this turn is the last one
        "Next_broke": set_to("verdict", broke, after("Next_done", status=NOT_DONE)),
    }
    longest = count * (bake + LATE_SECONDS + 2 * 3600) + 3600
    return until(f"or(equals(variables('step'), {count}), not(equals(variables('verdict'), '')))", step, longest)


def _bake(plan: ReleasePlan, identity: str, seconds: int, share: str) -> Actions:
    """Look every minute, until the last minute of the bake could be looked at, too."""
    late = f"greaterOrEquals(ticks(utcNow()), ticks(addSeconds(variables('shifted'), {seconds + LATE_SECONDS})))"
    turn: Actions = {"Bake_pause": delay(LOOK_SECONDS), **watch(plan, identity, "Bake_pause")}
    none = "concat(string(SHARE), '%: no requests, so nothing was measured; ')"
    some = "concat(string(SHARE), '%: ', variables('requests'), ' requests; ')"
    seen = f"@if(equals(variables('requests'), '0'), {none}, {some})".replace("SHARE", share)
    return {
        "Bake_begins": set_to("shifted", "@formatDateTime(utcNow(), 'yyyy-MM-ddTHH:mm:ssZ')"),
        "Bake_first": delay(min(seconds, FIRST_LOOK_SECONDS) - LOOK_SECONDS // 2, after("Bake_begins")),
        "Bake": until(
            f"or(not(equals(variables('verdict'), '')), {late})",
            turn,
            seconds + LATE_SECONDS + 3600,
            after("Bake_first"),
        ),
        "Seen": append("seen", seen, after("Bake")),
    }


def _back(plan: ReleasePlan, identity: str) -> Actions:
    """All of the traffic to what was stable, again and again until it has it; then the new deployment goes."""
    share = "body('Back_look')?['properties']?['traffic']?[outputs('stable')]"
    calm = "equals(body('Back_look')?['properties']?['provisioningState'], 'Succeeded')"
    late = "greaterOrEquals(ticks(utcNow()), ticks(outputs('Back_deadline')))"
    turn: Actions = {
        "Back_put": put_traffic(plan, identity, ALL_TO_STABLE, OLD),
        "Back_pause": delay(30, after("Back_put", status=EVER)),
        "Back_look": http("GET", called(ENDPOINT), identity, run_after=after("Back_pause")),
        "Back_seen": set_to(
            "back", f"@if(and({calm}, equals(coalesce({share}, 0), 100)), 'yes', '')", after("Back_look", status=EVER)
        ),
    }
    why = "if(equals(variables('verdict'), ''), 'the steps came to no end; ', variables('verdict'))"
    said = f"concat('version ', outputs('version'), ' was taken back: ', {why}, "
    serves = f"@{said}'version ', outputs('serves'), ' serves, on ', outputs('stable'))"
    lost = f"@{said}'but the traffic did not go back to ', outputs('stable'), ': start a release to try again')"
    return {
        "Back_deadline": compose(f"@addSeconds(utcNow(), {BACK_SECONDS})"),
        "Back_wait": until(
            f"or(equals(variables('back'), 'yes'), {late})", turn, BACK_SECONDS + 3600, after("Back_deadline")
        ),
        "Back_done": choose(
            {"equals": ["@variables('back')", "yes"]},
            {
                **remove(plan, identity, "Back_remove", "outputs('deployment')"),
                "Rolled_back": fail("RolledBack", serves, after("Back_remove", status=EVER)),
            },
            {"Not_rolled_back": fail("NotRolledBack", lost)},
            run_after=after("Back_wait", status=EVER),
        ),
    }
