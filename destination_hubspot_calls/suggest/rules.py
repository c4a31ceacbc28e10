"""Rules for a stream that no recipe is for: by the names of its fields and by what they hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from destination_hubspot_calls.mapping.expression import getter
from destination_hubspot_calls.results import counted
from destination_hubspot_calls.suggest import kinds, words
from destination_hubspot_calls.suggest.names import NEVER, Purpose, rank
from destination_hubspot_calls.suggest.sample import Column, Sample

Rule = Mapping[str, Any]

MISSED = "missed inbound"
"""What an inbound call that nobody took is called on its way to a status; no phone system has such a word."""
MIN_MILLISECONDS = 20_000
"""Where the middle one of lengths is this or more, they are milliseconds: as seconds it would be over five hours."""

MAX_EXTENSION = 6
"""Digits by which a phone system knows its own phones, at most."""
MAX_PARTS = 6
"""Fields of a key."""
_KEY_PARTS = (
    *(Purpose.CLOCK, Purpose.FROM, Purpose.TO, Purpose.CUSTOMER_PHONE, Purpose.CUSTOMER_EMAIL),
    *(Purpose.DIRECTION, Purpose.AGENT, Purpose.SECONDS),
)
WHEN_AND_WHO = 5
"""So many of them, after the start, are always in: two people may call in the same second."""
_ENDS = frozenset(
    {"endedat", "endtime", "end", "ended", "enddate", "completedat", "finishedat", "callend", "callendtime"}
)
_OBJECT_TYPES = {"contact": "contacts", "company": "companies", "deal": "deals", "ticket": "tickets"}
_RECORDS = re.compile(r"(?:hubspot|hs|associated)(contact|company|deal|ticket)(?:record)?ids?")
"""Folded names of fields with ids of HubSpot's; without its name they may be of anywhere."""
_PER_SECOND = {"seconds": 1.0, "minutes": 1 / 60, "milliseconds": 1000.0}
_OTHERS = (
    *("contact", "customer", "client", "lead", "account", "company", "deal", "ticket", "campaign", "queue", "phone"),
    *("caller", "callee", "called", "calling"),
    *("kunde", "cliente", "klant"),
)
_OUR_PEOPLE = (
    *("agent", "user", "owner", "rep", "host", "employee", "assignee", "assigned", "organizer", "staff", "operator"),
    *("handled by", "handled_by", "answered by", "answered_by", "made by", "made_by"),
    *("mitarbeiter", "bearbeiter", "benutzer", "conseiller", "collaborateur", "utilisateur", "agente", "usuario"),
    *("asesor", "medewerker", "gebruiker"),
)


@dataclass(frozen=True, slots=True)
class Reasoned:
    """A rule, and why. `kind`: `properties`, `associations`, or the key of the mapping that it is the value of."""

    kind: str
    rule: Any
    reason: str


def reasoned(sample: Sample) -> list[Reasoned]:
    """What can be told of a stream: a rule for each thing that was found."""
    return [*_Reading(sample).rules()]


