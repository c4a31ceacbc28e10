"""A server that counts and answers at once: for what a client costs, where the sandbox would be the slower one.

It has no answers of its own. Each kind of request goes to the sandbox once, and what the sandbox said is said again;
of requests that create nothing each body is a kind.

    python -m benchmarks.counter SANDBOX_URL
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import sys
import threading
from typing import Any, Protocol, runtime_checkable
from urllib.parse import urlsplit

import uvloop

END_OF_HEAD = b"\r\n\r\n"
INPUT = b'"objectWriteTraceId"'
STATS = b"/_counter/stats"


class Replay:
    """What the sandbox answered to each kind of request: method, path, and how many inputs it has, or its body."""

    def __init__(self, sandbox: str) -> None:
        self._sandbox = urlsplit(sandbox).netloc
        self._answers: dict[tuple[bytes, int, bytes], bytes] = {}
        self.requests = 0
        self.inputs = 0
        self.bytes_in = 0

    def answer(self, head: bytes, body: bytes) -> bytes:
        """The whole answer to a request."""
        start = head[: head.index(b" HTTP/")]
        if start.endswith(STATS):
            return self._stats()
        inputs = body.count(INPUT)
        self.requests += 1
        self.inputs += inputs
        self.bytes_in += len(body) if inputs else 0
        kind = (start, inputs, b"" if inputs else body)
        answer = self._answers.get(kind)
        if answer is None:
            answer = self._answers[kind] = self._ask(head, body)
        return answer

    def _stats(self) -> bytes:
        return _response(
            200, {}, json.dumps({"requests": self.requests, "inputs": self.inputs, "bytes_in": self.bytes_in}).encode()
        )

    def _ask(self, head: bytes, body: bytes) -> bytes:
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ")
        headers = dict(line.split(": ", 1) for line in lines if line)
        connection = http.client.HTTPConnection(self._sandbox)
        connection.request(method, path, body or None, headers)
        response = connection.getresponse()
        kept = {
            name: value
            for name, value in response.getheaders()
            if name.lower() not in ("content-length", "connection", "transfer-encoding")
        }
        answer = _response(response.status, kept, response.read())
        connection.close()
        return answer


def _response(status: int, headers: dict[str, str], body: bytes) -> bytes:
    lines = [f"HTTP/1.1 {status} {http.client.responses[status]}", *(f"{k}: {v}" for k, v in headers.items())]
    return ("\r\n".join(lines) + f"\r\nContent-Length: {len(body)}\r\n\r\n").encode("latin-1") + body


@runtime_checkable
class Writable(Protocol):
    """What asyncio's transports and uvloop's have in common here."""

    def write(self, data: bytes) -> None:
        """Send."""


class Connection(asyncio.Protocol):
    """One client's connection: requests come one after the other."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._parts: list[bytes] = []
        self._missing = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what answers are written to."""
        assert isinstance(transport, Writable)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer once a request is whole."""
        self._parts.append(data)
        if self._missing > len(data):
            self._missing -= len(data)
            return
        self._missing = 0
        whole = b"".join(self._parts)
        self._parts = [whole]
        head, found, body = whole.partition(END_OF_HEAD)
        if not found:
            return
        missing = _length(head) - len(body)
        if missing > 0:
            self._missing = missing
            return
        self._parts = []
        self._transport.write(self._replay.answer(head, body))


def _length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0]) if found else 0


async def _serve(replay: Replay) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(replay), "127.0.0.1", 0, backlog=1024)
    port = server.sockets[0].getsockname()[1]
    sys.stdout.write(json.dumps({"listening": f"http://127.0.0.1:{port}"}) + "\n")  # ignore-https-check: this machine
    sys.stdout.flush()
    ended = asyncio.Event()
    threading.Thread(target=_await_end_of_input, args=(loop, ended), daemon=True).start()
    await ended.wait()


def _await_end_of_input(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    """Whoever started the program holds its standard input, and may die."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    loop.call_soon_threadsafe(ended.set)


def main(arguments: list[str]) -> Any:
    """Serve until standard input ends."""
    uvloop.run(_serve(Replay(arguments[0])))


if __name__ == "__main__":
    main(sys.argv[1:])
