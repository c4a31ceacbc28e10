"""Proof 8: the store of rejected records fails; no state leaves that would need it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from integration_tests.connector import Connector
from integration_tests.prove.proof import Proof
from integration_tests.prove.scene import PATIENCE, Scene, scene
from integration_tests.s3.server import S3Server
from integration_tests.source import Source, record, state

GOOD = 200
"""Records before the first that is rejected."""


def prove() -> Proof:
    """A full disk, a folder that is none, one that may not be written, and an S3 that goes away."""
    proof = Proof("8. The store of rejected records fails: a clear error, and no state that would need it")
    with scene() as here:
        _expect_end(
            proof, here, "a full disk", _folder(here.folder / "full"), GOOD, launcher=("prlimit", "--fsize=2000")
        )
        (here.folder / "file").write_text("")
        _expect_end(proof, here, "a file instead of a folder", _folder(here.folder / "file"), 0)
        if os.geteuid() != 0:
            (here.folder / "shut").mkdir(mode=0o500)
            _expect_end(proof, here, "a folder that may not be written", _folder(here.folder / "shut"), 0)
    with scene() as here:
        _s3_gone(proof, here)
    with scene() as here, _server() as server:
        _expect_end(proof, here, "a bucket that is none", server.settings("nowhere"), 0)
    return proof


def _folder(path: Path) -> dict[str, str]:
    return {"storage_type": "LOCAL", "path": str(path)}


def _lines() -> Iterator[bytes]:
    yield from Source(GOOD).lines()
    for number in range(GOOD + 1, GOOD + 51):
        yield record(number, at="never")
    yield state(GOOD + 50)
    yield from Source(GOOD + 500).lines(after=GOOD + 50)


def _expect_end(proof: Proof, here: Scene, what: str, storage: dict[str, str], reached: int, **more: Any) -> None:
    connector = here.run(_lines(), here.configuration(object_storage_config=storage), **more)
    _judge(proof, connector, what, reached)


def _judge(proof: Proof, connector: Connector, what: str, reached: int) -> None:
    status = connector.process.returncode
    kind = connector.failure["failure_type"] if status else "none"
    found = Source.reached(connector.states)
    proof.expect(status == 1 and kind in ("config_error", "transient_error"), f"{what}: status {status}, {kind}")
    proof.expect(found <= reached, f"{what}: the last state is at {found}, and {reached} is the last that is true")
    proof.row(what=what, status=status, error=kind, last_state=found, rejected_from=GOOD + 1)
    if status:
        proof.note(f"{what}: {connector.failure['message']}")


@contextmanager
def _server() -> Iterator[S3Server]:
    with S3Server() as server:
        yield server


def _s3_gone(proof: Proof, here: Scene) -> None:
    """The bucket is taken away after the good records, before the first one that is rejected."""
    with _server() as server:
        config = here.configuration(object_storage_config=server.settings(server.add_bucket("rejects")))
        connector = here.start(config)
        connector.send(Source(GOOD).lines())
        connector.await_states(GOOD // 10)
    with connector:
        connector.run(list(_lines())[GOOD + GOOD // 10 :], PATIENCE)
    _judge(proof, connector, "S3 gone", GOOD)
