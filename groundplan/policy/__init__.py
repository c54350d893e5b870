"""The verdict of the policy packs without an engine: on a plan, a blueprint, or the state of any stack."""
