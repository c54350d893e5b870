"""
A policy pack as the engine runs it.

It speaks the engine's protocol by itself: pulumi-policy's own server converts all properties of a resource anew for
each policy, which with a hundred rules takes longer than the preview. Here they are converted once.
"""

# ruff: noqa: ARG002 - the protocol fixes the handlers' signatures

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2

from policies.cloud_control import TOKEN, as_made
from policies.configuration import SETTINGS, Configuration
from policies.judge import Finding, across, alone, waive, without_estimate
from policies.late import Late
from policies.remedy import mended
from policies.resource import Resource, Stack
from policies.rule import Level, Rule, Severity
from policies.settings import Settings, environment_in
from policies.values import plain
from policies.waivers import Waived, waived

if TYPE_CHECKING:
    from policies.origin import Origin

__all__ = ["Pack"]

_LEVELS = {
    Level.ADVISORY: analyzer_pb2.ADVISORY,
    Level.MANDATORY: analyzer_pb2.MANDATORY,
    Level.DISABLED: analyzer_pb2.DISABLED,
}
_TOLD = {
    analyzer_pb2.ADVISORY: "advisory",
    analyzer_pb2.MANDATORY: "mandatory",
    analyzer_pb2.REMEDIATE: "mandatory",
    analyzer_pb2.DISABLED: "disabled",
}
_SEVERITIES = {
    Severity.LOW: analyzer_pb2.POLICY_SEVERITY_LOW,
    Severity.MEDIUM: analyzer_pb2.POLICY_SEVERITY_MEDIUM,
    Severity.HIGH: analyzer_pb2.POLICY_SEVERITY_HIGH,
    Severity.CRITICAL: analyzer_pb2.POLICY_SEVERITY_CRITICAL,
}


