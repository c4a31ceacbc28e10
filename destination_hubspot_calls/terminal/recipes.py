"""The shipped recipes: their names, or one of them as it stands in a configuration."""

from __future__ import annotations

import json

from rich.console import Console
from rich.text import Text

from destination_hubspot_calls.recipes import shelf


def show_recipes(console: Console, name: str | None) -> None:
    """List the names, one a line, or print one recipe as JSON. Raises KeyError if there is none of that name."""
    if name is None:
        for known in shelf.names():
            console.print(Text(known), soft_wrap=True)
    else:
        console.print(Text(json.dumps(shelf.read(name), indent=2, ensure_ascii=False)), soft_wrap=True)
