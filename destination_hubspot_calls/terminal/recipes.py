"""The shipped recipes: their names, or one of them as it stands in a configuration."""

from __future__ import annotations

import json
import sys

from destination_hubspot_calls.recipes import shelf
from destination_hubspot_calls.terminal.arguments import PROGRAM, WRONG_USAGE
from destination_hubspot_calls.terminal.output import drop_output


def show_recipes(name: str | None) -> int:
    """List the names, one a line, or print one recipe as JSON; the exit status.

    Nothing that draws or asks is loaded for it: it is looked up often, and answers at once.
    """
    try:
        lines = shelf.names() if name is None else (json.dumps(shelf.read(name), indent=2, ensure_ascii=False),)
    except KeyError:
        sys.stderr.write(f"{PROGRAM}: there is no recipe {name}: {PROGRAM} recipes lists them\n")
        return WRONG_USAGE
    try:
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        sys.stdout.flush()
    except BrokenPipeError:
        drop_output()
    return 0
