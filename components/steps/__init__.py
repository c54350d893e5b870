"""
Steps that groundplan brings: watch a window, expect of data, hold a candidate against the champion.

They run in each cloud's own scikit-learn image, as a training does whose code is an archive (docs/containers.md), so
what they do is the same everywhere, and is tested here.
"""

from __future__ import annotations

import base64
import gzip
import io
import tarfile
from functools import cache
from pathlib import Path

__all__ = ["METRIC_LINE", "STEPS", "archive"]

STEPS = ("evaluate", "expect", "monitor")
METRIC_LINE = r"groundplan: {name}=([-+0-9.e]+);"
"""Regular expression of the line that tells a figure in the log of a step."""
_CODE = Path(__file__).parent / "trainer"


@cache
def archive() -> str:
    """`trainer.tar.gz` in base64: the same bytes whenever and wherever it is made."""
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path in sorted(_CODE.glob("*.py")):
            content = path.read_bytes()
            member = tarfile.TarInfo(f"trainer/{path.name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return base64.b64encode(gzip.compress(inner.getvalue(), mtime=0)).decode()
