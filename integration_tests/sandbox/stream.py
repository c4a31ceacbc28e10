"""Answers that take their time, fill memory, or never end: nothing is wrong with the connection itself."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import itertools
from collections.abc import AsyncIterator, Iterator

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from integration_tests.sandbox.hangup import transport_of

_BLANKS = b" " * 65_536
_EARLY_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"


class Streamed(Response):
    """An answer in chunks, which goes on until it ends or the client has gone."""

    def __init__(self, answer: Response, chunks: AsyncIterator[bytes], encoding: str | None = None) -> None:
        super().__init__(status_code=answer.status_code)
        dropped = (b"content-length", b"content-encoding")
        self.raw_headers = [pair for pair in answer.raw_headers if pair[0] not in dropped]
        if encoding is not None:
            self.raw_headers.append((b"content-encoding", encoding.encode()))
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sending = asyncio.ensure_future(self._send_all(send))
        leaving = asyncio.ensure_future(_left(receive))
        await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        for task in (sending, leaving):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _send_all(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for chunk in self._chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class EarlyHinted(Response):
    """A 103 before the answer, as a cache in front of HubSpot may send it."""

    def __init__(self, answer: Response) -> None:
        super().__init__(status_code=answer.status_code)
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport_of(scope).write(_EARLY_HINTS)
        await self._answer(scope, receive, send)


def dripping(answer: Response, pause: float, seconds: float) -> Streamed:
    """A blank every ``pause`` seconds, and after ``seconds`` the answer itself: blanks before JSON are JSON."""

    async def drops() -> AsyncIterator[bytes]:
        for _ in range(int(seconds / pause)):
            yield b" "
            await asyncio.sleep(pause)
        yield bytes(answer.body)

    return Streamed(answer, drops())


def endless(answer: Response) -> Streamed:
    """Blanks as fast as they are read, for ever."""
    return Streamed(answer, _each(itertools.repeat(_BLANKS)))


def bomb(answer: Response, megabytes: int) -> Streamed:
    """A small gzip of so many megabytes, each a member of its own."""
    return Streamed(answer, _each(itertools.repeat(gzip.compress(b" " * 1_048_576), megabytes)), "gzip")


async def _each(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
        await asyncio.sleep(0)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
