"""The command line of people: `preview`, `properties`, `associations`."""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console

from destination_hubspot_calls.airbyte.catalog import Catalog, read_catalog
from destination_hubspot_calls.airbyte.protocol import UnreadableInput, read_items
from destination_hubspot_calls.config.model import Config, ConfigError
from destination_hubspot_calls.config.reading import read_partial
from destination_hubspot_calls.connection import Connection, connect
from destination_hubspot_calls.hubspot.client import Client
from destination_hubspot_calls.hubspot.errors import HubSpotError
from destination_hubspot_calls.preflight import CHECK_PATIENCE, READERS, open_account
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


@dataclass(frozen=True, slots=True)
class Screen:
    """Where a person looks: `console` for what was asked for, `errors` for the rest. `records`: the file descriptor
    that records come from.
    """

    console: Console
    errors: TextIO
    records: int


def show(arguments: Sequence[str], screen: Screen | None = None) -> int:
    """Run a command and show what it finds out; the exit code. Errors are texts."""
    parsed = _parser().parse_args(arguments)
    screen = screen or Screen(Console(highlight=False), sys.stderr, sys.stdin.fileno())
    try:
        _run(parsed, screen)
    except (ConfigError, HubSpotError, UnreadableInput, WrongFile) as error:
        screen.errors.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read the output has seen enough; what is left in the buffer must not be tried again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _run(parsed: argparse.Namespace, screen: Screen) -> None:
    raw = _json(parsed.config)
    match parsed.command:
        case "preview":
            _preview(parsed, raw, screen)
        case "properties":
            show_properties(screen.console, _client(raw, screen))
        case _:
            show_associations(screen.console, _client(raw, screen))


def _preview(parsed: argparse.Namespace, raw: Any, screen: Screen) -> None:
    catalog = None if parsed.catalog is None else _catalog(parsed.catalog)
    opened = open_account(
        {**raw, "dry_run": True} if isinstance(raw, dict) else raw, partial(_connect, screen), catalog
    )
    for remark in opened.account.findings.remarks():
        screen.errors.write(f"{remark}\n")
    if os.isatty(screen.records):
        screen.errors.write("Waiting for records on standard input, as Airbyte messages, one a line.\n")
    show_preview(screen.console, opened, catalog or {}, read_items(screen.records), parsed.limit)


def _connect(screen: Screen, config: Config) -> Connection:
    def forget(_token: str, rotated: str | None) -> None:
        if rotated:
            screen.errors.write("HubSpot replaced the refresh token: authorize the account again before a sync.\n")

    return connect(config, threading.Event(), on_token=forget, connections=READERS, patience=CHECK_PATIENCE)


def _client(raw: Any, screen: Screen) -> Client:
    """A client for the account of a form that may be half filled in."""
    draft = read_partial(raw)
    if draft.config is None:
        raise ConfigError(*draft.obstacles)
    return _connect(screen, draft.config).client


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
