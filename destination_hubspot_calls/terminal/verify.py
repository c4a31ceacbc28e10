"""`verify`: tries on the user's own account what HubSpot's documentation leaves open."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from destination_hubspot_calls.config.json_file import read_json
from destination_hubspot_calls.config.model import Config
from destination_hubspot_calls.connection import Connection
from destination_hubspot_calls.hubspot.client import Client
from destination_hubspot_calls.hubspot.errors import HubSpotError
from destination_hubspot_calls.terminal.confirmation import WrongUsage, confirm
from destination_hubspot_calls.terminal.screen import Screen
from destination_hubspot_calls.verification.questions import Finding, Question, answers
from destination_hubspot_calls.verification.recording import Exchange, RecordingTransport, anonymous
from destination_hubspot_calls.verification.trial import TITLE, Trial

PRODUCTION = "STANDARD"
"""The kind of account that people work in (HubSpot's account information API)."""

Row = tuple[Question, Finding, list[Exchange]]


def verify(parsed: argparse.Namespace, screen: Screen) -> int:
    """Ask, show, clean up; 1 if an answer shows that the connector would be wrong. Raises HubSpotError, WrongUsage."""
    config, connection = screen.connect_partly(read_json(parsed.config))
    details = connection.client.account()
    if details.kind in ("", PRODUCTION) and not parsed.production:
        raise WrongUsage(
            f"account {details.portal_id} is one that people work in: use a test account, or say --production"
        )
    trial, recording = _trial(config, connection, parsed.contact)
    screen.say(
        f'In HubSpot account {details.portal_id} ({details.kind or "kind unknown"}) about 30 calls titled "{TITLE}" '
        f"will be created, {_linked(parsed.contact)}, and archived again."
    )
    if not confirm(screen, "Go on?", yes=parsed.yes):
        return 0
    rows: list[Row] = []
    try:
        for question, finding in answers(trial):
            rows.append((question, finding, recording.take()))
    finally:
        _clean(trial, screen)
    _show(rows, screen)
    if parsed.json is not None:
        _save(rows, trial, Path(parsed.json))
    return _verdict(rows, screen)


def _trial(config: Config, connection: Connection, contact: str | None) -> tuple[Trial, RecordingTransport]:
    named = (mapping.external_id_property for mapping in config.mappings)
    recording = RecordingTransport(connection.transport)
    client = Client(recording, connection.client.paths)
    return Trial(client, next((name for name in named if name is not None), None), contact), recording


def _linked(contact: str | None) -> str:
    return "linked to nothing" if contact is None else f"some of them linked to contact {contact}"


def _clean(trial: Trial, screen: Screen) -> None:
    try:
        archived, left = trial.clean()
    except HubSpotError as error:
        screen.say(f'Not all test calls were archived: look for "{TITLE}" in HubSpot. {error}')
        return
    screen.say(f"{archived} test calls were archived.")
    if left:
        screen.say(f'{left} remain: look for "{TITLE}" in HubSpot, and delete them there.')


def _show(rows: list[Row], screen: Screen) -> None:
    table = Table(box=None, pad_edge=False)
    for title in ("Question", "What HubSpot answered", "What the connector does about it", ""):
        table.add_column(title, overflow="fold")
    for question, finding, _ in rows:
        mark = {True: "ok", False: "WRONG", None: "-"}[finding.right]
        style = {True: "green", False: "bold red", None: "dim"}[finding.right]
        table.add_row(question.words, finding.answer, finding.handling, Text(mark, style=style))
    screen.console.print(table)


def _save(rows: list[Row], trial: Trial, path: Path) -> None:
    names = [*trial.names, *([trial.contact] if trial.contact else [])]
    content = [
        {
            "question": question.name,
            "answer": finding.answer,
            "handling": finding.handling,
            "right": finding.right,
            "exchanges": [_exchange(exchange, names) for exchange in exchanges],
        }
        for question, finding, exchanges in rows
    ]
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _exchange(exchange: Exchange, names: list[str]) -> dict[str, Any]:
    return {
        "request": f"{exchange.method} {exchange.path}",
        "refused": exchange.refused,
        "body": anonymous(exchange.body, names),
    }


def _verdict(rows: list[Row], screen: Screen) -> int:
    wrong = [question.words for question, finding, _ in rows if finding.right is False]
    if wrong:
        screen.say(f"The connector would be wrong on this account: {'; '.join(wrong)}. Please report it.")
        return 1
    screen.say("The connector does right by every answer.")
    return 0
