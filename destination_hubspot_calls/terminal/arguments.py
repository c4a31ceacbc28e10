"""The command line: every command, what it is given, and an example. Imports nothing that takes time."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import NamedTuple, NoReturn

PROGRAM = "destination-hubspot-calls"
DISTRIBUTION = "airbyte-destination-hubspot-calls"
LIMIT = 5
"""Records that a preview shows unless told otherwise."""
WRONG_USAGE = 2
"""The status of a process that was called in a wrong way: no command, a wrong argument, a file that cannot be used."""


class Argument(NamedTuple):
    """One argument: `--config FILE`, or a word without dashes."""

    name: str
    words: str
    required: bool = False
    metavar: str | None = "FILE"
    """What stands for its value; None: it has none."""
    default: str | None = None
    many: bool = False
    """A word that may come several times, or not at all."""


class Command(NamedTuple):
    """What a command does, how it is called, and whether Airbyte calls it too."""

    name: str
    words: str
    example: str
    options: tuple[Argument, ...] = ()
    airbyte: bool = False


CONFIG = Argument("--config", "the configuration, a JSON file", required=True)
CATALOG = Argument("--catalog", "the configured catalog, a JSON file")
CSV = Argument("--csv", "a CSV file instead of messages")
STREAM = Argument("--stream", "the stream that the rows of the CSV file are of (the file's name)", metavar="NAME")
PROTOCOL = Argument("--json", "print Airbyte's messages, at a terminal too", metavar=None)

YES = Argument("--yes", "do it without asking", metavar=None)

COMMANDS = (
    Command("spec", "print the form, as Airbyte reads it", "spec", airbyte=True),
    Command(
        "check",
        "say whether a sync can work, or all that is wrong with the configuration",
        "check --config config.json",
        (CONFIG, PROTOCOL),
        airbyte=True,
    ),
    Command(
        "discover",
        "print what Airbyte's mapping page can do with calls",
        "discover --config config.json",
        (CONFIG, PROTOCOL),
        airbyte=True,
    ),
    Command(
        "write",
        "write records from stdin, or the rows of a CSV file, as calls",
        "write --config config.json --catalog catalog.json < messages.jsonl",
        (CONFIG, CATALOG, CSV, STREAM, PROTOCOL, Argument("--report", "write a page about the run")),
        airbyte=True,
    ),
    Command(
        "preview",
        "show what records from stdin would become, and send none of them",
        "preview --config config.json --limit 5 < messages.jsonl",
        (
            CONFIG,
            CATALOG,
            Argument("--limit", f"how many records to show ({LIMIT})", metavar="N", default=str(LIMIT)),
            Argument(
                "--only",
                "show only records that are rejected, lack a link, or had a value left out",
                metavar="problems",
            ),
            Argument("--raw", "show the requests too", metavar=None),
            Argument("--html", "also write a page to look at in a browser"),
            CSV,
            STREAM,
        ),
    ),
    Command(
        "suggest",
        "print a configuration for records from stdin: a recipe that fits, else rules by what the fields hold",
        "suggest --config config.json < messages.jsonl > suggested.json",
        (CONFIG, CATALOG, CSV, STREAM),
    ),
    Command(
        "properties",
        "list the account's call properties: what they accept, and whether they can be mapped",
        "properties --config config.json",
        (CONFIG,),
    ),
    Command(
        "associations",
        "list what calls can be linked to: object types, labels, and their ids",
        "associations --config config.json",
        (CONFIG,),
    ),
    Command(
        "recipes",
        "list the recipes, or print one of them",
        "recipes aircall",
        (Argument("name", "the recipe to print", metavar="NAME"),),
    ),
    Command(
        "rejects",
        "show files of rejected or unlinked records by reason and value",
        "rejects rejected-20261125T162803Z.jsonl",
        (
            Argument("files", "the files", many=True),
            Argument("--csv", "print every record with its reasons as CSV", metavar=None),
        ),
    ),
    Command(
        "setup",
        "make what the configuration needs in the account: properties, and options if asked for",
        "setup --config config.json",
        (CONFIG, Argument("--options", "also the options that mapped enumerations lack", metavar=None), YES),
    ),
    Command(
        "undo",
        "archive calls that this connector created: those of a run, of a time, or with keys of a file",
        "undo --config config.json --run '2026-11-25T16:28:03Z job 57.0'",
        (
            CONFIG,
            Argument("--run", "the sync whose calls are archived: the value of run_property", metavar="NAME"),
            Argument("--since", "created by a sync at this time or later, like 2026-11-25T16:00:00Z", metavar="TIME"),
            Argument("--until", "created by a sync before this time", metavar="TIME"),
            Argument("--keys", "a file with external ids: CSV with a header line, or JSON lines"),
            Argument("--column", "the column or field of that file that holds them", metavar="NAME"),
            Argument("--rejected-file", "a file of rejected or unlinked records"),
            CATALOG,
            Argument("--edited-too", "also calls that were changed since they were created", metavar=None),
            Argument("--save", "where to keep what is archived (undo-TIME.jsonl)"),
            Argument("--yes", "archive without asking, if it is so many", metavar="N"),
        ),
    ),
    Command(
        "adopt",
        "give calls that are in HubSpot already the external ids of records from stdin",
        "adopt --config config.json --match hs_timestamp,hs_call_to_number < messages.jsonl",
        (
            CONFIG,
            CATALOG,
            Argument(
                "--match", "the properties that must be equal, with commas between", required=True, metavar="PROPERTIES"
            ),
            Argument("--yes", "write without asking, if it is so many", metavar="N"),
        ),
    ),
    Command(
        "verify",
        "try on the account what HubSpot's documentation leaves open: makes about 30 test calls and archives them",
        "verify --config config.json --contact 12345",
        (
            CONFIG,
            Argument("--contact", "the id of a contact to link test calls to", metavar="ID"),
            Argument("--production", "also in an account that people work in", metavar=None),
            YES,
            Argument("--json", "save the answers, without ids, tokens and content, for a bug report"),
        ),
    ),
)


class Parser(argparse.ArgumentParser):
    """Says in one sentence what is wrong with a command line."""

    def error(self, message: str) -> NoReturn:
        """End the process."""
        sys.stderr.write(f"{self.prog}: {message}. Try {self.prog} --help\n")
        sys.exit(WRONG_USAGE)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command and what it was given. Ends the process for --help, --version, and what is wrong."""
    parsed = parser().parse_args(arguments)
    if parsed.command is None:
        parser().error(f"no command: choose one of {', '.join(command.name for command in COMMANDS)}")
    if parsed.command == "write" and parsed.catalog is None and parsed.csv is None:
        parser().error("the following arguments are required: --catalog, or --csv")
    return parsed


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    top = Parser(
        prog=PROGRAM,
        description="Puts calls from any Airbyte source into HubSpot.",
        epilog=f"Each command has its own help: {PROGRAM} preview --help",
    )
    top.add_argument("--version", action="version", version=f"{PROGRAM} {version(DISTRIBUTION)}")
    commands = top.add_subparsers(dest="command", title="commands", metavar="COMMAND")
    for command in COMMANDS:
        one = commands.add_parser(
            command.name,
            help=command.words,
            description=f"{command.words[0].upper()}{command.words[1:]}.",
            epilog=f"example: {PROGRAM} {command.example}",
            allow_abbrev=False,
        )
        for option in command.options:
            _add(one, option)
    return top


def _add(command: argparse.ArgumentParser, option: Argument) -> None:
    if option.metavar is None:
        command.add_argument(option.name, action="store_true", help=option.words)
    elif not option.name.startswith("-"):
        many = "*" if option.many else "?"
        command.add_argument(option.name, nargs=many, metavar=option.metavar, help=option.words)
    else:
        command.add_argument(
            option.name, required=option.required, default=option.default, metavar=option.metavar, help=option.words
        )