class _Reading:
    """One stream, looked at for one purpose after the other; a column is taken once."""

    def __init__(self, sample: Sample) -> None:
        self._sample = sample
        self._free = [column for column in sample.columns if not column.is_list]
        self._lists = [column for column in sample.columns if column.is_list]
        self._start = self._clock_path = self._side = ""
        self._inbound = self._outbound = self._missed = self._voicemail = ""

    def rules(self) -> Iterable[Reasoned]:
        yield from self._time()
        yield from self._length()
        yield from self._direction()
        yield from self._status()
        yield from self._outcome()
        yield from self._key()
        yield from self._recording()
        yield from self._owner()
        numbers = [*self._numbers()]
        yield from numbers
        yield from self._contacts()
        yield from self._records()
        yield from self._texts()

    # When, and how long

    def _time(self) -> Iterable[Reasoned]:
        times = [column for column in self._free if kinds.is_mostly(column, kinds.is_time)]
        named = [column for column in times if kinds.middle(column.values) is None or _is_named_time(column)]
        best = self._best(named, Purpose.START, Purpose.DATE, Purpose.LATER)
        if best is None:
            return
        if best.name in _ENDS:
            best = self._before(best, times)
        self._start = best.path
        clock = self._clock(best)
        if clock:
            self._clock_path = clock.path
            source = f"join(' ', [{best.path}, {clock.path}][?@])"
            yield Reasoned(
                "properties",
                {"property": "hs_timestamp", "source": source},
                f"{_held(best, 'days')}, and {clock.path} a time of day",
            )
            return
        other = self._instead_of(best, named)
        source = f"{best.path} || {other.path}" if other else best.path
        why = f"{_held(best, 'times')}, and {other.path} in the others" if other else _held(best, "times")
        yield Reasoned("properties", {"property": "hs_timestamp", "source": source}, why)

    def _before(self, end: Column, times: list[Column]) -> Column:
        """The earliest of the times that a call has; taken."""
        known = {column: kinds.middle_time(column) for column in (end, *times)}
        first = min(known, key=lambda column: known[column])
        return self._take(first)

    def _instead_of(self, best: Column, times: list[Column]) -> Column | None:
        """The time that records have which lack the best one."""
        if len(best.values) == best.records:
            return None
        whole = [column for column in times if column is not best and len(column.values) == column.records]
        return self._best([column for column in whole if rank(column, Purpose.LATER) < NEVER], Purpose.LATER)

    def _clock(self, day: Column) -> Column | None:
        """The time of day beside a day, taken."""
        if not kinds.is_mostly(day, kinds.is_day):
            return None
        clocks = [column for column in self._free if kinds.is_mostly(column, kinds.is_clock)]
        known = [
            column for column in clocks if "duration" not in column.name and rank(column, Purpose.SECONDS) == NEVER
        ]
        return self._best(known, Purpose.CLOCK)

    def _length(self) -> Iterable[Reasoned]:
        purposes = (Purpose.SECONDS, Purpose.MINUTES, Purpose.MILLISECONDS)
        lengths = [column for column in self._free if kinds.is_mostly(column, kinds.is_length_or_comma)]
        known = [column for column in lengths if min(rank(column, purpose) for purpose in purposes) < NEVER]
        best = self._best(known or [column for column in lengths if "duration" in column.name], *purposes)
        if best is None:
            return
        unit, why = self._unit_by_times(best) or _unit(best)
        comma = not kinds.is_mostly(best, kinds.is_length)
        rule = {"property": "hs_call_duration", "source": f"replace({best.path}, ',', '.')" if comma else best.path}
        if unit != "milliseconds":
            rule["conversion"] = f"{unit}_to_milliseconds"
        yield Reasoned("properties", rule, f"{best.path} holds lengths; {why}")

    def _unit_by_times(self, length: Column) -> tuple[str, str] | None:
        """The unit under which start and length come to the end, where records tell the end."""
        ends = [column for column in self._free if column.name in _ENDS and kinds.is_mostly(column, kinds.is_time)]
        if not ends or not self._start:
            return None
        between = getter(f"seconds_between({self._start}, {ends[0].path})")
        lengths = getter(length.path)
        ratios = [
            number / seconds
            for data in self._sample.records
            if (seconds := kinds.number(between(data))) and (number := kinds.number(lengths(data)))
        ]
        ratio = kinds.middle(ratios)
        found = [unit for unit, size in _PER_SECOND.items() if ratio and 0.5 <= ratio / size <= 1.5]
        return (found[0], f"{found[0]}, as {ends[0].path} is so long after {self._start}") if found else None

    # Which way, and how it ended

    def _direction(self) -> Iterable[Reasoned]:
        for column in self._by_rank(self._free, Purpose.DIRECTION):
            found = {word: words.way(word) for word in kinds.words(column)}
            if found and any(found.values()) and _is_known(column, Purpose.DIRECTION, found):
                self._take(column)
                values = [f"{word}={way}" for word, way in found.items() if way]
                self._inbound = _any_of(column.path, [word for word, way in found.items() if way == "INBOUND"])
                self._outbound = _any_of(column.path, [word for word, way in found.items() if way == "OUTBOUND"])
                self._voicemail = _any_of(column.path, filter(words.is_voicemail, found))
                self._missed = _either(_any_of(column.path, filter(words.is_missed, found)), self._voicemail)
                rule = {"property": "hs_call_direction", "source": column.path, "values": [*values, "*="]}
                yield Reasoned("properties", rule, f"{column.path} says {_quoted(found)}")
                return

    def _status(self) -> Iterable[Reasoned]:
        for column in self._by_rank(self._free, Purpose.STATUS, Purpose.OUTCOME):
            found = {word: self._status_of(word) for word in kinds.words(column)}
            if any(found.values()) and _is_known(column, Purpose.STATUS, found):
                self._take(column)
                yield from self._status_rules(column, found)
                return
        yield from self._status_by_way()

    def _status_of(self, word: str) -> str:
        """What is missed is inbound, unless a field of its own says which way a call went."""
        return "MISSED" if words.is_missed(word) and not self._inbound and not self._outbound else words.status(word)

    def _status_rules(self, column: Column, found: Mapping[str, str]) -> Iterable[Reasoned]:
        untaken = _any_of(column.path, filter(words.is_untaken, found)) if self._inbound else ""
        missed = _either(self._missed, f"{self._inbound} && {untaken}" if untaken else "")
        voicemail = _either(self._voicemail, _any_of(column.path, filter(words.is_voicemail, found)))
        values = [f"{word}={status}" for word, status in found.items() if status]
        source = f"[{missed} && '{MISSED}', to_string({column.path})][?@] | [0]" if missed else column.path
        rule = {
            "property": "hs_call_status",
            "source": source,
            "values": [*([f"{MISSED}=MISSED"] if missed else []), *values, "*="],
        }
        yield Reasoned("properties", rule, f"{column.path} says {_quoted(found)}")
        if missed:
            yield _has_voicemail(missed, voicemail)

    def _status_by_way(self) -> Iterable[Reasoned]:
        """Where the direction tells what was missed, and nothing else does."""
        if self._missed:
            rule = {"property": "hs_call_status", "source": f"[{self._missed} && 'MISSED'][?@] | [0]"}
            yield Reasoned("properties", rule, "the direction says what was missed")
            yield _has_voicemail(self._missed, self._voicemail)

    def _outcome(self) -> Iterable[Reasoned]:
        column = self._known_best(self._free, Purpose.OUTCOME)
        if column:
            rule = {"property": "hs_call_disposition", "source": column.path, "if_invalid": "skip"}
            yield Reasoned("properties", rule, f"{column.path} says {_quoted(kinds.words(column)[:5]) or 'many words'}")

    # Who

    def _owner(self) -> Iterable[Reasoned]:
        addresses = [column for column in self._free if kinds.is_mostly(column, kinds.is_email)]
        ours = [column for column in addresses if rank(column, Purpose.AGENT) < NEVER or _is_ours(column)]
        best = self._best(ours, Purpose.AGENT)
        if best:
            rule = {"property": "hubspot_owner_id", "source": best.path, "if_invalid": "skip"}
            yield Reasoned("properties", rule, f"{_held(best, 'addresses')}, of your own people by its name")

    def _numbers(self) -> Iterable[Reasoned]:
        phones = [column for column in self._free if kinds.is_mostly(column, kinds.is_phone)]
        ends = [column for column in self._free if kinds.is_mostly(column, kinds.is_phone_or_extension)]
        sides = {purpose: self._known_best(ends, purpose) for purpose in (Purpose.FROM, Purpose.TO)}
        for purpose, name in ((Purpose.FROM, "hs_call_from_number"), (Purpose.TO, "hs_call_to_number")):
            if column := sides[purpose]:
                yield Reasoned("properties", {"property": name, "source": column.path}, _held(column, "numbers"))
        customer = self._known_best(phones, Purpose.CUSTOMER_PHONE)
        if customer:
            self._side = customer.path
            yield _phones(customer.path, _held(customer, "numbers"))
        elif (caller := sides[Purpose.FROM]) and (called := sides[Purpose.TO]) and self._inbound:
            self._side = f"[{self._inbound} && {caller.path}, {self._out} && {called.path}][?@]"
            yield _phones(self._side, f"the other side: {caller.path} of inbound calls, {called.path} of the others")
        elif caller and called and _has_extensions(caller) and _has_extensions(called):
            self._side = f"[{caller.path}, {called.path}][?length(to_string(@)) > `{MAX_EXTENSION}`]"
            yield from self._way_by_extension(caller)
            yield _phones(self._side, "the other side: of the two numbers the one that is not an extension")
        elif sides[Purpose.TO] or sides[Purpose.FROM]:
            side = sides[Purpose.TO] or sides[Purpose.FROM]
            assert side
            self._side = side.path
            yield _phones(side.path, _held(side, "numbers"))

    def _way_by_extension(self, caller: Column) -> Iterable[Reasoned]:
        """Who has an extension is one of us, so that a call of theirs goes out."""
        if self._inbound or self._outbound:
            return
        self._outbound = f"length(to_string({caller.path})) <= `{MAX_EXTENSION}`"
        self._inbound = f"length(to_string({caller.path})) > `{MAX_EXTENSION}`"
        source = f"[{self._outbound} && 'OUTBOUND', 'INBOUND'][?@] | [0]"
        rule = {"property": "hs_call_direction", "source": source}
        yield Reasoned("properties", rule, f"{caller.path} is an extension where a call goes out")

    def _contacts(self) -> Iterable[Reasoned]:
        addresses = [column for column in (*self._free, *self._lists) if kinds.is_mostly(column, kinds.is_email)]
        theirs = [column for column in addresses if not _is_ours(column)]
        best = self._best(theirs, Purpose.CUSTOMER_EMAIL)
        if best:
            rule = {"object_type": "contacts", "source": best.path, "match_by": "email"}
            yield Reasoned("associations", rule, _held(best, "addresses"))

    def _records(self) -> Iterable[Reasoned]:
        """Records of HubSpot, where a field's name says that it holds their ids there."""
        for column in [*self._free, *self._lists]:
            match = _RECORDS.fullmatch(column.name)
            if match and kinds.is_mostly(column, kinds.is_record_id):
                self._take(column)
                rule = {"object_type": _OBJECT_TYPES[match[1]], "source": column.path}
                yield Reasoned("associations", rule, f"{column.path} holds ids of HubSpot's, by its name")

    # What

    def _texts(self) -> Iterable[Reasoned]:
        notes = self._known_best(self._free, Purpose.NOTES) or self._longest()
        if notes:
            is_html = kinds.is_mostly(notes, kinds.is_html)
            rule = {"property": "hs_call_body", "source": notes.path} | (
                {} if is_html else {"conversion": "text_to_html"}
            )
            yield Reasoned("properties", rule, f"{notes.path} holds {'HTML' if is_html else 'text'}")
        title = self._known_best([column for column in self._free if _is_of_the_call(column)], Purpose.TITLE)
        if title:
            yield Reasoned(
                "properties",
                {"property": "hs_call_title", "source": title.path, "default": "Call"},
                f"by the name of {title.path}",
            )
        else:
            yield self._made_title()

    def _made_title(self) -> Reasoned:
        who = [
            *self._names(),
            *([f"{self._side} | [0]" if self._side.endswith("]") else self._side] * bool(self._side)),
        ]
        way = f"{self._inbound} && 'Call from' || 'Call to'" if self._inbound else "'Call with'"
        source = {"source": f"join(' ', [{way}, [{', '.join(who)}][?@].to_string(@) | [0]])"} if who else {}
        why = "made of who called, as no field is a title" if who else "no field is a title"
        return Reasoned("properties", {"property": "hs_call_title", **source, "default": "Call"}, why)

    def _names(self) -> Iterable[str]:
        """The other side's name: the caller's of inbound calls, that of who was called of the others."""
        for purpose, way in ((Purpose.CALLER_NAME, self._inbound), (Purpose.CALLED_NAME, self._out)):
            column = self._known_best(self._free, purpose)
            if column and way:
                yield f"{way} && {column.path}"
        column = self._known_best([column for column in self._free if not _is_ours(column)], Purpose.CUSTOMER_NAME)
        if column:
            yield column.path

    @property
    def _out(self) -> str:
        return self._outbound or (f"!({self._inbound})" if self._inbound else "")

    def _longest(self) -> Column | None:
        long = [column for column in self._free if kinds.is_long_text(column)]
        return self._best(long)

    def _recording(self) -> Iterable[Reasoned]:
        urls = [column for column in self._free if kinds.is_mostly(column, kinds.is_secure_url)]
        best = self._best(
            [column for column in urls if rank(column, Purpose.RECORDING) < NEVER or "record" in column.name],
            Purpose.RECORDING,
        )
        if best:
            rule = {"property": "hs_call_recording_url", "source": best.path, "if_invalid": "skip"}
            yield Reasoned("properties", rule, _held(best, "https addresses"))

    def _key(self) -> Iterable[Reasoned]:
        whole = [column for column in self._free if len(column.values) == column.records]
        unique = [column for column in whole if len(set(map(str, column.values))) == column.records]
        known = self._known_best(unique, Purpose.KEY)
        ids = [column for column in unique if column.name.endswith("id") and not _is_of_another(column)]
        best = known or self._best(ids, Purpose.KEY)
        if best:
            alone = "holds an id" if best.records == 1 else f"differs in all {best.records:,} records"
            yield Reasoned("external_id_source", best.path, f"{best.path} {alone}")
            return
        yield from self._key_of_several()

    def _key_of_several(self) -> Iterable[Reasoned]:
        """When and who; and of the rest, what tells the sample's records apart."""
        full = [column for column in self._sample.columns if len(column.values) == column.records]
        single = [column for column in full if not column.is_list]
        ordered = sorted(single, key=self._place_in_key)
        parts = ordered[:1]
        for column in ordered[1:MAX_PARTS]:
            known = {*zip(*(map(str, part.values) for part in parts), strict=True)}
            if self._place_in_key(column) <= WHEN_AND_WHO or len(known) < column.records:
                parts.append(column)
        if parts:
            source = f"join('|', [{', '.join(part.path for part in parts)}][?@].to_string(@))"
            why = "no field is the call's own and differs in all records: several together are the key"
            yield Reasoned("external_id_source", source, why)

    def _place_in_key(self, column: Column) -> int:
        """What of a call does not change comes first: when it was, and who was in it."""
        if column.path in (self._start, self._clock_path):
            return int(column.path != self._start)
        ranks = [rank(column, purpose) < NEVER for purpose in _KEY_PARTS]
        if True in ranks:
            return ranks.index(True) + 1
        is_who = kinds.is_mostly(column, kinds.is_phone) or kinds.is_mostly(column, kinds.is_email)
        return WHEN_AND_WHO if is_who else len(ranks) + 1

    # Columns

    def _best(self, columns: Iterable[Column], *purposes: Purpose) -> Column | None:
        """The column whose name fits best, the first purpose first; taken."""
        free = [column for column in columns if column in self._free or column in self._lists]
        ordered = sorted(free, key=lambda column: tuple(rank(column, purpose) for purpose in purposes))
        return self._take(ordered[0]) if ordered else None

    def _known_best(self, columns: Iterable[Column], purpose: Purpose) -> Column | None:
        return self._best([column for column in columns if rank(column, purpose) < NEVER], purpose)

    def _by_rank(self, columns: Iterable[Column], *purposes: Purpose) -> list[Column]:
        return sorted(columns, key=lambda column: min(rank(column, purpose) for purpose in purposes))

    def _take(self, column: Column) -> Column:
        self._free = [other for other in self._free if other is not column]
        self._lists = [other for other in self._lists if other is not column]
        return column


