"""All packs in one process: `pulumi preview --policy-pack policies`."""

from policies.listening import serve
from policies.pack import rules

if __name__ == "__main__":
    serve("groundplan", rules())
