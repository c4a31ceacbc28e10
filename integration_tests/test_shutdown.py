"""Every way in which a sync ends early: what left is true, nothing hangs, and the status says what happened."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from integration_tests.conftest import Connectors
from integration_tests.connector import wait_until
from integration_tests.sandbox.process import Sandbox
from integration_tests.source import Source, record, state

TERMINATED = -15


def running(sandbox: Sandbox, endpoint: str = "create:calls") -> int:
    """Requests that HubSpot has not answered yet."""
    return int(sandbox.stats()["running"].get(endpoint, 0))


def test_sigterm_while_the_source_pauses(sandbox: Sandbox, connectors: Connectors) -> None:
    """The reader waits for input that will never come; the open batch is left to the next run."""
    connector = connectors()
    connector.send([*Source(100).lines(), record(101), state(101)])
    connector.await_states(10)
    connector.terminate()
    began = time.monotonic()
    assert connector.wait() == TERMINATED
    assert time.monotonic() - began < 15
    assert Source.reached(connector.states) == 100
    assert sandbox.created() == 100
    assert connector.log[-1] == "WARN The sync was told to stop; the next one goes on from the last state."


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a process namespace")
def test_sigterm_as_the_first_process_of_a_container(sandbox: Sandbox, connectors: Connectors) -> None:
    """Signals without a handler do nothing to process 1; its status has to say what happened all the same."""
    connector = connectors(launcher=("unshare", "--pid", "--fork", "--kill-child"))
    connector.send(Source(100).lines())
    connector.await_states(10)
    (child,) = Path(f"/proc/{connector.process.pid}/task/{connector.process.pid}/children").read_text().split()
    os.kill(int(child), signal.SIGTERM)
    assert connector.wait() == 128 + signal.SIGTERM


def test_sigterm_while_answers_are_awaited(sandbox: Sandbox, connectors: Connectors) -> None:
    """What was sent is answered, and its states leave; nothing new is sent."""
    connector = connectors()
    connector.send(Source(100).lines())
    connector.await_states(10)  # the links of the first batch are read back, which others wait for
    sandbox.settings(latency_ms=1500)
    connector.send(Source(600).lines(after=100))
    wait_until(lambda: running(sandbox) >= 4)
    connector.terminate()
    connector.send(Source(2000).lines(after=600))
    assert connector.wait() == TERMINATED
    assert Source.reached(connector.states) == sandbox.created() >= 500


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_two_signals_within_a_moment(sandbox: Sandbox, connectors: Connectors, second: signal.Signals) -> None:
    """A process group and its init send one each; a handler that met another one locked up one sync in five."""
    for _ in range(3):
        connector = connectors()
        connector.send(Source(100).lines())
        connector.await_states(10)
        for number in (signal.SIGTERM, second, signal.SIGTERM):
            connector.process.send_signal(number)
        assert connector.wait(20) in (TERMINATED, -second)  # both were there when the first was handled


def test_ctrl_c_ends_a_sync_as_sigterm_does(sandbox: Sandbox, connectors: Connectors) -> None:
    """Who tries it at a terminal wants the states that are true and no traceback."""
    sandbox.settings(latency_ms=1500)
    connector = connectors()
    connector.send(Source(500).lines())
    wait_until(lambda: running(sandbox) >= 2)
    connector.process.send_signal(signal.SIGINT)
    assert connector.wait() == -signal.SIGINT
    assert Source.reached(connector.states) == sandbox.created() >= 200
    assert "Traceback" not in connector.said
    assert connector.log[-1] == "WARN The sync was told to stop; the next one goes on from the last state."


@pytest.mark.waits
def test_sigterm_with_a_stdout_that_nobody_reads(sandbox: Sandbox, connectors: Connectors) -> None:
    """A pipe that is full holds every write; the process has to die all the same."""
    connector = connectors(reads=False)
    sending = connector.send_aside(
        line for number in range(1, 3000) for line in (record(number), state(number, cursor="x" * 2000))
    )
    wait_until(lambda: sandbox.created() >= 100)
    time.sleep(1)  # until its stdout is full
    connector.terminate()
    assert connector.process.wait(45) == TERMINATED
    sending.join()


def test_sigterm_while_the_window_is_full(sandbox: Sandbox, connectors: Connectors) -> None:
    """The process waits in `put` for room; what was sent is answered, and what only waits is not sent."""
    sandbox.faults({"kind": "hang", "endpoint": "create", "seconds": 8, "how": "answer", "times": 500})
    connector = connectors()
    sending = connector.send_aside(Source(15_000).lines())
    wait_until(lambda: running(sandbox) >= 64)
    connector.terminate()
    assert connector.wait() == TERMINATED
    # The first batch shows whether calls exist, so that the others wait for it; then there is one for each thread.
    assert Source.reached(connector.states) == sandbox.created() == 100 + 6400
    sending.join()


def test_sigterm_before_the_first_write_ends_the_process_at_once(sandbox: Sandbox, connectors: Connectors) -> None:
    """A request of the start may hang for two minutes, and there is nothing to wait for."""
    sandbox.faults({"kind": "hang", "endpoint": "*", "seconds": 60, "times": 9})
    connector = connectors()
    connector.send([state(0), record(1)])
    connector.await_states(1)
    wait_until(lambda: any(sandbox.stats()["running"].values()))
    connector.terminate()
    began = time.monotonic()
    assert connector.wait() == TERMINATED
    assert time.monotonic() - began < 15


def test_sigterm_during_a_long_wait(sandbox: Sandbox, connectors: Connectors) -> None:
    """A back-off of minutes listens to the signal too."""
    sandbox.faults({"kind": "migrating", "endpoint": "create", "retry_after": 250, "times": 9})
    connector = connectors()
    connector.send(Source(100).lines())
    wait_until(lambda: sandbox.count("create") >= 1)
    connector.terminate()
    began = time.monotonic()
    assert connector.wait() == TERMINATED
    assert time.monotonic() - began < 15
    assert connector.states == []


def test_a_wait_longer_than_five_minutes_is_not_waited(sandbox: Sandbox, connectors: Connectors) -> None:
    """The sync ends, holds no resources meanwhile, and says until when."""
    sandbox.faults({"kind": "migrating", "endpoint": "create", "retry_after": 7200, "contains": '"call-150"'})
    connector = connectors()
    assert connector.run(Source(200).lines()) == 1
    assert connector.failure["failure_type"] == "transient_error"
    assert "7200" in connector.failure["message"]
    assert Source.reached(connector.states) == sandbox.created() == 100


@pytest.mark.waits
def test_an_error_does_not_wait_for_a_request_that_hangs(sandbox: Sandbox, connectors: Connectors) -> None:
    """A revoked token must be told before a request of two minutes ends, and the process must end with it."""
    sandbox.faults(
        {"kind": "hang", "endpoint": "create", "seconds": 60, "contains": '"call-150"'},
        {"kind": "rate_daily", "endpoint": "create", "contains": '"call-350"'},
    )
    connector = connectors()
    began = time.monotonic()
    assert connector.run(Source(400).lines()) == 1
    assert time.monotonic() - began < 50
    assert connector.failure["failure_type"] == "transient_error"
    assert "daily request limit" in connector.failure["message"]
    assert Source.reached(connector.states) == 100


@pytest.mark.waits
def test_a_bad_token_in_the_middle_is_told_with_the_states_that_are_true(
    sandbox: Sandbox, connectors: Connectors
) -> None:
    """It worked before, so it is tried for two minutes; whether it was revoked the next sync's start tells."""
    connector = connectors()
    connector.send(Source(300).lines())
    connector.await_states(30)
    sandbox.add_token(sandbox.token, revoked=True)
    connector.send(Source(600).lines(after=300))
    connector.end()
    assert connector.wait() == 1
    assert connector.failure["failure_type"] == "transient_error"
    assert "a token that worked in this sync" in connector.failure["message"]
    assert Source.reached(connector.states) == 300
    again = connectors()
    assert again.run(Source(600).lines(after=300)) == 1
    assert again.failure["failure_type"] == "config_error"
    assert "does not accept the token" in again.failure["message"]
    assert sandbox.token not in connector.said + again.said


