"""Drives headless Chromium by its command line: measures a page from a frame around it, prints it."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--enable-logging=stderr",
    "--log-level=0",
]
FRAME = """<!doctype html><meta charset="utf-8">
<iframe id="frame" src="{path}" style="width:{width}px;height:{height}px;border:0"></iframe>
<pre id="result"></pre>
<script>
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
document.getElementById("frame").addEventListener("load", async (event) => {{
  const win = event.target.contentWindow, doc = win.document;
  const all = (selector, root = doc) => [...root.querySelectorAll(selector)];
  const report = (value) => {{
    document.getElementById("result").textContent = JSON.stringify(value);
  }};
  try {{ report({{ value: await (async () => {{ {script} }})() }}); }}
  catch (error) {{ report({{ error: String(error) }}); }}
}}, {{ once: true }});
</script>"""


def binary() -> str:
    """
    Path of the browser: `CHROMIUM`, else the first of the usual names.

    Raises:
        RuntimeError: There is none; says what to install.
    """
    for name in (os.environ.get("CHROMIUM", ""), *NAMES):
        found = shutil.which(name) if name else None
        if found:
            return found
    raise RuntimeError(
        "no Chromium found: install it (`apt-get install chromium`, or Google Chrome), "
        "or set CHROMIUM to the path of its program"
    )


@dataclass
class Browser:
    """A browser, and the pages that it may ask for."""

    program: str
    folder: Path
    address: str
    pages: dict[str, bytes]
    asked: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)

    def inspect(self, path: str, script: str, *, width: int = 1280, height: int = 900) -> Any:
        """What the script returns; it sees the page's `win`, `doc`, and `all(selector)`."""
        framed = FRAME.format(path=path, width=width, height=height, script=script)
        self.pages["/frame"] = framed.encode()
        dom = self._run(f"{self.address}/frame", "--dump-dom", "--virtual-time-budget=8000")
        found = re.search('<pre id="result">(.*?)</pre>', dom, re.DOTALL)
        assert found, f"the page never loaded: {dom[:300]}"
        assert found[1], f"the script never ended: {self.console}"
        answer = json.loads(html.unescape(found[1]))
        assert "error" not in answer, answer["error"]
        return answer.get("value")

    def print(self, path: str) -> bytes:
        """The page as PDF."""
        target = self.folder / "page.pdf"
        self._run(f"{self.address}{path}", f"--print-to-pdf={target}", "--no-pdf-header-footer")
        return target.read_bytes()

    def _run(self, url: str, *arguments: str) -> str:
        command = [self.program, *QUIET, f"--user-data-dir={self.folder / 'profile'}"]
        command += ["--window-size=1600,1200", *arguments, url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        said = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
        self.console.extend(said)
        return done.stdout


@contextmanager
def browser(folder: Path, pages: dict[str, str]) -> Iterator[Browser]:
    """A browser before a local server with the given pages, by path."""
    program = binary()
    served = {path: text.encode() for path, text in pages.items()}
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = served.get(self.path)
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base's name
            """Requests are kept in `asked`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        address = f"http://127.0.0.1:{server.server_port}"
        yield Browser(program, folder, address, served, asked)
    finally:
        server.shutdown()
        server.server_close()
