"""The pack as Pulumi loads it: `pulumi preview --policy-pack policies/reliability`."""

from policies.process import run

if __name__ == "__main__":
    run("groundplan-reliability", "reliability")
