"""Proof 6: bad rows are rejected, exactly those, each with its reason, and complete the set once mended."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from integration_tests.prove.proof import Proof
from integration_tests.prove.scene import VERSIONS, Scene, copies, expect_one_call_each, losses, scene
from integration_tests.source import CONTACTS, record, state

EVERY = 100
"""One row in so many is bad."""
GONE = 900_000
"""The first id of contacts that are no more."""


class Kind(NamedTuple):
    """One way to be bad: the fields that are, and what the reason says."""

    fields: dict[str, Any]
    reason: str


KINDS: dict[str, Kind] = {
    "no time": Kind({"at": None}, 'hs_timestamp: the value of "at" is missing'),
    "a time that is none": Kind({"at": "yesterday"}, 'hs_timestamp: the value of "at" is not a time'),
    "a number that is none": Kind({"wait": "long"}, 'wait_seconds: the value of "wait" is not a number'),
    "an unknown option": Kind({"queue": "third_line"}, 'queue: the value of "queue"'),
    "an unknown owner": Kind({"owner": "nobody@example.com"}, 'hubspot_owner_id: the value of "owner"'),
    "a key too long": Kind({"id": "x" * 70_000}, "dialer_call_id: the key is longer"),
    "half a character": Kind({"note": "\ud800"}, 'dialer_note: the value of "note" holds half a character'),
    "no key": Kind({"id": None}, 'dialer_call_id: the value of "id" is missing'),
    "a deleted contact": Kind({"boss": GONE}, 'contacts: HubSpot has no record with the id in field "boss"'),
    "a link to nobody": Kind({"boss": "nobody"}, 'contacts: the value of "boss"'),
    "refused by HubSpot, named": Kind({"note": "poison"}, 'dialer_note: HubSpot refuses the value from field "note"'),
    "refused by HubSpot, not named": Kind({"note": "curse"}, "HubSpot refuses the call"),
}
SAID = '[{"isValid":false,"message":"poison is poison","error":"INVALID_ALPHA","name":"dialer_note"}]'
POISON = [
    {
        "property": "dialer_note",
        "value": "poison",
        "answer": "input",
        "message": f"Property values were not valid: {SAID}",
    },
    {"property": "dialer_note", "value": "curse", "answer": "request"},
]


def configuration(here: Scene, **more: Any) -> dict[str, Any]:
    """The numbered source's, with a rule for every kind."""
    config = here.configuration(
        max_rejected_records=1_000_000,
        max_rejected_percent=100,
        object_storage_config={"storage_type": "LOCAL", "path": str(here.folder / "rejects")},
        **more,
    )
    mapping = config["mappings"][0]
    mapping["properties"] += [
        {"property": "wait_seconds", "source": "wait"},
        {"property": "queue", "source": "queue"},
        {"property": "dialer_note", "source": "note"},
        {"property": "hubspot_owner_id", "source": "owner"},
    ]
    mapping["associations"].append({"object_type": "contacts", "source": "boss", "if_missing": "reject"})
    return config


