"""How a batch begins: by what the batches before it showed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

READ_SHARE = 0.5
"""The share of a batch that existed already from which on the next batch is looked up before it is created."""
UPSERT_SHARE = 0.4
"""The same, from which on calls are created or updated in one step, where most of what exists has changed."""
CHANGED_SHARE = 0.5
"""The share of existing calls that an update changed from which on looking first saves less than it costs."""
LOOK_AGAIN = 50
"""One batch in so many is looked up first all the same, a request more: that shows whether calls still change."""
SCOUT_PATIENCE = 15.0
"""Seconds that batches wait for what the first one shows: up to five requests, of two seconds each on a slow day."""
STEP = 0.25
"""Seconds between two looks at whether the process is to stop, while waiting."""


class FirstStep(Enum):
    """What is done first with a batch's calls."""

    CREATE = auto()
    READ = auto()
    UPSERT = auto()


@dataclass(slots=True)
class Seen:
    """What one batch showed: its calls with a key, how many existed, and how many of those an update changed.

    `changed` None: it did not look. `clashed`: for those that existed a create was refused as a whole.
    """

    keyed: int = 0
    existing: int = 0
    changed: int | None = None
    clashed: bool = False


class FirstSteps:
    """Chooses how batches begin. Threads may use it at the same time.

    The first batch whose calls have keys goes ahead, as it shows whether the calls exist: creating what exists is a
    request for nothing. `may_upsert`: nothing keeps calls from being created and updated in one way.
    """

    def __init__(
        self, pause: Callable[[float], None], *, may_upsert: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._pause = pause
        self._clock = clock
        # Guards all below; waited on until the first batch has shown something.
        self._turn = threading.Condition()
        self._may_upsert = may_upsert
        self._has_scout = False
        self._is_known = False
        self._step = FirstStep.CREATE
        self._upserts = 0
        self._clashes = False
        """Whether one call that exists has a create of a hundred refused: then it is better not tried."""

    def choose(self) -> FirstStep:
        """How the next batch with keys begins. Waits for the first one, for a while."""
        with self._turn:
            if not self._has_scout:
                self._has_scout = True
                return self._step
            deadline = self._clock() + SCOUT_PATIENCE
            while not self._is_known and self._clock() < deadline:
                self._turn.wait(STEP)
                self._pause(0.0)
            if self._step is FirstStep.UPSERT:
                self._upserts += 1
                return FirstStep.READ if self._upserts % LOOK_AGAIN == 0 else self._step
            return self._step

    def learn(self, seen: Seen) -> None:
        """What a batch showed; one that ended early shows nothing."""
        with self._turn:
            if seen.keyed:
                self._step = self._next(seen)
            self._is_known = True
            self._turn.notify_all()

    def refuse_upserts(self) -> None:
        """The account refuses them: they are not tried again."""
        self._may_upsert = False

    def _next(self, seen: Seen) -> FirstStep:
        exists = seen.existing / seen.keyed
        self._clashes = self._clashes or seen.clashed
        if self._may_upsert and exists >= UPSERT_SHARE:
            is_changing = (
                self._step is FirstStep.UPSERT
                if seen.changed is None
                else seen.changed >= CHANGED_SHARE * seen.existing
            )
            if is_changing:
                return FirstStep.UPSERT
        return FirstStep.READ if exists > (0.0 if self._clashes else READ_SHARE) else FirstStep.CREATE
