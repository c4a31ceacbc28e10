"""Much of everything: requests, order, and memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain

from integration_tests.connector import Connector, wait_until
from integration_tests.prove.proof import Proof
from integration_tests.prove.scene import PATIENCE, Scene, scene
from integration_tests.source import Source, record, state

BIG = 2**70 + 1


def prove(size: float = 1.0, slow: float = 10.0) -> Proof:
    """100,000 records with 10,000 states; states of 1 MB; 500,000 rejections; the same behind a batch of `slow` s."""
    proof = Proof("9. Much of everything: states come back exact and in order, and memory stays flat")
    _many(proof, int(100_000 * size))
    _large_states(proof, int(300 * size), slow)
    _rejections(proof, int(500_000 * size), slow)
    _waiting_states(proof, int(10_000 * size), slow)
    return proof


def _measured(here: Scene, lines: Iterator[bytes], states: int, **more: object) -> tuple[Connector, float]:
    """A run whose stdin stays open until all its states have left, and the most memory that it held."""
    with here.start(here.configuration(**more)) as connector:
        connector.send_aside(lines)
        connector.await_states(states, PATIENCE)
        peak = connector.peak_memory
        connector.end()
        connector.wait(PATIENCE)
        return connector, peak


def _row(proof: Proof, what: str, connector: Connector, peak: float, most: float, **figures: object) -> None:
    seconds = connector.lines[-1].at - connector.lines[0].at
    proof.row(what=what, states=len(connector.states), peak_MB=round(peak), seconds=round(seconds, 1), **figures)
    proof.expect(peak < most, f"{what}: {peak:.0f} MB, more than {most:.0f}")
    proof.expect(connector.process.returncode == 0, f"{what}: it ended with {connector.process.returncode}")


def _many(proof: Proof, count: int) -> None:
    sent: list[bytes] = []

    def lines() -> Iterator[bytes]:
        for number in range(1, count + 1):
            yield record(number)
            if number % 10 == 0:
                sent.append(state(number, exact=BIG + number, fraction=0.1))
                yield sent[-1]

    with scene(mode="count") as here:
        connector, peak = _measured(here, lines(), count // 10)
        creates = here.sandbox.count("create")
        _row(proof, f"{count:,} records, a state every 10", connector, peak, 200, create_requests=creates)
        proof.expect(creates == -(-count // 100), f"{creates} create requests for {count} records")
        proof.expect(here.sandbox.created() == count, f"{here.sandbox.created()} calls of {count}")
    more = {"created": 10.0, "updated": 0.0, "existing": 0.0, "links": 10.0, "withoutMatch": 0.0}
    stats = {"recordCount": 10.0, "rejectedRecordCount": 0.0, "additionalStats": more}
    expected = [{**json.loads(item)["state"], "destinationStats": stats} for item in sent]
    proof.expect(connector.states == expected, "states did not come back as they were, in order")


def _large_states(proof: Proof, count: int, slow: float) -> None:
    padding = "x" * 1_000_000

    def lines() -> Iterator[bytes]:
        for number in range(1, count + 1):
            yield record(number)
            yield state(number, padding=padding)

    with scene(mode="count") as here:
        connector, peak = _measured(here, lines(), count)
        _row(proof, f"a state of 1 MB after each of {count:,} records", connector, peak, 300)
        proof.expect(
            all(item["stream"]["stream_state"]["padding"] == padding for item in connector.states), "changed states"
        )
    with scene(mode="count") as here:
        what = f"{count:,} states of 1 MB without a record behind a slow batch"
        late = chain(
            Source(100, state_every=1000).lines(), (state(100 + number, padding=padding) for number in range(count))
        )
        _behind_a_slow_batch(proof, here, what, late, count + 1, slow)


def _rejections(proof: Proof, count: int, slow: float) -> None:
    def lines() -> Iterator[bytes]:
        yield record(0)
        for number in range(1, count + 1):
            yield record(number, at="never")
            if number % 100 == 0:
                yield state(number)

    with scene(mode="count") as here:
        connector, peak = _measured(
            here, lines(), count // 100, max_rejected_records=10 * count, max_rejected_percent=100
        )
        _row(proof, f"{count:,} records that mapping rejects", connector, peak, 300)
        rejected = sum(item["destinationStats"]["rejectedRecordCount"] for item in connector.states)
        proof.expect(rejected == count, f"the states count {rejected:.0f} rejected of {count}")
    with scene(mode="count") as here:
        what = f"{count:,} of them behind a slow batch"
        _behind_a_slow_batch(
            proof, here, what, lines(), count // 100, slow, max_rejected_records=10 * count, max_rejected_percent=100
        )


def _waiting_states(proof: Proof, count: int, slow: float) -> None:
    def lines() -> Iterator[bytes]:
        yield from Source(100, state_every=1000).lines()
        for number in range(101, 100 + count):
            yield state(number)

    with scene(mode="count") as here:
        _behind_a_slow_batch(
            proof, here, f"{count:,} states without a record behind a slow batch", lines(), count, slow
        )


def _behind_a_slow_batch(
    proof: Proof, here: Scene, what: str, lines: Iterator[bytes], states: int, slow: float, **more: object
) -> None:
    """The first batch is answered after some seconds; what comes meanwhile waits, or is not read."""
    here.sandbox.fault("hang", "create", seconds=slow, how="answer")
    with here.start(here.configuration(**more)) as connector:
        connector.send_aside(lines)
        wait_until(lambda: here.sandbox.stats()["running"].get("create:calls", 0) == 1)
        proof.expect(not connector.states, f"{what}: a state left before its records were in")
        connector.await_states(states, PATIENCE)
        peak = connector.peak_memory
        connector.end()
        connector.wait(PATIENCE)
        _row(proof, what, connector, peak, 300)
