"""All packs in one process: `pulumi preview --policy-pack policies`."""

from policies.process import run

if __name__ == "__main__":
    run("groundplan")
