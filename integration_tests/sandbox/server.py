"""The program: listens on this machine, says where, and ends when it is told to."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import socket
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import uvicorn

from integration_tests.sandbox.app import build
from integration_tests.sandbox.control import play
from integration_tests.sandbox.hangup import WithTransport
from integration_tests.sandbox.world import World

KEEP_ALIVE_SECONDS = 75
LOOPBACK = ("127.0.0.1", "localhost", "::1")


_CONFIG: dict[str, Any] = {
    "http": WithTransport,
    "ws": "none",
    "loop": "auto",
    "lifespan": "off",
    "log_level": "warning",
    "access_log": False,
    "server_header": False,
    "date_header": False,
    "timeout_graceful_shutdown": 1,
    "backlog": 1024,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT, or until standard input ends if that was asked for."""
    asked = _parser().parse_args(arguments)
    if asked.host not in LOOPBACK:
        sys.stderr.write(f"the sandbox listens on this machine only: {', '.join(LOOPBACK)}\n")
        return 2
    scenario = _scenario(asked.scenario)
    world = World()
    try:
        play(world, scenario)
    except (ValueError, KeyError) as error:
        sys.stderr.write(f"scenario: {error}\n")
        return 2
    family = socket.AF_INET6 if ":" in asked.host else socket.AF_INET
    listener = socket.create_server((asked.host, asked.port), family=family, backlog=1024)
    server = _Server(uvicorn.Config(build(world, scenario), timeout_keep_alive=asked.keep_alive, **_CONFIG))
    if asked.until_eof:
        threading.Thread(target=_end_with_input, args=(server,), daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
        server.run(sockets=[listener])
    return 0


class _Server(uvicorn.Server):
    """Says where it listens, once it does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.should_exit or not sockets:
            return
        host, port = sockets[0].getsockname()[:2]
        place = f"[{host}]" if ":" in host else host
        sys.stdout.write(json.dumps({"listening": f"http://{place}:{port}"}) + "\n")
        sys.stdout.flush()


def _end_with_input(server: uvicorn.Server) -> None:
    """Whoever started the program and holds its standard input may die; then it ends too."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    server.should_exit = True


def _scenario(path: Path | None) -> Mapping[str, object]:
    if path is None:
        return {}
    parsed = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(parsed, dict):
        raise SystemExit(f"{path}: a scenario is a JSON object")
    return parsed


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m integration_tests.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--scenario", type=Path, help="a JSON file with what to start with")
    parser.add_argument("--keep-alive", type=int, default=KEEP_ALIVE_SECONDS, help="seconds an idle connection lives")
    parser.add_argument("--until-eof", action="store_true", help="end when standard input ends")
    return parser