def _has_extensions(column: Column) -> bool:
    return not kinds.is_mostly(column, kinds.is_phone)


def _is_of_the_call(column: Column) -> bool:
    """Whether a field is the call's own: a contact's title is a job."""
    return "." not in column.path or any(word in column.path.casefold() for word in ("call", "meta", "meeting"))


def _is_of_another(column: Column) -> bool:
    """Whether an id is a person's or a company's: they call more than once, though not in each sample."""
    return _is_ours(column) or any(word in column.path.casefold() for word in _OTHERS)


def _unit(column: Column) -> tuple[str, str]:
    """The unit of lengths, and how it is told."""
    for unit, purpose in (("minutes", Purpose.MINUTES), ("milliseconds", Purpose.MILLISECONDS)):
        if rank(column, purpose) < NEVER:
            return unit, f"{unit} by its name"
    middle = kinds.middle(column.values)
    if middle is None:
        return "seconds", "they say their units; 01:35 is taken for minutes and seconds"
    if middle >= MIN_MILLISECONDS:
        return "milliseconds", f"milliseconds by their size, {middle:,.0f} in the middle"
    fractions = any(value is not None and value % 1 for value in map(kinds.number, column.values))
    if fractions and middle < 60 and "sec" not in column.name:
        return "minutes", f"minutes by their size and fractions, {middle:,.1f} in the middle"
    return "seconds", f"seconds by their size, {middle:,.0f} in the middle"


