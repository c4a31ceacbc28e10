"""What calls can be linked to, as a person fills in the form with it."""

from __future__ import annotations

from functools import partial

from rich.console import Console
from rich.table import Table
from rich.text import Text

from destination_hubspot_calls.hubspot.client import Client
from destination_hubspot_calls.hubspot.concurrent import ConcurrentReads, PendingRead
from destination_hubspot_calls.hubspot.models import AssociationType
from destination_hubspot_calls.hubspot.objects import STANDARD
from destination_hubspot_calls.preflight.custom_objects import CustomObject, custom_objects

Types = PendingRead[tuple[AssociationType, ...]]


def show_associations(console: Console, client: Client) -> None:
    """Read the kinds of link to every object type and show them. Raises HubSpotError."""
    with ConcurrentReads() as readings:
        schemas = readings.start(lambda: custom_objects(client))
        standard = {kind: readings.start(partial(client.association_types, kind.plural)) for kind in STANDARD}
        custom = {one: readings.start(partial(client.association_types, one.type_id)) for one in schemas.value or ()}
        table = _table()
        for kind, read in standard.items():
            _add(table, kind.plural, kind.type_id, read)
        for one, read in custom.items():
            _add(table, _name(one), one.type_id, read)
    console.print(table)
    console.print()
    if schemas.missing:
        console.print("Custom objects are not listed, as the token lacks crm.schemas.custom.read.")
    console.print("As label enter its text or its id; without one the plain link is made.")


def _table() -> Table:
    table = Table(
        title="What calls can be linked to", title_justify="left", title_style="bold", box=None, pad_edge=False
    )
    table.add_column("object type", overflow="fold", style="cyan")
    table.add_column("type id", no_wrap=True)
    table.add_column("plain link", no_wrap=True, justify="right")
    table.add_column("labels (ids)", overflow="fold", ratio=1)
    return table


def _add(table: Table, name: str, type_id: str, read: Types) -> None:
    if read.value is None:
        why = "not readable with this token" if read.missing else "not in this account"
        table.add_row(Text(name), type_id, "", why)
        return
    plain = ", ".join(str(kind.type_id) for kind in read.value if not kind.label)
    labels = ", ".join(f"{kind.label} ({kind.type_id})" for kind in read.value if kind.label)
    table.add_row(Text(name), type_id, plain, Text(labels))


def _name(one: CustomObject) -> str:
    return f"{one.name} ({one.label})" if one.label else one.name
