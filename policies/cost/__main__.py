"""The pack as Pulumi loads it: `pulumi preview --policy-pack policies/cost`."""

from policies.pack import rules
from policies.server import serve

if __name__ == "__main__":
    serve("groundplan-cost", rules("cost"))
