"""SDKs loaded file by file give what they give when loaded whole."""

import subprocess
import sys

import pytest

BOTH = """
import sys
if sys.argv[1] == "lazy":
    from groundplan.plan import lazy_sdk
    lazy_sdk.install()
{code}
"""


def _say(code, how):
    command = [sys.executable, "-c", BOTH.format(code=code), how]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    "code",
    [
        "from pulumi_gcp import compute; print(compute.Network.__module__, compute.NetworkArgs.__init__.__doc__)",
        "import pulumi_aws as aws; print(aws.ec2.Vpc.__module__, sorted(aws.s3.__all__ if 0 else dir(aws.s3.Bucket)))",
        "from pulumi_azure_native import network; print(network.SubnetArgs.__name__, network.Subnet.__module__)",
        "from pulumi_aws.sagemaker import Endpoint, outputs; print(Endpoint, outputs.__name__)",
        "from pulumi_gcp import compute; print(callable(compute.get_address))",
        "import pulumi_gcp.compute.network as n; print(n.Network)",
        "from pulumi_gcp import compute\ntry: compute.Netwrok\nexcept AttributeError as e: print(e)",
    ],
)
def test_what_is_asked_for_is_the_same(code):
    """
    A class, function, file or missing name is the same thing, loaded lazily or whole.
    """
    assert _say(code, "whole") == _say(code, "lazy")


def test_a_class_does_not_load_its_neighbours():
    """
    Asking for one resource of a large package leaves the others unread.
    """
    code = "from pulumi_gcp import compute; compute.Network; print('pulumi_gcp.compute.instance' in sys.modules)"

    assert ["True", "False"] == [_say(code, how).strip() for how in ("whole", "lazy")]
