"""Fetches from the feeds' hosts: tries again what passes, and takes no answer for whole that is not."""

from __future__ import annotations

import http.client
import io
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from groundplan.cost.feeds.rate import FeedError

__all__ = ["HOSTS", "Open", "Response", "Web"]

HOSTS = frozenset({"pricing.us-east-1.amazonaws.com", "cloudbilling.googleapis.com", "prices.azure.com"})
PASSING = frozenset({429, 500, 502, 503, 504})
TRIES = 4
TIMEOUT = 60
"""Seconds that a host may be silent."""
CHUNK = 1 << 20
MILESTONE = 50 << 20
"""Bytes after which a long download is told of."""

Model = TypeVar("Model", bound=BaseModel)


class Response(Protocol):
    """What is needed of an HTTP answer."""

    @property
    def headers(self) -> Mapping[str, str] | Any:
        """Header fields by name."""
        ...

    def read(self, amount: int = ..., /) -> bytes:
        """The next bytes; none at the end."""
        ...


Open = Callable[[urllib.request.Request], AbstractContextManager[Response]]


class _Stays(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object, **_kwargs: object) -> None:
        """No feed redirects, and a key must not go along to another host."""


def _open(request: urllib.request.Request) -> AbstractContextManager[Response]:
    return urllib.request.build_opener(_Stays).open(request, timeout=TIMEOUT)


class Web:
    """
    Fetches addresses of the feeds' hosts.

    Args:
        open_: Opens a request; raises what `urllib.request` raises.
        tell: Is told of the progress of long downloads.
        pause: Waits so many seconds between tries.
    """

    def __init__(
        self,
        open_: Open = _open,
        tell: Callable[[str], None] = lambda _: None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._open = open_
        self.tell = tell
        self._pause = pause
        self._out_of_reach: set[str] = set()

    def get(self, address: str, model: type[Model], headers: Mapping[str, str] | None = None) -> tuple[Model, str]:
        """
        The JSON document at an address, and the `Date` of the answer.

        Raises:
            FeedError: There is none, it ends early, or it is not of the form of `model`.
        """
        with self.stream(address, headers) as (body, date):
            try:
                return model.model_validate(json.loads(body.read())), date
            except ValidationError as error:
                first = error.errors()[0]
                where = ".".join(str(part) for part in first["loc"])
                raise FeedError(f"{_shown(address)}: not the form expected: {where}: {first['msg']}") from None
            except ValueError:
                raise FeedError(f"{_shown(address)}: not JSON, or not all of it") from None

    @contextmanager
    def stream(self, address: str, headers: Mapping[str, str] | None = None) -> Iterator[tuple[io.BufferedReader, str]]:
        """
        The bytes at an address, to be read as they come, and the `Date` of the answer.

        Raises:
            FeedError: There are none, or fewer than announced.
        """
        parts = urllib.parse.urlsplit(address)
        if parts.scheme != "https" or parts.hostname not in HOSTS:
            raise FeedError(f"{_shown(address)}: not an address of a feed")
        if parts.hostname in self._out_of_reach:
            raise FeedError(f"{parts.hostname}: out of reach")
        request = urllib.request.Request(address, headers=dict(headers or {}))  # noqa: S310 - https, and its host is known
        try:
            with self._tried(request) as response:
                body = _Whole(response, _shown(address), self.tell)
                yield io.BufferedReader(body, CHUNK), response.headers.get("Date") or ""
        except urllib.error.HTTPError as error:
            raise FeedError(f"{_shown(address)}: HTTP {error.code} {error.reason}") from None
        except urllib.error.URLError as error:  # there are many addresses, and one host: it is not waited for each time
            self._out_of_reach.add(parts.hostname)
            raise FeedError(f"{parts.hostname}: out of reach: {error.reason}") from None
        except (OSError, http.client.HTTPException) as error:
            raise FeedError(f"{_shown(address)}: {error!r}") from None

    def _tried(self, request: urllib.request.Request) -> AbstractContextManager[Response]:
        for turn in range(1, TRIES):
            try:
                return self._open(request)
            except urllib.error.HTTPError as error:
                if error.code not in PASSING:
                    raise
                self._pause(_seconds(error.headers.get("Retry-After"), turn))
            except urllib.error.URLError:
                self._pause(2.0**turn)
        return self._open(request)


def _seconds(asked: str | None, turn: int) -> float:
    return min(float(asked), 60.0) if asked and asked.isdigit() else 2.0**turn


def _shown(address: str) -> str:
    """The address less its query, which may be long."""
    return urllib.parse.urlunsplit((*urllib.parse.urlsplit(address)[:3], "", ""))


class _Whole(io.RawIOBase):
    """The bytes of an answer; its early end is an error, not an end."""

    def __init__(self, response: Response, address: str, tell: Callable[[str], None]) -> None:
        announced = response.headers.get("Content-Length")
        self._response, self._address, self._tell = response, address, tell
        self._announced = int(announced) if announced else None
        self._done = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        got = self._response.read(len(buffer))
        buffer[: len(got)] = got
        if (self._done + len(got)) // MILESTONE > self._done // MILESTONE:
            self._tell(f"{self._address}: {(self._done + len(got)) >> 20} MiB")
        self._done += len(got)
        if not got and self._announced is not None and self._done < self._announced:
            raise FeedError(f"{self._address}: ended after {self._done} of {self._announced} bytes")
        return len(got)
