"""Where a person looks, and what a command needs of the account."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, TextIO

from rich.console import Console

from destination_hubspot_calls.airbyte.catalog import Catalog
from destination_hubspot_calls.config.model import Config
from destination_hubspot_calls.config.problems import ConfigError
from destination_hubspot_calls.config.reading import read_partial
from destination_hubspot_calls.connection import Connection, connect
from destination_hubspot_calls.preflight import CHECK_PATIENCE, READERS, OpenedAccount, open_account


@dataclass(frozen=True, slots=True)
class Screen:
    """`console` is for what was asked for, `errors` for the rest.

    `records`: the file descriptor that records come from. `stop` is set once nothing more is to be sent.
    """

    console: Console
    errors: TextIO
    records: int
    stop: threading.Event

    def say(self, text: str) -> None:
        """Tell what was not asked for, but should be known."""
        self.errors.write(f"{text}\n")
        self.errors.flush()

    def connect(self, config: Config) -> Connection:
        """The account of a configuration; nothing is sent yet."""
        return connect(config, self.stop, on_token=self.forget, connections=READERS, patience=CHECK_PATIENCE)

    def connect_partly(self, raw: Any) -> tuple[Config, Connection]:
        """The account of a form that may be half filled in. Raises ConfigError."""
        partial_config = read_partial(raw)
        if partial_config.config is None:
            raise ConfigError(*partial_config.obstacles)
        return partial_config.config, self.connect(partial_config.config)

    def open(self, raw: Any, catalog: Catalog | None, *, remarks: bool = True) -> OpenedAccount:
        """The account as a dry run of this configuration opens it; `remarks` are said. Raises ConfigError."""
        dry = {**raw, "dry_run": True} if isinstance(raw, dict) else raw
        opened = open_account(dry, self.connect, catalog)
        findings = opened.account.findings
        if isinstance(raw, dict) and not raw.get("dry_run"):  # it is on here alone
            findings.advice = [item for item in findings.advice if item.place != "dry_run"]
        for remark in findings.remarks() if remarks else ():
            self.say(remark)
        return opened

    def forget(self, _token: str, rotated: str | None) -> None:
        """Say that a refresh token was replaced: nobody keeps the new one here."""
        if rotated:
            self.say("HubSpot replaced the refresh token: authorize the account again before a sync.")
