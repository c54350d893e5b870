"""GCP: resource names and self links, built from the import formats the SDK documents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.sandbox.clouds import Identity, Template, camel, snake
from groundplan.sandbox.clouds.gcp_ids import AGENTS, IDS, NAME_PROPERTIES, OUTPUTS
from groundplan.sandbox.schema import ResourceSchema
from groundplan.sandbox.seed import CREATED, Seed

__all__ = ["Gcp"]

_NOT_GRANTED_ON = frozenset({"role", "member", "members", "condition", "project", "location", "region", "zone"})
_LOWER = ("compute/", "firestore/")
_NOT_YET = ("delete", "expire", "destroy", "last", "next")


@dataclass(frozen=True)
class Gcp:
    """One project and region."""

    project: str
    project_number: str
    region: str

    def name_property(self, schema: ResourceSchema) -> str | None:
        """
        Return the input that is auto-named; a server picks the name of a type without one.

        Source: pulumi-gcp provider/resources.go (SetAutonaming, and AutoName of single fields).
        """
        prop = NAME_PROPERTIES.get(_key(schema), "name")
        return prop if prop in schema.inputs.properties else None

    def fixed(self, schema: ResourceSchema) -> frozenset[str]:
        template = IDS.get(_key(schema)) or _documented(schema)
        identity = {camel(part) for part in re.findall(r"\{(\w+)\}", template)}
        if _iam_member(schema):
            identity |= set(schema.inputs.properties)
        return frozenset(identity | {"location", "region", "zone", "project", "name"})

    def named(self, schema: ResourceSchema, name: str, seed: Seed, inputs: Mapping[str, Any]) -> dict[str, Any]:
        out = dict(inputs)
        prop = self.name_property(schema)
        known = schema.inputs.properties
        if prop and out.get(prop) is None and not known[prop].required:
            stem = name.lower() if _key(schema).startswith(_LOWER) else name
            out[prop] = f"{stem}-{seed.hex(7, 'name')}"
        if "project" in known and not known["project"].required:
            out.setdefault("project", self.project)
        if "region" in known and not known["region"].required and "location" not in known:
            out.setdefault("region", self.region)
        return out

    def identify(self, schema: ResourceSchema, inputs: Mapping[str, Any], seed: Seed) -> Identity:
        key = _key(schema)
        facts = Template(self._facts(inputs, seed))
        template = IDS.get(key) or _iam_member(schema) or _documented(schema)
        facts["id"] = re.sub(r"(?<!:)//+", "/", template.format_map(facts)).strip("/")
        outputs: dict[str, Any] = {}
        known = schema.outputs.properties
        if "name" in known and not inputs.get("name"):
            outputs["name"] = facts["name"] if "{name}" in template else facts["id"]
        if "selfLink" in known:
            outputs["selfLink"] = f"https://www.googleapis.com/{_api(schema)}/{facts['id']}"
        for label in ("effectiveLabels", "pulumiLabels"):
            if label in known:
                outputs[label] = dict(inputs.get("labels") or {})
        for name, value in OUTPUTS.get(key, {}).items():
            outputs[name] = value.format_map(facts) if isinstance(value, str) else value
        return Identity(facts["id"], outputs)

    def computed(self, name: str, seed: Seed) -> Any:
        if name == "project":
            return self.project
        if name in ("location", "region"):
            return self.region
        if name == "etag":
            return seed.hex(16, "etag")
        if name == "deletionPolicy":
            return "DELETE"
        if name.endswith(("Time", "Date", "Timestamp")):
            return "" if name.startswith(_NOT_YET) else CREATED
        return seed.digits(19, name) if name.endswith(("Id", "Number")) else None

    def _facts(self, inputs: Mapping[str, Any], seed: Seed) -> dict[str, str]:
        facts = {snake(k): str(v) for k, v in inputs.items() if isinstance(v, str | int)}
        region = facts.get("region") or facts.get("location") or self.region
        facts.setdefault("project", self.project)
        facts.setdefault("location", region)
        facts.setdefault("region", region)
        facts.setdefault("zone", f"{region}-b")
        facts["number"] = seed.digits(19, "number")
        facts["unique"] = seed.digits(21, "unique")
        facts["uuid"] = seed.uuid()
        facts["hash"] = seed.base36(10, "hash")
        facts["project_number"] = self.project_number
        facts["agent"] = AGENTS.get(facts.get("service", ""), "gcp-sa-unknown")
        facts.setdefault("name", facts["number"])
        facts.setdefault("slo_id", facts["number"])
        facts["cluster"] = facts.get("cluster", "").rsplit("/", 1)[-1]
        return facts


def _key(schema: ResourceSchema) -> str:
    return schema.token.split(":")[1]


def _documented(schema: ResourceSchema) -> str:
    """Return the first full import format, as a Python template."""
    formats = schema.import_formats
    chosen = next((f for f in formats if f.startswith(("projects/", "folders/"))), None)
    chosen = chosen or next(iter(formats), None) or "{{name}}"
    return re.sub(r"\{\{%?(\w+)\}\}", r"{\1}", chosen)


def _iam_member(schema: ResourceSchema) -> str | None:
    """Return the id of a grant: what it is on, the role, who gets it."""
    inputs = schema.inputs.properties
    if not {"role"} <= set(inputs) or not {"member", "members"} & set(inputs):
        return None
    on = next((p for p in inputs if p not in _NOT_GRANTED_ON), "project")
    return "{" + snake(on) + "}/{role}" + ("/{member}" if "member" in inputs else "")


def _api(schema: ResourceSchema) -> str:
    module = _key(schema).split("/")[0]
    return {"compute": "compute/v1", "storage": "storage/v1", "bigquery": "bigquery/v2"}.get(module, f"{module}/v1")
