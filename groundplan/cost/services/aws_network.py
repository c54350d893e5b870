"""What the private network of a stack on AWS costs: a way to each service in each zone, and what goes through it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.cost.line import HOURS_A_MONTH, Line, Pays, Sight

__all__ = ["PAYS"]

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"


def _endpoint(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """The way to S3 is a gateway, which costs nothing: https://aws.amazon.com/privatelink/pricing/."""
    if resource["inputs"].get("vpcEndpointType") != "Interface":
        return
    zones = len(resource["inputs"]["subnetIds"])
    what = f"Private endpoint {resource['name']}"
    told = f"{zones} zone(s) x {HOURS_A_MONTH} h"
    yield Line.always("vpc-endpoint-interface-hour", f"{what}, hours", zones * HOURS_A_MONTH, told)
    among = sum(one["inputs"].get("vpcEndpointType") == "Interface" for one in sight.of(ENDPOINT))
    traffic = sight.usage.private_traffic
    told = f"{traffic} over {among} endpoints"
    yield Line.used("vpc-endpoint-interface-data", f"{what}, traffic", traffic.gib / among, told)


PAYS: Mapping[str, Pays] = {ENDPOINT: _endpoint}
