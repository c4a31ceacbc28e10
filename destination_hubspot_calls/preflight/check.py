"""A configuration as it came, held against everything that can be asked before a sync."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from destination_hubspot_calls.airbyte.activation import activated
from destination_hubspot_calls.airbyte.catalog import Catalog
from destination_hubspot_calls.config.model import AccessToken, Config
from destination_hubspot_calls.config.reading import PartialConfig, Storage, read_partial
from destination_hubspot_calls.connection import Connection
from destination_hubspot_calls.hubspot.errors import HubSpotError, Stopped, Unauthorized, WrongRegion
from destination_hubspot_calls.mapping.expression import top_fields
from destination_hubspot_calls.preflight.account import Account, check_account
from destination_hubspot_calls.preflight.activation import read_needed
from destination_hubspot_calls.preflight.delays import Delays
from destination_hubspot_calls.preflight.findings import Findings, Unfit
from destination_hubspot_calls.preflight.token import looks_like
from destination_hubspot_calls.rejects import StoreError, open_rejects

CHECK_PATIENCE = 15.0
"""Seconds that each request of a check is tried for: a person waits, and can try again."""

STORAGE = "object_storage_config"
_SECRETS = frozenset({"access_token", "client_secret", "refresh_token", "secret_access_key"})
_SHORTEST = 6
"""Characters: shorter ones may be words."""


@dataclass(frozen=True, slots=True)
class OpenedAccount:
    """A configuration that fits, and what its account has for it."""

    config: Config
    connection: Connection
    account: Account


def check_config(raw: object, connect: Callable[[Config], Connection]) -> Findings:
    """All that is wrong with a configuration, as far as it can be read; writes nothing but a probe to the store of
    rejected records. If HubSpot cannot be asked, why. Raises Stopped.
    """
    draft = read_partial(raw)
    findings = Findings(form=list(draft.problems), secrets=tuple(_secrets(raw)))
    if draft.storage is not None and not any(problem.place.startswith(STORAGE) for problem in draft.problems):
        _probe(draft.storage, findings)
    if draft.config is None:
        findings.note("the rest, as HubSpot cannot be asked with these credentials or at this address")
    else:
        _ask(draft.config, draft, connect(draft.config), None, findings)
    return findings


def open_account(raw: object, connect: Callable[[Config], Connection], catalog: Catalog | None) -> OpenedAccount:
    """What it takes to map records and look things up: a sync and a preview begin with it. Writes nothing.

    A key that this version does not know is warned of only, so that a version can be rolled back: `check` has told
    it. Raises ConfigError with all that is wrong, and HubSpotError.
    """
    draft = read_partial(raw)
    findings = Findings(secrets=tuple(_secrets(raw)))
    for problem in draft.problems:
        if problem.is_unknown_key:
            findings.warn(problem.place, f"{problem.words} (a later version may know it; this one ignores it)")
        else:
            findings.form.append(problem)
    if draft.config is None:
        raise Unfit(findings)
    connection = connect(draft.config)
    selected = catalog or {}
    config = activated(draft.config, selected, lambda: read_needed(connection.client, selected), top_fields)
    account = _ask(config, draft, connection, catalog, findings)
    findings.raise_problems()
    assert account is not None  # else there are problems
    return OpenedAccount(_without(config, account.dropped), connection, account)


def _without(config: Config, dropped: frozenset[str]) -> Config:
    """The configuration without the association rules at these places."""
    if not dropped:
        return config
    mappings = (
        mapping.model_copy(
            update={"associations": tuple(rule for rule in mapping.associations if rule.place not in dropped)}
        )
        for mapping in config.mappings
    )
    return config.model_copy(update={"mappings": tuple(mappings)})


def _ask(
    config: Config, draft: PartialConfig, connection: Connection, catalog: Catalog | None, findings: Findings
) -> Account | None:
    """Hold a configuration against its account; None if that cannot be asked, which is a problem then."""
    try:
        with Delays(connection.waiting, findings):
            return check_account(connection, config, catalog, draft=draft, findings=findings)
    except Stopped:
        raise
    except Unauthorized as error:
        _tell_refused(config, error, findings)
    except WrongRegion as error:
        findings.problem("region" if config.region else "api_base_url", str(error))
    except HubSpotError as error:
        findings.problem("HubSpot", f"the remaining checks could not be made: {error}")
    return None


def _probe(storage: Storage, findings: Findings) -> None:
    try:
        open_rejects(storage).probe()
    except StoreError as error:
        findings.problem(STORAGE, str(error))


def _tell_refused(config: Config, error: Unauthorized, findings: Findings) -> None:
    match config.credentials:
        case AccessToken(access_token=token):
            findings.problem("credentials.access_token", f"{error}.{looks_like(token)}")
        case _:
            findings.problem("credentials", str(error))
    findings.note("what only the account can tell")


def _secrets(raw: Any) -> list[str]:
    """The secrets in a configuration, wherever they stand in it."""
    match raw:
        case dict():
            found = [value for key, value in raw.items() if key in _SECRETS and isinstance(value, str)]
            return [text for text in found if len(text) >= _SHORTEST] + _secrets([*raw.values()])
        case list():
            return [text for item in raw for text in _secrets(item)]
        case _:
            return []
