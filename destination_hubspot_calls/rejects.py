"""Where rejected records go: each a RECORD message again, with its reason beside it, so that it can be replayed."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from typing_extensions import assert_never

from destination_hubspot_calls.config import LocalStorage, NoStorage, S3Storage
from destination_hubspot_calls.messages import Rejection


class StoreError(Exception):
    """The store of rejected records cannot be written; the text says why and what to change."""


class Rejects(Protocol):
    """A store of rejected records."""

    @property
    def place(self) -> str:
        """Where they can be found, for messages; empty where they are kept nowhere."""

    def probe(self) -> None:
        """Try whether it can be written. Raises StoreError."""

    def store(self, rejections: Sequence[Rejection]) -> None:
        """Keep them durably: once this returns, they survive. Raises StoreError."""


class NoRejects:
    """Keeps nothing; the report says how many were lost by that."""

    place = ""

    def probe(self) -> None:
        """Nothing can go wrong."""

    def store(self, rejections: Sequence[Rejection]) -> None:
        """Keep nothing."""


class LocalRejects:
    """Files in a folder, one a sync, readable by their owner only."""

    def __init__(self, folder: str, name: str) -> None:
        self._folder = Path(folder)
        self._path = self._folder / name
        self._file: int | None = None

    @property
    def place(self) -> str:
        """The file."""
        return str(self._path)

    def probe(self) -> None:
        """Create the folder where it is missing, and a file in it that is removed again."""
        probe = self._folder / f".{self._path.name}.probe"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise self._error(error) from None

    def store(self, rejections: Sequence[Rejection]) -> None:
        """Append them and wait for the disk. What could not be written whole is taken back."""
        data = b"".join(map(encode, rejections))
        try:
            file = self._open()
            start = os.lseek(file, 0, os.SEEK_END)
            try:
                _write_all(file, data)
                os.fsync(file)
            except OSError:
                os.ftruncate(file, start)
                raise
        except OSError as error:
            raise self._error(error) from None

    def _open(self) -> int:
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            # The file's name must survive a crash as its content does.
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        return self._file

    def _error(self, error: OSError) -> StoreError:
        return StoreError(
            f"The folder for rejected records, {self._folder}, cannot be written ({error.strerror}): mount a folder "
            "there that the connector's user (uid 1000) may write, or choose another store in object_storage_config"
        )


def _write_all(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]


def encode(rejection: Rejection) -> bytes:
    """One line: the record as it came, and why it was rejected."""
    try:
        message = json.loads(rejection.line)
    except ValueError:
        message = {"type": "RECORD", "unreadable": rejection.line.decode("utf-8", "backslashreplace")}
    message["rejection"] = {
        "reason": rejection.reason,
        "rule": rejection.rule or None,
        "hubspot": rejection.detail or None,
    }
    return (json.dumps(_finite(message), separators=(",", ":"), allow_nan=False) + "\n").encode()


def _finite(value: Any) -> Any:
    """JSON has no NaN and no infinity: they are kept as text."""
    match value:
        case float() if not math.isfinite(value):
            return str(value)
        case dict():
            return {key: _finite(item) for key, item in value.items()}
        case list():
            return [_finite(item) for item in value]
        case _:
            return value


def file_name() -> str:
    """A name of its own for each attempt of each sync: rejected-20261123T214000Z-<job>-<attempt>-<pid>.jsonl."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    job = (os.environ.get("WORKER_JOB_ID"), os.environ.get("WORKER_JOB_ATTEMPT"), str(os.getpid()))
    return "-".join(["rejected", stamp, *filter(None, job)]) + ".jsonl"


def open_rejects(storage: NoStorage | LocalStorage | S3Storage) -> Rejects:
    """The configured store. Nothing is created before the first rejection."""
    match storage:
        case NoStorage():
            return NoRejects()
        case LocalStorage(path=path):
            return LocalRejects(path, file_name())
        case S3Storage():
            raise NotImplementedError
        case _:
            assert_never(storage)
