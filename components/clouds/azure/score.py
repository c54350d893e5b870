"""
Asks a model for its answers to every record of a folder of files; runs inside the serving image, on Azure ML.

An image of one's own is started as `serve`, and asked at `/invocations`, as SageMaker does; a framework's image runs
the version's own `score.py`, as an online deployment does. The answers to `a/b.jsonl` are `a/b.jsonl.out`, a line a
record. A file whose answers are there is left alone: so a job that starts over after its machine was reclaimed goes on.
"""

from __future__ import annotations

import atexit
import http.client
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

PIECE = 6 * 1024 * 1024  # bytes of records that are asked at once, as many as SageMaker sends
START_SECONDS, ASK_SECONDS, TRIES = 1800, 600, 4


def pieces(path: pathlib.Path) -> Iterator[bytes]:
    """Records of a file in pieces that are not too large, blank lines left out."""
    held: list[bytes] = []
    size = 0
    with path.open("rb") as records:
        for line in (record.strip(b"\r\n") for record in records):
            if not line.strip():
                continue
            if held and size + len(line) > PIECE:
                yield b"\n".join(held)
                held, size = [], 0
            held.append(line)
            size += len(line) + 1
    if held:
        yield b"\n".join(held)


def lines(answer: Any) -> str:
    """An answer as lines: a list has one an element."""
    if isinstance(answer, bytes):
        answer = answer.decode("utf-8")
    if not isinstance(answer, str):
        answer = "\n".join(json.dumps(one) for one in (answer if isinstance(answer, list) else [answer]))
    return answer.rstrip("\n") + "\n"


def by_module(folder: str) -> Callable[[bytes], Any]:
    """What asks the version's `score.py`."""
    sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location("score", str(pathlib.Path(folder, "score.py")))
    if spec is None or spec.loader is None:
        sys.exit(f"there is no score.py in {folder}")
    score = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(score)
    score.init()
    return lambda body: score.run(body.decode("utf-8"))


def call(method: str, path: str, port: int, body: bytes | None = None, content: str | None = None) -> tuple[int, bytes]:
    """One request to the server in this container."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=ASK_SECONDS)
    try:
        link.request(method, path, body=body, headers={"Content-Type": content, "Accept": content} if content else {})
        answer = link.getresponse()
        return answer.status, answer.read()
    finally:
        link.close()


def by_server(content: str, port: int) -> Callable[[bytes], Any]:
    """What asks the server of the image, once it says that it is ready."""
    server = subprocess.Popen(["serve"])  # noqa: S607 - where it is, the image says
    atexit.register(server.terminate)  # or the job would not end
    until = time.monotonic() + START_SECONDS
    while True:
        if server.poll() is not None:
            sys.exit(f"the program serve ended as {server.returncode} before it was ready")
        try:
            if call("GET", "/ping", port)[0] == 200:
                break
        except OSError:
            pass  # it does not listen yet
        if time.monotonic() > until:
            sys.exit(f"the program serve was not ready after {START_SECONDS} seconds")
        time.sleep(1)

    def ask(body: bytes) -> bytes:
        said = "nothing"
        for attempt in range(TRIES):
            try:
                status, answer = call("POST", "/invocations", port, body, content)
            except OSError as error:
                said = str(error)
            else:
                if status == 200:
                    return answer
                said = "{} {}".format(status, answer[:500].decode("utf-8", "replace"))
            if attempt + 1 < TRIES:
                time.sleep(2**attempt / 2)
        sys.exit(f"the model did not answer: {said}")

    return ask


def main(given: str, wanted: str, content: str, code: str, port: str) -> None:
    """Answer this machine's share of the files."""
    rank, count = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    source, target = pathlib.Path(given), pathlib.Path(wanted)
    files = sorted(path for path in source.rglob("*") if path.is_file())
    if not files:
        sys.exit("there is no file in the input")
    ask = by_module(code) if code else by_server(content, int(port))
    for path in files[rank::count]:
        named = target / path.relative_to(source)
        done = named.with_name(named.name + ".out")
        if done.exists():
            continue
        done.parent.mkdir(parents=True, exist_ok=True)
        part = done.with_name(done.name + ".part")
        with part.open("w", encoding="utf-8") as answers:
            for body in pieces(path):
                answers.write(lines(ask(body)))
        part.replace(done)
    print(f"machine {rank + 1} of {count} is done")


if __name__ == "__main__":
    main(*sys.argv[1:])
