"""A Google Cloud project with a Cloud Run service in it: its revisions, who has the traffic, and what it answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.truth.gcp_project import NOT_FOUND, Project
from tests.truth.gcp_workflow_engine import Reply

__all__ = ["FIRST", "RunProject"]

FIRST = "00001-abc"
BY_REVISION = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
MASKS = {"template", "traffic", "labels"}


@dataclass
class RunProject(Project):
    """
    One service, as the stack has made it.

    Attributes:
        service: Its path.
        broken_images: Images that never become ready, and what Cloud Run says of them.
        revisions: Name of a revision to what it is made of.
        template: What the service is asked to run.
        traffic: Revision that has the traffic; what is asked first, then what is so.
    """

    service: str = ""
    broken_images: Mapping[str, str] = field(default_factory=dict)
    revisions: dict[str, dict[str, Any]] = field(default_factory=dict)
    template: dict[str, Any] = field(default_factory=dict)
    asked: str = ""
    serves: str = ""
    etag: int = 1
    busy_until: float = 0
    seconds: float = 45

    def holds(self, service: str, template: Mapping[str, Any]) -> None:
        """The stack has made the service."""
        first = f"{service.rpartition('/')[2]}-{FIRST}"
        self.service, self.template = service, dict(template)
        self.revisions[first] = dict(template)
        self.asked = self.serves = first

    def container(self) -> dict[str, Any]:
        """What answers callers."""
        return self.revisions[self.serves]["containers"][0]

    def _broken(self, revision: str) -> str:
        return self.broken_images.get(self.revisions[revision]["containers"][0]["image"], "")

    def _services_get(self, path: str, _query: Any, _body: Any) -> Reply:
        if path != self.service:
            return NOT_FOUND
        busy = self.engine.now < self.busy_until
        latest = list(self.revisions)[-1]
        told = self._broken(latest)
        if not busy and not self._broken(self.asked):
            self.serves = self.asked
        ready = [name for name in self.revisions if not self._broken(name)]
        state = "CONDITION_RECONCILING" if busy else "CONDITION_FAILED" if told else "CONDITION_SUCCEEDED"
        condition = {"type": "Ready", "state": state, **({"message": told} if told else {})}
        return Reply(
            200,
            {
                "name": path,
                "etag": f'"{self.etag}"',
                "latestReadyRevision": f"{path}/revisions/{ready[-1]}",
                "terminalCondition": condition,
                "trafficStatuses": [{"type": BY_REVISION, "revision": self.serves, "percent": 100}],
                **({"reconciling": True} if busy else {}),
            },
        )

    def _services_patch(self, path: str, query: Mapping[str, Any], body: dict[str, Any]) -> Reply:
        assert path == self.service
        masked = set(query["updateMask"].split(","))
        assert masked <= MASKS
        assert masked <= set(body)
        if body.get("etag", f'"{self.etag}"') != f'"{self.etag}"':
            return Reply(409, {"error": {"status": "ABORTED", "message": "the service was changed meanwhile"}})
        if "template" in masked:
            self._revision(body["template"])
        (target,) = body["traffic"]
        assert (BY_REVISION, 100) == (target["type"], target["percent"])
        assert target["revision"] in self.revisions, "traffic goes to a revision that is there"
        self.asked = target["revision"]
        self.etag += 1
        self.busy_until = self.engine.now + self.seconds
        return Reply(200, {"name": f"{path}/operations/1"})

    def _revision(self, template: dict[str, Any]) -> None:
        name, service = template["revision"], self.service.rpartition("/")[2]
        assert name not in self.revisions, f"there is a revision {name}"
        assert name.startswith(f"{service}-"), "a revision is named after its service"
        assert re.fullmatch(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])", name), name
        self.revisions[name] = template
        self.template = template
