"""The links of a batch → their other ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from typing_extensions import assert_never

from destination_hubspot_calls.associations.cache import Cache
from destination_hubspot_calls.associations.finder import Finder
from destination_hubspot_calls.associations.link_type import LinkType
from destination_hubspot_calls.associations.lookup import Lookup, Unsearchable
from destination_hubspot_calls.associations.match import Match, NoMatch
from destination_hubspot_calls.associations.target import Target, Unlinkable, unknown_record
from destination_hubspot_calls.config.problems import ConfigError
from destination_hubspot_calls.messages import Call, Link, LinkMiss, LinkRule, MissCause
from destination_hubspot_calls.results import Misses

MAX_KEYS = 200_000
"""Keys that all look-ups together remember: about 40 MB."""
MAX_REFUSED = 20_000
"""Refused ends that are remembered."""

REFUSAL_LASTS = 300.0
"""Seconds after which what leads to a refused end is looked up again."""

Found = Mapping[Lookup, dict[str, Match]]


class Path(NamedTuple):
    """From a rule's values to the other ends of its links: how they are linked and looked up (None: they are ids)."""

    kind: LinkType
    lookup: Lookup | None


class LinkResolver:
    """Finds the other ends of a batch's links in bulk. Threads may use it at the same time.

    `finders` are those of the rules whose values are no record ids; rules that go the same way share what is found.
    """

    def __init__(
        self,
        link_types: Mapping[LinkRule, LinkType],
        finders: Mapping[LinkRule, Finder],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        distinct = set(finders.values())
        lookups = {finder: Lookup(finder, MAX_KEYS // len(distinct), clock) for finder in distinct}
        self._paths = {
            rule: Path(kind, lookups[finders[rule]] if rule in finders else None) for rule, kind in link_types.items()
        }
        self._rules = {path.lookup: rule for rule, path in self._paths.items() if path.lookup}
        self._clock = clock
        self._refused: Cache[float] = Cache(MAX_REFUSED)
        """Until when a refused end is believed to be one, without asking what its value leads to now."""
        self._has_refused = False

    def resolve(self, calls: Sequence[Call], misses: Misses) -> list[list[Target] | Unlinkable]:
        """The targets of each call, in order; the links without one are added to `misses`.

        Raises HubSpotError, ConfigError.
        """
        found = self._look_up(calls) if self._rules else {}
        if self._has_refused:
            self._renew(calls, found)
        return [self._ends(position, call, found, misses) for position, call in enumerate(calls)]

    def forget(self, targets: Iterable[Target]) -> None:
        """HubSpot refused these ends of links: whoever asks next is not to get them again by the same rule.

        By the rule, as it may be its kind of link that is refused. What their values lead to is asked for again: a
        contact may have been deleted and made anew, or merged into another.
        """
        for target in targets:
            self._refused.put(_name(target.rule, target.id), 0.0)
            self._has_refused = True

    def _look_up(self, calls: Sequence[Call]) -> Found:
        """What the values of all calls lead to, each rule's in one go."""
        wanted: dict[Lookup, dict[str, None]] = {lookup: {} for lookup in self._rules}
        paths = self._paths
        for call in calls:
            for rule, value in call.links:
                lookup = paths[rule].lookup
                if lookup is not None:
                    wanted[lookup][value] = None
        return {lookup: self._find(lookup, values) for lookup, values in wanted.items() if values}

    def _renew(self, calls: Sequence[Call], found: Found) -> None:
        """Look up again what leads to ends that were refused, once in a while."""
        stale: dict[Lookup, dict[str, None]] = {}
        names: set[str] = set()
        now = self._clock()
        for call in calls:
            for rule, value in call.links:
                lookup = self._paths[rule].lookup
                outcome = found[lookup][value] if lookup else None
                if lookup and isinstance(outcome, str) and self._is_stale(_name(rule, outcome), now):
                    names.add(_name(rule, outcome))
                    stale.setdefault(lookup, {})[value] = None
        for name in names:
            self._refused.put(name, now + REFUSAL_LASTS)
        for lookup, values in stale.items():
            lookup.forget(values)
            found[lookup].update(self._find(lookup, values))

    def _is_stale(self, name: str, now: float) -> bool:
        until = self._refused.get(name)
        return until is not None and until <= now

    def _find(self, lookup: Lookup, values: Iterable[str]) -> dict[str, Match]:
        try:
            return lookup.find(values)
        except Unsearchable as refused:
            rule = self._rules[lookup]
            raise ConfigError(
                f"{rule.place}.match_by: HubSpot refuses to look up {rule.object_type} by {rule.match_by} ({refused})"
            ) from None

    def _ends(self, position: int, call: Call, found: Found, misses: Misses) -> list[Target] | Unlinkable:
        targets: list[Target] = []
        missed: list[tuple[Link, Match]] = []
        paths, has_refused = self._paths, self._has_refused
        for link in call.links:
            rule, value = link
            kind, lookup = paths[rule]
            outcome: Match = value if lookup is None else found[lookup][value]
            if isinstance(outcome, str) and not (has_refused and self._refused.get(_name(rule, outcome)) is not None):
                targets.append(Target(rule, kind, outcome))
            else:
                missed.append((link, outcome))
        for link, outcome in missed:
            if link.rule.rejects_missing:
                return Unlinkable(self._reason(link, outcome), link.rule.place)
        if missed or call.misses:
            found_none = (LinkMiss(link.rule, self._cause(link, outcome), link.value) for link, outcome in missed)
            misses.setdefault(position, []).extend((*call.misses, *found_none))
        return targets

    def _cause(self, link: Link, outcome: Match) -> str:
        """Why there is no link, in few words that can be counted."""
        match outcome:
            case NoMatch.SEVERAL:
                return MissCause.SEVERAL
            case NoMatch.UNREADABLE:
                lookup = self._paths[link.rule].lookup
                return lookup.cause(link.value) if lookup else MissCause.NOT_AN_ID
            case NoMatch.UNSEARCHABLE:
                return MissCause.UNSEARCHABLE
            case _:
                return MissCause.NOBODY

    def _reason(self, link: Link, outcome: Match) -> str:
        """Why there is no link, in words that hold no value."""
        rule = link.rule
        if isinstance(outcome, str):
            return unknown_record(rule)
        match outcome:
            case NoMatch.NONE:
                return (
                    f'{rule.object_type}: none whose {rule.match_by} is the value of "{rule.named_source}" (no match)'
                )
            case NoMatch.SEVERAL:
                return (
                    f"{rule.object_type}: several whose {rule.match_by} is the value of "
                    f'"{rule.named_source}" (several matches are no match)'
                )
            case NoMatch.UNREADABLE:
                return f'{rule.object_type}: the value of "{rule.named_source}" {self._invalid_reason(link)} (no match)'
            case NoMatch.UNSEARCHABLE:
                return f'{rule.object_type}: HubSpot cannot look up the value of "{rule.named_source}" (no match)'
            case _:
                assert_never(outcome)

    def _invalid_reason(self, link: Link) -> str:
        lookup = self._paths[link.rule].lookup
        if lookup and lookup.cause(link.value) == MissCause.WITHHELD:
            return "is a withheld number"
        return lookup.invalid_reason if lookup else "cannot be looked up"


def _name(rule: LinkRule, record_id: str) -> str:
    return f"{rule.place} {record_id}"
