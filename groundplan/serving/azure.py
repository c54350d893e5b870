"""What an Azure ML online endpoint serves: its tags, and those of its deployments, say the versions."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from groundplan.serving import Get, NotReadable, Serving

__all__ = ["read", "serving"]

ARM = "https://management.azure.com"
API = "2025-12-01"


def read(endpoint_id: str) -> Serving:
    """
    What the endpoint serves.

    Raises:
        NotReadable: azure-identity is not installed, nobody is logged in, or the endpoint is not there.
    """
    try:
        identity, errors = import_module("azure.identity"), import_module("azure.core.exceptions")
    except ImportError as missing:
        raise NotReadable("azure-identity is not installed. Run: pip install 'groundplan[ops]'") from missing
    try:
        token = identity.DefaultAzureCredential().get_token(f"{ARM}/.default").token
    except errors.ClientAuthenticationError as error:
        raise NotReadable("nobody is logged in. Log in first: az login") from error

    def get(url: str) -> Any:
        asked = Request(url, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - always Azure's own address
        try:
            with urlopen(asked, timeout=60) as answer:  # noqa: S310
                return json.load(answer)
        except HTTPError as error:
            raise NotReadable(f"Azure answers {error.code}: {error.read().decode(errors='replace')[:300]}") from error
        except URLError as error:
            raise NotReadable(f"Azure can't be reached: {error.reason}") from error

    return serving(get, endpoint_id)


def serving(get: Get, endpoint_id: str) -> Serving:
    """The same by what answers an address; `endpoint_id` is the ARM id."""
    endpoint = get(f"{ARM}{endpoint_id}?api-version={API}")
    deployed = get(f"{ARM}{endpoint_id}/deployments?api-version={API}").get("value") or []
    versions = {d["name"]: str((d.get("tags") or {}).get("version", "")) for d in deployed}
    about, tags = endpoint.get("properties") or {}, endpoint.get("tags") or {}
    traffic = {name: float(share) for name, share in (about.get("traffic") or {}).items() if share}
    most = max(traffic, key=lambda name: traffic[name], default="")
    shares = {versions.get(name, ""): share for name, share in traffic.items()}
    state = str(about.get("provisioningState", ""))
    # where an endpoint has several models, releases note the version on the deployments alone, which callers name
    called = {d["name"]: d for d in deployed if (d.get("tags") or {}).get("called") == d["name"]}
    if called:
        up = all((d.get("properties") or {}).get("provisioningState") == "Succeeded" for d in called.values())
        models = {name: versions[name] for name in sorted(called)}
        return Serving("", state=state, settled=state == "Succeeded" and up, models=models)
    return Serving(
        version=str(tags.get("serves") or versions.get(most, "")),
        shares={version: share for version, share in shares.items() if version},
        shadow=str(tags.get("shadow") or ""),
        state=state,
        settled=state == "Succeeded" and not tags.get("candidate") and traffic.get(most, 100.0) == 100,
    )
