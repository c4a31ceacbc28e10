"""What changes an account beside syncing: it is shown first, asked for, done once, and goes on where it was stopped."""

from __future__ import annotations

import csv
import json
import random
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from integration_tests.command import Shown, command
from integration_tests.conftest import Connectors
from integration_tests.sandbox.process import Sandbox
from integration_tests.source import KEY, START, Source, configuration, record

RUN = "airbyte_run"
FIRST, SECOND = "2026-11-25T16:28:03Z job 57.0", "2026-11-25T18:00:00Z job 58.0"


def config(sandbox: Sandbox, **more: Any) -> dict[str, Any]:
    return configuration(sandbox.url, sandbox.token, run_property=RUN, **more)


@pytest.fixture
def run_property(sandbox: Sandbox) -> None:
    """The account has the property that names runs."""
    sandbox.post(
        "properties", {"object_type": "calls", "name": RUN, "label": RUN, "type": "string", "fieldType": "text"}
    )


def calls(sandbox: Sandbox, count: int, *, begin: int = 1, run: str | None = None) -> list[str]:
    """Calls as a sync made them."""
    rows = [
        {
            KEY: f"call-{number}",
            **({RUN: run} if run else {}),
            "hs_timestamp": str((START + number) * 1000),
            "hs_call_title": f"Call {number}",
        }
        for number in range(begin, begin + count)
    ]
    return sandbox.seed("calls", rows)


def ask(sandbox: Sandbox, method: str, path: str, body: object) -> None:
    """What somebody else does in the account."""
    headers = {"Authorization": f"Bearer {sandbox.token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{sandbox.url}{path}", json.dumps(body).encode(), headers, method=method)
    with urllib.request.urlopen(request):
        pass


def living(sandbox: Sandbox) -> set[str]:
    """The ids of the calls that are not archived."""
    return {item["id"] for item in sandbox.calls() if not item["archived"]}


# ---- setup


def test_setup_makes_what_is_missing_and_nothing_twice(sandbox: Sandbox, tmp_path: Path) -> None:
    """A newcomer need not know where HubSpot hides its settings."""
    wanted = config(sandbox, mapping={"external_id_property": "new_key"})
    asked = command(tmp_path, "setup", wanted)
    assert asked.status == 2
    assert "create the call property new_key (text with unique values)" in asked.printed
    assert f"create the call property {RUN} (text)" in asked.printed
    assert "say --yes" in asked.said
    assert sandbox.count("create_property") == 0
    done = command(tmp_path, "setup", wanted, "--yes")
    assert done.status == 0
    assert sandbox.count("create_property") == 2
    assert command(tmp_path, "setup", wanted, "--yes").said.startswith("The account has all")
    assert sandbox.count("create_property") == 2
    assert command(tmp_path, "verify", wanted, "--yes").status == 0  # its values are unique


def test_setup_adds_options_where_it_is_asked_to(sandbox: Sandbox, tmp_path: Path) -> None:
    """An account's own enumerations may lack what the source says; HubSpot's are left as they are."""
    rules = [
        {"property": "hs_timestamp", "source": "at"},
        {"property": "queue", "source": "q", "values": ["a=first_line", "b=night_shift"]},
        {"property": "hs_call_direction", "source": "d", "values": ["x=SIDEWAYS"]},
    ]
    wanted = configuration(sandbox.url, sandbox.token, mapping={"properties": rules})
    assert command(tmp_path, "setup", wanted, "--yes").said.startswith("The account has all")
    done = command(tmp_path, "setup", wanted, "--yes", "--options")
    assert done.printed == "- add to the call property queue the options night_shift\n"
    assert command(tmp_path, "setup", wanted, "--yes", "--options").said.startswith("The account has all")


@pytest.mark.parametrize(
    ("name", "told"),
    [("dialer_note", "does not require unique values"), ("wait_seconds", "is not a text property")],
)
def test_setup_says_what_it_cannot_change(sandbox: Sandbox, tmp_path: Path, name: str, told: str) -> None:
    """HubSpot fixes some things when a property is made."""
    wanted = configuration(sandbox.url, sandbox.token, mapping={"external_id_property": name})
    done = command(tmp_path, "setup", wanted, "--yes")
    assert (done.status, told in done.said) == (1, True)
    assert sandbox.count("create_property") == 0


