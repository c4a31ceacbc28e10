"""What a command does: each has a module of its own, loaded when it is called."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from destination_hubspot_calls.airbyte.csv_file import WrongCsv
from destination_hubspot_calls.airbyte.protocol import UnreadableInput
from destination_hubspot_calls.config.json_file import WrongFile, read_json, read_object
from destination_hubspot_calls.config.problems import ConfigError
from destination_hubspot_calls.hubspot.errors import HubSpotError
from destination_hubspot_calls.terminal.arguments import PROGRAM, WRONG_USAGE
from destination_hubspot_calls.terminal.associations import show_associations
from destination_hubspot_calls.terminal.catalog_file import read_catalog_file
from destination_hubspot_calls.terminal.confirmation import WrongUsage
from destination_hubspot_calls.terminal.incoming import incoming
from destination_hubspot_calls.terminal.output import drop_output
from destination_hubspot_calls.terminal.preview import Wanted, show_preview
from destination_hubspot_calls.terminal.properties import show_properties
from destination_hubspot_calls.terminal.screen import Screen

FAILED = 1
INTERRUPTED = 130
"""What a shell makes of a process that Ctrl-C ended."""


def show(parsed: argparse.Namespace, screen: Screen | None = None) -> int:
    """Run a command and show what it finds out; the exit status. Errors are texts."""
    screen = screen or Screen(Console(highlight=False), sys.stderr, sys.stdin.fileno(), threading.Event())
    try:
        return COMMANDS[parsed.command](parsed, screen) or 0
    except (WrongFile, WrongUsage, WrongCsv) as error:
        screen.say(f"{PROGRAM}: {error}")
        return WRONG_USAGE
    except (ConfigError, HubSpotError, UnreadableInput) as error:
        screen.say(str(error))
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        drop_output()
    return 0


Run = Callable[[argparse.Namespace, Screen], "int | None"]
"""Does it, and returns the exit status; None: 0."""


def _preview(parsed: argparse.Namespace, screen: Screen) -> None:
    limit = _count(parsed.limit, "--limit")
    if parsed.only not in (None, "problems"):
        raise WrongUsage("--only can be problems, and nothing else")
    raw, catalog = read_json(parsed.config), None
    if parsed.catalog is not None:
        catalog = read_catalog_file(parsed.catalog)
    opened = screen.open(raw, catalog)
    if parsed.csv is None and os.isatty(screen.records):
        screen.say("Waiting for records on standard input, as Airbyte messages, one a line.")
    wanted = Wanted(
        limit,
        only_problems=parsed.only is not None,
        raw=parsed.raw,
        page=None if parsed.html is None else Path(parsed.html),
    )
    show_preview(screen.console, opened, catalog or {}, incoming(parsed, screen), wanted)


def _suggest(parsed: argparse.Namespace, screen: Screen) -> None:
    from destination_hubspot_calls.terminal.suggest import show_suggestion  # noqa: PLC0415

    raw = read_object(parsed.config)
    catalog = {} if parsed.catalog is None else read_catalog_file(parsed.catalog)
    show_suggestion(screen, raw, catalog, incoming(parsed, screen))


def _properties(parsed: argparse.Namespace, screen: Screen) -> None:
    show_properties(screen.console, screen.connect_partly(read_json(parsed.config))[1].client)


def _associations(parsed: argparse.Namespace, screen: Screen) -> None:
    show_associations(screen.console, screen.connect_partly(read_json(parsed.config))[1].client)


def _verify(parsed: argparse.Namespace, screen: Screen) -> int:
    # What is called once a year is loaded then.
    from destination_hubspot_calls.terminal.verify import verify  # noqa: PLC0415

    return verify(parsed, screen)


def _check(parsed: argparse.Namespace, screen: Screen) -> int:
    from destination_hubspot_calls.terminal.check import check  # noqa: PLC0415

    return check(parsed, screen)


def _write(parsed: argparse.Namespace, screen: Screen) -> int:
    from destination_hubspot_calls.terminal.write import write  # noqa: PLC0415

    return write(parsed, screen)


def _rejects(parsed: argparse.Namespace, screen: Screen) -> None:
    from destination_hubspot_calls.terminal.rejects import show_rejects  # noqa: PLC0415

    if not parsed.files:
        raise WrongUsage("name the files to show")
    show_rejects(screen.console, parsed.files, as_csv=parsed.csv)


def _setup(parsed: argparse.Namespace, screen: Screen) -> int:
    from destination_hubspot_calls.terminal.setup import setup  # noqa: PLC0415

    return setup(parsed, screen)


def _undo(parsed: argparse.Namespace, screen: Screen) -> int:
    from destination_hubspot_calls.terminal.undo import undo  # noqa: PLC0415

    return undo(parsed, screen)


def _adopt(parsed: argparse.Namespace, screen: Screen) -> int:
    from destination_hubspot_calls.terminal.adopt import adopt_calls  # noqa: PLC0415

    return adopt_calls(parsed, screen)


COMMANDS: dict[str, Run] = {
    "preview": _preview,
    "suggest": _suggest,
    "properties": _properties,
    "associations": _associations,
    "check": _check,
    "write": _write,
    "rejects": _rejects,
    "verify": _verify,
    "setup": _setup,
    "undo": _undo,
    "adopt": _adopt,
}


def _count(text: str, name: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise WrongUsage(f"{name} is a whole number, 1 or more")
    return int(text)
