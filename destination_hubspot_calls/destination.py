"""The face that Airbyte sees: spec, check, write. The only room that builds the others."""

from __future__ import annotations

import argparse
import gc
import io
import logging
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import chain
from typing import Any

import orjson
from airbyte_cdk.destinations import Destination
from airbyte_cdk.exception_handler import init_uncaught_exception_handler
from airbyte_cdk.models import (
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteMessageSerializer,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteCatalogSerializer,
    FailureType,
    Status,
    Type,
)
from airbyte_cdk.utils.airbyte_secrets_utils import add_to_secrets, get_secrets, update_secrets
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from destination_hubspot_calls.airbyte.activation import Operation, activated, operations
from destination_hubspot_calls.airbyte.catalog import Catalog, read_catalog
from destination_hubspot_calls.airbyte.protocol import (
    Item,
    UnreadableInput,
    emit,
    emit_config,
    emit_operations,
    emit_states,
    read_items,
    read_messages,
)
from destination_hubspot_calls.associations import LinkResolver
from destination_hubspot_calls.config.model import Config, ConfigError, read_config
from destination_hubspot_calls.connection import Connection, OnToken, connect
from destination_hubspot_calls.delivery.dry_run import DryRunWriter
from destination_hubspot_calls.delivery.writer import Writer
from destination_hubspot_calls.hubspot.errors import HubSpotError, MissingScopes, Stopped, Unauthorized, Unavailable
from destination_hubspot_calls.mapping import Router
from destination_hubspot_calls.messages import Checkpoint, Record, Rejection
from destination_hubspot_calls.preflight import (
    CHECK_PATIENCE,
    READERS,
    Findings,
    call_properties,
    check_account,
    check_config,
    plans,
)
from destination_hubspot_calls.rejects import NoRejects, StoreError, StoreUnavailable, open_rejects
from destination_hubspot_calls.results import SettledState
from destination_hubspot_calls.shutdown import Shutdown, exit_by_sigterm
from destination_hubspot_calls.sink.dry_report import DryReport
from destination_hubspot_calls.sink.report import Report
from destination_hubspot_calls.sink.sink import WORKERS, Sink
from destination_hubspot_calls.sink.tolerance import Tolerance, TooManyRejected

logger = logging.getLogger("airbyte")

CONFIG_ERRORS = (ConfigError, Unauthorized, MissingScopes, StoreError, TooManyRejected)
"""What a person has to mend: the platform does not try again."""


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
            return AirbyteConnectionStatus(status=Status.FAILED, message=str(_traced(error)))
        if findings.problems:
            return AirbyteConnectionStatus(status=Status.FAILED, message=findings.text())
        _tell(findings, logger)
        return AirbyteConnectionStatus(status=Status.SUCCEEDED, message=findings.text() or None)

    def discover(self, config: Mapping[str, Any]) -> tuple[Operation, ...]:
        """What Airbyte's mapping page can do with calls in this account. Raises AirbyteTracedException."""
        try:
            read, keep = read_config(config), _token_keeper(config)
            connection = connect(read, self._shutdown.event, on_token=keep, patience=CHECK_PATIENCE)
            return operations(connection.client.properties("calls"))
        except Exception as error:  # noqa: BLE001 - whatever it is, Airbyte is to hear of it in its own terms
            raise _traced(error) from None

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
            items = _items(input_messages)
            first = _first_record(items, dry=config.get("dry_run") is True)
            if first is not None:
                catalog = read_catalog(ConfiguredAirbyteCatalogSerializer.dump(configured_catalog))
                sync = _Sync(read_config(config), catalog, self._shutdown, _token_keeper(config))
                sync.run(chain([first], items))
        except Stopped:
            logger.warning("The sync was told to stop; the next one goes on from the last state.")
            exit_by_sigterm()
        except Exception as error:  # noqa: BLE001 - whatever it is, Airbyte is to hear of it in its own terms
            raise _traced(error) from None
        yield from ()

    def run_cmd(self, parsed_args: argparse.Namespace) -> Iterable[AirbyteMessage]:
        """Run a command, as the CDK does but for its validation: it tells one mistake at a time and quotes secrets."""
        spec = self.spec(logger)
        if parsed_args.command == "spec":
            yield AirbyteMessage(type=Type.SPEC, spec=spec)
            return
        config = self.read_config(config_path=parsed_args.config)
        update_secrets(get_secrets(spec.connectionSpecification, config))
        if parsed_args.command == "check":
            yield self._run_check(config)
        elif parsed_args.command == "discover":
            emit_operations(map(asdict, self.discover(config)))
        else:
            yield from self._run_write(config, parsed_args.catalog, io.TextIOWrapper(sys.stdin.buffer))

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
        logging.getLogger("destination_hubspot_calls").setLevel(logging.INFO)
        parsed = self.parse_args(args)
        self._shutdown.listen()
        for message in self.run_cmd(parsed):
            emit([orjson.dumps(AirbyteMessageSerializer.dump(message))])
        if self._shutdown.terminated:
            exit_by_sigterm()


