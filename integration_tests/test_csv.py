"""Those who have no Airbyte at hand: a CSV file, a configuration that is suggested for it, and its calls."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import threading
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from destination_hubspot_calls.airbyte.csv_file import MAX_CELL
from destination_hubspot_calls.terminal.arguments import parse
from destination_hubspot_calls.terminal.command import show
from destination_hubspot_calls.terminal.screen import Screen
from integration_tests.connector import ROOT
from integration_tests.sandbox.process import Sandbox
from integration_tests.test_terminal import Shown

HERE = Path(__file__).parent / "csv"
FILES = sorted(HERE.glob("*.csv"))
ANSWERS = {"time_zone": "Europe/Berlin", "default_country": "DE", "date_order": "day_first"}
"""What a person adds where the suggestion says that it is not set."""


class Office:
    """Someone with a file and a terminal."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.folder = folder
        self.config: dict[str, Any] = {
            "credentials": {"auth_type": "access_token", "access_token": sandbox.token},
            "api_base_url": sandbox.url,
        }

    def run(self, command: str, *arguments: str, messages: Iterable[object] = ()) -> Shown:
        """A command at a terminal; `suggest` and others need no process of their own to be seen."""
        lines = self.folder / "messages.jsonl"
        lines.write_text("".join(json.dumps(message) + "\n" for message in messages))
        output, errors = StringIO(), StringIO()
        with lines.open("rb") as file:
            screen = Screen(Console(file=output, width=100, highlight=False), errors, file.fileno(), threading.Event())
            code = show(parse([command, *self._config(), *arguments]), screen)
        return Shown(code, output.getvalue(), errors.getvalue())

    def start(self, command: str, *arguments: str) -> Shown:
        """A command in a process of its own, as a platform would see it."""
        program = [sys.executable, str(ROOT / "main.py"), command, *self._config(), *arguments]
        ended = subprocess.run(program, cwd=self.folder, capture_output=True, text=True, timeout=90, check=False)
        return Shown(ended.returncode, ended.stdout, ended.stderr)

    def _config(self) -> tuple[str, str]:
        path = self.folder / "config.json"
        path.write_text(json.dumps(self.config))
        return "--config", str(path)

    def suggest(self, file: Path) -> dict[str, Any]:
        """Take the suggested configuration, with what it says is not set; returns the mapping."""
        ended = self.run("suggest", "--csv", str(file))
        assert ended.returncode == 0, ended.stderr
        self.config = json.loads(ended.stdout)
        (mapping,) = self.config["mappings"]
        for key, answer in ANSWERS.items():
            if f"Not set: {key}:" in ended.stderr:
                mapping[key] = answer
        return dict(mapping)


@pytest.fixture
def office(sandbox: Sandbox, tmp_path: Path) -> Office:
    return Office(sandbox, tmp_path)


def rows(file: Path) -> int:
    return sum(1 for _ in csv.reader(file.read_bytes().decode("latin-1").splitlines())) - 1


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_all_rows_become_calls(file: Path, office: Office, sandbox: Sandbox) -> None:
    """A file, four commands, and each row is a call."""
    mapping = office.suggest(file)
    made, checked = office.run("setup", "--yes"), office.run("check")
    assert (made.returncode, checked.returncode) == (0, 0), made.stderr + checked.stdout
    assert "FAILED" not in checked.stdout
    ended = office.start("write", "--csv", str(file), "--stream", mapping["stream_name"])
    assert ended.returncode == 0, ended.stdout
    assert any(json.loads(text)["type"] == "STATE" for text in ended.stdout.splitlines())
    assert len(sandbox.calls()) == rows(file)


def test_a_file_that_is_sent_again(office: Office, sandbox: Sandbox) -> None:
    """Whoever is not sure that it went through sends it again: nothing is made twice."""
    office.suggest(HERE / "french.csv")
    office.run("setup", "--yes")
    again = ["--report", str(office.folder / "report.html")]
    once, twice = (office.start("write", "--csv", str(HERE / "french.csv"), *more) for more in ([], again))
    assert (once.returncode, twice.returncode) == (0, 0), twice.stderr
    assert len(sandbox.calls()) == rows(HERE / "french.csv")
    assert "french: 3" in twice.stdout


