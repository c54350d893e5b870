"""The pack as Pulumi loads it: `pulumi preview --policy-pack policies/cost`."""

from policies.listening import serve
from policies.pack import rules

if __name__ == "__main__":
    serve("groundplan-cost", rules("cost"))
