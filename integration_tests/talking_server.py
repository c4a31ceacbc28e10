"""A server on this machine that answers each request as it is told to, byte by byte."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Talk = Callable[[socket.socket], object]


@contextmanager
def talking_server(talk: Talk) -> Iterator[str]:
    """A server that reads a request, talks, and hangs up; as often as it is asked."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    read_request(connection)
                    try:
                        talk(connection)
                    except OSError:
                        continue  # the client has had enough

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def unused_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def read_request(connection: socket.socket) -> None:
    """To its end: what is left unread when a connection closes takes the answer with it."""
    read = b""
    while not read.endswith(b"{}" if read.startswith(b"POST") else b"\r\n\r\n"):
        read += connection.recv(10_000)
