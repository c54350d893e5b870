"""The feeds' hosts, played from the samples beside this file: no test reaches the network."""

from __future__ import annotations

import io
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from email.message import Message
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parent
DATE = "Fri, 02 Oct 2026 08:00:00 GMT"


class Answered(io.BytesIO):
    """An HTTP answer."""

    def __init__(self, body: bytes, *, announced: int | None = None) -> None:
        super().__init__(body)
        self.headers = {"Content-Length": str(len(body) if announced is None else announced), "Date": DATE}


def refused(request: urllib.request.Request, code: int, **headers: str) -> urllib.error.HTTPError:
    """What `urllib.request` raises for a status that is not a success."""
    fields = Message()
    for name, value in headers.items():
        fields[name.replace("_", "-")] = value
    return urllib.error.HTTPError(request.full_url, code, "refused", fields, None)


class Hosts:
    """
    Opens requests as the feeds do.

    Attributes:
        asked: Each request, in order.
        spoilt: By the name of a sample, what to make of its bytes; it may raise instead.
    """

    def __init__(self) -> None:
        self.asked: list[urllib.request.Request] = []
        self.spoilt: dict[str, Callable[[urllib.request.Request, bytes], Answered]] = {}

    def __call__(self, request: urllib.request.Request) -> Answered:
        self.asked.append(request)
        name = _sample(request.full_url)
        path = SAMPLES / name
        if not path.exists():
            raise refused(request, 404)
        body = path.read_bytes()
        return self.spoilt[name](request, body) if name in self.spoilt else Answered(body)

    def edit(self, name: str, change: Callable[[Any], None]) -> None:
        """Has a JSON sample answered with a change."""

        def changed(_request: urllib.request.Request, body: bytes) -> Answered:
            document = json.loads(body)
            change(document)
            return Answered(json.dumps(document).encode())

        self.spoilt[name] = changed

    def replace(self, name: str, old: str, new: str) -> None:
        """Has a sample answered with another text in a place; it must be there."""
        assert old.encode() in (SAMPLES / name).read_bytes()
        self.spoilt[name] = lambda _request, body: Answered(body.replace(old.encode(), new.encode()))


def _sample(address: str) -> str:
    parts = urllib.parse.urlsplit(address)
    query = urllib.parse.parse_qs(parts.query)
    if parts.hostname == "pricing.us-east-1.amazonaws.com":
        return _aws(parts.path)
    if parts.hostname == "cloudbilling.googleapis.com":
        return f"gcp/{parts.path.split('/')[3]}-{2 if 'pageToken' in query else 1}.json"
    assert parts.hostname == "prices.azure.com"
    return _azure(dict(term.split(" eq ") for term in query["$filter"][0].split(" and ")), "$skip" in query)


def _aws(path: str) -> str:
    steps = path.removeprefix("/offers/v1.0/aws/").split("/")
    if len(steps) == 1:
        return f"aws/{steps[0]}"
    return f"aws/{steps[0]}-region_index.json" if steps[1] == "current" else f"aws/{steps[0]}-{steps[2]}.csv"


def _azure(terms: dict[str, str], further: bool) -> str:
    if "armSkuName" in terms:
        return f"azure/{terms['armSkuName'].strip(chr(39))}.json"
    name = f"{terms['serviceName']}-{terms['armRegionName']}".replace("'", "").replace(" ", "-")
    return f"azure/{name}-{2 if further else 1}.json" if name.startswith("Storage") else f"azure/{name}.json"
