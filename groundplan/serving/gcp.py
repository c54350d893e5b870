"""What a Vertex AI endpoint serves: the names of its deployed models say the versions."""

from __future__ import annotations

from typing import Any

from groundplan.serving import Get, NotReadable, Serving

__all__ = ["read", "serving"]

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
    """The same by what answers an address; `endpoint_id` is `projects/…/locations/…/endpoints/…`."""
    region = endpoint_id.split("/")[3]
    seen = get(f"https://{region}-aiplatform.googleapis.com/v1/{endpoint_id}")
    split = seen.get("trafficSplit") or {}
    names = {m["id"]: (m.get("displayName") or "").split(" after ") for m in seen.get("deployedModels") or []}
    versions = {own: words[0].removeprefix("v") for own, words in names.items()}
    # what follows another that is still there is on trial; see gcp_traffic.yaml
    stable = [own for own, words in names.items() if not (len(words) == 2 and words[1] in names)]
    most = max(stable, key=lambda own: split.get(own, 0), default="")
    shares = {versions[own]: float(share) for own, share in split.items() if own in versions and share}
    settled = len(names) <= 1 and (not names or split.get(most) == 100)
    return Serving(versions.get(most, ""), shares, "", "deployed" if names else "empty", settled)
