"""What an endpoint on Google Cloud serves: the names of deployed models, or of revisions, say the versions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from groundplan.serving import Get, NotReadable, Serving

__all__ = ["read", "serving"]

REVISION = re.compile(r"-v(\d+)-[0-9a-f]{5}$")
MOST = 100  # of endpoints in an answer; a blueprint names fewer models
SCOPE = "https://www.googleapis.com/auth/cloud-platform"


def read(endpoint_id: str) -> Serving:
    """
    What the endpoint serves.

    Raises:
        NotReadable: google-auth is not installed, nobody is logged in, or the endpoint is not there.
    """
    try:
        import google.auth  # noqa: PLC0415 - an optional dependency
        from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415
        from google.auth.transport.requests import AuthorizedSession  # noqa: PLC0415
    except ImportError as missing:
        raise NotReadable("google-auth is not installed. Run: pip install 'groundplan[ops]'") from missing
    try:
        credentials, _ = google.auth.default(scopes=[SCOPE])
        session = AuthorizedSession(credentials)

        def get(url: str) -> Any:
            answer = session.get(url, timeout=60)
            if not answer.ok:
                raise NotReadable(f"Vertex AI answers {answer.status_code}: {answer.text[:300]}")
            return answer.json()

        return serving(get, endpoint_id)
    except GoogleAuthError as error:
        raise NotReadable(f"{error} Log in first: gcloud auth application-default login") from error


def serving(get: Get, endpoint_id: str) -> Serving:
    """The same by what answers an address; `endpoint_id` is `projects/…/locations/…/endpoints/…`, or `…/services/…`."""
    if "/services/" in endpoint_id:
        return _service(get(f"https://run.googleapis.com/v2/{endpoint_id}"))
    parent, _, _ = endpoint_id.partition("/endpoints/")
    url = f"https://{endpoint_id.split('/')[3]}-aiplatform.googleapis.com/v1"
    seen = get(f"{url}/{endpoint_id}")
    labels = seen.get("labels") or {}
    return _several(get, f"{url}/{parent}/endpoints", labels) if labels.get("model") else _one(seen)


def _one(seen: Mapping[str, Any]) -> Serving:
    """Of an endpoint with one model."""
    split = seen.get("trafficSplit") or {}
    names = {m["id"]: (m.get("displayName") or "").split(" after ") for m in seen.get("deployedModels") or []}
    versions = {own: words[0].removeprefix("v") for own, words in names.items()}
    # what follows another that is still there is on trial; see gcp_traffic.yaml
    stable = [own for own, words in names.items() if not (len(words) == 2 and words[1] in names)]
    most = max(stable, key=lambda own: split.get(own, 0), default="")
    shares = {versions[own]: float(share) for own, share in split.items() if own in versions and share}
    settled = len(names) <= 1 and (not names or split.get(most) == 100)
    return Serving(versions.get(most, ""), shares, "", "deployed" if names else "empty", settled)


def _service(seen: Mapping[str, Any]) -> Serving:
    """Of a service of Cloud Run: its revisions are named after versions; see run_traffic.yaml."""
    latest = str(seen.get("latestReadyRevision") or "").rpartition("/")[2]
    shares: dict[str, float] = {}
    for target in seen.get("trafficStatuses") or []:
        named = REVISION.search(str(target.get("revision") or latest))
        if named:
            shares[named[1]] = shares.get(named[1], 0) + float(target.get("percent") or 0)
    most = max(shares, key=lambda version: shares[version], default="")
    settled = not seen.get("reconciling") and shares.get(most, 100) == 100
    return Serving(most, shares, "", "deployed" if shares else "empty", settled)


def _several(get: Get, endpoints: str, labels: Mapping[str, str]) -> Serving:
    """Of an endpoint with several models, which has one of Vertex AI's for each: their labels are alike but for it."""
    wanted = " AND ".join(f'labels.{key}="{labels[key]}"' for key in ("stack", "endpoint"))
    found = get(f"{endpoints}?{urlencode({'filter': wanted, 'pageSize': MOST})}").get("endpoints") or []
    each = {one["labels"]["model"]: _one(one) for one in found if (one.get("labels") or {}).get("model")}
    models = {name: one.version for name, one in sorted(each.items())}
    state = "deployed" if any(models.values()) else "empty"
    return Serving("", {}, "", state, all(one.settled for one in each.values()), models)
