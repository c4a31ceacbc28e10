"""HubSpot's CRM API as far as calls need it: one method per endpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import orjson

from destination_hubspot_calls.hubspot.errors import Refusal, Unexpected
from destination_hubspot_calls.hubspot.inputs import encode_batch
from destination_hubspot_calls.hubspot.models import (
    AccountDetails,
    AssociationType,
    AssociationTypes,
    BatchAnswer,
    Disposition,
    Dispositions,
    LinkAnswer,
    Owner,
    Owners,
    Page,
    Problem,
    Properties,
    Property,
    Result,
    TokenAnswer,
    TokenInfo,
    TracedAnswer,
    Wire,
)
from destination_hubspot_calls.hubspot.query import FIRST_PAGE, Query
from destination_hubspot_calls.hubspot.transport import Reply, Request, Transport

MAX_INPUTS = 100
"""Inputs of one batch request (HubSpot's guides and OpenAPI files; 101 are a 400)."""
MAX_LINKS = 2000
"""Inputs of one request that links records (associations v4)."""

# The API's version is named here and nowhere else. v1–v3 are unsupported after September 2027, v4 after 2027-03-30;
# the date versions after it (`/crm/objects/2026-03`, …) have the same bodies.
OBJECTS = "/crm/v3/objects"
PROPERTIES = "/crm/v3/properties"
ASSOCIATIONS = "/crm/v4/associations"
OWNERS = "/crm/v3/owners"
DISPOSITIONS = "/calling/v1/dispositions"
OAUTH = "/oauth/v1"
TOKEN_INFO = "/oauth/v2/private-apps/get/access-token-info"  # noqa: S105 - a path, no secret
SCHEMAS = "/crm-object-schemas/v3/schemas"
ACCOUNT = "/account-info/v3/details"

UNFINISHED = frozenset({"PENDING", "PROCESSING", "CANCELED"})
"""What a batch's status is (OpenAPI files) where its answer is no proof of what it leaves out."""

T = TypeVar("T")
W = TypeVar("W", bound=Wire)


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What a read by keys found, HubSpot's own time, whether every key was accounted for, and the keys it misses.

    `missing` are those that HubSpot names; a reading may be complete without their names.
    """

    results: tuple[Result, ...]
    date: datetime | None
    complete: bool
    missing: frozenset[str] = frozenset()


class Client:
    """HubSpot, as one method per endpoint. Every method raises the errors of `errors.HubSpotError`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def pause(self, seconds: float) -> None:
        """Sleep. Raises Stopped where the process is to stop."""
        self._transport.pause(seconds)

    def create_calls(self, inputs: Sequence[bytes]) -> BatchAnswer | TracedAnswer:
        """Create up to 100 calls. Each input is an encoded object with `properties`, `associations`, and a trace id.

        Raises LostAnswer where the calls may or may not be there now.
        """
        return self._batch(f"{OBJECTS}/calls/batch/create", inputs, repeatable=False)

    def update_calls(self, inputs: Sequence[bytes]) -> BatchAnswer | TracedAnswer:
        """Update up to 100 calls. Each input is an encoded object with `id`, `properties`, and a trace id."""
        return self._batch(f"{OBJECTS}/calls/batch/update", inputs)

    def link_calls(self, object_type: str, inputs: Sequence[bytes]) -> LinkAnswer:
        """Link up to 2,000 pairs; a link that is there already stays. Each input: `from`, `to`, `types`."""
        request = Request("POST", f"{ASSOCIATIONS}/calls/{_name(object_type)}/batch/create", encode_batch(inputs))
        return self._write(request, _reader(LinkAnswer))

    def read_records(
        self,
        object_type: str,
        id_property: str,
        keys: Sequence[str],
        properties: Iterable[str],
        *,
        archived: bool = False,
    ) -> ReadResult:
        """Find up to 100 records by the values of a property that is unique (`hs_object_id`: by their ids)."""
        body = {
            "inputs": [{"id": key} for key in keys],
            "properties": list(properties),
            "propertiesWithHistory": [],
            **({} if id_property == "hs_object_id" else {"idProperty": id_property}),
        }
        path = f"{OBJECTS}/{_name(object_type)}/batch/read" + ("?archived=true" if archived else "")
        try:
            return self._post(path, body, lambda reply: _reading(reply, len(keys)))
        except Refusal as refusal:
            if refusal.status == 404 and _not_found(refusal.problem):  # all of them missing
                return ReadResult((), None, complete=True)
            raise

    def search(self, object_type: str, query: Query, after: str = FIRST_PAGE) -> Page:
        """One page of what a query finds. Lags behind writes by seconds, and never finds archived records."""
        request = Request("POST", f"{OBJECTS}/{_name(object_type)}/search", query.body(after), searches=True)
        return self._transport.send(request, _reader(Page))

    def properties(self, object_type: str, *, archived: bool = False) -> tuple[Property, ...]:
        """The definitions of an object type's properties; with `archived` those that were."""
        query = "?archived=true" if archived else ""
        return self._get(f"{PROPERTIES}/{_name(object_type)}{query}", Properties).results

    def association_types(self, object_type: str, *, reverse: bool = False) -> tuple[AssociationType, ...]:
        """The kinds of link from calls to an object type, or to calls; the one without a label is the default."""
        ends = (_name(object_type), "calls") if reverse else ("calls", _name(object_type))
        return self._get(f"{ASSOCIATIONS}/{'/'.join(ends)}/labels", AssociationTypes).results

    def owners(self, *, archived: bool = False) -> Iterator[Owner]:
        """All owners, page by page; with `archived` those who were."""
        after = ""
        while True:
            query = {"limit": "100", "archived": str(archived).lower(), **({"after": after} if after else {})}
            page = self._get(f"{OWNERS}?{urlencode(query)}", Owners)
            yield from page.results
            if not page.after or page.after == after:
                return
            after = page.after

    def dispositions(self) -> tuple[Disposition, ...]:
        """The account's call outcomes."""
        return self._transport.send(Request("GET", DISPOSITIONS), _root_reader)

    def object_schemas(self) -> tuple[dict[str, Any], ...]:
        """The account's custom objects, as HubSpot describes them."""
        answer = self._transport.send(Request("GET", SCHEMAS), lambda reply: orjson.loads(reply.body))
        results = answer.get("results") if isinstance(answer, dict) else None
        return tuple(item for item in results or () if isinstance(item, dict))

    def first_record(self, object_type: str) -> Page:
        """One record at most: shows whether the token may read that kind."""
        return self._get(f"{OBJECTS}/{_name(object_type)}?limit=1", Page)

    def account(self) -> AccountDetails:
        """The account that the token belongs to; every token may ask for it."""
        return self._get(ACCOUNT, AccountDetails)

    def token_info(self, token: str) -> TokenInfo:
        """Whose static token this is and what it may do; HubSpot refuses this for some kinds of token."""
        return self._post(TOKEN_INFO, {"tokenKey": token}, _reader(TokenInfo))

    def oauth_token_info(self, token: str) -> TokenInfo:
        """The same of an OAuth app's access token. Errors of this may name the token: they are not to be shown."""
        return self._get(f"{OAUTH}/access-tokens/{_name(token)}", TokenInfo)

    def exchange(self, form: dict[str, str]) -> TokenAnswer:
        """Trade a refresh token for an access token; needs no authorization. Raises Refusal."""
        request = Request(
            "POST", f"{OAUTH}/token", urlencode(form).encode(), content_type="application/x-www-form-urlencoded"
        )
        return self._transport.send(request, _reader(TokenAnswer))

    def _get(self, path: str, model: type[W]) -> W:
        return self._transport.send(Request("GET", path), _reader(model))

    def _post(self, path: str, body: object, read: Callable[[Reply], T]) -> T:
        return self._transport.send(Request("POST", path, orjson.dumps(body)), read)

    def _batch(self, path: str, inputs: Sequence[bytes], *, repeatable: bool = True) -> BatchAnswer | TracedAnswer:
        request = Request("POST", path, encode_batch(inputs), repeatable=repeatable)
        return self._write(request, lambda reply: _answer(reply, len(inputs)))

    def _write(self, request: Request, read: Callable[[Reply], T]) -> T:
        """Raises Unexpected where the endpoint itself is not found: that is no verdict on what was sent to it."""
        try:
            return self._transport.send(request, read)
        except Refusal as refusal:
            if refusal.status == 404 and not _not_found(refusal.problem):
                raise Unexpected(f"HubSpot does not know {request.method} {request.path} (404)") from None
            raise


def _name(object_type: str) -> str:
    return quote(object_type, safe="")


def _reader(model: type[W]) -> Callable[[Reply], W]:
    return lambda reply: model.model_validate_json(reply.body)


def _root_reader(reply: Reply) -> tuple[Disposition, ...]:
    return Dispositions.model_validate_json(reply.body).root


def _answer(reply: Reply, inputs: int) -> BatchAnswer | TracedAnswer:
    """Properties tell whose a result is: they are read where that is in question and the trace id does not say it."""
    answer = TracedAnswer.model_validate_json(reply.body)
    is_for_all = len({result.id for result in answer.results}) == inputs and not answer.errors
    if is_for_all or all(result.trace_id for result in answer.results):
        return answer
    return BatchAnswer.model_validate_json(reply.body)


def _reading(reply: Reply, asked: int) -> ReadResult:
    answer = BatchAnswer.model_validate_json(reply.body)
    if answer.status in UNFINISHED:
        return ReadResult(answer.results, reply.date, complete=False)
    found = {result.id for result in answer.results}
    named = frozenset(key for error in answer.errors for key in error.context.get("ids", ()))
    unnamed = any(_not_found(error) and "ids" not in error.context for error in answer.errors)
    return ReadResult(answer.results, reply.date, unnamed or len(found) + len(named) >= asked, named)


def _not_found(problem: Problem) -> bool:
    return problem.category == "OBJECT_NOT_FOUND" or "ids" in problem.context