def test_the_reasons_stand_beside(office: Office) -> None:
    """Whoever takes a configuration over reads why it is as it is, and what it makes of the file."""
    said = office.run("suggest", "--csv", str(HERE / "telefonanlage.csv")).stderr
    assert "Stream telefonanlage: 4 of 4 records would become calls." in said
    assert "hs_timestamp: Datum holds days, in 4 of 4 records, and Uhrzeit a time of day → 2026-09-01 08:15:00" in said
    assert "hs_call_body: Notiz holds text → Fragt nach Größe der Lieferung, Rückruf" in said
    assert "Not set: time_zone" in said


def test_a_recipe_is_found_in_messages(office: Office) -> None:
    """A source that a recipe is for needs two fields, and they are written already."""
    cases = json.loads((ROOT / "unit_tests" / "recipes" / "cases" / "aircall.json").read_text(encoding="utf-8"))
    record = {"stream": "calls", "emitted_at": 0, "data": cases["cases"][0]["data"]}
    office.config["mappings"] = [
        {"stream_name": "calls", "external_id_property": "our_key"},
        {"stream_name": "other", "properties": []},
    ]
    ended = office.run("suggest", messages=[{"type": "RECORD", "record": record}])
    assert json.loads(ended.stdout)["mappings"] == [
        {"stream_name": "other", "properties": []},
        {"stream_name": "calls", "recipe": "aircall", "external_id_property": "our_key"},
    ]
    assert "fields that the recipe aircall reads are there" in ended.stderr


def test_no_records(office: Office) -> None:
    """Nothing comes where a file is not given."""
    ended = office.run("suggest")
    assert "No records came" in ended.stderr
    assert json.loads(ended.stdout)["mappings"] == []


def test_a_file_can_be_previewed(office: Office, sandbox: Sandbox) -> None:
    """What rows would become, before any is sent."""
    office.suggest(HERE / "call_log.csv")
    office.run("setup", "--yes")
    shown = office.run("preview", "--csv", str(HERE / "call_log.csv")).stdout
    assert "record 1, stream call_log A-1001: would be created" in shown
    assert "4 records: 4 would be created" in shown
    assert sandbox.created() == 0


@pytest.mark.parametrize("command", ["suggest", "preview", "write"])
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "calls.csv cannot be read: No such file or directory"),
        (b"", "calls.csv has no first row that names its columns"),
        (b"\n\n", "calls.csv has no first row that names its columns"),
    ],
)
def test_a_wrong_file_is_one_sentence(command: str, content: bytes | None, told: str, office: Office) -> None:
    """The file is wrong, not the connector."""
    if content is not None:
        (office.folder / "calls.csv").write_bytes(content)
    office.config["mappings"] = [
        {"stream_name": "calls", "properties": [{"property": "hs_timestamp", "source": "at"}]},
    ]
    run = office.start if command == "write" else office.run
    ended = run(command, "--csv", str(office.folder / "calls.csv"))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.splitlines()[-1] == f"destination-hubspot-calls: {office.folder / told}"


def test_a_file_that_breaks_off_is_said(office: Office, sandbox: Sandbox) -> None:
    """What was read is sent; that it was not all, nobody must overlook."""
    cell = "x" * (MAX_CELL + 1)
    (office.folder / "calls.csv").write_text(f"id,at,note\n1,2026-09-01T10:00:00Z,\n2,2026-09-01T10:00:00Z,{cell}\n")
    office.config["mappings"] = [
        {"stream_name": "calls", "properties": [{"property": "hs_timestamp", "source": "at"}]},
    ]
    ended = office.start("write", "--csv", "calls.csv")
    assert ended.returncode == 2
    assert "calls.csv is not a CSV file: field larger than field limit" in ended.stderr
    assert not [text for text in ended.stdout.splitlines() if json.loads(text)["type"] == "STATE"]
    assert len(sandbox.calls()) == 1