def bad(number: int) -> str | None:
    """Of which kind record `number` is bad."""
    return list(KINDS)[number // EVERY % len(KINDS)] if number % EVERY == 37 else None


def lines(records: int) -> Iterator[bytes]:
    """Records 1 to `records`, one in a hundred bad."""
    for number in range(1, records + 1):
        kind = bad(number)
        yield record(number, **_fields(number, kind)) if kind else record(number)
        if number % 1000 == 0 or number == records:
            yield state(number)


def _fields(number: int, kind: str) -> dict[str, Any]:
    fields = dict(KINDS[kind].fields)
    if fields.get("boss") == GONE:
        fields["boss"] = str(GONE + number)
    return {**fields, "row": number}


def prove(records: int) -> Proof:
    """`records` records, one in a hundred bad in one of twelve ways."""
    proof = Proof(f"6. One in a hundred of {records:,} rows is bad, in {len(KINDS)} ways: exactly those are rejected")
    _prove_on(proof, VERSIONS[0], records)
    _prove_on(proof, VERSIONS[1], records // 5)
    _expect_one_request_more(proof)
    return proof


def _prove_on(proof: Proof, version: str, records: int) -> None:
    with scene(version, latency_ms=[0, 30]) as here:
        here.sandbox.settings(poison=POISON)
        connector = here.run(lines(records), configuration(here))
        proof.expect(connector.process.returncode == 0, f"it ended with {connector.process.returncode}")
        proof.expect("poison" not in connector.said, "HubSpot's words about a value are in the log")
        wrong = {number: kind for number in range(1, records + 1) if (kind := bad(number))}
        kept = _kept(here)
        _expect_exactly(proof, here, connector.states, wrong, kept, records)
        _expect_mended(proof, here, kept, records)


def _kept(here: Scene) -> list[dict[str, Any]]:
    files = sorted((here.folder / "rejects").glob("rejected-*.jsonl"))
    return [json.loads(text) for file in files for text in file.read_text().splitlines()]


def _expect_exactly(
    proof: Proof,
    here: Scene,
    states: list[dict[str, Any]],
    wrong: dict[int, str],
    kept: list[dict[str, Any]],
    records: int,
) -> None:
    rejected = {message["record"]["data"]["row"]: message["rejection"] for message in kept}
    proof.expect(len(kept) == len(rejected), "a record is kept twice")
    proof.expect(
        rejected.keys() == wrong.keys(), f"{len(rejected.keys() ^ wrong.keys())} records are rejected wrongly or not"
    )
    right = _rightly(proof, rejected, wrong)
    held = here.calls()
    good = records - len(wrong)
    proof.expect(sum(map(len, held.values())) == good, f"{sum(map(len, held.values()))} calls of {good} good records")
    stats = [item["destinationStats"] for item in states]
    counted = (sum(item["recordCount"] for item in stats), sum(item["rejectedRecordCount"] for item in stats))
    proof.expect(counted == (good, len(wrong)), f"the states count {counted}")
    for kind, rows in ((kind, list(wrong.values()).count(kind)) for kind in KINDS):
        proof.row(version=here.api_version, kind=kind, rows=rows, rejected_with_its_reason=right[kind])
    _note_cost(proof, here, list(wrong.values()), records)


def _rightly(proof: Proof, rejected: dict[int, dict[str, Any]], wrong: dict[int, str]) -> Counter[str]:
    """How many records of each kind are rejected for its reason."""
    right = Counter[str]()
    for number, kind in wrong.items():
        reason = rejected.get(number, {}).get("reason", "")
        proof.expect(KINDS[kind].reason in reason, f"record {number} ({kind}) is rejected for: {reason}")
        right[kind] += KINDS[kind].reason in reason
    return right


def _note_cost(proof: Proof, here: Scene, wrong: list[str], records: int) -> None:
    needed = -(-records // 100)
    requests = here.sandbox.count("create") + here.sandbox.count("read:calls")
    proof.note(
        f"{requests} requests for {records:,} records, {needed} without bad rows: "
        f"{(requests - needed) / max(1, len(wrong)):.2f} more for each bad row; "
        f"{wrong.count('refused by HubSpot, not named')} rows were not named"
    )


def _expect_mended(proof: Proof, here: Scene, kept: list[dict[str, Any]], records: int) -> None:
    """What was wrong is put right in HubSpot or in the file, and the file is piped in again."""
    here.sandbox.settings(poison=None)
    for message in kept:
        data = message["record"]["data"]
        number = data["row"]
        if str(data.get("boss", "")).isdigit():
            here.sandbox.seed(
                "contacts", [{"id": data["boss"], "properties": {"email": f"{data['boss']}@example.com"}}]
            )
        elif data.get("note") not in ("poison", "curse"):
            for name in ("wait", "queue", "note", "owner", "boss"):
                data.pop(name, None)
            good = json.loads(record(number))["record"]["data"]
            data |= {"id": good["id"], "at": good["at"]}
    again = here.run((json.dumps(message).encode() for message in kept), configuration(here))
    held = here.calls()
    proof.expect(again.process.returncode == 0, f"the replay ended with {again.process.returncode}")
    expect_one_call_each(proof, held, records, "after the replay")
    proof.note(
        f"after the replay of {len(kept)} rows: {sum(map(len, held.values())):,} calls, "
        f"{copies(held)} copies, {losses(held, records)} lost"
    )


def _expect_one_request_more(proof: Proof) -> None:
    for where in ("input", "request"):
        with scene(bad_association=where) as here:
            lines = [
                record(number, contact=str(GONE + number) if number % 10 == 0 else CONTACTS[0])
                for number in range(1, 101)
            ]
            here.run(lines)
            creates, reads = here.sandbox.count("create"), here.sandbox.count("read:calls")
            more = creates + reads - 1
            proof.note(f"ten deleted contacts in a batch of 100, where one refuses the {where}: {more} more requests")
            proof.expect(len(here.calls()) == 100, f"ten deleted contacts: {len(here.calls())} calls of 100")
            if where == "input":
                proof.expect(more == 1, f"ten deleted contacts cost {more} requests more")
