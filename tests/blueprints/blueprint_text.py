"""Blueprint texts that tests start from."""

from blueprints import BlueprintError, parse

HEAD = """\
apiVersion: groundplan/v1
name: demo
owner: team
"""

FULL = """\
apiVersion: groundplan/v1
name: demo
owner: team
training:
  fit:
    runtime: xgboost
    machine: {cpu: 4, memory: 16GiB}
    restartable: true
    max_run: 2h
endpoints:
  scorer:
    model: fit
    scale: {min: 1, max: 4}
alerts: {email: [team@example.com]}
budget: {monthly_usd: 1000}
environments:
  dev:
    endpoints: {scorer: {scale: {max: 1}}}
    budget: {monthly_usd: 100}
  prod: {}
"""


def told(text: str) -> list[str]:
    """What the author is told, a line each; the file is `b.yaml`."""
    try:
        return [str(problem) for problem in parse(text, "b.yaml").check()]
    except BlueprintError as error:
        return str(error).splitlines()
