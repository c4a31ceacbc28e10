"""Proofs 2 and 4: killed at any moment, run again from the last state."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable

from integration_tests.connector import Connector
from integration_tests.prove.proof import Proof
from integration_tests.prove.scene import Scene, copies, expect_one_call_each, losses, scene, unlinked, version_of
from integration_tests.source import Source

START = 2.0
"""Seconds that a process takes until its first write, about."""
PACE = 100
"""Requests in 10 seconds: slow enough to be killed in the middle."""
STATE_EVERY = 10
GRACE = 60.0
"""Seconds in which a sync that is told to end has to."""


def prove(kills: int, records: int, seed: int = 1) -> Proof:
    """`kills` times kill -9, each time run again from the last state that left, and at last to the end."""
    proof = Proof(f"2. kill -9 at {kills} random moments, run again from the last state: one call for each record")
    dice = random.Random(seed)
    left, times = kills, 0
    while left:
        times += 1
        with scene(version_of(times), latency_ms=[20, 300]) as here:
            done, reached, repeated = _kill(proof, here, left, records, records // kills, dice)
            left -= done
            _finish(proof, here, reached, records)
            held = here.calls()
            proof.row(
                version=here.api_version,
                kills=done,
                state_at_last_kill=reached,
                written_but_not_covered=repeated,
                calls=sum(map(len, held.values())),
                copies=copies(held),
                lost=losses(held, records),
            )
    return proof


def _kill(proof: Proof, here: Scene, kills: int, records: int, step: int, dice: random.Random) -> tuple[int, int, int]:
    """Kill until all is in, or often enough; how often, what the last state covers, and what was to be sent again."""
    reached = repeated = 0
    for number in range(1, kills + 1):
        with here.start(here.configuration(requests_per_10_seconds=PACE)) as connector:
            connector.send_aside(Source(records, STATE_EVERY).lines(after=reached))
            _await_moment(here, connector, reached, records, step, dice)
            connector.kill()
        reached = max(reached, Source.reached(connector.states))
        held = here.calls()
        missing = losses(held, reached)
        proof.expect(missing == 0, f"kill {number}: {missing} records before the state at {reached} are in no call")
        repeated += len(held) - reached
        if reached == records:
            break
    return number, reached, repeated


def _finish(proof: Proof, here: Scene, reached: int, records: int) -> None:
    """Run to the end, from the last state: then every record is one call."""
    connector = here.run(Source(records, STATE_EVERY).lines(after=reached))
    proof.expect(connector.process.returncode == 0, "the last run did not end well")
    expect_one_call_each(proof, here.calls(), records, "at the end")


def _await_moment(
    here: Scene, connector: Connector, reached: int, records: int, step: int, dice: random.Random
) -> None:
    """A moment at the start, or when so many more calls are there, or as a state leaves."""
    kind = dice.random()
    if kind < 0.1:
        time.sleep(dice.uniform(0, START))
    elif kind < 0.4:
        # Between the answers that make a state true and its own way out.
        wanted = dice.randrange(max(1, min(step, records - reached) // STATE_EVERY))
        _await(connector, lambda: len(connector.states) > wanted)
    else:
        wanted = min(records, here.sandbox.created() + dice.randrange(1, step))
        _await(connector, lambda: here.sandbox.created() >= wanted)
        time.sleep(dice.uniform(0, 0.1))


def _await_created(here: Scene, connector: Connector, wanted: int) -> None:
    _await(connector, lambda: here.sandbox.created() >= wanted)


def _await(connector: Connector, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds() and connector.process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)


def prove_signals(rounds: int, records: int, seed: int = 1) -> Proof:
    """A process group and its init both signal: two signals within a millisecond, at a random moment."""
    proof = Proof("12. SIGTERM twice within a millisecond: it ends, and what it said is true")
    dice = random.Random(seed)
    for number in range(1, rounds + 1):
        with scene(version_of(number), latency_ms=[20, 300]) as here:
            with here.start() as connector:
                connector.send_aside(Source(records, STATE_EVERY).lines())
                wanted = dice.randrange(records // 2)
                _await_created(here, connector, wanted)
                connector.terminate()
                time.sleep(dice.random() / 1000)
                connector.terminate()
                began = time.monotonic()
                status = connector.wait(GRACE)
            seconds = time.monotonic() - began
            held, reached = here.calls(), Source.reached(connector.states)
            missing = losses(held, reached)
            proof.expect(status == -signal.SIGTERM, f"round {number}: it ended with {status}")
            proof.expect(
                missing == 0, f"round {number}: {missing} records before the state at {reached} are in no call"
            )
            _finish(proof, here, reached, records)
            proof.row(round=number, calls_then=len(held), state=reached, seconds=seconds, status=status)
    return proof


def _killed_without_links(here: Scene, seed: int, records: int) -> Connector:
    """A run that is killed half-way, when some of its calls lack their links."""
    here.sandbox.faults(
        {"kind": "hang", "endpoint": "read:calls", "seconds": 30, "times": 999},
        rates=[{"kind": "no_links", "endpoint": "create:calls", "rate": 0.2 + 0.1 * (seed % 5)}],
        seed=seed,
    )
    with here.start() as connector:
        connector.send_aside(Source(records, STATE_EVERY).lines())
        _await(connector, lambda: here.sandbox.created() >= records // 2)
        connector.kill()
    here.sandbox.faults()
    return connector


def prove_links(rounds: int, records: int) -> Proof:
    """HubSpot writes calls without their links and gives no answer; the process dies before it can look."""
    proof = Proof("4. Calls are written without their links, then a kill: after the next run every call has its links")
    for number in range(1, rounds + 1):
        with scene(version_of(number), latency_ms=[0, 50]) as here:
            connector = _killed_without_links(here, number, records)
            bare, created = unlinked(here.calls(), records), here.sandbox.created()
            reached = Source.reached(connector.states)
            _finish(proof, here, reached, records)
            proof.expect(bare, f"round {number}: no call lacked its links, so nothing was proven")
            proof.row(
                round=number,
                created_at_kill=created,
                without_links_at_kill=bare,
                state_at_kill=reached,
                without_links_at_end=unlinked(here.calls(), records),
                copies=copies(here.calls()),
            )
    return proof
