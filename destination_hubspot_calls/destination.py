"""Airbyte's commands: spec, check, discover, write."""

from __future__ import annotations

import argparse
import io
import logging
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

import orjson
from airbyte_cdk.destinations import Destination
from airbyte_cdk.exception_handler import init_uncaught_exception_handler
from airbyte_cdk.logger import is_platform_debug_log_enabled
from airbyte_cdk.models import (
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteMessageSerializer,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteCatalogSerializer,
    Status,
    Type,
)
from airbyte_cdk.utils.airbyte_secrets_utils import add_to_secrets, get_secrets, update_secrets

from destination_hubspot_calls import sync
from destination_hubspot_calls.airbyte.activation import Operation, operations
from destination_hubspot_calls.airbyte.catalog import Catalog, missing_part, read_catalog
from destination_hubspot_calls.airbyte.protocol import (
    Item,
    OutputClosed,
    emit,
    emit_config,
    emit_operations,
    read_items,
    read_messages,
)
from destination_hubspot_calls.config.json_file import WrongFile, read_json, read_object
from destination_hubspot_calls.config.model import Config
from destination_hubspot_calls.config.reading import read_usable
from destination_hubspot_calls.connection import Connection, OnToken, connect
from destination_hubspot_calls.failures import traced
from destination_hubspot_calls.hubspot.errors import Stopped
from destination_hubspot_calls.preflight import (
    CHECK_PATIENCE,
    READERS,
    check_config,
    read_by_rules,
    read_offer,
)
from destination_hubspot_calls.shutdown import Shutdown

logger = logging.getLogger("airbyte")


class DestinationHubspotCalls(Destination):
    """Puts the records of any source into HubSpot as calls."""

    def __init__(self) -> None:
        self._shutdown = Shutdown()

    def check(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
    ) -> AirbyteConnectionStatus:
        """Say whether a sync with this configuration can work, or all that is wrong with it. Writes nothing."""

        def ask(read: Config) -> Connection:
            keep = _token_keeper(config)
            return connect(read, self._shutdown.event, on_token=keep, connections=READERS, patience=CHECK_PATIENCE)

        try:
            findings = check_config(config, ask)
        except Exception as error:  # noqa: BLE001 - check never raises: it tells what is wrong
            return AirbyteConnectionStatus(status=Status.FAILED, message=str(traced(error)))
        if findings.problems:
            return AirbyteConnectionStatus(status=Status.FAILED, message=findings.text())
        sync.report_findings(findings, logger)
        return AirbyteConnectionStatus(status=Status.SUCCEEDED, message=findings.text() or None)

    def discover(self, config: Mapping[str, Any]) -> tuple[Operation, ...]:
        """What Airbyte's mapping page can do with calls in this account. Raises AirbyteTracedException."""
        try:
            read = read_usable(config)
            connection = connect(read, self._shutdown.event, on_token=_lose_token, patience=CHECK_PATIENCE)
            return operations(read_offer(connection.client), read_by_rules(read))
        except Exception as error:  # noqa: BLE001 - whatever it is, Airbyte is to hear of it in its own terms
            raise traced(error) from None

    def write(
        self,
        config: Mapping[str, Any],
        configured_catalog: ConfiguredAirbyteCatalog,
        input_messages: Iterable[Any],
    ) -> Iterable[AirbyteMessage]:
        """Write records as calls, and send back the source's states as they become true.

        States leave as they came, which AirbyteMessage cannot hold, so they go to stdout at once and nothing is
        yielded. `input_messages` are what `_parse_input_stream` yields, or AirbyteMessages.
        """
        try:
            catalog = partial(_catalog, configured_catalog)
            sync.write(config, catalog, _items(input_messages), self._shutdown, _token_keeper(config))
        except Stopped:
            logger.warning("The sync was told to stop; the next one goes on from the last state.")
            self._shutdown.exit_if_signalled()
        except OutputClosed:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, Airbyte is to hear of it in its own terms
            raise traced(error) from None
        yield from ()

    def run_cmd(self, parsed_args: argparse.Namespace) -> Iterable[AirbyteMessage]:
        """Run a command, as the CDK does but for its validation: it tells one mistake at a time and quotes secrets."""
        spec = self.spec(logger)
        if parsed_args.command == "spec":
            yield AirbyteMessage(type=Type.SPEC, spec=spec)
            return
        config = self._read_config(parsed_args)
        update_secrets(get_secrets(spec.connectionSpecification, config))
        if parsed_args.command == "check":
            yield self._run_check(config)
        elif parsed_args.command == "discover":
            emit_operations(map(asdict, self.discover(config)))
        else:
            yield from self._run_write(config, parsed_args.catalog, io.TextIOWrapper(sys.stdin.buffer))

    def _read_config(self, parsed: argparse.Namespace) -> dict[str, Any]:
        """The configuration as it came. Raises WrongFile, for a write AirbyteTracedException."""
        try:
            return read_object(parsed.config)
        except WrongFile as error:
            raise (traced(error) if parsed.command == "write" else error) from None

    def _run_write(
        self, config: Mapping[str, Any], configured_catalog_path: str, input_stream: io.TextIOWrapper
    ) -> Iterable[AirbyteMessage]:
        try:
            catalog = _configured(configured_catalog_path)
        except WrongFile as error:
            raise traced(error) from None
        logger.info("Begin writing to the destination...")
        yield from self.write(config, catalog, self._parse_input_stream(input_stream))
        logger.info("Writing complete.")

    def parse_args(self, args: list[str]) -> argparse.Namespace:
        """Read the command line: the CDK's commands, and `discover`, which it does not know of destinations."""
        if args[:1] != ["discover"]:
            return super().parse_args(args)
        parser = argparse.ArgumentParser()
        parser.add_argument("command")
        parser.add_argument("--config", required=True, help="path to the json configuration file")
        return parser.parse_args(args)

    def _parse_input_stream(self, input_stream: io.TextIOWrapper) -> Iterator[Any]:
        return read_items(input_stream.buffer.fileno(), self._shutdown.wake)

    def run(self, args: list[str]) -> None:
        """Run one command, as the platform starts it."""
        init_uncaught_exception_handler(logger)
        level = logging.DEBUG if is_platform_debug_log_enabled() else logging.INFO
        logging.getLogger("destination_hubspot_calls").setLevel(level)
        # A log line that nobody reads must not become a traceback: the next state finds out, and ends the sync.
        logging.raiseExceptions = False
        parsed = self.parse_args(args)
        self._shutdown.listen()
        try:
            for message in self.run_cmd(parsed):
                emit([orjson.dumps(AirbyteMessageSerializer.dump(message))])
        except OutputClosed as error:
            sys.exit(str(error))
        self._shutdown.exit_if_signalled()


