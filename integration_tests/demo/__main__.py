"""`make demo`: spec, check and write as the platform runs them, and what HubSpot holds then."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from integration_tests.demo import dialer
from integration_tests.sandbox.process import Sandbox

ROOT = Path(__file__).resolve().parents[2]
CALLS = 400


def main(arguments: Sequence[str] | None = None) -> None:
    """Show the connector at work; with ``--keep`` HubSpot's page stays until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="keep the page of the HubSpot on this machine open")
    keep = parser.parse_args(arguments).keep
    with Sandbox() as sandbox, tempfile.TemporaryDirectory() as folder:
        fill(sandbox)
        work = Path(folder)
        config = _write_json(work / "config.json", configuration(sandbox.url, sandbox.token, work / "rejected"))
        catalog = _write_json(work / "catalog.json", dialer.catalog())
        _title(f"A HubSpot on this machine, at {sandbox.url}")
        print(f"It knows {len(sandbox.calls('contacts'))} contacts and no call.")
        _spec()
        _check(config)
        _write(config, catalog)
        _show(sandbox)
        _rejected(work / "rejected")
        _page(sandbox, keep=keep)


def fill(sandbox: Sandbox) -> None:
    """Put the people into HubSpot whom the dialer's calls are with."""
    sandbox.settings(account_name="demo.example.com")
    sandbox.seed_contacts(*({"firstname": f"Person {n}", "phone": dialer.phone(n)} for n in range(dialer.PEOPLE)))


def _page(sandbox: Sandbox, *, keep: bool) -> None:
    _title("Look at it in a browser")
    ending = "Ctrl-C ends it" if keep else "it ends here; make demo KEEP=1 keeps it open"
    print(f"  {sandbox.url}/   ({ending})", flush=True)
    print("  Contacts and their timelines, the last requests, and buttons that let HubSpot fail.", flush=True)
    if not keep:
        return
    with contextlib.suppress(KeyboardInterrupt):
        sandbox.wait()


PROPERTIES = [
    {"property": "hs_timestamp", "source": "started_at"},
    {"property": "hs_call_title", "source": "join(' ', ['Call with', user.name])"},
    {"property": "hs_call_body", "source": "comments[].content | join('\n', @)", "conversion": "text_to_html"},
    {"property": "hs_call_direction", "source": "direction"},
    {"property": "hs_call_duration", "source": "duration", "conversion": "seconds_to_milliseconds"},
    {"property": "hs_call_disposition", "source": "tags[0].name", "if_invalid": "skip"},
    {"property": "hs_call_status", "default": "COMPLETED"},
    {"property": "hubspot_owner_id", "source": "user.email", "if_invalid": "skip"},
]


def configuration(url: str, token: str, rejected: Path) -> dict[str, Any]:
    """What a person would fill in for these records."""
    return {
        "credentials": {"auth_type": "access_token", "access_token": token},
        "mappings": [
            {
                "stream_name": dialer.STREAM,
                "properties": PROPERTIES,
                "associations": [{"object_type": "contacts", "source": "raw_digits", "match_by": "phone"}],
                "external_id_property": "dialer_call_id",
            }
        ],
        "object_storage_config": {"storage_type": "LOCAL", "path": str(rejected)},
        "api_base_url": url,
    }


def _spec() -> None:
    _title("spec: what a person fills in")
    spec = _one(run("spec"), "SPEC")["spec"]
    form = spec["connectionSpecification"]
    for name, item in sorted(form["properties"].items(), key=lambda item: item[1].get("order", 99)):
        print(f"  {item.get('title', name):38} {name}{'' if name in form['required'] else ' (optional)'}")


def _check(config: Path) -> None:
    _title("check: everything that can be told before the first write")
    print(" ", _one(run("check", "--config", str(config)), "CONNECTION_STATUS")["connectionStatus"])


def _write(config: Path, catalog: Path) -> None:
    _title(f"write: {CALLS} records of a dialer, a state after every {dialer.STATE_EVERY}")
    lines = "".join(json.dumps(message) + "\n" for message in dialer.messages(CALLS))
    for message in run("write", "--config", str(config), "--catalog", str(catalog), stdin=lines):
        if message["type"] == "LOG":
            print(f"  {message['log']['level']:5} {message['log']['message']}")
        elif message["type"] == "STATE":
            state = message["state"]
            print(f"  STATE {state['stream']['stream_state']} {state['destinationStats']}")


def _show(sandbox: Sandbox) -> None:
    _title("HubSpot now holds")
    calls = sandbox.calls()
    contacts = {contact["id"]: contact["properties"] for contact in sandbox.calls("contacts")}
    requests = sandbox.stats()["requests"]
    print(f"  {len(calls)} calls, made by {sandbox.count('create')} create requests. All requests:")
    print("  ", {name: sum(statuses.values()) for name, statuses in requests.items()})
    shown = (
        "hs_timestamp",
        "hs_call_title",
        "hs_call_direction",
        "hs_call_duration",
        "hubspot_owner_id",
        "dialer_call_id",
    )
    for call in calls[:3]:
        print(f"\n  call {call['id']}")
        for name in shown:
            print(f"    {name:18} {call['properties'].get(name)}")
        for link in call["associations"]:
            person = contacts.get(link["id"], {})
            print(f"    on the timeline of {person.get('firstname')} ({person.get('phone')})")
    linked = Counter(bool(call["associations"]) for call in calls)
    print(f"\n  {linked[True]} calls are on a contact's timeline, {linked[False]} on none.")


def _rejected(folder: Path) -> None:
    _title("What could not become a call, kept with its reason, ready to be mended and piped in again")
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text().splitlines():
            message = json.loads(line)
            print(f"  record {message['record']['data']['id']}: {message['rejection']['reason']}")


def run(*arguments: str, stdin: str = "") -> list[dict[str, Any]]:
    """What the connector answers, started as the platform starts it."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *arguments],
        input=stdin,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        env=environment,
    )
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode:
        for message in messages:
            print(" ", message)
        sys.exit(f"{arguments[0]} ended with {done.returncode}")
    return messages


def _one(messages: Sequence[dict[str, Any]], kind: str) -> dict[str, Any]:
    return next(message for message in messages if message["type"] == kind)


def _write_json(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value))
    return path


def _title(text: str) -> None:
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n== {text}")


if __name__ == "__main__":
    main()