def test_the_end_of_input_writes_what_is_open(sandbox: Sandbox, connectors: Connectors) -> None:
    """EOF comes on success, failure and cancel alike; whatever came by then is written."""
    connector = connectors()
    assert connector.run([record(1), record(2)]) == 0
    assert connector.states == []
    assert sandbox.created() == 2


def test_a_stdout_that_nobody_reads_ends_the_sync(sandbox: Sandbox, connectors: Connectors) -> None:
    """A state that cannot leave is lost; going on would write what nobody will know of. Its totals go to stderr."""
    connector = connectors(reads=False)
    assert connector.process.stdout is not None
    connector.process.stdout.close()
    connector.run(Source(300).lines())
    assert connector.process.returncode == 1
    assert b"Traceback" not in connector.errors
    assert b"Nobody reads the output of this process any more" in connector.errors
    assert b'Stream \\"calls\\"' in connector.errors


def test_a_full_disk_for_rejected_records_keeps_states_back(
    sandbox: Sandbox, connectors: Connectors, tmp_path: Path
) -> None:
    """Store first, emit second: a row that could not be kept is not covered by any state."""
    config = connectors.configuration(
        object_storage_config={"storage_type": "LOCAL", "path": str(tmp_path / "rejects")}, max_rejected_percent=100
    )
    connector = connectors(config, launcher=("prlimit", "--fsize=2000"))
    lines = [*Source(100).lines(), *(record(number, at="never") for number in range(101, 150)), state(149)]
    lines += Source(400).lines(after=149)
    assert connector.run(lines) == 1
    assert connector.failure["failure_type"] == "config_error"
    assert "The folder for rejected records" in connector.failure["message"]
    assert Source.reached(connector.states) == 100
    (file,) = (tmp_path / "rejects").glob("rejected-*.jsonl")
    assert file.read_bytes() == b""


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_ends_the_sync_before_the_first_write(
    sandbox: Sandbox, connectors: Connectors, tmp_path: Path
) -> None:
    """Found at the first rejected record it would cost a whole sync."""
    folder = tmp_path / "rejects"
    folder.mkdir(mode=0o500)
    connector = connectors(
        connectors.configuration(object_storage_config={"storage_type": "LOCAL", "path": str(folder)})
    )
    assert connector.run(Source(100).lines()) == 1
    assert connector.failure["failure_type"] == "config_error"
    assert sandbox.created() == 0


def test_a_folder_that_is_a_file_ends_the_sync_before_the_first_write(
    sandbox: Sandbox, connectors: Connectors, tmp_path: Path
) -> None:
    """The same for those whom permissions do not stop."""
    (tmp_path / "rejects").write_text("")
    storage = {"storage_type": "LOCAL", "path": str(tmp_path / "rejects")}
    connector = connectors(connectors.configuration(object_storage_config=storage))
    assert connector.run(Source(100).lines()) == 1
    assert connector.failure["failure_type"] == "config_error"
    assert sandbox.created() == 0
