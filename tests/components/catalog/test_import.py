"""The catalogue stands alone: no cloud SDK, nothing else of the toolkit."""

import subprocess
import sys

LOADED = """
import sys
import components.catalog as catalog
catalog.resolve(catalog.Wish(cpu=4), "aws", "eu-west-1", "training")
own = {m for m in sys.modules if m.startswith(("components.", "groundplan", "policies", "blueprints"))}
sdk = {m.split(".")[0] for m in sys.modules} & {"pulumi", "pulumi_aws", "botocore", "google", "azure", "pydantic"}
print(sorted(m for m in own if not m.startswith("components.catalog")), sorted(sdk))
"""


def test_it_loads_without_any_cloud():
    """
    Importing and using the catalogue loads no SDK and no other part of the toolkit.
    """
    ran = subprocess.run([sys.executable, "-S", "-c", LOADED], capture_output=True, text=True, check=True, cwd=".")

    assert ran.stdout.strip() == "[] []"
