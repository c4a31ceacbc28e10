"""The entry point: which command line."""

from __future__ import annotations

import argparse
import json
import sys
from importlib.resources import files

from destination_hubspot_calls.terminal.arguments import COMMANDS, PROGRAM, WRONG_USAGE, parse

FOR_AIRBYTE = frozenset(command.name for command in COMMANDS if command.airbyte)


def run() -> None:
    """Start the connector with the arguments of this process.

    The form, help, and a wrong command line are answered without loading what a sync needs, which takes a second.
    """
    arguments = sys.argv[1:]
    parsed = parse(arguments)
    if parsed.command == "spec":
        _print_spec()
    elif parsed.command == "recipes":
        sys.exit(_show_recipes(parsed.name))
    elif parsed.command == "write" and parsed.csv is not None:
        _write_csv(parsed)
    elif parsed.command in FOR_AIRBYTE and not _is_for_people(parsed):
        _run_protocol(arguments)
    else:
        sys.exit(_show(parsed))


def _print_spec() -> None:
    spec = json.loads(files("destination_hubspot_calls").joinpath("spec.json").read_bytes())
    sys.stdout.write(json.dumps({"type": "SPEC", "spec": spec}, separators=(",", ":")) + "\n")


def _is_for_people(parsed: argparse.Namespace) -> bool:
    """Whether a command of Airbyte's is answered for a person: at a terminal, or where only a person asks so."""
    if parsed.command == "discover" or parsed.json:
        return False
    return sys.stdout.isatty() or getattr(parsed, "report", None) is not None


def _write_csv(parsed: argparse.Namespace) -> None:
    """Send a file through the connector, as a platform would send its rows."""
    from destination_hubspot_calls.airbyte.csv_file import WrongCsv, stream_name  # noqa: PLC0415
    from destination_hubspot_calls.airbyte.csv_input import csv_input  # noqa: PLC0415

    status = 0
    try:
        with csv_input(parsed.csv, parsed.stream or stream_name(parsed.csv)) as catalog:
            parsed.catalog = parsed.catalog or catalog
            if _is_for_people(parsed):
                status = _show(parsed)
            else:
                _run_protocol(["write", "--config", parsed.config, "--catalog", parsed.catalog])
    except WrongCsv as wrong:
        sys.stderr.write(f"{PROGRAM}: {wrong}\n")
        status = WRONG_USAGE
    sys.exit(status)


def _show_recipes(name: str | None) -> int:
    from destination_hubspot_calls.terminal.recipes import show_recipes  # noqa: PLC0415

    return show_recipes(name)


def _show(parsed: argparse.Namespace) -> int:
    # What draws tables takes time to load.
    from destination_hubspot_calls.terminal.command import show  # noqa: PLC0415

    return show(parsed)


def _run_protocol(arguments: list[str]) -> None:
    # The CDK takes a second to load.
    from destination_hubspot_calls.config.json_file import WrongFile  # noqa: PLC0415
    from destination_hubspot_calls.destination import DestinationHubspotCalls  # noqa: PLC0415

    try:
        DestinationHubspotCalls().run([argument for argument in arguments if argument != "--json"])
    except WrongFile as error:
        sys.stderr.write(f"{PROGRAM}: {error}\n")
        sys.exit(WRONG_USAGE)
