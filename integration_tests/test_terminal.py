"""What people see at a terminal: real processes, 80 columns, nothing written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from rich.console import Console

from destination_hubspot_calls.terminal.arguments import COMMANDS, parse
from destination_hubspot_calls.terminal.command import show
from destination_hubspot_calls.terminal.screen import Screen
from integration_tests import source
from integration_tests.connector import ROOT
from integration_tests.sandbox.process import Sandbox
from integration_tests.source import record, state

WRITING = frozenset({"create", "update", "upsert", "archive", "associate", "create_one", "create_property"})
FEW = "pat-na1-few"


class Shown(NamedTuple):
    """What a command came to."""

    returncode: int
    stdout: str
    stderr: str


class Terminal:
    """Runs the commands."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self._sandbox = sandbox
        self._folder = folder

    def configuration(self, **more: Any) -> dict[str, Any]:
        return {
            "credentials": {"auth_type": "access_token", "access_token": self._sandbox.token},
            "api_base_url": self._sandbox.url,
            "mappings": [
                {
                    "stream_name": "calls",
                    "properties": [
                        {"property": "hs_timestamp", "source": "at"},
                        {"property": "hs_call_title", "source": "title"},
                        {"property": "hs_call_direction", "source": "direction"},
                    ],
                    "associations": [
                        {"object_type": "contacts", "source": "email", "match_by": "email"},
                        {"object_type": "deals", "source": "deal"},
                    ],
                    "external_id_property": source.KEY,
                    "external_id_source": "id",
                }
            ],
            **more,
        }

    def run(self, command: str, *arguments: str, config: object | None = None, records: Iterable[bytes] = ()) -> Shown:
        """A command at a terminal of 80 columns, which is no real one, so that there are no colours."""
        path = self._file("config", self.configuration() if config is None else config)
        rows = self._folder / "records.jsonl"
        rows.write_bytes(b"".join(line + b"\n" for line in records))
        output, errors = StringIO(), StringIO()
        with rows.open("rb") as file:
            console = Console(file=output, width=80, highlight=False)
            screen = Screen(console, errors, file.fileno(), threading.Event())
            code = show(parse([command, "--config", path, *arguments]), screen)
        return Shown(code, output.getvalue(), errors.getvalue())

    def start(self, command: str, *arguments: str, config: object | None = None) -> subprocess.Popen[str]:
        """The same in a process of its own, with a pipe on each side."""
        path = self._file("config", self.configuration() if config is None else config)
        return subprocess.Popen(
            [sys.executable, str(ROOT / "main.py"), command, "--config", path, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self._folder,
            text=True,
            env={name: value for name, value in os.environ.items() if name not in ("COLUMNS", "FORCE_COLOR")},
        )

    def preview(self, *records: bytes, mode: str = "append", arguments: tuple[str, ...] = (), **more: Any) -> str:
        """What `preview` prints of these records."""
        catalog = source.catalog()
        catalog["streams"][0]["destination_sync_mode"] = mode
        arguments = ("--catalog", self._file("catalog", catalog), "--limit", "50", *arguments)
        ended = self.run("preview", *arguments, config=self.configuration(**more), records=records)
        assert ended.returncode == 0, ended.stderr
        assert not {name.partition(":")[0] for name in self._sandbox.stats()["requests"]} & WRITING
        return ended.stdout

    def _file(self, name: str, content: object) -> str:
        path = self._folder / f"{name}.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)


@pytest.fixture
def terminal(sandbox: Sandbox, tmp_path: Path) -> Terminal:
    return Terminal(sandbox, tmp_path)


PREVIEW = """\
record 1, stream calls call-1: would be created ────────────────────────────────
property           source         is sent        note
hs_timestamp       at             1767225601000  2026-01-01 00:00:01 UTC,
                                                 2025-12-31 19:00:01 US/Eastern
hs_call_title      title          Grüße
hs_call_direction  direction      OUTBOUND       Outbound
dialer_call_id     (external id)  call-1
  linked to contacts 100001 Contact One contact.one@example.com ← email
  linked to deals 3000000001 Deal one ← deal
  no link to deals ← deal: nobody has it: 999
record 2, stream calls call-2: would be rejected ───────────────────────────────
  hs_timestamp: the value of "at" is missing, and every call needs a time
(REQUIRED)
    by mappings[0].properties[0]
────────────────────────────────────────────────────────────────────────────────
2 records: 1 would be created, 1 would be rejected. Nothing was sent that
changes anything of HubSpot account 1234567.
"""


def test_each_record_is_shown_with_what_it_becomes(terminal: Terminal) -> None:
    """A mapping is understood by what becomes of one's own records, values as HubSpot would get them."""
    first = record(1, title="Grüße", direction="outbound", email="contact.one@example.com", deal=[3000000001, 999])
    printed = terminal.preview(first, state(1), record(2, at=None))
    assert "\n".join(line.rstrip() for line in printed.splitlines()) + "\n" == PREVIEW


def test_the_request_is_shown_where_it_is_asked_for(terminal: Terminal) -> None:
    """Who knows HubSpot's API sees what it gets."""
    printed = terminal.preview(record(1, email="contact.one@example.com"), arguments=("--raw",))
    assert "POST /crm/v3/objects/calls/batch/create\n{\n" in printed
    assert '"to": {"id": "100001"},' in printed


def test_records_without_a_problem_can_be_left_out(terminal: Terminal) -> None:
    """Of a thousand rows a person wants to see those that are wrong."""
    rows = (record(1, email="contact.one@example.com"), record(2, email="nobody@example.com"), record(3, at="never"))
    printed = terminal.preview(*rows, arguments=("--only", "problems"))
    assert "record 1," not in printed
    assert "no link to contacts ← email: nobody has it: nobody@example.com" in printed
    assert "record 3, stream calls call-3: would be rejected" in printed
    assert "The most frequent values that do not fit:\n  hs_timestamp: never (1)" in printed
    assert "3 records: 2 would be created, 1 would be rejected" in printed


def test_a_preview_fits_eighty_columns(terminal: Terminal) -> None:
    """Where lines wrap by themselves nobody finds anything."""
    printed = terminal.preview(record(1, title="word " * 200, many={str(number): number for number in range(100)}))
    assert max(map(len, printed.splitlines())) <= 80
    assert "1,000" in printed


def test_what_exists_already_is_shown_as_that(sandbox: Sandbox, terminal: Terminal) -> None:
    """With an external id the request depends on what HubSpot holds."""
    held = {source.KEY: "call-1", "hs_timestamp": "1767225601000", "hs_call_title": "Another title"}
    (call_id,) = sandbox.seed("calls", [held])
    rows = (record(1, email="contact.one@example.com"), record(2), record(2))
    printed = terminal.preview(*rows)
    assert f"call-1: exists already ({call_id})" in printed
    assert "shares its key with another record" in printed
    printed = terminal.preview(*rows, mode="append_dedup", arguments=("--raw",))
    assert f"call-1: would be updated ({call_id})" in printed
    assert "Updates would change 1 of 1: hs_call_title 1." in printed
    assert f'"id": "{call_id}",\n  "properties": {{"hs_call_title": "Call 1"}},' in printed
    assert f'POST /crm/v4/associations/calls/contacts/batch/create\n{{\n  "from": {{"id": "{call_id}"}},' in printed


def test_keys_that_hubspot_takes_for_one_do_not_end_a_preview(sandbox: Sandbox, terminal: Terminal) -> None:
    """HubSpot refuses to read both at once; a sync of the same records goes on."""
    sandbox.settings(unique_case="insensitive")
    sandbox.seed("calls", [{source.KEY: "CA-abc", "hs_timestamp": "1767225601000"}])
    printed = terminal.preview(record(1, id="CA-abc"), record(2, id="CA-ABC"), record(3))
    assert "call-3: would be created" in printed


def test_a_preview_needs_no_right_to_write(sandbox: Sandbox, terminal: Terminal) -> None:
    """It is for trying out, with a token that can do no harm."""
    sandbox.add_token(FEW, ["crm.objects.contacts.read"])
    credentials = {"auth_type": "access_token", "access_token": FEW}
    assert "would be created" in terminal.preview(record(1), credentials=credentials)


def test_a_preview_ends_after_its_limit(terminal: Terminal) -> None:
    """A source may send for hours, and the person waits at a pipe: five records are shown as soon as they came."""
    with terminal.start("preview") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("".join(record(number).decode() + "\n" for number in range(7)))
        process.stdin.flush()
        printed = process.stdout.read()  # ends although stdin is open
    assert process.returncode == 0
    assert "5 records: 5 would be created" in printed
    assert max(map(len, printed.splitlines())) <= 80


def test_what_steers_a_terminal_is_shown_as_text(terminal: Terminal) -> None:
    """A caller's name could otherwise clear the screen, or turn what follows around."""
    printed = terminal.preview(record(1, title="\x1b[2J\u202e\x9b31m"))
    assert "\\u001b[2J" in printed
    assert not {"\x1b", "\u202e", "\x9b"} & set(printed)


def test_markup_in_records_is_text(terminal: Terminal) -> None:
    """What draws tables has a markup of its own, and `[bold]` in a note is none of it."""
    assert " [bold]x[/bold] [/]" in terminal.preview(record(1, title="[bold]x[/bold] [/]"))


def test_the_properties_of_the_account(sandbox: Sandbox, terminal: Terminal) -> None:
    """What can be entered as a property is listed with what it takes; what cannot, with the reason."""
    ended = terminal.run("properties")
    assert ended.returncode == 0
    lines = [line.rstrip() for line in ended.stdout.splitlines()]
    mapped, others = (
        lines.index("Call properties that can be mapped"),
        lines.index("Call properties that cannot be mapped"),
    )
    shown = [" ".join(line.split()) for line in lines]
    assert shown[mapped + 2].startswith("hs_timestamp Activity date point in time; every call needs it"[:40])
    assert [name for name in sandbox_properties(sandbox) if not any(line.startswith(name) for line in lines)] == []
    for name in ("dialer_score", "dialer_locked", "hs_object_id"):
        assert any(line.startswith(name) for line in lines[others:])
        assert not any(line.startswith(f"{name} ") for line in lines[:others])
    text = " ".join(ended.stdout.split())
    assert "one of INBOUND, OUTBOUND" in text
    assert "unique: can be the external id" in text
    assert "calculated by HubSpot" in text
    assert "Callback requested" in text
    assert max(map(len, lines)) <= 80


def sandbox_properties(sandbox: Sandbox) -> list[str]:
    """The names that HubSpot lists."""
    request = urllib.request.Request(
        f"{sandbox.url}/crm/v3/properties/calls", headers={"Authorization": f"Bearer {sandbox.token}"}
    )
    with urllib.request.urlopen(request) as answer:
        return [item["name"] for item in json.load(answer)["results"]]


def test_what_calls_can_be_linked_to(sandbox: Sandbox, terminal: Terminal) -> None:
    """Object types, type ids and labels are what an association rule asks for."""
    ended = terminal.run("associations")
    assert ended.returncode == 0
    rows = [line.split() for line in ended.stdout.splitlines()]
    assert ["contacts", "0-1", "194", "Supervisor", "(22)"] in rows
    assert ["companies", "0-2", "182", "Reseller", "(24)"] in rows
    assert ["p1234567_machines", "(Machines)", "2-1234567", "20"] in rows
    assert max(map(len, ended.stdout.splitlines())) <= 80


def test_a_form_that_is_half_filled_in_is_enough(terminal: Terminal) -> None:
    """The lists are wanted while the mappings are still being written."""
    config = terminal.configuration(mappings=[{"properties": [{"source": "x"}]}], dry_run="perhaps")
    for command in ("properties", "associations"):
        ended = terminal.run(command, config=config)
        assert (ended.returncode, ended.stderr) == (0, "")


def test_what_the_token_may_not_read_is_named(sandbox: Sandbox, terminal: Terminal) -> None:
    """Without the scope of custom objects the others are listed all the same."""
    sandbox.add_token(FEW, ["crm.objects.contacts.read"])
    config = terminal.configuration(credentials={"auth_type": "access_token", "access_token": FEW})
    ended = terminal.run("associations", config=config)
    assert ended.returncode == 0
    assert "Custom objects are not listed, as the token lacks crm.schemas.custom.read." in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "config", "told"),
    [
        (("preview",), {"mappings": []}, "mappings: is empty"),
        (("preview",), "{", "config.json is not valid JSON (line 1, column 2)"),
        (("properties",), {"credentials": {"auth_type": "access_token", "access_token": "a b"}}, "plain characters"),
        (("preview", "--catalog", "nowhere.json"), {}, "nowhere.json cannot be read: No such file or directory"),
        (("preview", "--catalog", "config.json"), {}, "config.json is not a configured catalog: it has no streams"),
    ],
    ids=["wrong mappings", "no JSON", "wrong token", "no catalog", "another file as catalog"],
)
def test_what_is_wrong_is_told_as_text(
    arguments: tuple[str, ...], config: dict[str, Any] | str, told: str, terminal: Terminal, tmp_path: Path
) -> None:
    """A person at a terminal reads no JSON, and a script reads the exit code."""
    whole = config if isinstance(config, str) else terminal.configuration(**config)
    here = tuple(argument.replace("config.json", str(tmp_path / "config.json")) for argument in arguments)
    ended = terminal.run(*here, config=whole, records=[record(1)])
    assert ended.returncode == (2 if ".json" in told else 1)
    assert told in ended.stderr
    assert not ended.stderr.startswith("{")
    assert "Traceback" not in ended.stderr