def _is_known(column: Column, purpose: Purpose, found: Mapping[str, str]) -> bool:
    """Whether a column is of a purpose by its name, or most of its words are."""
    return rank(column, purpose) < NEVER or (len(found) > 1 and sum(map(bool, found.values())) / len(found) > 0.7)


def _is_named_time(column: Column) -> bool:
    """Whether numbers are called a time: an id of ten digits looks like one."""
    known = min(rank(column, purpose) for purpose in (Purpose.START, Purpose.DATE, Purpose.LATER))
    return known < NEVER or any(part in column.name for part in ("time", "date", "start"))


def _is_ours(column: Column) -> bool:
    path = column.path.casefold()
    return any(word in path for word in _OUR_PEOPLE)


def _has_voicemail(missed: str, voicemail: str) -> Reasoned:
    left = f"({voicemail} && 'true' || 'false')" if voicemail else "'false'"
    rule = {"property": "hs_call_has_voicemail", "source": f"[{missed} && {left}][?@] | [0]"}
    return Reasoned("properties", rule, "an inbound call that nobody took is missed, with or without a voicemail")


def _any_of(path: str, found: Iterable[str]) -> str:
    listed = ", ".join("'" + word.lower().replace("\\", "\\\\").replace("'", "\\'") + "'" for word in found)
    return f"contains([{listed}], lower(to_string({path})))" if listed else ""


def _either(one: str, other: str) -> str:
    return f"({one} || {other})" if one and other else one or other


def _phones(source: str, reason: str) -> Reasoned:
    return Reasoned("associations", {"object_type": "contacts", "source": source, "match_by": "phone"}, reason)


def _held(column: Column, what: str) -> str:
    return f"{column.path} holds {what}, in {len(column.values):,} of {counted(column.records, 'record')}"


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)
