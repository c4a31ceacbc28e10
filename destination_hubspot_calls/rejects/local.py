"""Rejected records in a folder, for a mounted volume."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from destination_hubspot_calls.messages import Rejection
from destination_hubspot_calls.rejects.line import encode
from destination_hubspot_calls.rejects.store import StoreError


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
            try:
                probe.write_bytes(b"\n")  # a full disk still takes an empty file
            finally:
                probe.unlink(missing_ok=True)
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


def file_name() -> str:
    """A name of its own for each attempt of each sync: rejected-20261123T214000Z-<job>-<attempt>-<pid>.jsonl."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    job = (os.environ.get("WORKER_JOB_ID"), os.environ.get("WORKER_JOB_ATTEMPT"), str(os.getpid()))
    return "-".join(["rejected", stamp, *filter(None, job)]) + ".jsonl"
