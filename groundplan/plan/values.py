"""Values as a plan holds them: JSON, with secrets and assets replaced by what may be shown."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import pulumi
from pulumi.runtime import rpc

__all__ = ["SECRET", "plain"]

SECRET: Mapping[str, bool] = {"secret": True}


def plain(value: Any) -> Any:
    """
    A value that JSON can hold: whole numbers as integers, mappings in the order of their keys.

    A secret becomes `{"secret": true}`; the text of an asset becomes its digest.
    """
    if rpc.is_rpc_secret(value):
        return dict(SECRET)
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in sorted(value.items()) if not str(k).startswith("__")}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, pulumi.StringAsset):
        return {"asset": {"sha256": sha256(value.text.encode()).hexdigest()}}
    if isinstance(value, pulumi.FileAsset | pulumi.FileArchive):
        return {"asset": {"path": str(value.path)}}
    if isinstance(value, pulumi.RemoteAsset | pulumi.RemoteArchive):
        return {"asset": {"uri": str(value.uri)}}
    if isinstance(value, pulumi.AssetArchive):
        return {"archive": {k: plain(v) for k, v in sorted(value.assets.items())}}
    return value
