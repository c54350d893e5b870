"""The whole language: every section has its typed form, whether or not it is built yet."""

from typing import get_args

import pytest
from pydantic import ValidationError

from blueprints import Blueprint, parse
from blueprints.rules import findings
from blueprints.sections import Jurisdiction
from components.base import Cloud
from components.catalog import jurisdictions
from components.units import Count

EVERYTHING = """\
apiVersion: groundplan/v1
name: fraud-detection
owner: risk-ml
network: private
training:
  fraud-xgb:
    runtime: xgboost
    machine: {cpu: 8, memory: 32GiB}
    spot: {max_wait: 6h, fallback: on-demand}
    checkpoint: {every: 10m}
    max_run: 4h
    inputs: {train: data/payments/}
    tuning: {objective: auc, goal: maximize, trials: 24, parallel: 4,
             parameters: {max_depth: {int: [3, 10]}, eta: {log: [0.01, 0.3]}}}
features:
  entities:
    customer: {key: customer_id, type: string}
  views:
    spending:
      entity: customer
      event_time: event_ts
      schema: {amount_7d: float, payments_24h: int, home_country: string}
      source: data/features/spending/
      online: {ttl: 30d}
      materialize: {every: 15m}
      freshness: 30m
registry: {approval: manual, share_with: [prod], models: [home-ranker, basket-ranker, encoder, speech]}
endpoints:
  scorer:
    model: fraud-xgb
    slo: {latency_p99: 1s, errors: 0.5%, availability: 99.9%}
    rollout: {strategy: canary, steps: [10%, 50%], bake: 15m, rollback_on: [latency_p99, errors]}
    shadow: {sample: 20%}
    capture: {sample: 100%, retain: 30d}
  recommend:
    models: {home: home-ranker, basket: basket-ranker}
    machine: {gpu_memory: 24GiB}
    scale: {min: 2, max: 40, target: {gpu_utilisation: 70%}, schedule: {evening: {every: daily 17:00-23:00, min: 20}}}
  embed: {model: encoder, form: serverless, memory: 4GiB, concurrency: 20}
  transcribe: {model: speech, form: async, scale: {min: 0, max: 6}, queue: {max_age: 1h}}
monitoring:
  scorer:
    drift: {metric: psi, above: 0.2, windows: 2 of 3, every: 1h}
    quality: {labels: data/chargebacks/, delay: 24h, metric: auc, below: 0.92}
    bias: {facet: age_group, metric: dpl, above: 0.1}
    explain: {sample: 1000, above: 0.15}
    on_breach: retrain
pipelines:
  refresh:
    train: fraud-xgb
    schedule: weekly sunday 02:00 Europe/Paris
    on: [scorer.drift, scorer.quality]
    expect: {rows: {at_least: 100000}, columns: {amount_7d: {min: 0}}}
    gate: {metric: auc, better_than: champion, by: 0.002}
    deploy: scorer
batch:
  nightly-scores: {model: fraud-xgb, schedule: "daily 01:30 Asia/Kolkata", input: data/accounts/, output: data/scores/,
                   machine: {cpu: 16, memory: 64GiB}, replicas: 8, spot: true, max_run: 3h}
streaming:
  payments: {throughput: 500/s, schema: {amount: float, at: timestamp}, to: {view: spending}}
notebooks:
  analysts: {machine: {cpu: 8, memory: 32GiB}, idle_stop: 60m, users: [asha@example.com, ravi@example.com]}
tracking: {experiments: [fraud]}
llm:
  helpdesk:
    model: {name: meta-llama/Llama-3.3-70B-Instruct, parameters: 70B, precision: bf16, context: 32768,
            secret: secret/hub-token}
    runtime: vllm
    machine: auto
    scale: {min: 1, max: 4, target: {concurrent_requests: 32}}
    tokens: {budget_per_day: 50M}
    guardrails: {topics_denied: [legal advice], pii: mask}
    knowledge: {vectors: handbook, documents: data/handbook/}
vectors:
  handbook: {dimensions: 1024, items: 2M, metric: cosine}
governance: {audit: 7y, model_cards: true, roles: {approver: ["group:risk-committee"], auditor: ["group:audit"]}}
alerts: {email: [risk-ml@example.com], webhook: secret/alerts-webhook}
dashboard: {}
budget: {monthly_usd: 4000, alert_at: [50%, 80%, 100%], hard_stop: true}
usage: {data: 2TiB, endpoints: {scorer: {requests: 26M, request_size: 2KiB}}}
waivers:
  - {rule: GP-COST-011, resource: "endpoints/scorer*", reason: load test for launch, owner: ml, until: 2027-01-31}
environments: {prod: {}}
"""


def validated(text: str) -> Blueprint:
    """The typed blueprint, whatever of it is built."""
    return Blueprint.model_validate(parse(text).root.plain, strict=True, context={"apart": True})


def test_every_section_has_its_form():
    """
    All that the language can say is read, typed and consistent; only what is not built stands in the way.
    """
    blueprint = validated(EVERYTHING)

    left_out = {"description", "labels", "data", "key", "storage", "overrides"}
    assert set(Blueprint.model_fields) - blueprint.model_fields_set == left_out
    assert [f.message for f in findings(Blueprint, parse(EVERYTHING).root.plain) if not f.hides] == []


def test_secrets_of_every_section_are_made():
    """
    A secret that any section names has its place in the stack's store.
    """
    assert validated(EVERYTHING).foundation.secrets == ["alerts-webhook", "hub-token"]


SENSELESS = {
    "freshness: 30m": ("freshness: 5m", "would always be late. Write freshness: 15m or more"),
    "windows: 2 of 3": ("windows: 4 of 3", "no more than 3 of 3 windows can breach"),
    "metric: auc, below: 0.92": ("metric: auc", "one bound, below or above"),
    "drift: {metric: psi, above: 0.2, windows: 2 of 3, every: 1h}": ("drift: {metric: chi}", "psi"),
    "schema: {amount: float": ("schema: {amount: money", "string"),
    "parameters: 70B": ("parameters: big", "is not a count. Write 70B or 2M."),
    "items: 2M": ("items: 0", "is not a count"),
    "steps: [10%, 50%]": ("steps: [50%, 10%]", "steps must rise; got \\[50%, 10%\\]. Write \\[10%, 50%\\]."),
    "strategy: canary": ("strategy: blue-green", "blue-green has no steps"),
    "Europe/Paris": ("Europe/Pariss", "is not a time zone"),
    "[scorer.drift": ("[scorer.luck", "pattern"),
    "group:risk-committee": ("risk-committee", "pattern"),
}


@pytest.mark.parametrize("written", SENSELESS)
def test_senseless_value_is_refused(written):
    """
    A section that is not built yet is typed all the same: it won't change its meaning when it is.
    """
    other, told = SENSELESS[written]

    with pytest.raises(ValidationError, match=told):
        validated(EVERYTHING.replace(written, other, 1))


def test_residency_is_any_law_that_a_region_is_under():
    """
    The jurisdictions of the language are those of the catalogue's regions.
    """
    assert set(get_args(Jurisdiction)) == {name for cloud in Cloud for name in jurisdictions(cloud)}


@pytest.mark.parametrize(
    ("text", "number"), [("70B", 70_000_000_000), ("1.5M", 1_500_000), ("2K", 2000), ("1234567", 1234567)]
)
def test_count_is_written_short(text, number):
    """
    Large numbers are written as people say them, and printed so that they can be read again.
    """
    assert Count.parse(text).number == number
    assert Count.parse(str(Count.parse(text))).number == number
