"""All packs in one process: `pulumi preview --policy-pack policies`."""

from policies.pack import rules
from policies.server import serve

if __name__ == "__main__":
    serve("groundplan", rules())
