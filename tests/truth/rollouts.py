"""Releases that blueprints nobody wrote ask for: promises, steps, shadows."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

__all__ = ["rollouts"]

SLOS = {
    "latency_p99": st.sampled_from(["1ms", "120ms", "60s"]),
    "errors": st.sampled_from(["0.01%", "1%", "50%"]),
    "availability": st.sampled_from(["90%", "99.9%"]),
}
STEPS = [["10%"], ["50%"], ["25%", "50%", "75%"], ["1%", "2%", "50%"], ["5%", "99%"], ["20%", "40%", "60%", "80%"]]
OWN = st.dictionaries(
    st.sampled_from(["refunds", "clicks_a_minute", "z" * 40]),
    st.sampled_from([{"above": 3}, {"below": 0.5}, {"above": -1e6}]),
    max_size=3,
)


@st.composite
def rollouts(draw: st.DrawFn) -> dict[str, Any]:
    """What an endpoint promises, how it is released to, and its shadow; any of them, as far as they go together."""
    given: dict[str, Any] = {}
    slo = draw(st.fixed_dictionaries({}, optional=SLOS))
    if slo:
        given["slo"] = slo
        if draw(st.booleans()):
            optional = {"bake": st.sampled_from(["1m", "15m", "1h"]), "metrics": OWN}
            optional["rollback_on"] = st.lists(st.sampled_from(sorted(slo)), min_size=1, unique=True)
            how = st.sampled_from([{"steps": steps} for steps in STEPS] + [{"strategy": "blue-green"}])
            given["rollout"] = draw(how) | draw(st.fixed_dictionaries({}, optional=optional))
    if draw(st.sampled_from([False, False, True])):
        given["shadow"] = draw(st.fixed_dictionaries({}, optional={"sample": st.sampled_from(["1%", "20%", "50%"])}))
    return given
