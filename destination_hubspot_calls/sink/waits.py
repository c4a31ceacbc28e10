"""The waits that a person should know of: which began, which ended, and whether a limit is among them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from destination_hubspot_calls.hubspot.waiting import Limit, Trouble, Waiting
from destination_hubspot_calls.sink.lines import Said, duration

MIN_WAIT = 5.0
"""Seconds from which on a wait is told."""
OVER = 1.0
"""Seconds that the first in the line of a limit waits at most when waiting for that limit is over."""
NO_ROOM = "leaves no room"
"""In the cause of a trouble: it is a limit that refuses, which is told of the limit."""
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


@dataclass(frozen=True, slots=True)
class Change:
    """A line to tell, and where waiting for limits began or ended, whether it goes on (None: nothing changed there).

    `resets_in`: seconds until there is room again.
    """

    said: Said
    is_limited: bool | None = None
    resets_in: float = 0.0


class Waits:
    """Knows the waits of more than 5 s that are under way."""

    def __init__(self) -> None:
        self._troubles: dict[str, Trouble] = {}
        self._limits: dict[str, Limit] = {}

    def look(self, now: Waiting) -> Iterator[Change]:
        """What began or ended since the last look."""
        yield from self._troubles_changed(now)
        yield from self._limits_changed(now)

    def _troubles_changed(self, now: Waiting) -> Iterator[Change]:
        current = {trouble.what: trouble for trouble in now.troubles if NO_ROOM not in trouble.cause}
        for what, trouble in current.items():
            if what in self._troubles or trouble.since + trouble.next_in > MIN_WAIT:
                if what not in self._troubles:
                    yield Change(Said(_trouble(trouble), warns=True))
                self._troubles[what] = trouble
        for what in self._troubles.keys() - current.keys():
            took = _seconds(self._troubles.pop(what).since)
            yield Change(Said(f"HubSpot answers to {what} again, after {took} or a little more."))

    def _limits_changed(self, now: Waiting) -> Iterator[Change]:
        current = {limit.name: limit for limit in now.limits}
        for name, limit in current.items():
            if name not in self._limits and max(limit.since, limit.paused) > MIN_WAIT:
                self._limits[name] = limit
                yield Change(Said(_limit(limit)), is_limited=True, resets_in=max(limit.paused, OVER))
        for name in list(self._limits):
            last = current.get(name)
            if last is None or max(last.since, last.paused) < OVER:
                del self._limits[name]
                ended = Said(f"{name} is not waited for any more.")
                yield Change(ended, is_limited=False if not self._limits else None)


def waited_for(now: Waiting, *, in_flight: int) -> str:
    """What a sync waits for at the moment, in words that follow "waiting for"."""
    if now.troubles:
        return f"HubSpot ({now.troubles[0]})"
    limit = _binding(now)
    if limit is not None and limit.queue:
        return f"{limit.name} ({_used(limit)})"
    whom = "HubSpot's answers" if in_flight else "the source"
    return whom if limit is None else f"{whom} ({_used(limit)})"


def _binding(now: Waiting) -> Limit | None:
    """The limit that holds the sync up, or would first."""
    return max(now.limits, key=lambda limit: (limit.queue > 0, limit.since, limit.share), default=None)


def _used(limit: Limit) -> str:
    return f"{100 * limit.share:.0f} % of its {limit.most:,} requests in {limit.window:g} s used"


def _trouble(trouble: Trouble) -> str:
    number = trouble.attempt
    attempt = f"{_ORDINALS[number - 1]} try" if number <= len(_ORDINALS) else f"try {number}"
    return f"{trouble.cause} to {trouble.what}; {attempt} in {trouble.next_in:.0f} s; nothing is lost."


def _limit(limit: Limit) -> str:
    return (
        f"Waiting for {limit.name}: {limit.most:,} requests in {limit.window:g} s; nothing is lost, it goes as fast "
        "as that allows."
    )


def _seconds(seconds: float) -> str:
    return duration(round(seconds) * 1000)
