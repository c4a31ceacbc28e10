"""Proof 11: HubSpot is silent, lies, loses links, and cannot stand some records; lines are broken. By seed."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from integration_tests.connector import Connector
from integration_tests.prove.mishaps import WRITES, rates
from integration_tests.prove.proof import Proof
from integration_tests.prove.scene import Scene, copies, expect_true_states, losses, scene, unlinked, version_of
from integration_tests.source import record, state

EVERY = 250
"""One record in so many is marked, by turns for each oddity that strikes single records."""
GONE = 900_000
"""The first id of contacts that are no more."""
MAX_TOLD = 5
"""Records of a run that are told one by one where they are amiss."""
SHARE = 0.04
"""Of the requests that write or read calls, those that the old faults strike."""


@dataclass(frozen=True, slots=True)
class Oddity:
    """What HubSpot or a source may do. ``rule``: of the sandbox's poison, for records that are marked for it.

    ``rejected``: a marked record becomes no call. ``raw``: the line of such a record, whole, where it is broken.
    """

    settings: Mapping[str, object] = field(default_factory=dict)
    faults: tuple[Mapping[str, object], ...] = ()
    rule: Mapping[str, object] | None = None
    rejected: bool = False
    record: Mapping[str, str] = field(default_factory=dict)
    raw: str | None = None

    @property
    def marks(self) -> bool:
        """Whether it strikes single records."""
        return self.rule is not None or self.raw is not None or bool(self.record)


_DEEP = (
    '{"type":"RECORD","record":{"stream":"calls","emitted_at":1,"data":{"id":"call-%d","x":'
    + "[" * 1_100
    + ("]" * 1_100 + "}}}")
)
_LONG = '{"type":"RECORD","record":{"stream":"calls","emitted_at":1,"data":{"id":"call-%d","x":' + "9" * 5_000 + "}}}"
_LATIN = '{"type":"RECORD","record":{"stream":"calls","emitted_at":1,"data":{"id":"call-%d","x":"caf\xe9"}}}'

LINKED_LATER = ({"kind": "no_links", "endpoints": ["create:calls"], "rate": 0.3, "times": 4},)
"""Calls whose links are made after them. So often at most: a record that is sent alone must not meet this each time."""

ODDITIES: dict[str, Oddity] = {
    "says nothing about a batch": Oddity(rule={"answer": "silent"}, rejected=True),
    "says nothing, and wrote": Oddity(rule={"answer": "silent", "when": "after"}),
    "says nothing about one": Oddity(rule={"answer": "silent_input"}, rejected=True),
    "a firewall refuses one": Oddity(rule={"answer": "firewall"}, rejected=True),
    "fails at one each time": Oddity(rule={"answer": "fail"}, rejected=True),
    "gives 504 after the commit": Oddity(rule={"answer": "fail", "status": 504, "when": "after"}),
    "answers about a stranger": Oddity(rule={"answer": "stranger"}),
    "answers about strangers": Oddity(
        faults=tuple(
            {"kind": "stranger", "when": when, "endpoints": ["create:calls"], "rate": 0.2, "times": 4}
            for when in ("before", "after")
        )
    ),
    "creates without links": Oddity(settings={"unlinked_share": 0.2}),
    "names no pairs": Oddity(settings={"link_results": "none"}, faults=LINKED_LATER),
    "loses links in silence": Oddity(settings={"link_lost_share": 0.02}, faults=LINKED_LATER),
    "refuses links, naming none": Oddity(settings={"association_context": "no"}, record={"boss": str(GONE)}),
    "is the wrong region for a moment": Oddity(
        faults=({"kind": "wrong_region", "endpoints": WRITES, "rate": 1.0, "skip": 5, "times": 4},)
    ),
    "a burst of 401": Oddity(
        faults=({"kind": "bad_token", "endpoints": ["create:calls"], "rate": 1.0, "skip": 8, "lasts": 2},)
    ),
    "a line nested too deep": Oddity(raw=_DEEP, rejected=True),
    "a line with a number too long": Oddity(raw=_LONG, rejected=True),
    "a line that is not UTF-8": Oddity(raw=_LATIN, rejected=True),
}


def prove(seeds: int, records: int, names: Collection[str] = ODDITIES.keys(), share: float = SHARE) -> Proof:
    """`records` records for each of `seeds` seeds; `share` of the requests meets the old faults as well."""
    proof = Proof(f"11. HubSpot and the source do {len(names)} odd things at once: one row costs one row")
    for seed in range(1, seeds + 1):
        chosen = {name: oddity for name, oddity in ODDITIES.items() if name in names}
        transaction = "two" if seed % 4 in (1, 2) else "one"
        with scene(
            version_of(seed), seed=seed, transaction=transaction, latency_ms=[0, 30], **_settings(chosen)
        ) as here:
            plan = [fault for oddity in chosen.values() for fault in oddity.faults]
            here.sandbox.faults(rates=[*plan, *rates(share)] if share else plan, seed=seed)
            _run(proof, here, seed, records, _marks(chosen, records, seed))
    return proof


def _settings(chosen: Mapping[str, Oddity]) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for oddity in chosen.values():
        settings |= oddity.settings
    rules = [
        {"property": "hs_call_title", "contains": _mark(name), **oddity.rule}
        for name, oddity in chosen.items()
        if oddity.rule
    ]
    return {**settings, "poison": rules or None}


def _mark(name: str) -> str:
    return f"<script>{name}</script>"


def _marks(chosen: Mapping[str, Oddity], records: int, seed: int) -> dict[int, str]:
    """Which records are marked, and for what: one somewhere in every `EVERY`."""
    dice = random.Random(seed)
    names = [name for name, oddity in chosen.items() if oddity.marks]
    if not names:
        return {}
    places = [start + dice.randrange(EVERY) for start in range(1, records, EVERY)]
    return {place: names[turn % len(names)] for turn, place in enumerate(places) if place <= records}


def _lines(records: int, marks: Mapping[int, str]) -> Iterator[bytes]:
    for number in range(1, records + 1):
        yield _line(number, marks.get(number))
        if number % 10 == 0 or number == records:
            yield state(number)


def _line(number: int, name: str | None) -> bytes:
    if name is None:
        return record(number)
    oddity = ODDITIES[name]
    if oddity.raw is not None:
        return (oddity.raw % number).encode("latin-1")
    return record(number, title=f"Call {number} {_mark(name)}", **oddity.record)


def _configuration(here: Scene) -> dict[str, Any]:
    config = here.configuration(object_storage_config={"storage_type": "LOCAL", "path": str(here.folder / "rejects")})
    config["mappings"][0]["associations"].append({"object_type": "contacts", "source": "boss", "if_missing": "skip"})
    return config


def _run(proof: Proof, here: Scene, seed: int, records: int, marks: Mapping[int, str]) -> None:
    connector = here.run(_lines(records, marks), _configuration(here))
    where = f"seed {seed}"
    status = connector.process.returncode
    proof.expect(status == 0, f"{where}: it ended with {status}{_why(connector)}")
    reached = [item["id"] for item in connector.states]
    proof.expect(reached == list(range(10, records + 1, 10)), f"{where}: states are missing or out of order")
    held, wrong = here.calls(), {number: name for number, name in marks.items() if ODDITIES[name].rejected}
    _expect_fates(proof, {number for number in range(1, records + 1) if f"call-{number}" not in held}, marks, where)
    rejected = sum(item["destinationStats"]["rejectedRecordCount"] for item in connector.states)
    proof.expect(rejected == len(wrong), f"{where}: the states count {rejected} rejected of {len(wrong)}")
    proof.expect(copies(held) == 0, f"{where}: {copies(held)} copies")
    proof.expect(unlinked(held, records) == 0, f"{where}: {unlinked(held, records)} calls without their link")
    expect_true_states(proof, connector, {**held, **{f"call-{number}": _NEVER for number in wrong}}, where)
    proof.row(
        seed=seed,
        version=here.api_version,
        requests=here.requests(),
        calls=sum(map(len, held.values())),
        copies=copies(held),
        lost=losses(held, records) - len(wrong),
        without_link=unlinked(held, records),
        rejected=int(rejected),
        status=status,
    )


def _expect_fates(proof: Proof, missing: set[int], marks: Mapping[int, str], where: str) -> None:
    """Those that should be rejected are in no call, all others are."""
    amiss = sorted(missing ^ {number for number, name in marks.items() if ODDITIES[name].rejected})
    for number in amiss[:MAX_TOLD]:
        became = "is in no call" if number in missing else "became a call"
        proof.expect(False, f"{where}: record {number} ({marks.get(number, 'not marked')}) {became}")
    proof.expect(len(amiss) <= MAX_TOLD, f"{where}: {len(amiss)} records became what they should not")


_NEVER: list[dict[str, Any]] = [{"createdAt": "1970-01-01T00:00:00Z"}]
"""In place of the call that a rejected record does not become: the states may cover it from the start."""


def _why(connector: Connector) -> str:
    return f": {connector.failure['message'][:300]}" if connector.process.returncode == 1 else ""
