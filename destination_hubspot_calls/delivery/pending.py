"""A call's claim to a place in HubSpot, and the claims of one key that compete for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

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
        """What makes its call one of a kind."""
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
    """The claims of one key, best first: the first is sent, and where it is refused, the next in its place."""

    __slots__ = ("_claims",)

    def __init__(self, claims: list[PendingCall]) -> None:
        self._claims = claims

    def __len__(self) -> int:
        """How many still compete."""
        return len(self._claims)

    @property
    def claim(self) -> PendingCall:
        """The one that is sent."""
        return self._claims[0]

    @property
    def repeated(self) -> list[int]:
        """The positions of those that one call stands for beside the one that is sent."""
        return [claim.position for claim in self._claims[1:]]

    def refuse(self) -> bool:
        """Give up the first; says whether another stands in its place."""
        del self._claims[0]
        return bool(self._claims)


def group_by_key(claims: Iterable[PendingCall]) -> list[KeyGroup]:
    """Group claims by key. An update's last version is the best, otherwise the first that came."""
    by_key: dict[Key | int, list[PendingCall]] = defaultdict(list)
    for claim in claims:
        by_key[claim.key or claim.position].append(claim)
    return [KeyGroup(group[::-1] if group[-1].call.updates else group) for group in by_key.values()]
