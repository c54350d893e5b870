"""The pack as Pulumi loads it: `pulumi preview --policy-pack policies/security`."""

from policies.pack import rules
from policies.server import serve

if __name__ == "__main__":
    serve("groundplan-security", rules("security"))
