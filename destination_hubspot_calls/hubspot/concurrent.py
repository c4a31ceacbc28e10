"""Several reads of the account at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, TypeVar

from typing_extensions import Self

from destination_hubspot_calls.hubspot.errors import MissingScopes, Refusal

READERS = 8
"""Reads at once: a check of every object type takes a few round trips to HubSpot."""

T = TypeVar("T")


class PendingRead(Generic[T]):
    """An answer that is on its way. Asking for it waits, and raises HubSpotError where the read failed."""

    def __init__(self, answer: Future[T]) -> None:
        self._answer = answer

    @property
    def value(self) -> T | None:
        """What was read; None where HubSpot refuses it or the token may not read it."""
        try:
            return self._answer.result()
        except (MissingScopes, Refusal):
            return None

    @property
    def missing(self) -> MissingScopes | None:
        """What the token lacks for it, if that is why it was not read."""
        error = self._answer.exception()
        return error if isinstance(error, MissingScopes) else None


class ConcurrentReads:
    """A context manager that starts reads; on leaving it all have ended."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(READERS, thread_name_prefix="preflight")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=error is not None)

    def start(self, read: Callable[[], T]) -> PendingRead[T]:
        """Read, now or as soon as another has ended."""
        return PendingRead(self._pool.submit(read))
