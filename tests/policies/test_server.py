"""A pack as the engine talks to it: the same words as offline, levels and settings as configured, safe remedies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from pulumi_policy import proxy

from policies.listening import listen
from policies.pack import rules
from policies.server import Pack

ROOT = Path(__file__).parents[2]
NOTEBOOK = "gcp:workbench/instance:Instance"
URN = f"urn:pulumi:fraud-detection-prod-gcp::groundplan::groundplan:gcp:Endpoint${NOTEBOOK}::lab"
HOME = "urn:pulumi:fraud-detection-prod-gcp::groundplan::groundplan:gcp:Endpoint::scorer"
CONFIG = {
    "groundplan:blueprint": "blueprints/fraud-detection.yaml",
    "groundplan:environment": "prod",
    "groundplan:cloud": "gcp",
}
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "hunter2"}


class Aborted(Exception):
    """The call was ended with a status."""


class Context:
    """What a pack sees of a call."""

    def abort(self, code: grpc.StatusCode, details: str) -> None:
        raise Aborted(f"{code.name}: {details}")


def pack(*names: str, config: dict[str, str] | None = None) -> Pack:
    chosen = [rule for rule in rules() if not names or rule.id in names]
    return Pack("groundplan", chosen, CONFIG if config is None else config, ROOT, "fraud-detection-prod-gcp")


def request(inputs: dict) -> analyzer_pb2.AnalyzeRequest:
    properties = struct_pb2.Struct()
    properties.update(inputs)
    options = analyzer_pb2.AnalyzerResourceOptions(parent=HOME)
    return analyzer_pb2.AnalyzeRequest(type=NOTEBOOK, urn=URN, name="lab", properties=properties, options=options)


def configured(of: Pack, **settings: Any) -> Pack:
    """The pack after the engine has told it its configuration, as the engine does: all levels, chosen or not."""
    told = analyzer_pb2.ConfigureAnalyzerRequest()
    for policy in of.GetAnalyzerInfo(None, None).policies:
        level = settings.get(policy.name.replace("-", "_"), policy.enforcementLevel)
        told.policyConfig[policy.name].enforcementLevel = level
    told.policyConfig["gp-settings"].properties.update(settings.get("given", {}))
    of.Configure(told, Context())
    return of


def test_a_breach_names_component_and_line():
    """
    The engine shows the demand, the component, the blueprint's line, what is wrong and what to do.
    """
    (found,) = pack("GP-SEC-001").Analyze(request({"gceSetup": {}}), None).diagnostics

    assert "gp-sec-001" == found.policyName
    assert analyzer_pb2.MANDATORY == found.enforcementLevel
    assert analyzer_pb2.POLICY_SEVERITY_HIGH == found.severity
    lines = (ROOT / "blueprints/fraud-detection.yaml").read_text("utf-8").splitlines()
    line = next(number for number, text in enumerate(lines, 1) if text.startswith("  scorer:"))
    assert f"fraud-detection.yaml:{line}: endpoints/scorer: gceSetup.disablePublicIp is not set" in found.message


def test_what_is_unknown_or_good_is_not_told():
    """
    A preview that does not know a value yet is not stopped by it.
    """
    known = request({"gceSetup": {"disablePublicIp": True}})
    unknown = request({"gceSetup": proxy.UNKNOWN_OBJECT_VALUE})

    assert [[], []] == [list(pack("GP-SEC-001").Analyze(r, None).diagnostics) for r in (known, unknown)]


def test_rules_of_other_types_are_not_said_to_be_kept():
    """
    The engine lists a rule as passed unless it hears that it asks nothing of the resource.
    """
    known = pack("GP-SEC-001", "GP-SEC-040", "GP-REL-001")

    of_notebook = known.Analyze(request({"gceSetup": {"disablePublicIp": True}}), None)
    of_none = known.Analyze(analyzer_pb2.AnalyzeRequest(urn=URN, type="groundplan:gcp:Notebooks", name="a"), None)

    assert {"gp-sec-040", "gp-rel-001"} == {told.policy_name for told in of_notebook.not_applicable}
    assert {"gp-sec-001", "gp-sec-040", "gp-rel-001"} == {told.policy_name for told in of_none.not_applicable}


def test_levels_are_those_that_were_chosen():
    """
    A level of `--policy-pack-config` goes before the rule's own.
    """
    relaxed = configured(pack("GP-SEC-001"), gp_sec_001=analyzer_pb2.ADVISORY)
    off = configured(pack("GP-SEC-001"), gp_sec_001=analyzer_pb2.DISABLED)

    assert [analyzer_pb2.ADVISORY] == [d.enforcementLevel for d in relaxed.Analyze(request({}), None).diagnostics]
    assert not off.Analyze(request({}), None).diagnostics


def test_a_waiver_of_the_configuration_is_told_and_stops_nothing():
    """
    A waived breach is advisory, with who agreed to it; one that covers nothing is told at the end.
    """
    waiver = {"resource": "endpoints/*", "reason": "load test until launch", "owner": "risk-ml", "until": "2999-01-31"}
    waivers = [{"rule": "GP-SEC-001", **waiver}, {"rule": "GP-SEC-038", **waiver}]
    held = configured(pack("GP-SEC-001", "GP-SEC-038"), given={"waivers": waivers})

    (found,) = held.Analyze(request({}), None).diagnostics
    (unused,) = held.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(), None).diagnostics

    assert analyzer_pb2.ADVISORY == found.enforcementLevel
    assert "Waived until 2999-01-31 by risk-ml: load test until launch" in found.message
    assert "the waiver of GP-SEC-038 for 'endpoints/*' covers nothing" in unused.message


def test_a_wrong_setting_is_refused():
    """
    The engine is told which setting has a wrong value.
    """
    with pytest.raises(Aborted, match="maxRunHours"):
        configured(pack(), given={"maxRunHours": "long"})


def test_a_remedy_keeps_secrets_and_the_unknown():
    """
    At level `remediate`, what is wrong is set right, and nothing else changes on the wire.
    """
    mending = configured(pack("GP-SEC-001"), gp_sec_001=analyzer_pb2.REMEDIATE)
    inputs = {"name": proxy.UNKNOWN_STRING_VALUE, "token": SECRET, "gceSetup": {"disablePublicIp": False}}

    (done,) = mending.Remediate(request(inputs), None).remediations
    unknown = mending.Remediate(request({"gceSetup": proxy.UNKNOWN_OBJECT_VALUE}), None)
    secret = mending.Remediate(request({"gceSetup": SECRET}), None)

    assert {**inputs, "gceSetup": {"disablePublicIp": True}} == json_format.MessageToDict(done.properties)
    assert not unknown.remediations
    assert not secret.remediations


def test_every_rule_is_described_to_the_engine():
    """
    Each rule has its demand, severity, way out and page; the settings have a schema that the engine checks.
    """
    info = pack().GetAnalyzerInfo(None, None)
    told = {policy.name: policy for policy in info.policies}

    for rule in rules():
        policy = told[rule.name]
        assert (rule.demand, rule.fix, rule.source) == (policy.description, policy.remediation_steps, policy.url)
        assert policy.severity
    assert "allowedRegions" in told["gp-settings"].configSchema.properties


def test_a_stack_of_somebody_else_is_judged_by_its_name():
    """
    Without a blueprint, the environment is the one that the stack's name has in it.
    """
    strangers = pack("GP-SEC-001", config={})

    (found,) = strangers.Analyze(request({}), None).diagnostics

    assert found.message.startswith("endpoints/scorer: gceSetup")
    assert strangers._settings.environment == "prod"


def test_where_nothing_is_to_be_mended_the_engine_is_not_kept_waiting():
    """
    A pack answers the call for remedies only where a rule is at that level, and all others always.
    """
    wrong = request({"gceSetup": {"disablePublicIp": False}})
    judging, mending = pack("GP-SEC-001"), configured(pack("GP-SEC-001"), gp_sec_001=analyzer_pb2.REMEDIATE)
    answers = [_over_the_wire(asked, wrong) for asked in (judging, mending)]

    assert [[("gp-sec-001", None)], [("gp-sec-001", True)]] == answers


READY = """
import sys
from tests.policies.test_server import configured, pack, request
ready = configured(pack("GP-SEC-001"))
ready.get_ready()
before = set(sys.modules)
(found,) = ready.Analyze(request({"gceSetup": {}}), None).diagnostics
print(found.policyName, sorted(set(sys.modules) - before))
"""


def test_a_pack_that_is_ready_loads_nothing_while_the_engine_waits():
    """
    A finding is told with component and line at once; what that takes is there before the first is asked for.
    """
    ran = subprocess.run([sys.executable, "-c", READY], cwd=ROOT, capture_output=True, text=True, check=True)

    assert "gp-sec-001 []" == ran.stdout.strip()


def _over_the_wire(asked: Pack, of: analyzer_pb2.AnalyzeRequest) -> list[tuple[str, bool | None]]:
    """Rules that are broken, and what the remedy makes of the public address; None without one."""
    server, port = listen(asked)
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = analyzer_pb2_grpc.AnalyzerStub(channel)
            try:
                (done,) = stub.Remediate(of).remediations
                mended = json_format.MessageToDict(done.properties)["gceSetup"]["disablePublicIp"]
            except grpc.RpcError as refusal:
                if refusal.code() != grpc.StatusCode.UNIMPLEMENTED:
                    raise
                mended = None
            return [(found.policyName, mended) for found in stub.Analyze(of).diagnostics]
    finally:
        server.stop(0)
