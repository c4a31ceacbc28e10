"""One exchange over HTTP, within bounds: an answer has so much time, and so many bytes, whoever gives it."""

from __future__ import annotations

import io
import threading
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from http import client as http
from socket import socket
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import HTTPError

from destination_hubspot_calls.hubspot.unreachable import NoAnswer, explain

MAX_ANSWER = 32 * 1024 * 1024
"""Bytes of an answer, packed or not. A hundred calls with texts as long as can be have a quarter of it."""
MAX_SMALL = 4 * 1024 * 1024
"""Bytes up to which all threads may hold answers at once; of longer ones there is one at a time."""
CHUNK = 64 * 1024

_large = threading.Lock()
"""Held by whoever reads a long answer: sixty-four of them at once would be gigabytes."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever it means. The names of headers have no case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Http:
    """Sends requests to one host and reads their answers. Threads may use it at once."""

    def __init__(self, base_url: str, *, connections: int, timeouts: tuple[float, float]) -> None:
        """`timeouts`: seconds until a connection is made, and until an answer is whole."""
        self.base_url = base_url
        self._timeouts = timeouts
        self._session = _session(connections)
        self._blank = _blank(base_url)
        # Proxies and authorities as the environment names them.
        self._settings: dict[str, Any] = {**self._session.merge_environment_settings(base_url, {}, True, None, None)}

    def send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """Send once, and read the answer whole. Raises NotSent, NoAnswer, and Unavailable where it is of no use."""
        try:
            return self._send(self._prepare(method, path, body, headers))
        except (OSError, HTTPError, ValueError, zlib.error) as error:
            raise explain(error, self.base_url) from None

    def _send(self, prepared: requests.PreparedRequest) -> Answer:
        """Straight to the adapter: a session would also read where a redirect leads, and fail where that is malformed.

        Raises what requests, urllib3 and the system raise.
        """
        adapter = self._session.get_adapter(self.base_url)
        response = adapter.send(prepared, timeout=self._timeouts, **self._settings)
        try:
            return Answer(response.status_code, response.headers, read_body(response.raw))
        except BaseException:
            response.close()
            raise

    def _prepare(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> requests.PreparedRequest:
        """Paths are quoted and headers are ours already, so that only the body is left to be prepared."""
        prepared = self._blank.copy()
        prepared.method = method
        prepared.url = self.base_url + path
        prepared.headers.update(headers)
        prepared.prepare_body(body, files=None)
        return prepared


def read_body(raw: HTTPResponse) -> bytes:
    """A body as it was meant, unpacked. Raises NoAnswer where it is too long, and what urllib3 and zlib raise."""
    chunks: Iterable[bytes] = raw.stream(CHUNK, decode_content=False)
    encoding = raw.headers.get("Content-Encoding", "").strip().lower()
    if encoding in {"gzip", "x-gzip"}:
        chunks = _unpacked(_bounded(chunks))
    elif encoding not in {"", "identity"}:
        raise NoAnswer("an answer in a packing that nobody asked for")
    body = bytearray()
    with ExitStack() as held:
        for chunk in _bounded(chunks):
            if len(body) <= MAX_SMALL < len(body) + len(chunk):
                held.enter_context(_large)
            body += chunk
        return bytes(body)


def _bounded(chunks: Iterable[bytes]) -> Iterator[bytes]:
    length = 0
    for chunk in chunks:
        length += len(chunk)
        if length > MAX_ANSWER:
            raise NoAnswer("an answer without end")
        yield chunk


def _unpacked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """What gzip packed, in pieces of a bounded size however well it was packed."""
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    is_whole = True  # so is nothing at all
    for chunk in chunks:
        while chunk and not unpacker.eof:
            is_whole = False
            yield unpacker.decompress(chunk, CHUNK)
            chunk = unpacker.unconsumed_tail  # noqa: PLW2901 - what is left of it
    if not (is_whole or unpacker.eof):
        raise NoAnswer("half of a packed answer")


class _Timed(io.RawIOBase):
    """What a socket receives, until a time that is set once: each byte that comes gives no new time."""

    def __init__(self, raw: io.RawIOBase, connection: socket, ends: float) -> None:
        self._raw = raw
        self._socket = connection
        self._ends = ends

    def readable(self) -> bool:
        """It is for nothing else."""
        return True

    def fileno(self) -> int:
        """The socket's."""
        return self._raw.fileno()

    def readinto(self, buffer: Any) -> int | None:  # the type that io wants is newer than Python 3.10
        """Receive what there is. Raises TimeoutError."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        self._socket.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Let the socket go."""
        self._raw.close()
        super().close()


class _Response(http.HTTPResponse):
    """An answer whose head and body must be there within the socket's time-out. Hints before it are skipped (103)."""

    def __init__(self, sock: socket, *args: Any, **more: Any) -> None:
        super().__init__(sock, *args, **more)
        patience = sock.gettimeout()
        if patience is not None:
            raw = self.fp.detach()
            self.fp = io.BufferedReader(_Timed(raw, sock, time.monotonic() + patience))

    def _read_status(self) -> tuple[str, int, str]:
        """The standard library skips 100 only."""
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc] # it is not in the stubs
            if status not in {http.EARLY_HINTS, http.PROCESSING}:
                return version, status, reason
            http.parse_headers(self.fp)


class _PlainConnection(HTTPConnection):
    response_class = _Response


class _TlsConnection(HTTPSConnection):
    response_class = _Response


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


_POOLS = {"http": _PlainPool, "https": _TlsPool}


class _Adapter(HTTPAdapter):
    """Connections to one host, whose answers are bounded, also behind a proxy."""

    _pool: ConnectionPool | None = None

    def get_connection_with_tls_context(self, *args: Any, **more: Any) -> ConnectionPool:
        """Always the same: finding it anew would be a tenth of what a request costs."""
        if self._pool is None:
            self._pool = super().get_connection_with_tls_context(*args, **more)
        return self._pool

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **more: Any) -> ProxyManager:
        manager: ProxyManager = super().proxy_manager_for(proxy, **more)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = _POOLS
        return manager


def _session(connections: int) -> requests.Session:
    session = requests.Session()
    adapter = _Adapter(pool_connections=1, pool_maxsize=connections, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)  # ignore-https-check: loopback only, config.py sees to that
    return session


def _blank(base_url: str) -> requests.PreparedRequest:
    """What all requests have in common: preparing it each time would be a sixth of what a request costs."""
    headers = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "destination-hubspot-calls"}
    blank = requests.PreparedRequest()
    blank.prepare("GET", base_url, headers=headers)
    return blank
