"""What the token may do, held against what the configuration does."""

from __future__ import annotations

from destination_hubspot_calls.config.model import Config, OAuth
from destination_hubspot_calls.hubspot.objects import standard_object
from destination_hubspot_calls.preflight.findings import Findings

# HubSpot's OpenAPI files: calls are written and read with the scopes of contacts; there is none of their own.
WRITE_CALLS = "crm.objects.contacts.write"
READ_CALLS = "crm.objects.contacts.read"
READ_OWNERS = "crm.objects.owners.read"
LEGACY = "contacts"
"""What older OAuth apps have: contacts, companies, deals and their activities, to read and to write."""


def read_scope(object_type: str) -> str:
    """The scope that opens an object type's records for reading."""
    kind = standard_object(object_type)
    if kind is None:
        return "crm.objects.custom.read"
    return kind.plural if kind.plural == "tickets" else f"crm.objects.{kind.plural}.read"


class Lacks:
    """The scopes that are missing, each with what needs it: told at once, as they are added at once."""

    def __init__(self) -> None:
        self._purposes: dict[str, list[str]] = {}

    def add(self, scope: str, purpose: str) -> None:
        """Something cannot be done without a scope."""
        purposes = self._purposes.setdefault(scope, [])
        if purpose not in purposes:
            purposes.append(purpose)

    def tell(self, config: Config, findings: Findings) -> None:
        """One problem for all of them."""
        if not self._purposes:
            return
        scopes = [f"{scope} (to {' and to '.join(purposes)})" for scope, purposes in self._purposes.items()]
        it = "it" if len(scopes) == 1 else "them"
        where = (
            f"Add {it} to the OAuth app, and authorize the account again"
            if isinstance(config.credentials, OAuth)
            else f"Tick {it} for the service key or private app in HubSpot's settings, under Integrations"
        )
        noun = "the scope" if len(scopes) == 1 else "the scopes"
        findings.problem("credentials", f"the token lacks {noun} {', '.join(scopes)}. {where}")


def check_write(scopes: frozenset[str] | None, config: Config, lacks: Lacks, findings: Findings) -> None:
    """Whether calls may be written; that cannot be tried out, so only what HubSpot tells of the token counts."""
    if scopes is None:
        findings.note(
            f"whether the token may write calls ({WRITE_CALLS}), as HubSpot does not tell this token's scopes"
        )
    elif not scopes & {WRITE_CALLS, LEGACY}:
        if config.dry_run:
            findings.warn("credentials", f"the token lacks {WRITE_CALLS}: without dry_run no call could be written")
        else:
            lacks.add(WRITE_CALLS, "write calls")
