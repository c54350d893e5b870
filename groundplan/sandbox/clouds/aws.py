"""AWS: ARNs and ids as the bridged provider stores them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.sandbox.clouds import Identity, Template, kebab
from groundplan.sandbox.clouds.aws_ids import IDS, NAME_PROPERTIES
from groundplan.sandbox.rules import cloudcontrol
from groundplan.sandbox.schema import ResourceSchema
from groundplan.sandbox.seed import CREATED, Seed

__all__ = ["Aws"]

_ARN_WORDS = {"AWS::ApplicationSignals::ServiceLevelObjective": ("application-signals", "slo")}
_LOWER = ("s3/", "ecr/", "opensearch/")


@dataclass(frozen=True)
class Aws:
    """One account and region."""

    account: str
    region: str

    def name_property(self, schema: ResourceSchema) -> str | None:
        """
        Return the input that is auto-named.

        Source: pulumi-aws provider/autonaming.go (`name`, 255 characters, `-`), resources.go.
        """
        special = NAME_PROPERTIES.get(_key(schema))
        if special:
            return special
        return "name" if "name" in schema.inputs.properties else None

    def fixed(self, schema: ResourceSchema) -> frozenset[str]:
        name = self.name_property(schema) or "name"
        return frozenset({name, f"{name}Prefix", "region"})

    def named(self, schema: ResourceSchema, name: str, seed: Seed, inputs: Mapping[str, Any]) -> dict[str, Any]:
        out = dict(inputs)
        prop = self.name_property(schema)
        known = schema.inputs.properties.get(prop or "")
        taken = prop and (inputs.get(prop) is not None or inputs.get(f"{prop}Prefix") is not None)
        if prop and known and not known.required and not taken:
            out[prop] = self._auto_name(schema, name, seed, inputs)
        if (prefix := inputs.get(f"{prop}Prefix")) and prop and not inputs.get(prop):
            out[prop] = f"{prefix}{seed.hex(26, 'prefix')}"
        return out

    def identify(self, schema: ResourceSchema, inputs: Mapping[str, Any], seed: Seed) -> Identity:
        prop = self.name_property(schema)
        name = str(inputs.get(prop or "") or "")
        facts = Template(self._facts(schema, seed) | _texts(inputs) | {"name": name})
        id_template, arn_template, extra = IDS.get(_key(schema), self._default(schema, facts))
        if schema.token == cloudcontrol.TOKEN:
            return self._cloud_control(inputs, seed)
        facts["arn"] = arn_template.format_map(facts) or _texts(inputs).get("arn", "")
        facts["id"] = id_template.format_map(facts)
        outputs = {"arn": facts["arn"]} if facts["arn"] else {}
        outputs |= {key: _filled(value, facts) for key, value in extra.items()}
        if "tagsAll" in schema.outputs.properties:
            outputs["tagsAll"] = dict(inputs.get("tags") or {})
        return Identity(facts["id"], outputs)

    def computed(self, name: str, seed: Seed) -> Any:
        if name in ("ownerId", "accountId", "registryId", "owner", "awsAccountId"):
            return self.account
        if name == "region":
            return self.region
        if name.endswith(("Time", "Date", "At", "Timestamp")):
            return CREATED
        return seed.hex(17, name) if name.endswith("Id") else None

    def _cloud_control(self, inputs: Mapping[str, Any], seed: Seed) -> Identity:
        """Identify a Cloud Control resource by its type's primary identifier."""
        kind, wanted = str(inputs.get("typeName")), cloudcontrol.body(inputs) or {}
        known = cloudcontrol.known_type(kind) or {"identifier": [], "readOnly": []}
        made = {*known["identifier"], *(p for p in known["readOnly"] if "/" not in p)} - {*wanted, "FailureReason"}
        arn = self._cloud_control_arn(kind, wanted, seed)
        live = dict(wanted)
        for prop in made:
            spelt = CREATED if prop.endswith("Time") else seed.base36(12, prop)
            spelt = "InService" if prop == "InferenceComponentStatus" else spelt
            live[prop] = arn if prop.endswith("Arn") else spelt
        identifier = "|".join(str(live[p]) for p in known["identifier"]) or arn
        return Identity(identifier, {"properties": json.dumps(live, sort_keys=True)})

    def _cloud_control_arn(self, kind: str, wanted: Mapping[str, Any], seed: Seed) -> str:
        _, service, name = f"{kind}::::".split("::")[:3]
        service, resource = _ARN_WORDS.get(kind, (service.lower(), kebab(name)))
        named = next((v for k, v in wanted.items() if k.endswith("Name") and isinstance(v, str)), None)
        tail = named or seed.base36(12, "cloudcontrol")
        if kind == "AWS::SageMaker::ModelPackage":
            tail = f"{tail.rsplit('/', 1)[-1]}/1"
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}/{tail}"

    def _facts(self, schema: ResourceSchema, seed: Seed) -> dict[str, str]:
        return {
            "account": self.account,
            "region": self.region,
            "hex17": "0" + seed.hex(16, "ec2"),
            "hex10": seed.hex(10, "hex10"),
            "lower12": seed.base36(12, "lower12"),
            "upper10": seed.base36(10, "upper10").upper(),
            "upper20": seed.base36(17, "upper20").upper(),
            "upper6": seed.base36(6, "upper6").replace("0", "x"),
            "lower": seed.base36(13, "lower"),
            "uuid": seed.uuid(),
            "service": schema.token.split(":")[1].split("/")[0],
        }

    def _auto_name(self, schema: ResourceSchema, name: str, seed: Seed, inputs: Mapping[str, Any]) -> str:
        key = _key(schema)
        auto = f"{name}-{seed.hex(7, 'name')}"
        if key.startswith(_LOWER):
            auto = auto.lower()
        if key == "kms/alias":
            auto = f"alias/{auto}"
        return f"{auto}.fifo" if inputs.get("fifoQueue") or inputs.get("fifoTopic") else auto

    def _default(self, schema: ResourceSchema, facts: Mapping[str, str]) -> tuple[str, str, dict]:
        kind = kebab(schema.source.class_name)
        arn = "arn" in schema.outputs.properties
        tail = "{name}" if facts["name"] else "{hex17}"
        made = f"arn:aws:{{service}}:{{region}}:{{account}}:{kind}/{tail}" if arn else ""
        return (tail, made, {})


def _key(schema: ResourceSchema) -> str:
    return schema.token.split(":")[1]


def _texts(inputs: Mapping[str, Any]) -> dict[str, str]:
    return {k: str(v) for k, v in inputs.items() if isinstance(v, str | int) and v is not None}


def _filled(template: Any, facts: Mapping[str, str]) -> Any:
    if isinstance(template, str):
        return template.format_map(facts)
    return json.loads(json.dumps(template))
