"""Where rejected records go: each a RECORD message again, with its reason beside it, so that it can be replayed."""

from __future__ import annotations

import time
from collections.abc import Callable

from typing_extensions import assert_never

from destination_hubspot_calls.config.model import LocalStorage, NoStorage, S3Storage
from destination_hubspot_calls.rejects.line import encode
from destination_hubspot_calls.rejects.local import LocalRejects, file_name
from destination_hubspot_calls.rejects.store import NoRejects, Rejects, StoreError, StoreUnavailable

__all__ = [
    "LocalRejects",
    "NoRejects",
    "Rejects",
    "StoreError",
    "StoreUnavailable",
    "encode",
    "file_name",
    "open_rejects",
]


def open_rejects(storage: NoStorage | LocalStorage | S3Storage, pause: Callable[[float], None] = time.sleep) -> Rejects:
    """The configured store. Nothing is created before the first rejection. Raises StoreError.

    `pause` sleeps between tries, and raises Stopped if the process is to stop.
    """
    match storage:
        case NoStorage():
            return NoRejects()
        case LocalStorage(path=path):
            return LocalRejects(path, file_name())
        case S3Storage():
            # boto3 is imported where it is configured only.
            from destination_hubspot_calls.rejects.s3 import open_bucket  # noqa: PLC0415

            return open_bucket(storage, pause)
        case _:
            assert_never(storage)
