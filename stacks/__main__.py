"""What `pulumi up` runs: the stack's configuration says which blueprint, environment, cloud and place."""

import pulumi

from groundplan.configuration import run

run(pulumi.Config)
