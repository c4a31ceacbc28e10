"""`python -m integration_tests.lookups`: 50,000 records, linked by e-mail address, domain and phone number.

Checks every link against HubSpot's store, and prints what the look-ups asked for and what they cost in time, under
the limits of a Professional account. Ends with status 1 where a promise is not kept.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from integration_tests import source
from integration_tests.connector import Connector
from integration_tests.sandbox.process import Sandbox
from integration_tests.source import KEY, record, state

Rule = dict[str, Any]
EMAIL: Rule = {"object_type": "contacts", "source": "email", "match_by": "email"}
DOMAIN: Rule = {"object_type": "companies", "source": "site", "match_by": "domain"}
PHONE: Rule = {"object_type": "contacts", "source": "phone", "match_by": "phone", "default_country": "DE"}
IDS: tuple[Rule, ...] = (
    {"object_type": "contacts", "source": "contact"},
    {"object_type": "companies", "source": "company"},
    {"object_type": "contacts", "source": "other"},
)
"""What the same links are with nothing to look up."""
STATE_EVERY = 1_000
LATENCY = 300
"""Milliseconds of each answer."""
PATIENCE = 600.0
MAX_CALLS = 100
"""Calls of a batch."""

Links = dict[str, set[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class World:
    """Contacts by e-mail address, companies by domain, others by phone; each record names one of each."""

    records: int
    contacts: int
    companies: int
    phones: int

    def seed(self, sandbox: Sandbox) -> Ends:
        """Put them into HubSpot, and beside each phone number one of another country that looks the same."""
        people = sandbox.generate("contacts", self.contacts, start=0, email="person{i}@example.com")
        companies = sandbox.generate("companies", self.companies, start=0, domain="company{i}.example")
        numbers = [1_000_000 + number for number in range(self.phones)]
        phones = sandbox.seed_contacts(*({"phone": f"+49 (0)30/{number}"} for number in numbers))
        sandbox.seed_contacts(*({"phone": f"+36 30 {number}"} for number in numbers))
        return Ends(int(people["first_id"]), int(companies["first_id"]), tuple(phones))

    def lines(self, ends: Ends, order: Iterable[int] | None = None) -> Iterator[bytes]:
        """The records, in this order, with a state after every thousand and at the end."""
        last = 0
        for last, number in enumerate(order or range(self.records), 1):
            yield self._record(number, ends)
            if last % STATE_EVERY == 0:
                yield state(last)
        yield state(last)

    def _record(self, number: int, ends: Ends) -> bytes:
        """Everyone is written in more than one way. The ids are for rules that look nothing up."""
        person, company, phone = number % self.contacts, number % self.companies, 1_000_000 + number % self.phones
        (_, contact), (_, firm), (_, other) = ends.of(number, self)
        return record(
            number,
            email=f"Person{person}@Example.com" if number % 2 else f"person{person}@example.com",
            site=f"https://www.company{company}.example/" if number % 3 else f"sales@company{company}.example",
            phone=f"030 {phone}" if number % 5 else f"+49 30 {phone}",
            contact=contact,
            company=firm,
            other=other,
        )

    def links(self, ends: Ends) -> Links:
        """What each call is to be linked to."""
        return {f"call-{number}": set(ends.of(number, self)) for number in range(self.records)}


@dataclass(frozen=True, slots=True)
class Ends:
    """The records that links lead to: the first of those in a row, and all others."""

    first_person: int
    first_company: int
    phones: tuple[str, ...]

    def of(self, number: int, world: World) -> tuple[tuple[str, str], tuple[str, str], tuple[str, str]]:
        """The ends of a call's links: by e-mail address, by domain, by phone."""
        return (
            ("contacts", str(self.first_person + number % world.contacts)),
            ("companies", str(self.first_company + number % world.companies)),
            ("contacts", self.phones[number % world.phones]),
        )


def linked(sandbox: Sandbox) -> Links:
    """What each call in HubSpot is linked to, by its key."""
    return {
        call["properties"][KEY]: {(to["type"], to["id"]) for to in call["associations"]} for call in sandbox.calls()
    }


