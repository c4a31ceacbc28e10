"""HubSpot's CRM API as far as calls need it: one method per endpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol, TypeVar
from urllib.parse import quote, urlencode

import orjson

from destination_hubspot_calls.hubspot.errors import Blocked, LostAnswer, Refusal, Unexpected
from destination_hubspot_calls.hubspot.inputs import encode_batch
from destination_hubspot_calls.hubspot.lanes import Lane
from destination_hubspot_calls.hubspot.models import (
    AccountDetails,
    AssociationType,
    AssociationTypes,
    BatchAnswer,
    Disposition,
    Dispositions,
    LinkAnswer,
    LinkedRecord,
    LinksAnswer,
    Option,
    Owner,
    Owners,
    Page,
    Problem,
    Properties,
    Property,
    Result,
    TokenAnswer,
    TokenInfo,
    Wire,
)
from destination_hubspot_calls.hubspot.paths import DISPOSITIONS, OAUTH, OAUTH_V1, TOKEN_INFO, V3, Paths
from destination_hubspot_calls.hubspot.query import FIRST_PAGE, Condition, Listing, Query
from destination_hubspot_calls.hubspot.transport import Reply, Request

MAX_INPUTS = 100
"""Inputs of one batch request (HubSpot's guides and OpenAPI files; 101 are a 400)."""
MAX_LINKS = 2000
"""Inputs of one request that links records (associations v4)."""
MAX_LINKS_READ = 1000
"""Calls whose links one request reads (the same)."""

MAX_PAGES = 1000
"""Pages of a list: an account with a hundred thousand users, a call with a hundred thousand links."""

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


class Transport(Protocol):
    """What carries requests. Raises HubSpotError only."""

    def send(self, request: Request, read: Callable[[Reply], T]) -> T:
        """Send until it is answered, and return what `read` makes of the answer."""

    def pause(self, seconds: float) -> None:
        """Sleep. Raises Stopped where the process is to stop."""


class Client:
    """HubSpot, as one method per endpoint. Every method raises the errors of `errors.HubSpotError`."""

    def __init__(self, transport: Transport, paths: Paths = V3) -> None:
        self._transport = transport
        self.paths = paths
        self._has_old_oauth = False

    def pause(self, seconds: float) -> None:
        """Sleep. Raises Stopped where the process is to stop."""
        self._transport.pause(seconds)

    def create_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
        """Create up to 100 calls. Each input is an encoded object with `properties`, `associations`, and a trace id.

        Raises LostAnswer where the calls may or may not be there now.
        """
        return self._batch("create", "creating calls", inputs)

    def update_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
        """Update up to 100 calls. Each input is an encoded object with `id`, `properties`, and a trace id.

        Raises LostAnswer, though doing it twice does no harm: sent again and again, an input that HubSpot cannot stand
        would hold up the others for ever.
        """
        return self._batch("update", "updating calls", inputs)

    def upsert_calls(self, inputs: Sequence[bytes]) -> BatchAnswer:
        """Create or update up to 100 calls. Each input: `id`, `idProperty`, `properties`, and a trace id; no links.

        Doing it twice makes nothing twice. Raises LostAnswer, as `update_calls` does.
        """
        return self._batch("upsert", "creating or updating calls", inputs)

    def archive_calls(self, ids: Sequence[str]) -> None:
        """Put up to 100 calls into the bin, where HubSpot keeps them for 90 days. Those that are there stay there."""
        body = orjson.dumps({"inputs": [{"id": call_id} for call_id in ids]})
        request = Request("POST", self.paths.batch("calls", "archive"), body, what="archiving calls")
        self._write(request, lambda _: None)

    def link_calls(self, object_type: str, inputs: Sequence[bytes]) -> LinkAnswer:
        """Link up to 2,000 pairs; a link that is there already stays. Each input: `from`, `to`, `types`."""
        path = self.paths.links(_name(object_type), "create")
        request = Request("POST", path, encode_batch(inputs), what="linking calls", lane=Lane.ASSOCIATIONS)
        return self._write(request, _reader(LinkAnswer))

    def read_links(self, object_type: str, call_ids: Iterable[str]) -> dict[str, dict[str, LinkedRecord]]:
        """All links to an object type that up to 1,000 calls have: by call, then by the record at the other end.

        A call without any has an empty entry where HubSpot says so, and none where it says nothing.
        """
        links: dict[str, dict[str, LinkedRecord]] = {}
        open_ends: Sequence[dict[str, str]] = [{"id": call_id} for call_id in call_ids]
        for _ in range(MAX_PAGES):
            if not open_ends:
                return links
            answer = self._links_page(object_type, open_ends)
            for item in answer.results:
                links.setdefault(item.call.id, {}).update({record.id: record for record in item.to})
            for error in answer.errors:
                for call_id in error.context.get("fromObjectId", ()):
                    links.setdefault(call_id, {})
            asked = {(item["id"], item.get("after", "")) for item in open_ends}
            more = [(item.call.id, item.after) for item in answer.results if item.after]
            open_ends = [{"id": call_id, "after": after} for call_id, after in more if (call_id, after) not in asked]
        raise Unexpected("HubSpot's list of a call's links does not end")

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
        path = self.paths.batch(_name(object_type), "read") + ("?archived=true" if archived else "")
        what = f"reading {object_type}" + (" by their ids" if id_property == "hs_object_id" else "")
        request = Request("POST", path, orjson.dumps(body), what=what, divisible=True)
        try:
            return self._send_values(request, lambda reply: _reading(reply, len(keys)), object_type)
        except Refusal as refusal:
            if refusal.status == 404 and _not_found(refusal.problem):  # all of them missing
                return ReadResult((), None, complete=True)
            raise

    def search(self, object_type: str, query: Query, after: str = FIRST_PAGE) -> Page:
        """One page of what a query finds. Lags behind writes by seconds, and never finds archived records."""
        path, what = f"{self.paths.objects}/{_name(object_type)}/search", f"searching {object_type}"
        request = Request("POST", path, query.body(after), lane=Lane.SEARCH, what=what, divisible=True)
        return self._send_values(request, _reader(Page), object_type)

    def _send_values(self, request: Request, read: Callable[[Reply], T], object_type: str) -> T:
        """Ask for values. Raises Blocked where somebody before HubSpot turns away these, and lets others through."""
        try:
            return self._transport.send(request, read)
        except LostAnswer:
            if self._lets_through(object_type):
                raise Blocked(request.what) from None
        # It is not for what it holds: that may end, as each outage does.
        return self._transport.send(replace(request, divisible=False), read)

    def _lets_through(self, object_type: str) -> bool:
        """Whether a request that holds nothing but a number comes to HubSpot."""
        path, body = self.paths.batch(_name(object_type), "read"), b'{"inputs":[{"id":"1"}],"properties":[]}'
        try:
            self._transport.send(Request("POST", path, body, what=f"reading {object_type}", divisible=True), bool)
        except LostAnswer:
            return False
        except Refusal:
            pass  # HubSpot's own words
        return True

    def find_calls(self, conditions: Sequence[Condition], properties: Iterable[str]) -> Iterator[Result]:
        """All calls that meet every one of up to five conditions, by their ids, however many; as a search knows them.

        A search lags behind writes by seconds, and never finds archived calls.
        """
        listing, after = Listing(tuple(conditions), tuple(properties)), "0"
        while True:
            path = f"{self.paths.objects}/calls/search"
            request = Request("POST", path, listing.body(after), lane=Lane.SEARCH, what="searching calls")
            page = self._transport.send(request, _reader(Page))
            yield from page.results
            last = page.results[-1].id if page.results else after
            if not page.after or last == after:
                return
            after = last

    def properties(
        self, object_type: str, *, archived: bool = False, sensitivity: str | None = None
    ) -> tuple[Property, ...]:
        """The definitions of an object type's properties; with `archived` those that were.

        `sensitivity` (sensitive, highly_sensitive) asks for those alone; without it HubSpot leaves them out.
        """
        options = {
            **({"archived": "true"} if archived else {}),
            **({"dataSensitivity": sensitivity} if sensitivity else {}),
        }
        query = f"?{urlencode(options)}" if options else ""
        return self._get(
            f"{self.paths.properties}/{_name(object_type)}{query}", Properties, "reading properties"
        ).results

    def create_property(self, object_type: str, definition: Mapping[str, object]) -> Property:
        """Define a property (the schema's PropertyCreate). Raises Refusal: 409 where the name is taken.

        After a lost answer it is sent again, and a 409 may then be about what this very request made.
        """
        request = Request(
            "POST",
            f"{self.paths.properties}/{_name(object_type)}",
            orjson.dumps(definition),
            what="creating a property",
        )
        return self._write(request, _reader(Property))

    def set_options(self, object_type: str, name: str, options: Sequence[Option]) -> Property:
        """Give an enumeration these options. Those it has and that are left out are gone, so send them too."""
        values = [item.model_dump(by_alias=True) | {"displayOrder": place} for place, item in enumerate(options)]
        path = f"{self.paths.properties}/{_name(object_type)}/{_name(name)}"
        body = orjson.dumps({"options": values})
        return self._write(Request("PATCH", path, body, what="adding options to a property"), _reader(Property))

    def association_types(self, object_type: str, *, reverse: bool = False) -> tuple[AssociationType, ...]:
        """The kinds of link from calls to an object type, or to calls; the one without a label is the default."""
        ends = (_name(object_type), "calls") if reverse else ("calls", _name(object_type))
        path = f"{self.paths.associations}/{'/'.join(ends)}/labels"
        return self._get(path, AssociationTypes, "reading labels", lane=Lane.ASSOCIATIONS).results

    def owners(self, *, archived: bool = False) -> Iterator[Owner]:
        """All owners, page by page; with `archived` those who were."""
        after = ""
        for _ in range(MAX_PAGES):
            query = {"limit": "100", "archived": str(archived).lower(), **({"after": after} if after else {})}
            page = self._get(f"{self.paths.owners}?{urlencode(query)}", Owners, "reading owners")
            yield from page.results
            if not page.after or page.after == after:
                return
            after = page.after
        raise Unexpected("HubSpot's list of owners does not end")

    def dispositions(self) -> tuple[Disposition, ...]:
        """The account's call outcomes."""
        return self._transport.send(Request("GET", DISPOSITIONS, what="reading call outcomes"), _root_reader)

    def object_schemas(self) -> tuple[dict[str, Any], ...]:
        """The account's custom objects, as HubSpot describes them."""
        request = Request("GET", self.paths.schemas, what="reading custom objects")
        answer = self._transport.send(request, lambda reply: orjson.loads(reply.body))
        results = answer.get("results") if isinstance(answer, dict) else None
        return tuple(item for item in results or () if isinstance(item, dict))

    def first_record(self, object_type: str) -> Page:
        """One record at most: shows whether the token may read that kind."""
        return self._get(f"{self.paths.objects}/{_name(object_type)}?limit=1", Page, f"reading {object_type}")

    def account(self) -> AccountDetails:
        """The account that the token belongs to; every token may ask for it."""
        return self._get(f"{self.paths.accounts}/details", AccountDetails, "reading the account")

    def token_info(self, token: str) -> TokenInfo:
        """Whose static token this is and what it may do; HubSpot refuses this for some kinds of token."""
        body, what = orjson.dumps({"tokenKey": token}), "reading what the token may do"
        return self._transport.send(
            Request("POST", TOKEN_INFO, body, what=what, proves_token=False), _reader(TokenInfo)
        )

    def oauth_token_info(self, token: str, client_id: str = "", client_secret: str = "") -> TokenInfo:
        """The same of an OAuth app's access token; without the app's own credentials it is the old endpoint's to say.

        Raises Refusal where it is not a token that lives. Errors of this may name the token: not to be shown.
        """
        what = "reading what the token may do"
        old = Request("GET", f"{OAUTH_V1}/access-tokens/{_name(token)}", what=what, proves_token=False)
        if not client_id:
            return self._transport.send(old, _reader(TokenInfo))
        form = {"client_id": client_id, "client_secret": client_secret, "token": token}
        info = self._send_oauth(_form(f"{OAUTH}/token/introspect", form, what), old, _reader(TokenInfo))
        if info.active is False:
            raise Refusal(404, Problem(category="OBJECT_NOT_FOUND"))
        return info

    def exchange(self, form: dict[str, str]) -> TokenAnswer:
        """Trade a refresh token for an access token; needs no authorization. Raises Refusal."""
        what = "fetching an access token"
        new, old = (_form(f"{version}/token", form, what) for version in (OAUTH, OAUTH_V1))
        return self._send_oauth(new, old, _reader(TokenAnswer))

    def _send_oauth(self, new: Request, old: Request, read: Callable[[Reply], T]) -> T:
        """Where a host does not know the new endpoint, the old one, from then on."""
        if not self._has_old_oauth:
            try:
                return self._transport.send(new, read)
            except Refusal as refusal:
                if refusal.status != 404:
                    raise
        answer = self._transport.send(old, read)
        self._has_old_oauth = True
        return answer

    def _get(self, path: str, model: type[W], what: str, lane: Lane = Lane.BURST) -> W:
        return self._transport.send(Request("GET", path, what=what, lane=lane), _reader(model))

    def _post(self, path: str, body: object, read: Callable[[Reply], T], what: str) -> T:
        return self._transport.send(Request("POST", path, orjson.dumps(body), what=what), read)

    def _batch(self, kind: str, what: str, inputs: Sequence[bytes]) -> BatchAnswer:
        path = self.paths.batch("calls", kind)
        request = Request("POST", path, encode_batch(inputs), repeatable=False, what=what)
        return self._write(request, _reader(BatchAnswer))

    def _links_page(self, object_type: str, ends: Sequence[dict[str, str]]) -> LinksAnswer:
        """A page of the links of each call; a 404 may say that none of them has any."""
        path, body = self.paths.links(_name(object_type), "read"), orjson.dumps({"inputs": ends})
        request = Request("POST", path, body, what="reading links", lane=Lane.ASSOCIATIONS)
        try:
            return self._transport.send(request, _reader(LinksAnswer))
        except Refusal as refusal:
            if refusal.status == 404 and _not_found(refusal.problem):
                return LinksAnswer(errors=(Problem(context={"fromObjectId": tuple(end["id"] for end in ends)}),))
            raise

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


def _form(path: str, form: dict[str, str], what: str) -> Request:
    body, content_type = urlencode(form).encode(), "application/x-www-form-urlencoded"
    may_lack = path.startswith(OAUTH)
    return Request("POST", path, body, what=what, content_type=content_type, may_lack=may_lack, proves_token=False)


def _reader(model: type[W]) -> Callable[[Reply], W]:
    return lambda reply: model.model_validate_json(reply.body)


def _root_reader(reply: Reply) -> tuple[Disposition, ...]:
    return Dispositions.model_validate_json(reply.body).root


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
