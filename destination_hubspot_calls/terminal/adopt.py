"""`adopt`: gives calls that are in HubSpot already the external ids of the records that they were made of."""

from __future__ import annotations

import argparse

from destination_hubspot_calls.airbyte.protocol import read_items
from destination_hubspot_calls.config.json_file import read_json
from destination_hubspot_calls.hubspot.client import Client
from destination_hubspot_calls.mapping import Router
from destination_hubspot_calls.messages import Call, Record
from destination_hubspot_calls.preflight import plans
from destination_hubspot_calls.results import counted
from destination_hubspot_calls.terminal.catalog_file import read_catalog_file
from destination_hubspot_calls.terminal.confirmation import WrongUsage, confirm_count
from destination_hubspot_calls.terminal.screen import Screen
from destination_hubspot_calls.upkeep.adopt import Adoption, adopt, missing_properties


def adopt_calls(parsed: argparse.Namespace, screen: Screen) -> int:
    """Pair records with calls, show what was found, ask, write. Raises ConfigError, HubSpotError, WrongUsage."""
    catalog = {} if parsed.catalog is None else read_catalog_file(parsed.catalog)
    opened = screen.open(read_json(parsed.config), catalog or None, remarks=False)
    names = {mapping.external_id_property for mapping in opened.config.mappings} - {None}
    if len(names) != 1:
        raise WrongUsage("the configuration must have one external_id_property, which the calls are to get")
    match = tuple(name.strip() for name in parsed.match.split(",") if name.strip())
    filled = {rule.property for mapping in opened.config.mappings for rule in mapping.properties}
    if missing := missing_properties(match, filled):
        raise WrongUsage(f"--match: no rule of the mapping fills {', '.join(missing)}")
    adoption = Adoption(str(names.pop()), match)
    router = Router(opened.config.mappings, opened.account.vocabulary, plans(catalog))
    rejected = _read(screen, router, adoption)
    adoption.settle(opened.connection.client)
    _show(adoption, rejected, screen)
    if not adoption.pairs or not confirm_count(screen, len(adoption.pairs), "given their external id", parsed.yes):
        return 0
    return _write(adoption, screen, opened.connection.client)


def _read(screen: Screen, router: Router, adoption: Adoption) -> int:
    rejected = 0
    for item in read_items(screen.records):
        if isinstance(item, Record):
            entry = router.mapper(item.stream).map(item)
            if isinstance(entry, Call):
                adoption.add(entry)
            else:
                rejected += 1
    return rejected


def _show(adoption: Adoption, rejected: int, screen: Screen) -> None:
    for number, words in (
        (len(adoption.pairs), "records are like one call without an external id, which is to get theirs"),
        (adoption.known, "records have a call with their external id already"),
        (adoption.ambiguous, "records are ambiguous: several calls or several records are alike; nothing is done"),
        (adoption.unlike, "records are like no call without an external id"),
        (adoption.incomplete, "records have no value to compare"),
        (rejected, "records are rejected or skipped by their mapping"),
    ):
        if number:
            screen.console.print(f"{number:,} {words}", markup=False, soft_wrap=True)


def _write(adoption: Adoption, screen: Screen, client: Client) -> int:
    done = not_confirmed = 0
    for confirmed, missing in adopt(adoption.pairs, adoption.key_property, client):
        done += confirmed
        not_confirmed += missing
    screen.say(f"{counted(done, 'call has its', 'calls have their')} external id now.")
    if not_confirmed:
        screen.say(f"{not_confirmed:,} were not confirmed by HubSpot: run the same command again.")
    return int(bool(not_confirmed))
