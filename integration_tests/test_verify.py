"""`verify` on an account that has every habit, both ways: it tells what it saw, and leaves no call behind."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

from destination_hubspot_calls.config.reading import read_config
from destination_hubspot_calls.connection import connect
from destination_hubspot_calls.verification.questions import QUESTIONS
from destination_hubspot_calls.verification.trial import Trial
from integration_tests.connector import ROOT, wait_until
from integration_tests.sandbox.process import Sandbox
from integration_tests.source import KEY, configuration


def verify(sandbox: Sandbox, folder: Path, *arguments: str, keyed: bool = True) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(
        command(sandbox, folder, *arguments, keyed=keyed), capture_output=True, text=True, timeout=120, check=False
    )


def command(sandbox: Sandbox, folder: Path, *arguments: str, keyed: bool = True) -> list[str]:
    config = folder / "config.json"
    config.write_text(json.dumps(configuration(sandbox.url, sandbox.token, keyed=keyed)))
    return [sys.executable, str(ROOT / "main.py"), "verify", "--config", str(config), *arguments]


def left(sandbox: Sandbox) -> int:
    """Test calls that are still there."""
    return sum(not item["archived"] for item in sandbox.calls())


def test_a_default_account_is_done_right_by(sandbox: Sandbox, tmp_path: Path) -> None:
    """Each question has an answer and what is done about it, and no call stays."""
    saved = tmp_path / "answers.json"
    ended = verify(sandbox, tmp_path, "--yes", "--contact", "100001", "--json", str(saved))
    assert ended.returncode == 0, ended.stderr
    assert "about 30 calls titled" in ended.stderr
    assert ended.stderr.rstrip().endswith("The connector does right by every answer.")
    assert "not asked" not in ended.stdout
    assert left(sandbox) == 0
    text = saved.read_text()
    assert len(json.loads(text)) == 16
    assert not re.search(r"\d{5}", text)
    assert sandbox.token not in text
    assert "Test of destination" not in text


@pytest.mark.parametrize(
    ("question", "settings", "told"),
    [
        ("trace_ids", {"echo_trace_id": "yes"}, "every result names its input"),
        ("trace_ids", {"echo_trace_id": "no"}, "0 of 2"),
        ("bad_link_among", {"bad_association": "input"}, "2 of 3 written"),
        ("bad_link_among", {"bad_association": "request"}, "all refused"),
        ("bad_link", {"association_context": "no"}, "naming no record"),
        ("bad_link", {"association_context": "yes"}, "naming the record"),
        ("fresh_read", {"read_lag_ms": 0}, "at once"),
        ("fresh_read", {"read_lag_ms": 1500}, "after 3 s"),
        ("created_links", {"unlinked_share": 1.0}, "the call lacks its link"),
        ("created_links", {}, "the call has its link"),
        ("equal_keys", {}, "refused"),
        ("other_case", {"unique_case": "sensitive"}, "kept apart"),
        ("other_case", {"unique_case": "insensitive"}, "refused"),
        ("other_case", {"unique_case": "lowered"}, "refused"),
        ("other_blanks", {"unique_blanks": "kept"}, "kept apart"),
        ("other_blanks", {"unique_blanks": "trimmed"}, "refused"),
        ("too_long", {}, "refused"),
        ("upsert", {"upsert": "answer"}, "updates the one and creates the other"),
        ("upsert", {"upsert": "refuse"}, "all refused"),
        ("upsert", {"upsert": "missing"}, "there is no such endpoint"),
        ("update_deleted", {"update_archived": "not_found"}, "refused"),
        ("update_deleted", {"update_archived": "accept"}, "accepted"),
        ("create_deleted", {"archived_unique": "taken"}, "the value is held"),
        ("create_deleted", {"archived_unique": "free"}, "the value is free"),
        ("upsert_deleted", {"archived_unique": "taken"}, "the value is held"),
        ("upsert_deleted", {"archived_unique": "free"}, "the value is free"),
        ("link_again", {"link_results": "pairs"}, "and the pair is named"),
        ("link_again", {"link_results": "none"}, "and the pair is not named"),
        ("labels", {"relinking": "replace"}, "a label that is not sent again goes"),
        ("labels", {"relinking": "labels"}, "a label that is not sent again "),
        ("labels", {"relinking": "add"}, "a label that is not sent again stays"),
        ("clash", {"unique_clash": "request"}, "all refused"),
        ("clash", {"unique_clash": "input"}, "refused by input"),
    ],
)
def test_each_habit_is_seen(sandbox: Sandbox, question: str, settings: dict[str, str], told: str) -> None:
    """An answer that is the same whatever HubSpot does would tell nothing."""
    sandbox.settings(**settings)
    account = connect(read_config(configuration(sandbox.url, sandbox.token)), Event(), on_token=lambda *_: None)
    trial = Trial(account.client, KEY, "100001")
    (found,) = [item.ask(trial) for item in QUESTIONS if item.name == question]
    assert told in found.answer
    assert found.right is True
    assert trial.clean()[1] == 0
    assert left(sandbox) == 0


def test_without_a_contact_and_a_key_the_rest_is_asked(sandbox: Sandbox, tmp_path: Path) -> None:
    """Who has no unique property yet learns what can be learnt."""
    ended = verify(sandbox, tmp_path, "--yes", keyed=False)
    assert ended.returncode == 0
    assert ended.stdout.count("not asked") == 11
    assert left(sandbox) == 0


def test_a_property_that_is_not_unique_after_all_is_told(sandbox: Sandbox, tmp_path: Path) -> None:
    """The one promise that everything rests on; whoever reads the last line knows that it does not hold."""
    plain = "dialer_note"
    config = configuration(sandbox.url, sandbox.token, mapping={"external_id_property": plain})
    (tmp_path / "other.json").write_text(json.dumps(config))
    arguments = ["verify", "--config", str(tmp_path / "other.json"), "--yes"]
    ended = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *arguments], capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode == 1
    assert left(sandbox) == 0


def test_nobody_is_asked_in_a_pipe_and_an_account_that_people_work_in_needs_a_word(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """Calls must not appear where nobody meant them to."""
    ended = verify(sandbox, tmp_path)
    assert ended.returncode == 2
    assert "say --yes" in ended.stderr
    sandbox.settings(account_type="STANDARD")
    ended = verify(sandbox, tmp_path, "--yes")
    assert ended.returncode == 2
    assert "say --production" in ended.stderr
    assert sandbox.created() == 0
    assert verify(sandbox, tmp_path, "--yes", "--production").returncode == 0


def test_ctrl_c_leaves_nothing_behind(sandbox: Sandbox, tmp_path: Path) -> None:
    """It is somebody's account."""
    sandbox.settings(latency_ms=150)
    # Whoever runs the tests in the background has it ignored, and children inherit that.
    asked = ["env", "--default-signal=INT", *command(sandbox, tmp_path, "--yes")]
    with subprocess.Popen(asked, stderr=subprocess.PIPE, text=True) as process:
        wait_until(lambda: sandbox.created() >= 4)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        said = process.stderr.read()
        assert process.wait(60) == 130
    assert "test calls were archived" in said
    assert "Traceback" not in said
    assert left(sandbox) == 0


@pytest.mark.parametrize(("typed", "made"), [("yes\n", True), ("no\n", False)])
def test_a_person_is_asked(sandbox: Sandbox, tmp_path: Path, typed: str, made: bool) -> None:  # noqa: FBT001
    """Nothing is done before they said so."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command(sandbox, tmp_path), stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        os.close(theirs)
        os.write(ours, typed.encode())
        process.communicate(timeout=60)
    os.close(ours)
    assert process.returncode == 0
    assert bool(sandbox.created()) is made
    assert left(sandbox) == 0
