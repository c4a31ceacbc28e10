"""`undo`: shows the calls that this connector created, and archives them once a person typed how many."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from pathlib import Path

from rich.table import Table
from rich.text import Text

from destination_hubspot_calls.config.json_file import WrongFile, read_json
from destination_hubspot_calls.preflight import OpenedAccount
from destination_hubspot_calls.results import counted
from destination_hubspot_calls.terminal.catalog_file import read_catalog_file
from destination_hubspot_calls.terminal.confirmation import WrongUsage, confirm_count
from destination_hubspot_calls.terminal.keys import keys_of_file, keys_of_records
from destination_hubspot_calls.terminal.screen import Screen
from destination_hubspot_calls.upkeep.found_call import CREATED, MODIFIED, FoundCall
from destination_hubspot_calls.upkeep.undo import Kinds, Ledger, Reading, archive, batches, of_keys, of_run, of_time

SHOWN = 10
"""Calls that are shown before anything is done."""
LOOKED_AT = (CREATED, MODIFIED, "hs_timestamp", "hs_call_title")
COMMON = ("contacts", "companies", "deals", "tickets")
"""Object types whose links are read, whether a rule makes such links or not."""
RESTORE = "HubSpot keeps deleted activities for 90 days, and restores them on the records that they were linked to"


def undo(parsed: argparse.Namespace, screen: Screen) -> int:
    """Find, show, ask, save, archive. Raises ConfigError, HubSpotError, WrongUsage, WrongFile."""
    catalog = None if parsed.catalog is None else read_catalog_file(parsed.catalog)
    _check(parsed)
    opened = screen.open(read_json(parsed.config), catalog, remarks=False)
    ids = list(dict.fromkeys(_ids(parsed, opened)))
    if not ids:
        screen.say("No such call is in HubSpot: nothing was done.")
        return 1
    ours = _kinds(opened)
    survey = Reading(opened.connection.client, LOOKED_AT, tuple(dict.fromkeys((*COMMON, *ours))))
    calls = [call for batch in batches(ids) for call in survey.calls(batch)]
    edited = {call.id for call in calls if call.was_edited or call.other_links(ours)}
    _show(calls, edited, screen)
    chosen = [call for call in calls if parsed.edited_too or call.id not in edited]
    if edited and not parsed.edited_too:
        screen.say(f"{len(edited):,} were edited since, or linked by others, and are left alone (--edited-too).")
    if not chosen or not confirm_count(screen, len(chosen), "archived", parsed.yes):
        return 0
    _archive(chosen, survey, Path(parsed.save or time.strftime("undo-%Y%m%dT%H%M%SZ.jsonl", time.gmtime())), screen)
    return 0


def _check(parsed: argparse.Namespace) -> None:
    ways = [parsed.run, parsed.since or parsed.until, parsed.keys, parsed.rejected_file]
    if sum(way is not None for way in ways) != 1:
        raise WrongUsage("say which calls: one of --run, --since and --until, --keys, --rejected-file")
    if (parsed.since is None) != (parsed.until is None):
        raise WrongUsage("--since and --until go together")


def _ids(parsed: argparse.Namespace, opened: OpenedAccount) -> Iterator[str]:
    client, config = opened.connection.client, opened.config
    if parsed.run is not None or parsed.since is not None:
        if config.run_property is None:
            raise WrongUsage("the configuration has no run_property, by which the calls of a sync are found")
        if parsed.run is not None:
            return of_run(client, config.run_property, parsed.run)
        return of_time(client, config.run_property, _moment(parsed.since), _moment(parsed.until))
    names = sorted({mapping.external_id_property for mapping in config.mappings if mapping.external_id_property})
    if len(names) != 1:
        raise WrongUsage("the configuration must have one external_id_property, by which calls are found")
    if parsed.keys is not None:
        return of_keys(client, names[0], keys_of_file(Path(parsed.keys), parsed.column))
    return of_keys(client, names[0], keys_of_records(Path(parsed.rejected_file), opened))


def _moment(text: str) -> int:
    """A time as a person writes it, in milliseconds; without an offset it is UTC."""
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise WrongUsage(f"{text} is not a time: write it like 2026-11-25T16:00:00Z") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    return round(moment.timestamp() * 1000)


def _kinds(opened: OpenedAccount) -> Kinds:
    kinds: dict[str, frozenset[tuple[str, int]]] = {}
    for link_type in opened.account.link_types.values():
        known = kinds.get(link_type.object_type, frozenset())
        kinds[link_type.object_type] = known | {kind.key for kind in link_type.types}
    return kinds


def _show(calls: list[FoundCall], edited: Iterable[str], screen: Screen) -> None:
    days = Counter(call.day or "without a time" for call in calls)
    screen.console.print(f"{len(calls):,} calls:", markup=False)
    for day, number in sorted(days.items()):
        screen.console.print(f"  {day}  {number:,}", markup=False)
    table = Table(box=None, pad_edge=False)
    for title in ("Call", "When", "Title", ""):
        table.add_column(title, overflow="fold")
    marked = set(edited)
    for call in calls[:SHOWN]:
        when = call.moment.strftime("%Y-%m-%d %H:%M:%S") if call.moment else ""
        table.add_row(call.id, when, Text(call.title), "edited" if call.id in marked else "")
    screen.console.print(table)


def _archive(chosen: list[FoundCall], survey: Reading, path: Path, screen: Screen) -> None:
    names = [item.name for item in survey.client.properties("calls") if not item.archived]
    done = 0

    def progress(number: int) -> None:
        nonlocal done
        done += number
        if done % 1000 < number:
            screen.say(f"{done:,} of {len(chosen):,}")

    try:
        with Ledger(path) as ledger:
            archived = archive(chosen, Reading(survey.client, names, survey.object_types), ledger, progress)
    except OSError as error:
        raise WrongFile(f"{path} cannot be written, so nothing more was archived: {error.strerror}") from None
    screen.say(f"{counted(archived, 'call was', 'calls were')} archived; what they held is in {path}. {RESTORE}.")
