"""What a person sees of a run: tables at a terminal, a page in a browser, and the files of what was rejected."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from integration_tests.browser import Browser, program
from integration_tests.command import command
from integration_tests.conftest import Connectors
from integration_tests.connector import ROOT
from integration_tests.sandbox.process import Sandbox
from integration_tests.source import Source, catalog, configuration, record

browser_needed = pytest.mark.skipif(program() is None, reason="no Chromium on this machine")


def written(sandbox: Sandbox, folder: Path, lines: list[bytes], *arguments: str, **config: Any) -> tuple[int, str]:
    """A write for a person: its status, and all that it printed and said."""
    (folder / "catalog.json").write_text(json.dumps(catalog()))
    (folder / "config.json").write_text(json.dumps(configuration(sandbox.url, sandbox.token, **config)))
    words = ["write", "--config", "config.json", "--catalog", "catalog.json", *arguments]
    ended = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *words],
        cwd=folder,
        input=b"".join(line + b"\n" for line in lines),
        capture_output=True,
        timeout=120,
        check=False,
    )
    return ended.returncode, (ended.stdout + ended.stderr).decode()


def rows(good: int, bad: int) -> list[bytes]:
    return [*map(record, range(1, good + 1)), *(record(1000 + number, at=f"row {number % 3}") for number in range(bad))]


def test_a_write_with_a_report_is_told_to_a_person(sandbox: Sandbox, tmp_path: Path) -> None:
    """Who has no Airbyte at hand reads tables, not messages."""
    status, told = written(sandbox, tmp_path, rows(100, 6), "--report", "report.html", max_rejected_percent=100)
    assert status == 0
    assert '{"type"' not in told
    assert "calls: 106 records: 100 created, 6 rejected" in " ".join(told.split())
    assert "row 0 (2)" in told
    page = (tmp_path / "report.html").read_text()
    assert "row 0 (2 records)" in page
    assert sandbox.created() == 100


def test_a_dry_run_ends_with_an_estimate(sandbox: Sandbox, tmp_path: Path) -> None:
    """How long will it take, before it is begun."""
    status, told = written(sandbox, tmp_path, rows(250, 0), "--report", "report.html", dry_run=True)
    assert status == 0
    assert "would take" in told or "requests" in told
    assert sandbox.created() == 0
    assert "Dry run: what a sync would do" in (tmp_path / "report.html").read_text()


def test_input_without_a_record_is_no_success(sandbox: Sandbox, tmp_path: Path) -> None:
    """A wrong pipe looks like a sync that had nothing to do."""
    status, told = written(sandbox, tmp_path, [b"hello", b"{}"], "--report", "report.html")
    assert status == 1
    assert "a record is a line like" in told


def test_a_sync_that_fails_says_so_in_words(sandbox: Sandbox, tmp_path: Path) -> None:
    """One text, no traceback, and the totals of what was sent."""
    status, told = written(
        sandbox, tmp_path, rows(100, 60), "--report", "report.html", max_rejected_records=5, max_rejected_percent=100
    )
    assert status == 1
    assert "Traceback" not in told
    assert "max_rejected_records" in told
    assert "max_rejected_records" in (tmp_path / "report.html").read_text()


def test_a_terminal_shows_tables_and_json_where_it_is_asked_for(sandbox: Sandbox, tmp_path: Path) -> None:
    """A person at a terminal reads no JSON; a script that has one can ask for it."""
    config = tmp_path / "config.json"
    config.write_text(json.dumps(configuration(sandbox.url, sandbox.token)))
    plain, forced = (at_terminal("check", "--config", str(config), *more) for more in ((), ("--json",)))
    assert "A sync can work." in plain
    assert '{"type"' not in plain
    assert '"status":"SUCCEEDED"' in forced
    config.write_text(json.dumps(configuration(sandbox.url, "pat-na1-wrong")))
    assert "to fix." in at_terminal("check", "--config", str(config))


def at_terminal(*arguments: str) -> str:
    """What a command prints on a terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), *arguments], stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        printed = b""
        while True:
            try:
                chunk = os.read(ours, 65536)
            except OSError:  # its other end is closed
                break
            printed += chunk
        process.wait(60)
    os.close(ours)
    return printed.decode()


def test_a_page_is_kept_beside_rejected_records(sandbox: Sandbox, connectors: Connectors, tmp_path: Path) -> None:
    """In Airbyte nobody sees a terminal; the store has what was wrong, to look at."""
    storage = {"storage_type": "LOCAL", "path": str(tmp_path / "rejects")}
    connector = connectors(connectors.configuration(object_storage_config=storage))
    assert connector.run([*Source(100).lines(), record(101, at="<script>")]) == 0
    (page,) = (tmp_path / "rejects").glob("report-*.html")
    assert "&lt;script&gt;" in page.read_text()
    assert page.stat().st_mode & 0o777 == 0o600


def test_rejected_records_are_shown_by_reason_and_value(
    sandbox: Sandbox, connectors: Connectors, tmp_path: Path
) -> None:
    """One line for 833 rows, and every row in a spreadsheet."""
    storage = {"storage_type": "LOCAL", "path": str(tmp_path / "rejects")}
    connector = connectors(connectors.configuration(object_storage_config=storage, max_rejected_percent=100))
    assert connector.run(rows(50, 9)) == 0
    (file,) = (tmp_path / "rejects").glob("rejected-*.jsonl")
    run = [sys.executable, str(ROOT / "main.py"), "rejects", str(file)]
    table = subprocess.run(run, capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "200"})
    assert "row 0 (3), row 1 (3), row 2 (3)" in " ".join(table.stdout.split())
    exported = subprocess.run([*run, "--csv"], capture_output=True, text=True, check=True).stdout
    listed = list(csv.DictReader(io.StringIO(exported)))
    assert len(listed) == 9
    assert {item["key"] for item in listed} == {f"call-{1000 + number}" for number in range(9)}
    wrong = subprocess.run([*run[:-1], __file__], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert "is not a file of rejected records" in wrong.stderr


@browser_needed
@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_page_is_right_in_a_browser(sandbox: Sandbox, tmp_path: Path, width: int, dark: bool) -> None:  # noqa: FBT001
    """Nothing runs, nothing sticks out, and the numbers are those of the run."""
    hostile = "<script>document.title='taken'</script>" + "x" * 500
    lines = [record(number, title=hostile) for number in range(1, 51)]
    lines += [record(100 + number, at=hostile) for number in range(3)]
    html = tmp_path / "preview.html"
    config = configuration(sandbox.url, sandbox.token)
    assert command(tmp_path, "preview", config, "--limit", "60", "--html", str(html), records=lines).status == 0
    with Browser() as browser:
        browser.open(html.as_uri(), width=width, dark=dark)
        tiles = browser.evaluate("Array.from(document.querySelectorAll('.tiles li'), item => item.innerText)")
        assert browser.evaluate("document.title").startswith("Dry run")
        assert browser.evaluate("document.documentElement.scrollWidth") <= width
        assert browser.evaluate("document.querySelectorAll('svg').length") >= 1
    assert [" ".join(tile.split()) for tile in tiles] == ["53 records", "50 created", "50 links made", "3 rejected"]
