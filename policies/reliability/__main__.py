"""The pack as Pulumi loads it: `pulumi preview --policy-pack policies/reliability`."""

from policies.listening import serve
from policies.pack import rules

if __name__ == "__main__":
    serve("groundplan-reliability", rules("reliability"))