def lookups(sandbox: Sandbox) -> dict[str, dict[str, int]]:
    """Requests, keys, and keys asked for again, by endpoint; look-ups of calls are none."""
    stats: Mapping[str, dict[str, int]] = sandbox.stats()["lookups"]
    return {name: item for name, item in stats.items() if not name.endswith(":calls")}


# ---- the program


def main() -> None:
    """Run it three times: with look-ups in order and in disorder, and with ids."""
    world = _world()
    shuffled = list(range(world.records))
    random.Random(4).shuffle(shuffled)
    with Sandbox(settings={"latency_ms": LATENCY}) as sandbox, tempfile.TemporaryDirectory() as folder:
        broken = 0
        plain = _Run(sandbox, world, Path(folder), IDS, None).show("record ids")
        for name, order in (("keys in order", None), ("keys in disorder", shuffled)):
            run = _Run(sandbox, world, Path(folder), (EMAIL, DOMAIN, PHONE), order)
            rate = run.show(name)
            print(f"  {rate / plain:.1%} of the calls a second with record ids, once all keys are known")
            broken += run.broken(in_order=order is None) + (rate < 0.9 * plain)
    sys.exit(1 if broken else 0)


def _world() -> World:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, number in (("records", 50_000), ("contacts", 5_000), ("companies", 800), ("phones", 2_000)):
        parser.add_argument(f"--{name}", type=int, default=number)
    return World(**vars(parser.parse_args()))


class _Run:
    """One sync of all records."""

    def __init__(
        self, sandbox: Sandbox, world: World, folder: Path, rules: tuple[Rule, ...], order: list[int] | None
    ) -> None:
        sandbox.reset(keep_settings=True)
        self._world = world
        ends = world.seed(sandbox)
        sandbox.clear()
        config = source.configuration(sandbox.url, sandbox.token, mapping={"associations": list(rules)})
        with Connector(folder, config, source.catalog()) as connector:
            status = connector.run(world.lines(ends, order), patience=PATIENCE)
            self._log = connector.log
            times = [line.at for line in connector.lines if line.message["type"] == "STATE"]
        if status:
            sys.exit("\n".join(self._log))
        self._took = times[-1] - times[0]
        # All keys were seen by then, in order at least: the second half shows how fast it is without new ones.
        half = len(times) // 2
        self._rate = STATE_EVERY * (len(times) - 2 - half) / (times[-2] - times[half])
        self._stats = sandbox.stats()
        self._lookups = lookups(sandbox)
        wanted, made = world.links(ends), linked(sandbox)
        self._wrong = sum(made.get(key) != links for key, links in wanted.items())

    def show(self, name: str) -> float:
        """Print it; calls a second once all keys are known."""
        print(f"\n{name}: {self._world.records:,} records, {self._wrong} with a wrong link")
        for endpoint, item in sorted(self._lookups.items()):
            print(
                f"  {endpoint}: {item['requests']} requests, {item['keys']:,} keys, {item['asked_again']} asked again"
            )
        statuses = self._stats["requests"]["create:calls"]
        print(f"  create:calls: {statuses}; refused for the rate: {self._stats['rate_limit']['refused']}")
        print(f"  {self._rate:,.0f} calls/s in the second half, {self._took:.1f} s from the first state to the last")
        print(*(f"  {line}" for line in self._log if "links made" in line), sep="\n")
        sys.stdout.flush()
        return self._rate

    def broken(self, *, in_order: bool) -> int:
        """How many promises are not kept."""
        world, asked = self._world, self._lookups
        batches = -(-world.records // MAX_CALLS)
        reads = asked["read:contacts"]["requests"]
        return sum(
            (
                self._wrong > 0,
                any(item["asked_again"] for item in asked.values()),
                reads > (-(-world.contacts // 100) if in_order else batches),
                asked["read:contacts"]["keys"] != world.contacts,
            )
        )


if __name__ == "__main__":
    main()
