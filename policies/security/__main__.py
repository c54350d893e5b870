"""The pack as Pulumi loads it: `pulumi preview --policy-pack policies/security`."""

from policies.listening import serve
from policies.pack import rules

if __name__ == "__main__":
    serve("groundplan-security", rules("security"))