class _Sync:
    """One write, from its first record to the last state."""

    def __init__(self, config: Config, catalog: Catalog, shutdown: Shutdown, on_token: OnToken) -> None:
        """Ask HubSpot what the configuration needs. Raises ConfigError with all that is wrong."""
        connection = connect(config, shutdown.event, on_token=on_token, connections=WORKERS)
        dry = config.dry_run
        rejects = NoRejects() if dry else open_rejects(config.object_storage_config)
        rejects.probe()
        config = activated(config, catalog, lambda: call_properties(connection.client))
        account = check_account(connection, config, catalog)
        account.findings.raise_problems()
        _tell(account.findings, logger)
        resolver = LinkResolver(account.link_types, account.finders)
        writer = (DryRunWriter if dry else Writer)(connection.client, resolver, pause=connection.pause)
        self._router = Router(config.mappings, account.vocabulary, plans(catalog))
        self._report = (
            DryReport(most=config.max_rejected_records)
            if dry
            else Report(share=lambda: connection.limiter.share, kept=rejects.place)
        )
        self._sink = Sink(
            writer.write,
            emit=_keep if dry else emit_states,
            rejects=rejects,
            tolerance=Tolerance(None if dry else config.max_rejected_records),
            report=self._report,
            stop=shutdown.event,
        )
        self._shutdown = shutdown
        # What is there now stays: the collector need not walk through all of it again with every thousand records.
        gc.freeze()
        shutdown.defer_termination()

    def run(self, items: Iterable[Item]) -> None:
        """Take items until they end. Raises what ended it before that: Stopped where the process is to stop."""
        try:
            self._take(items)
        except Exception:
            self._abandon()
            raise
        finally:
            for stream, tally in self._router.tallies:
                self._report.tallies.of(stream).merge(tally)
            self._report.end()
            for stream, rules in self._router.never_filled:
                logger.warning('Stream "%s": found nothing in any record: %s', stream, "; ".join(rules))

    def _abandon(self) -> None:
        """Let go what is true. What goes wrong with that is told, and does not take the first error's place."""
        try:
            self._sink.abandon()
        except Exception as error:  # noqa: BLE001 - the first error is the one that ends the sync
            logger.error(_traced(error))  # noqa: TRY400 - its traceback would be another's

    def _take(self, items: Iterable[Item]) -> None:
        for item in items:
            if self._shutdown.event.is_set():
                raise Stopped
            match item:
                case None:
                    self._sink.tick()
                case Record():
                    self._sink.put(self._router.mapper(item.stream).map(item))
                case _:
                    self._sink.put(item)
        self._sink.close()


def _tell(findings: Findings, logger: logging.Logger) -> None:
    """What stops nothing, but should be known."""
    if findings.portal is not None:
        logger.info("The token belongs to HubSpot account %d.", findings.portal)
    for text in findings.remarks():
        logger.warning(text)


def _first_record(items: Iterator[Item], *, dry: bool) -> Record | Rejection | None:
    """The first record; the states before it cover nothing, so they leave at once. A Clear job ends with this.

    In a dry run they leave where no record comes.
    """
    held: list[SettledState] = []
    for item in items:
        match item:
            case Checkpoint():
                held.append(SettledState(item, written=0, rejected=0))
            case Record() | Rejection():
                return item
        if not dry:
            emit_states(held)
            held = []
    emit_states(held)
    return None


def _keep(states: Sequence[SettledState]) -> None:
    """Emit no state: in a dry run none is true."""


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


def _traced(error: Exception) -> AirbyteTracedException:
    """Our errors in Airbyte's terms. Texts of other people's errors may hold content, so only their type is told."""
    match error:
        case AirbyteTracedException():
            return error
        case Unavailable() | StoreUnavailable():
            kind = FailureType.transient_error
        case _ if isinstance(error, CONFIG_ERRORS):
            kind = FailureType.config_error
        case HubSpotError() | UnreadableInput():
            kind = FailureType.system_error
        case _:
            return AirbyteTracedException(
                message=f"Something unexpected went wrong in the connector ({type(error).__name__}). "
                "Please report it with the log.",
                internal_message=_where(error),
                failure_type=FailureType.system_error,
            )
    return AirbyteTracedException(message=str(error), internal_message=type(error).__name__, failure_type=kind)


def _where(error: BaseException) -> str:
    """The kind of an error and the lines it came through, without its text."""
    places = []
    trace = error.__traceback__
    while trace:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return f"{type(error).__name__} at {' > '.join(places)}"