def test_a_process_that_fails_says_so(terminal: Terminal) -> None:
    """The commands are reached as those of the platform are, and answer in their own way."""
    with terminal.start("properties", config={"credentials": {"auth_type": "access_token"}}) as process:
        printed, errors = process.communicate(timeout=60)
    assert (process.returncode, printed) == (1, "")
    assert errors == "credentials.access_token: is missing\n"


def test_a_preview_says_nothing_of_a_dry_run_that_nobody_asked_for(terminal: Terminal) -> None:
    """It is none of the configuration's: a sync writes."""
    ended = terminal.run("preview", records=[record(1)])
    assert ended.returncode == 0
    assert "dry_run" not in ended.stderr


def test_a_stream_without_a_mapping_is_told(terminal: Terminal) -> None:
    """Without a catalog the first record tells."""
    ended = terminal.run("preview", records=[record(1, stream="other")])
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "none is for the stream other" in ended.stderr


RIGHT = ("--help", "--version", "spec", "recipes", "recipes aircall")
LIGHT = (*RIGHT, "recipes nothing", "recipes --hlp", "write --config x", "")


@pytest.mark.parametrize("arguments", LIGHT)
def test_the_command_line_answers_without_loading_what_a_sync_needs(arguments: str, tmp_path: Path) -> None:
    """A person who looks something up, and a platform that asks for the form, wait for a second otherwise."""
    program = (
        "import sys; from destination_hubspot_calls.run import run\n"
        "try: run()\n"
        'finally: sys.stderr.write(f\'loaded {sorted({"airbyte_cdk", "rich", "pydantic"} & set(sys.modules))}\')'
    )
    command = [sys.executable, "-c", program, *arguments.split()]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.stderr.endswith("loaded []")
    assert ended.returncode == (0 if arguments in RIGHT else 2)
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("", "no command: choose one of spec, check"),
        ("chekc", "invalid choice: 'chekc'"),
        ("check", "required: --config"),
        ("check --config nowhere.json", "nowhere.json cannot be read: No such file or directory"),
        ("preview --config broken.json", "broken.json is not valid JSON (line 1, column 2)"),
        ("check --config broken.json", "broken.json is not valid JSON (line 1, column 2)"),
        ("check --config list.json", "list.json is not a configuration: it is not a JSON object"),
        ("preview --config list.json --limit 0", "--limit is a whole number, 1 or more"),
        ("recipes nothing", "there is no recipe nothing"),
    ],
)
def test_a_wrong_call_is_one_sentence(arguments: str, told: str, tmp_path: Path) -> None:
    """Status 2 says that the call was wrong, and nothing was done."""
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "list.json").write_text("[]")
    command = [sys.executable, str(ROOT / "main.py"), *arguments.split()]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert told in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_wrong_file_of_a_write_is_a_mistake_of_the_configuration(terminal: Terminal, tmp_path: Path) -> None:
    """The platform reads messages, and must not try again."""
    config, catalog = tmp_path / "config.json", tmp_path / "catalog.json"
    config.write_text(json.dumps(terminal.configuration()))
    catalog.write_text(json.dumps({"streams": [{"stream": {"name": "calls", "json_schema": {}}}]}))
    command = [sys.executable, str(ROOT / "main.py"), "write", "--config", str(config), "--catalog", str(catalog)]
    ended = subprocess.run(command, capture_output=True, input=b"", timeout=60, check=False)
    (trace,) = [line for line in map(json.loads, ended.stdout.splitlines()) if line["type"] == "TRACE"]
    assert ended.returncode == 1
    assert trace["trace"]["error"]["failure_type"] == "config_error"
    assert trace["trace"]["error"]["message"].endswith(
        "catalog.json is not a configured catalog: streams[0].stream.supported_sync_modes is missing"
    )


def test_every_command_has_help_with_an_example() -> None:
    """Who does not know a command finds out how it is called."""
    for command in COMMANDS:
        ended = subprocess.run(
            [sys.executable, str(ROOT / "main.py"), command.name, "--help"], capture_output=True, text=True, check=True
        )
        assert f"example: destination-hubspot-calls {command.example}"[:60] in " ".join(ended.stdout.split())


def test_a_recipe_is_printed_as_it_stands_in_a_configuration() -> None:
    """Who wants another one begins with what is there."""
    run = [sys.executable, str(ROOT / "main.py"), "recipes"]
    listed = subprocess.run(run, capture_output=True, text=True, check=True).stdout.split()
    assert {"aircall", "twilio", "gong"} <= set(listed)
    printed = subprocess.run([*run, "aircall"], capture_output=True, text=True, check=True).stdout
    assert json.loads(printed)["properties"]
