"""A call of a batch on its way to HubSpot, and the calls of one key, of which one stands for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby

from destination_hubspot_calls.associations import Target
from destination_hubspot_calls.messages import Call, Key


class PendingCall:
    """One call of a batch on its way. Its targets become fewer where HubSpot refuses some of them."""

    __slots__ = ("answer_lost", "call", "position", "send_alone", "targets")

    def __init__(self, position: int, call: Call, targets: Sequence[Target]) -> None:
        self.position = position
        self.call = call
        self.targets = list(targets)
        self.answer_lost = False
        """Whether its create was sent and no answer told its fate."""
        self.send_alone = False
        """Whether it needs a request of its own, as an error among others' does not tell whose it is."""

    @property
    def key(self) -> Key | None:
        """What identifies its call."""
        return self.call.key

    @property
    def misses_required_link(self) -> bool:
        """Whether it needs a link and has none."""
        return self.call.needs_link and not self.targets

    @property
    def links(self) -> int:
        """How many records it is to be linked to, some perhaps by several rules."""
        if len(self.targets) < 2:
            return len(self.targets)
        return len({(kind.object_type, to) for _, kind, to in self.targets})

    def drop(self, targets: Iterable[Target]) -> None:
        """Go on without these targets."""
        gone = set(targets)
        self.targets = [target for target in self.targets if target not in gone]

    def link_inputs(self) -> dict[tuple[str, str], tuple[bytes, ...]]:
        """The encoded types of link by (object type, record id): one entry a record, whatever rules met it."""
        ends: dict[tuple[str, str], tuple[bytes, ...]] = {}
        for _, kind, to in self.targets:
            end = (kind.object_type, to)
            types = ends.get(end)
            ends[end] = kind.encoded if types is None else tuple(dict.fromkeys((*types, *kind.encoded)))
        return ends


class KeyGroup:
    """The calls of one key that stand for each other: the first is sent, and where it is refused, the next.

    `then` are those that came after them and do otherwise with a call that already exists: it is their turn once these
    are in, or refused.
    """

    __slots__ = ("_calls", "then")

    def __init__(self, calls: list[PendingCall], then: KeyGroup | None = None) -> None:
        self._calls = calls
        self.then = then

    @property
    def first(self) -> PendingCall:
        """The one that is sent."""
        return self._calls[0]

    @property
    def repeated(self) -> list[int]:
        """The positions of those that it is sent for."""
        return [pending.position for pending in self._calls[1:]]

    def refuse(self) -> KeyGroup | None:
        """Give up the first; what is to be sent in its place, or after it."""
        del self._calls[0]
        return self if self._calls else self.then


def group_by_key(calls: Iterable[PendingCall]) -> list[KeyGroup]:
    """Group calls by key. Of updates the last version is the first to be sent, otherwise the first that came.

    Where streams that update and streams that do not share a key, each run of either is a group of its own.
    """
    by_key: dict[Key | int, list[PendingCall]] = defaultdict(list)
    for pending in calls:
        by_key[pending.key or pending.position].append(pending)
    return [_in_turn(group) for group in by_key.values()]


def _in_turn(calls: list[PendingCall]) -> KeyGroup:
    if len(calls) == 1:
        return KeyGroup(calls)
    runs = [(updates, list(run)) for updates, run in groupby(calls, key=lambda pending: pending.call.updates)]
    group: KeyGroup | None = None
    for updates, run in reversed(runs):
        group = KeyGroup(run[::-1] if updates else run, group)
    assert group is not None
    return group
