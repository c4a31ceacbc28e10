"""The account's call properties, as a person fills in the form with them."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from destination_hubspot_calls.hubspot.client import Client
from destination_hubspot_calls.hubspot.errors import MissingScopes
from destination_hubspot_calls.hubspot.models import Disposition, Property

_TAKES = {
    "string": "text",
    "number": "number",
    "bool": "true or false",
    "date": "date",
    "datetime": "point in time",
}
_NO_NEED = "hs_timestamp"


def show_properties(console: Console, client: Client) -> None:
    """Read them and show them: first what can be mapped. Raises HubSpotError."""
    definitions = sorted(client.properties("calls"), key=lambda item: (item.name != _NO_NEED, item.name))
    outcomes = _outcomes(client)
    mapped = [item for item in definitions if item.writable]
    others = [item for item in definitions if not item.writable]
    _show(console, "Call properties that can be mapped", mapped, outcomes)
    _show(console, "Call properties that cannot be mapped", others, outcomes)


def _outcomes(client: Client) -> tuple[Disposition, ...]:
    try:
        return client.dispositions()
    except MissingScopes:
        return ()


def _show(console: Console, title: str, definitions: Iterable[Property], outcomes: tuple[Disposition, ...]) -> None:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, expand=False)
    table.add_column("property", no_wrap=True, style="cyan")  # to be copied, so in one piece
    table.add_column("label", overflow="fold")
    table.add_column("takes", overflow="fold", ratio=1)
    for item in definitions:
        table.add_row(Text(item.name), Text(item.label), Text(_takes(item, outcomes)))
    console.print(table)
    console.print()


def _takes(item: Property, outcomes: tuple[Disposition, ...]) -> str:
    """What a property takes, in the words of the documentation."""
    if item.calculated:
        return "calculated by HubSpot"
    if not item.writable:
        return "read-only"
    takes = _kind(item, outcomes)
    if item.name == _NO_NEED:
        return f"{takes}; every call needs it"
    if item.unique:
        return f"{takes}, unique: can be the external id" if item.type == "string" else f"{takes}, unique"
    return takes


def _kind(item: Property, outcomes: tuple[Disposition, ...]) -> str:
    if item.name == "hs_call_disposition":
        return (
            f"one of {', '.join(known.label for known in outcomes if not known.deleted)}" if outcomes else "an outcome"
        )
    if item.is_owner:
        return "owner: id or e-mail address"
    if item.type != "enumeration":
        return _TAKES.get(item.type, item.type)
    many = "several of" if item.multiple else "one of"
    options = ", ".join(_option(option.value, option.label) for option in item.options if not option.hidden)
    return f"{many} {options}" if options else f"{many} HubSpot's ids"


def _option(value: str, label: str) -> str:
    alike = value.casefold().replace("_", " ") == label.casefold()
    return value if alike or not label else f"{value} ({label})"