def test_setup_names_the_scope_that_is_missing(sandbox: Sandbox, tmp_path: Path) -> None:
    """An admin is asked for it by name."""
    sandbox.add_token("pat-na1-few", ["crm.objects.contacts.read", "crm.objects.contacts.write"])
    wanted = configuration(sandbox.url, "pat-na1-few", mapping={"external_id_property": "new_key"})
    done = command(tmp_path, "setup", wanted, "--yes")
    assert done.status == 1
    assert "Not done: create the call property new_key" in done.said
    assert "crm." in done.said


def test_setup_tells_that_no_property_can_be_unique_any_more(sandbox: Sandbox, tmp_path: Path) -> None:
    """HubSpot allows ten, and says no more than that the request is wrong."""
    for number in range(9):
        sandbox.add_property(
            "calls", name=f"key_{number}", label="Key", type="string", fieldType="text", hasUniqueValue=True
        )
    wanted = configuration(sandbox.url, sandbox.token, mapping={"external_id_property": "new_key"})
    done = command(tmp_path, "setup", wanted, "--yes")
    assert done.status == 1
    assert "calls have 10 properties with unique values, and HubSpot allows 10. Use one of them" in done.said
    checked = command(tmp_path, "check", wanted)
    assert "HubSpot allows calls ten properties with unique values" in " ".join(checked.printed.split())


# ---- undo