def _configured(path: str) -> ConfiguredAirbyteCatalog:
    """A configured catalog in the CDK's form. Raises WrongFile."""
    raw = read_json(path)
    missing = missing_part(raw)
    if missing is None:
        try:
            return ConfiguredAirbyteCatalogSerializer.load(raw)
        except Exception as error:  # noqa: BLE001 - the serializer's errors are of many kinds, and quote what they read
            missing = f"it has parts of another kind than a catalog's ({type(error).__name__})"
    raise WrongFile(f"{path} is not a configured catalog: {missing}")


def _catalog(configured: ConfiguredAirbyteCatalog) -> Catalog:
    return read_catalog(ConfiguredAirbyteCatalogSerializer.dump(configured))


def _items(messages: Iterable[Any]) -> Iterator[Item]:
    for message in messages:
        if isinstance(message, AirbyteMessage):
            yield from read_messages([message])
        else:
            yield message


def _token_keeper(config: Mapping[str, Any]) -> OnToken:
    """Keeps new tokens out of the log, and has Airbyte keep a rotated refresh token, which the next sync needs."""

    def keep(token: str, rotated: str | None) -> None:
        add_to_secrets(token)
        if rotated:
            add_to_secrets(rotated)
            emit_config({**config, "credentials": {**config["credentials"], "refresh_token": rotated}})

    return keep


def _lose_token(token: str, rotated: str | None) -> None:
    """Keeps new tokens out of the log. In `discover` Airbyte takes a new configuration for a source's, and fails: so a
    rotated refresh token is lost.
    """
    add_to_secrets(token)
    if rotated:
        add_to_secrets(rotated)
        logger.warning(
            "HubSpot has replaced the refresh token, and Airbyte cannot save the new one while it reads fields. If the "
            "next sync cannot sign in, connect the account again."
        )
