"""A call of a batch on its way to HubSpot, and the calls of one key, of which one stands for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby

from destination_hubspot_calls.associations import Target
from destination_hubspot_calls.hubspot.accounting import Outcome
from destination_hubspot_calls.messages import Call, Key

MAX_TOGETHER = 100
"""Calls of one request (HubSpot's guides and OpenAPI files)."""
MAX_LOSSES = 3
"""How often calls are sent together while no answer tells what became of them; then they are sent in halves."""
MAX_SILENCES = 5
"""How often a call is sent that HubSpot answers and does not confirm."""
MAX_FAILURES = 7
"""How often a call is sent whose answers are lost, while those of others come."""
MAX_SINCE_PROOF = 3
"""How many of these losses may come after it was last seen that others arrive."""
MAX_COPIES = 3
"""How often a call without a key is sent that HubSpot does not confirm: each time may create it again."""


class PendingCall:
    """One call of a batch on its way. Its targets become fewer where HubSpot refuses some of them."""

    __slots__ = (
        "_losses",
        "_lost_alone",
        "_proven_at",
        "answer_lost",
        "call",
        "may_copy",
        "position",
        "room",
        "sent_with",
        "targets",
        "was_silent",
        "why_lost",
    )

    def __init__(self, position: int, call: Call, targets: Sequence[Target]) -> None:
        self.position = position
        self.call = call
        self.targets = list(targets)
        self.answer_lost = False
        """Whether it was sent and no answer told what became of it: if it is in HubSpot, it is of our making."""
        self.may_copy = call.key is None
        """Whether sending it again may create it again, as far as its last answer tells."""
        self.room = MAX_TOGETHER
        """With how many calls it may be in one request, itself included."""
        self.sent_with = 0
        """With how many calls it was in its last request."""
        self.why_lost = ""
        """Why nobody knows what became of it when it was sent last; empty where it was not sent, or is known."""
        self.was_silent = False
        """Whether HubSpot answered then, and said nothing of it."""
        self._losses = 0
        self._lost_alone = 0
        self._proven_at: int | None = None

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

    @property
    def may_upsert(self) -> bool:
        """Whether it may be created or updated without a look at what is there: links come afterwards then."""
        call = self.call
        is_plain = call.updates and call.key is not None and not call.on_update and not call.needs_link
        return is_plain and not self.answer_lost and not any(target.rule.rejects_missing for target in self.targets)

    @property
    def losses(self) -> int:
        """In how many rounds nobody knew what became of it."""
        return self._losses

    @property
    def is_narrowed(self) -> bool:
        """Whether it was lost so often that it is sent with fewer others, one request at a time."""
        return not self.may_copy and self._losses >= MAX_LOSSES

    @property
    def is_hopeless(self) -> bool:
        """Whether sending it once more is not worth it: it is this call that HubSpot cannot stand, or does not see."""
        if self.may_copy:
            return self._losses >= MAX_COPIES
        if self._lost_alone < 2:
            return False
        if self.was_silent:
            return self._losses >= MAX_SILENCES
        is_proven = self._proven_at is not None and self._losses - self._proven_at <= MAX_SINCE_PROOF
        return is_proven and self._losses >= MAX_FAILURES

    def see_others_arrive(self) -> None:
        """Note that HubSpot takes others, while this one is sent with fewer and fewer of them."""
        if self.is_narrowed:
            self._proven_at = self._losses

    def lose(self, why: str, *, is_silent: bool, is_blocked: bool = False) -> None:
        """Note that it was sent and nobody knows what became of it. `is_blocked`: it was hardly done."""
        self.may_copy = self.key is None and not is_blocked
        self.why_lost = why
        self.was_silent = is_silent
        self._losses += 1
        self._lost_alone += self.sent_with == 1
        if self.may_copy and is_silent:
            self.room = max(1, min(self.room, self.sent_with) // 10)
        elif self.is_narrowed:
            self.room = max(1, min(self.room, (self.sent_with + 1) // 2))

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


def in_requests(calls: Iterable[PendingCall]) -> list[list[PendingCall]]:
    """Calls by the requests that they are sent in, as far as each has room for others."""
    by_room: dict[int, list[PendingCall]] = defaultdict(list)
    for pending in calls:
        by_room[pending.room].append(pending)
    return [group[start : start + room] for room, group in by_room.items() for start in range(0, len(group), room)]


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


Outcomes = dict[PendingCall, Outcome]
"""What became of some calls."""