class Pack(analyzer_pb2_grpc.AnalyzerServicer):
    """
    The rules of one pack, asked by the engine about each resource and about the stack.

    Args:
        name: Of the pack.
        rules: Its rules.
        config: The stack's configuration, which may name a blueprint; the engine may tell it later.
        root: Folder that the blueprint's path is relative to.
        stack: Name of the stack; likewise.
    """

    def __init__(
        self, name: str, rules: Sequence[Rule], config: Mapping[str, str], root: Path, stack: str = ""
    ) -> None:
        self.name, self.rules = name, rules
        self._by_name = {rule.name: rule for rule in rules}
        self._root = root
        self._asking: dict[str, list[Rule]] = {TOKEN: []}
        for rule in rules:
            for kind in rule.checks:
                self._asking.setdefault(kind, []).append(rule)
        self._remedies: set[str] = set()
        self._good: dict[str, analyzer_pb2.AnalyzeResponse] = {}
        self._found: dict[str, list[Finding]] = {}
        self._lock = threading.Lock()
        self.configured = threading.Event()
        self._learn(config, stack, {})

    def _learn(self, config: Mapping[str, str], stack: str, tags: Mapping[str, str]) -> None:
        """Environment and waivers of the stack."""
        self._config = config
        told = config.get("groundplan:environment") or tags.get("environment")
        self._settings = Settings(environment=told or (environment_in(stack) if stack else "dev"))
        self._read: tuple[Origin | None] | None = None
        read = self._mentions_waivers() and self._origin
        self._waivers: list[Waived] = self._own(read.waivers() if read else [])

    @property
    def _origin(self) -> Origin | None:
        """The blueprint, read when it is first needed: the engine waits for a pack's start."""
        if self._read is None:
            self._read = (import_module("policies.origin").of_config(self._config, self._root),)
        return self._read[0]

    def _mentions_waivers(self) -> bool:
        """Whether the blueprint's text has any waivers, so that it must be read."""
        try:
            text = (self._root / self._config.get("groundplan:blueprint", "")).read_bytes()
        except OSError:
            return False
        return b"waivers" in text

    def _own(self, waivers: Sequence[Waived]) -> list[Waived]:
        return [w for w in waivers if w.rule.lower() in self._by_name]

    @property
    def mends(self) -> bool:
        """Whether a rule is at level `remediate`."""
        return bool(self._remedies)

    def Handshake(self, request: Any, context: Any) -> analyzer_pb2.AnalyzerHandshakeResponse:
        """Begin."""
        return analyzer_pb2.AnalyzerHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> plugin_pb2.PluginInfo:
        """Version of the protocol's server."""
        return plugin_pb2.PluginInfo(version="1.0.0")

    def ConfigureStack(self, request: Any, context: Any) -> analyzer_pb2.AnalyzerStackConfigureResponse:
        """The stack's name, configuration and tags, one of which may be its environment."""
        self._learn(request.config, request.stack.rpartition("/")[2], request.tags)
        return analyzer_pb2.AnalyzerStackConfigureResponse()

    def GetAnalyzerInfo(self, request: Any, context: Any) -> analyzer_pb2.AnalyzerInfo:
        """Names, levels and configuration of the rules."""
        info = analyzer_pb2.AnalyzerInfo(name=self.name, displayName=self.name, supportsConfig=True)
        info.policies.extend(self._told(rule) for rule in self.rules)
        schema = Settings.model_json_schema(by_alias=True)
        known = {key: _inlined(value) for key, value in schema["properties"].items()}
        known["waivers"] = {"type": "array", "items": {"type": "object"}}
        settings = analyzer_pb2.PolicyInfo(
            name=SETTINGS, description="Limits and allow-lists of all rules.", enforcementLevel=analyzer_pb2.ADVISORY
        )
        settings.configSchema.properties.update(known)
        info.policies.append(settings)
        return info

    def _told(self, rule: Rule) -> analyzer_pb2.PolicyInfo:
        told = analyzer_pb2.PolicyInfo(
            name=rule.name,
            displayName=rule.id,
            description=rule.demand,
            message=rule.why,
            enforcementLevel=_LEVELS[rule.level_in(self._settings)],
            severity=_SEVERITIES[rule.severity],
            policy_type=analyzer_pb2.POLICY_TYPE_RESOURCE if rule.checks else analyzer_pb2.POLICY_TYPE_STACK,
            remediation_steps=rule.fix,
            url=rule.source,
            tags=list(rule.external),
        )
        if rule.external:
            told.framework.name, told.framework.reference = "checkov, Security Hub and others", ", ".join(rule.external)
        return told

    def Configure(self, request: Any, context: Any) -> empty_pb2.Empty:
        """Levels and settings, as `--policy-pack-config` has them."""
        given: dict[str, Any] = {}
        levels: dict[str, str] = {}
        for name, config in request.policyConfig.items():
            if name == SETTINGS:
                given |= _whole(json_format.MessageToDict(config.properties))
            elif name in self._by_name:
                levels[self._by_name[name].id] = _TOLD[config.enforcementLevel]
                if config.enforcementLevel == analyzer_pb2.REMEDIATE:
                    self._remedies.add(name)
        waivers = given.pop("waivers", [])
        # the engine tells the level of each rule, also where nobody chose one: then the environment's stays
        usual = {rule.id: str(rule.level_in(self._settings)) for rule in self.rules}
        chosen = {rule: level for rule, level in levels.items() if level != usual[rule]}
        try:
            self._settings = Configuration(given, chosen).settings(self._settings.environment)
            told = [replace(w, index=len(self._waivers) + w.index) for w in waived(waivers)]
            self._waivers += self._own(told)
        except (KeyError, ValueError) as wrong:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(wrong))
        self.configured.set()
        return empty_pb2.Empty()

    def get_ready(self) -> None:
        """Load what words of a finding take: component, file and line. It is half of a pack's start."""
        _ = self._origin

    def Analyze(self, request: Any, context: Any) -> analyzer_pb2.AnalyzeResponse:
        """What one resource breaks by itself."""
        if request.type not in self._asking:
            return self._nothing_on("")
        resource = _resource(request, request.options.parent)
        found = list(alone(resource, self._settings, self._asking.get(resource.type, ())))
        with self._lock:
            self._found[resource.urn] = found
        kept = waive(found, self._settings, self._waivers)
        told = [finding for finding in kept if finding.urn]
        nothing = self._nothing_on(resource.type)
        if not told:
            return nothing
        answer = self._answer(told)
        answer.not_applicable.extend(nothing.not_applicable)
        return answer

    def _nothing_on(self, kind: str) -> analyzer_pb2.AnalyzeResponse:
        """
        What is said of every resource of a type that breaks nothing.

        It names the rules that ask nothing of the type: the engine tells of a rule as passed unless it hears otherwise.
        """
        if kind not in self._good:
            asking = {rule.name for rule in self._asking.get(kind, ())}
            others = [rule.name for rule in self.rules if rule.checks and rule.name not in asking]
            self._good[kind] = analyzer_pb2.AnalyzeResponse(
                not_applicable=[analyzer_pb2.PolicyNotApplicable(policy_name=name) for name in others]
            )
        return self._good[kind]

    def AnalyzeStack(self, request: Any, context: Any) -> analyzer_pb2.AnalyzeResponse:
        """What resources break together, and waivers that cover nothing or are over."""
        stack = Stack(tuple(_resource(r, r.parent) for r in request.resources))
        together = list(across(stack, self._settings, self.rules))
        with self._lock:
            every = [*together, *(finding for findings in self._found.values() for finding in findings)]
        kept = waive(every, self._settings, self._waivers, without_estimate(self.rules))
        return self._answer([*kept[: len(together)], *kept[len(every) :]])

    def Remediate(self, request: Any, context: Any) -> analyzer_pb2.RemediateResponse:
        """The resource's properties as rules at level `remediate` would have them."""
        response = analyzer_pb2.RemediateResponse()
        properties = request.properties
        for name in sorted(self._remedies):
            check = self._by_name[name].checks.get(request.type)
            if not check or not check.remedy:
                continue
            resource = Resource(request.urn, request.type, plain(json_format.MessageToDict(properties)))
            changed = mended(properties, resource, check, self._settings)
            if changed is None:
                continue
            properties = changed
            response.remediations.append(
                analyzer_pb2.Remediation(
                    policyName=name,
                    policyPackName=self.name,
                    description=self._by_name[name].demand,
                    properties=changed,
                )
            )
        return response

    def _answer(self, findings: Sequence[Finding]) -> analyzer_pb2.AnalyzeResponse:
        response = analyzer_pb2.AnalyzeResponse()
        for finding in findings:
            rule = self._by_name.get(finding.rule.lower())
            response.diagnostics.append(
                analyzer_pb2.AnalyzeDiagnostic(
                    policyName=finding.rule.lower(),
                    policyPackName=self.name,
                    description=rule.demand if rule else finding.message,
                    message=self._words(finding),
                    enforcementLevel=_LEVELS[Level.ADVISORY if finding.waived else finding.level],
                    urn=finding.urn,
                    severity=_SEVERITIES[Severity(finding.severity)],
                )
            )
        return response

    def _words(self, finding: Finding) -> str:
        where = finding.component
        if finding.subject and self._origin:
            file, line = self._origin.place(finding.subject, finding.fields)
            where = ": ".join(part for part in (f"{file}:{line}", finding.component) if part)
        held = f" Waived {finding.waived.held}" if finding.waived else ""
        return f"{where + ': ' if where else ''}{finding.message}. {finding.fix}{held}"


def _inlined(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A property's schema with what the engine's own reading of JSON Schema knows."""
    if "anyOf" in schema:
        schema = {**schema, **next(kind for kind in schema["anyOf"] if kind.get("type") != "null")}
    known = ("type", "description", "items", "minimum", "pattern", "enum", "additionalProperties")
    return {key: value for key, value in schema.items() if key in known and not isinstance(value, bool)}


def _whole(value: Any) -> Any:
    """Numbers of the wire, which are all floats, as the integers they were."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _whole(inner) for key, inner in value.items()}
    return [_whole(inner) for inner in value] if isinstance(value, list) else value


def _resource(told: Any, parent: str) -> Resource:
    dependencies = getattr(told, "dependencies", ())
    properties = getattr(told, "propertyDependencies", {})
    made = Resource(
        urn=told.urn,
        type=told.type,
        inputs=Late(told.properties),
        name=told.name,
        parent=parent,
        protect=told.options.protect,
        dependencies=tuple(dependencies),
        property_dependencies={key: tuple(by.urns) for key, by in properties.items()},
        provider=Late(told.provider.properties) if told.HasField("provider") else {},
    )
    return as_made(made)
