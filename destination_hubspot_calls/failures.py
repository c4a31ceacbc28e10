"""Our errors in Airbyte's terms: who has to act, and in which words."""

from __future__ import annotations

from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from destination_hubspot_calls.airbyte.catalog import WrongCatalog
from destination_hubspot_calls.airbyte.protocol import OutputClosed, UnreadableInput
from destination_hubspot_calls.config.json_file import WrongFile
from destination_hubspot_calls.config.problems import ConfigError
from destination_hubspot_calls.hubspot.errors import Forbidden, HubSpotError, Unauthorized, Unavailable, WrongRegion
from destination_hubspot_calls.rejects import StoreError, StoreUnavailable
from destination_hubspot_calls.sink.tolerance import TooManyRejected

CONFIG_ERRORS = (
    ConfigError,
    WrongFile,
    WrongCatalog,
    Unauthorized,
    Forbidden,
    WrongRegion,
    StoreError,
    TooManyRejected,
)
"""What a person has to fix: the platform does not try again."""


def traced(error: Exception) -> AirbyteTracedException:
    """An error as Airbyte reports it. Texts of other people's errors may hold content, so only their type is named."""
    match error:
        case AirbyteTracedException():
            return error
        case Unavailable() | StoreUnavailable() | OutputClosed():
            kind = FailureType.transient_error
        case _ if isinstance(error, CONFIG_ERRORS):
            kind = FailureType.config_error
        case HubSpotError() | UnreadableInput():
            kind = FailureType.system_error
        case _:
            return _unexpected(error)
    return AirbyteTracedException(message=str(error), internal_message=type(error).__name__, failure_type=kind)


def _unexpected(error: Exception) -> AirbyteTracedException:
    return AirbyteTracedException(
        message=f"Something unexpected went wrong in the connector ({type(error).__name__}). "
        "Please report it with the log.",
        internal_message=_where(error),
        failure_type=FailureType.system_error,
    )


def _where(error: BaseException) -> str:
    """The kind of an error and the lines it came through, without its text."""
    places = []
    trace = error.__traceback__
    while trace:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return f"{type(error).__name__} at {' > '.join(places)}"
