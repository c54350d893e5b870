"""The pack as Pulumi loads it: `pulumi preview --policy-pack policies/cost`."""

from policies.process import run

if __name__ == "__main__":
    run("groundplan-cost", "cost")
