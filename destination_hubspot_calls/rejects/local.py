"""Rejected records in a folder, for a mounted volume."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from destination_hubspot_calls.messages import Rejection, Unlinked
from destination_hubspot_calls.rejects.line import encode, encode_unlinked, pieces
from destination_hubspot_calls.rejects.store import StoreError

PIECE = 1_000_000
"""Bytes that are written at once: what settles together may be 64 MB."""


class LocalRejects:
    """Files in a folder, readable by their owner only: one a sync of rejected records, and one of unlinked calls."""

    def __init__(self, folder: str, name: str) -> None:
        self._folder = Path(folder)
        self._rejected = _File(self._folder / f"rejected-{name}")
        self._unlinked = _File(self._folder / f"unlinked-{name}")
        self._page = _File((self._folder / f"report-{name}").with_suffix(".html"))

    @property
    def place(self) -> str:
        """The file of rejected records."""
        return str(self._rejected.path)

    @property
    def unlinked_place(self) -> str:
        """The file of unlinked calls."""
        return str(self._unlinked.path)

    def probe(self) -> None:
        """Create the folder if it is missing, and a file in it; both are removed again."""
        probe = self._folder / f".{self._rejected.path.name}.probe"
        try:
            missing = [folder for folder in (self._folder, *self._folder.parents) if not folder.exists()]
            self._folder.mkdir(parents=True, exist_ok=True)
            try:
                probe.write_bytes(b"\n")  # a full disk still takes an empty file
            finally:
                probe.unlink(missing_ok=True)
                for folder in missing:
                    folder.rmdir()
        except OSError as error:
            raise self._error(error) from None

    def store(self, rejections: Sequence[Rejection]) -> None:
        """Append them and wait for the disk. What could not be written whole is taken back."""
        self._append(self._rejected, map(encode, rejections))

    def store_unlinked(self, unlinked: Sequence[Unlinked]) -> None:
        """The same."""
        self._append(self._unlinked, map(encode_unlinked, unlinked))

    def keep_page(self, page: str) -> None:
        """Keep it in a file of its own."""
        self._append(self._page, [page.encode("utf-8", "replace")])

    def _append(self, file: _File, lines: Iterable[bytes]) -> None:
        try:
            file.append(lines)
        except OSError as error:
            raise self._error(error) from None

    def _error(self, error: OSError) -> StoreError:
        return StoreError(
            f"The folder for rejected records, {self._folder}, cannot be written ({error.strerror}): mount a folder "
            "there that the connector's user (uid 1000) may write, or choose another store in object_storage_config"
        )


class _File:
    """A file of lines that is made with its first one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def append(self, lines: Iterable[bytes]) -> None:
        """Append lines, all of them or none. Raises OSError."""
        file = self._open()
        start = os.lseek(file, 0, os.SEEK_END)
        try:
            for piece in pieces(lines, PIECE):
                _write_all(file, piece)
            os.fsync(file)
        except OSError:
            os.ftruncate(file, start)
            raise

    def _open(self) -> int:
        if self._file is not None and not self._is_there(self._file):
            os.close(self._file)
            self._file = None
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Never another's file: what this one takes back of a full disk must be its own.
            self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            self._keep_name()
        return self._file

    def _is_there(self, file: int) -> bool:
        """Whether the file still stands under its name: what is written to one that was taken away goes nowhere."""
        try:
            return os.path.samestat(os.fstat(file), self.path.stat())
        except OSError:
            return False

    def _keep_name(self) -> None:
        """Wait until the file's name survives a crash, as its content does; a folder may be written, but not read."""
        with contextlib.suppress(PermissionError):
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def _write_all(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]


def file_name() -> str:
    """The end of a name, its own for each attempt of each sync: 20261123T214000Z-<job>-<attempt>-<random>.jsonl.

    In containers every sync has the same process id.
    """
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    job = (os.environ.get("WORKER_JOB_ID"), os.environ.get("WORKER_JOB_ATTEMPT"), secrets.token_hex(4))
    return "-".join([stamp, *filter(None, job)]) + ".jsonl"
