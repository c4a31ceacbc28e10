"""Answers that never arrive, or not whole: done to the connection itself."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from integration_tests.sandbox.wire import Answer

_TRANSPORT = "integration_tests.sandbox.transport"
_LINGER = struct.pack("ii", 1, 0)
_GONE_SECONDS = 5.0


class WithTransport(HttpToolsProtocol):
    """Uvicorn's protocol, which lets an application see the connection it answers on."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        extensions: dict[str, dict[object, object]] = {_TRANSPORT: {"it": self.transport}}
        self.scope["extensions"] = extensions


class Hangup(Response):
    """Ends the connection: ``reset`` as a crash does (RST), ``close`` as an orderly end does, without an answer."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self._how = how

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport = transport_of(scope)
        if self._how == "reset":
            _reset(transport)
        else:
            transport.close()
        await _gone(receive)


class CutShort(Response):
    """Sends the head, which promises all of the body, then half of it, then closes."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self._answer = answer
        self.more: dict[str, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport = transport_of(scope)
        body = self._answer.encoded()
        headers = {**self.more, "content-type": self._answer.content_type(), "content-length": str(len(body))}
        lines = [f"HTTP/1.1 {self._answer.status} Whatever", *(f"{name}: {value}" for name, value in headers.items())]
        transport.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body[: len(body) // 2])
        transport.close()
        await _gone(receive)


async def _gone(receive: Receive) -> None:
    """Until the server has noticed, so that it does not answer in our place."""

    async def disconnected() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(disconnected(), _GONE_SECONDS)


def _reset(transport: asyncio.Transport) -> None:
    """RST: a socket that does not linger drops what it has to say."""
    with contextlib.suppress(OSError):
        there = transport.get_extra_info("socket")
        copy = socket.socket(fileno=os.dup(there.fileno()))
        copy.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
        copy.close()
    transport.abort()


def transport_of(scope: Scope) -> asyncio.Transport:
    """The connection that a request came in on."""
    transport: asyncio.Transport = scope["extensions"][_TRANSPORT]["it"]
    return transport
