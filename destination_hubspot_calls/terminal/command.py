"""The command line of people: `preview`, `properties`, `associations`."""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from destination_hubspot_calls.catalog import Catalog, read_catalog
from destination_hubspot_calls.config import Config, ConfigError
from destination_hubspot_calls.connection import Connection, connect
from destination_hubspot_calls.hubspot.errors import HubSpotError
from destination_hubspot_calls.preflight import PATIENCE, READERS
from destination_hubspot_calls.preflight.draft import read_draft
from destination_hubspot_calls.protocol import UnreadableInput, read_items
from destination_hubspot_calls.terminal.associations import show_associations
from destination_hubspot_calls.terminal.preview import show_preview
from destination_hubspot_calls.terminal.properties import show_properties

PROGRAM = "destination-hubspot-calls"
LIMIT = 5
"""Records that a preview shows unless told otherwise."""


COMMANDS = {
    "preview": "show the requests that records from stdin would be sent with, and send none of them",
    "properties": "list the account's call properties: what they take, and whether they can be mapped",
    "associations": "list what calls can be linked to: object types, labels, and their ids",
}


class WrongFile(Exception):
    """A file cannot be used; the text says which and why."""


def show(arguments: Sequence[str]) -> int:
    """Run a command and show what it finds out; the exit code. Errors are texts on stderr."""
    parsed = _parser().parse_args(arguments)
    console = Console(highlight=False, soft_wrap=False)
    try:
        _run(parsed, console)
    except (ConfigError, HubSpotError, UnreadableInput, WrongFile) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read the output has seen enough; what is left in the buffer must not be tried again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _run(parsed: argparse.Namespace, console: Console) -> None:
    raw = _json(parsed.config)
    match parsed.command:
        case "preview":
            catalog = None if parsed.catalog is None else _catalog(parsed.catalog)
            if sys.stdin.isatty():
                sys.stderr.write("Waiting for records on standard input, as Airbyte messages, one a line.\n")
            show_preview(console, raw, catalog, parsed.limit, read_items(sys.stdin.fileno()), _connect)
        case "properties":
            show_properties(console, _connection(raw).client)
        case _:
            show_associations(console, _connection(raw).client)


def _connect(config: Config) -> Connection:
    def forget(_token: str, rotated: str | None) -> None:
        if rotated:
            sys.stderr.write("HubSpot replaced the refresh token: authorize the account again before the next sync.\n")

    return connect(config, threading.Event(), on_token=forget, connections=READERS, patience=PATIENCE)


def _connection(raw: Any) -> Connection:
    """What is needed of a form that may be half filled in: how to reach the account."""
    draft = read_draft(raw)
    if draft.config is None:
        raise ConfigError(*draft.problems)
    return _connect(draft.config)


def _catalog(path: str) -> Catalog:
    raw = _json(path)
    try:
        catalog = read_catalog(raw)
    except (AttributeError, KeyError, TypeError):
        catalog = {}
    if not catalog:
        raise WrongFile(f"{path} is no configured catalog: it has no streams, or some without a name")
    return catalog


def _json(path: str) -> Any:
    try:
        return json.loads(Path(path).read_bytes())
    except OSError as error:
        raise WrongFile(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        where = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise WrongFile(f"{path} holds no valid JSON{where}") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=PROGRAM)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, words in COMMANDS.items():
        command = commands.add_parser(name, help=words, description=f"{words[0].upper()}{words[1:]}.")
        command.add_argument("--config", required=True, help="the configuration, a JSON file")
        if name == "preview":
            command.add_argument("--catalog", help="the configured catalog, a JSON file")
            command.add_argument("--limit", type=_count, default=LIMIT, help=f"how many records to show ({LIMIT})")
    return parser


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number
