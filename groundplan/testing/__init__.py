"""For tests of stacks and components, ours and yours: plan offline, then say what must be there."""

from groundplan.testing.planned import Planned, Resource, plan_blueprint, plan_program

__all__ = ["Planned", "Resource", "plan_blueprint", "plan_program"]