@pytest.mark.usefixtures("run_property")
class TestUndo:
    """Exactly the calls that were meant are archived, and everything of them is kept."""

    def test_one_of_two_runs_is_undone(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """3,000 calls by two runs and by hand: those of the other run, and those made by hand, stay."""
        first = set(calls(sandbox, 1200, run=FIRST))
        second = set(calls(sandbox, 1200, begin=2001, run=SECOND))
        byhand = set(calls(sandbox, 600, begin=5001))
        saved = tmp_path / "saved.jsonl"
        asked = undo(sandbox, tmp_path, "--run", FIRST)
        assert asked.status == 0
        assert "1,200 calls:" in asked.printed
        assert "2026-01-01  1,200" in asked.printed
        assert "say --yes 1200" in asked.said
        assert living(sandbox) == first | second | byhand
        assert undo(sandbox, tmp_path, "--run", FIRST, "--yes", "1199").status == 2
        done = undo(sandbox, tmp_path, "--run", FIRST, "--yes", "1200", "--save", str(saved))
        assert done.status == 0
        assert living(sandbox) == second | byhand
        kept = [json.loads(line) for line in saved.read_text().splitlines()]
        assert {item["id"] for item in kept} == first
        assert all(item["properties"]["hs_call_title"].startswith("Call ") for item in kept)

    def test_what_was_edited_or_linked_by_others_is_left_alone(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """A person's work on a call is worth more than a tidy account."""
        ids = calls(sandbox, 10, run=FIRST)
        ask(sandbox, "PATCH", f"/crm/v3/objects/calls/{ids[0]}", {"properties": {"hs_call_title": "As it was"}})
        link = {
            "from": {"id": ids[1]},
            "to": {"id": "3000000001"},
            "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 206}],
        }
        ask(sandbox, "POST", "/crm/v4/associations/calls/deals/batch/create", {"inputs": [link]})
        asked = undo(sandbox, tmp_path, "--run", FIRST)
        assert "2 were edited since, or linked by others, and are left alone" in asked.said
        undo(sandbox, tmp_path, "--run", FIRST, "--yes", "8", "--save", str(tmp_path / "saved"))
        assert living(sandbox) == set(ids[:2])
        undo(sandbox, tmp_path, "--run", FIRST, "--edited-too", "--yes", "2", "--save", str(tmp_path / "more"))
        assert living(sandbox) == set()
        (linked,) = [
            item for line in (tmp_path / "more").read_text().splitlines() if (item := json.loads(line))["associations"]
        ]
        assert linked["associations"][0]["object_type"] == "deals"

    def test_by_time_and_by_keys(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """Not every sync had a run property, and not every mistake is a whole run."""
        ids = calls(sandbox, 6, run=FIRST)
        byhand = calls(sandbox, 2, begin=50)
        asked = undo(sandbox, tmp_path, "--since", "2024-01-01", "--until", "2100-01-01T00:00:00Z")
        assert "6 calls:" in asked.printed
        assert undo(sandbox, tmp_path, "--since", "2100-01-01", "--until", "2101-01-01").status == 1
        table = tmp_path / "keys.csv"
        with table.open("w", newline="") as file:
            csv.writer(file).writerows([["call", "note"], ["call-2", "x"], ["call-3", ""], ["call-999", ""]])
        saved = ("--yes", "2", "--save", str(tmp_path / "saved"))
        done = undo(sandbox, tmp_path, "--keys", str(table), "--column", "call", *saved)
        assert done.status == 0
        assert living(sandbox) == {*ids[:1], *ids[3:], *byhand}
        rows = tmp_path / "rejected.jsonl"
        rows.write_bytes(b"".join(record(number) + b"\n" for number in (4, 5)))
        undo(sandbox, tmp_path, "--rejected-file", str(rows), *saved)
        assert living(sandbox) == {ids[0], ids[5], *byhand}

    @pytest.mark.parametrize("seed", range(3))
    def test_whatever_fails_in_the_middle_a_second_time_ends_it(
        self, sandbox: Sandbox, tmp_path: Path, seed: int
    ) -> None:
        """Lost answers, 429s, an end in the middle: archiving twice does no harm, and the file holds every call."""
        ids = set(calls(sandbox, 900, run=FIRST))
        stays = set(calls(sandbox, 5, begin=5000))
        saved = tmp_path / "saved.jsonl"
        chance = random.Random(seed)
        faults: list[dict[str, object]] = [
            {"kind": chance.choice(["drop", "rate_burst", "status"]), "endpoint": "archive", "when": "after"}
            for _ in range(4)
        ]
        end = {"kind": "refuse", "endpoint": "archive", "skip": chance.randrange(8), "status": 400, "message": "no"}
        sandbox.faults(*faults, end)
        first = undo(sandbox, tmp_path, "--run", FIRST, "--yes", "900", "--save", str(saved))
        sandbox.faults()
        left = len(living(sandbox)) - len(stays)
        if first.status:
            assert undo(sandbox, tmp_path, "--run", FIRST, "--yes", str(left), "--save", str(saved)).status == 0
        assert living(sandbox) == stays
        assert {json.loads(line)["id"] for line in saved.read_text().splitlines()} == ids

    @pytest.mark.parametrize(
        ("arguments", "status", "told"),
        [
            (("--run", "nobody's"), 1, "No such call is in HubSpot: nothing was done."),
            ((), 2, "say which calls"),
            (("--run", FIRST, "--since", "2026-01-01", "--until", "2026-02-01"), 2, "say which calls"),
            (("--since", "2026-01-01"), 2, "--since and --until go together"),
            (("--since", "soon", "--until", "later"), 2, "soon is not a time"),
            (("--keys", "nowhere.csv"), 2, "nowhere.csv cannot be read"),
            (("--keys", "KEYS"), 2, "has the columns call, note: name the one"),
            (("--keys", "KEYS", "--column", "id"), 2, "has the columns call, note: name the one"),
        ],
    )
    def test_a_wrong_call_does_nothing(
        self, sandbox: Sandbox, tmp_path: Path, arguments: tuple[str, ...], status: int, told: str
    ) -> None:
        """One sentence, and no call is touched."""
        ids = set(calls(sandbox, 3, run=FIRST))
        (tmp_path / "KEYS").write_text("call,note\ncall-1,x\n")
        here = [str(tmp_path / item) if item == "KEYS" else item for item in arguments]
        done = undo(sandbox, tmp_path, *here, "--yes", "3")
        assert (done.status, told in done.said) == (status, True)
        assert living(sandbox) == ids

    def test_a_token_that_may_not_write_does_nothing(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """HubSpot names the scope, and the file says nothing of what was not archived."""
        ids = set(calls(sandbox, 3, run=FIRST))
        sandbox.add_token("pat-na1-few", ["crm.objects.contacts.read"])
        wanted = configuration(sandbox.url, "pat-na1-few", run_property=RUN)
        done = command(tmp_path, "undo", wanted, "--run", FIRST, "--yes", "3", "--save", str(tmp_path / "saved"))
        assert done.status == 1
        assert "crm.objects.contacts.write" in done.said
        assert living(sandbox) == ids


@pytest.mark.parametrize(("habit", "again"), [("free", 20), ("taken", 0)])
def test_a_sync_after_an_undo_meets_what_deleted_calls_hold(
    sandbox: Sandbox, connectors: Connectors, tmp_path: Path, habit: str, again: int
) -> None:
    """Where the value is free the calls are made anew; where it is held each record says why it was rejected."""
    sandbox.settings(archived_unique=habit)
    assert connectors().run(Source(20).lines()) == 0
    keys = tmp_path / "keys.csv"
    keys.write_text("\n".join(["id", *(f"call-{number}" for number in range(1, 21))]))
    plain = configuration(sandbox.url, sandbox.token)
    done = command(tmp_path, "undo", plain, "--keys", str(keys), "--yes", "20", "--save", str(tmp_path / "saved"))
    assert done.status == 0, done
    assert living(sandbox) == set()
    connector = connectors(connectors.configuration(max_rejected_percent=100))
    connector.run(Source(20).lines())
    assert len(living(sandbox)) == again
    held = sum("a deleted call in HubSpot still holds this external id" in line for line in connector.log)
    assert bool(held) is (habit == "taken")


def undo(sandbox: Sandbox, folder: Path, *arguments: str) -> Shown:
    return command(folder, "undo", config(sandbox), *arguments)


# ---- adopt


def test_a_thousand_calls_are_adopted_but_not_those_in_doubt(sandbox: Sandbox, tmp_path: Path) -> None:
    """From no external id to one: without it the next full refresh makes every call again."""
    rows = [
        {"hs_timestamp": str((START + number) * 1000), "hs_call_title": f"Call {number}"} for number in range(1, 1001)
    ]
    ids = sandbox.seed("calls", [*rows, *rows[:10]])  # ten of them twice
    lines = [record(number) for number in range(1, 1021)]
    # Ten more records that are like the next ten, so that twenty keys are in doubt.
    lines += [record(5000 + number, at=START + number, title=f"Call {number}") for number in range(11, 21)]
    wanted = configuration(sandbox.url, sandbox.token)
    arguments = ("--match", "hs_timestamp,hs_call_title")
    asked = command(tmp_path, "adopt", wanted, *arguments, records=lines)
    assert asked.status == 0
    assert "980 records are like one call" in asked.printed
    assert "30 records are ambiguous" in asked.printed
    assert "20 records are like no call" in asked.printed
    assert sandbox.count("update") == 0
    done = command(tmp_path, "adopt", wanted, *arguments, "--yes", "980", records=lines)
    assert done.status == 0
    held = {item["properties"].get(KEY): item["id"] for item in sandbox.calls()}
    assert {f"call-{number}": ids[number - 1] for number in range(21, 1001)}.items() <= held.items()
    assert len(held) == 981  # and None
    again = command(tmp_path, "adopt", wanted, *arguments, records=lines)
    assert "980 records have a call with their external id already" in again.printed


def test_an_adoption_that_was_interrupted_goes_on(sandbox: Sandbox, tmp_path: Path) -> None:
    """A lost answer is asked again; what was refused is left for the next time."""
    rows = [{"hs_timestamp": str((START + number) * 1000)} for number in range(1, 301)]
    sandbox.seed("calls", rows)
    lines = [record(number) for number in range(1, 301)]
    wanted = configuration(sandbox.url, sandbox.token)
    sandbox.faults(
        {"kind": "drop", "endpoint": "update", "when": "after"},
        {"kind": "refuse", "endpoint": "update", "skip": 1, "status": 400, "message": "no"},
    )
    first = command(tmp_path, "adopt", wanted, "--match", "hs_timestamp", "--yes", "300", records=lines)
    assert first.status == 1, first
    sandbox.faults()
    held = sum(item["properties"].get(KEY) is not None for item in sandbox.calls())
    assert 0 < held < 300
    rest = str(300 - held)
    assert command(tmp_path, "adopt", wanted, "--match", "hs_timestamp", "--yes", rest, records=lines).status == 0
    assert all(item["properties"].get(KEY) for item in sandbox.calls())
    assert sandbox.duplicates(KEY) == {}


def test_what_cannot_be_compared_is_said(sandbox: Sandbox, tmp_path: Path) -> None:
    """A property that no rule fills is never equal to anything."""
    wanted = configuration(sandbox.url, sandbox.token)
    done = command(tmp_path, "adopt", wanted, "--match", "hs_timestamp,hs_call_to_number", records=[record(1)])
    assert (done.status, "no rule of the mapping fills hs_call_to_number" in done.said) == (2, True)
