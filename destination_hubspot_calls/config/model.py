"""What a person configured: data only, as Airbyte's form sends it (`spec.json` is its picture)."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator
from typing_extensions import Self

from destination_hubspot_calls.config.fields import (
    ApiVersion,
    BaseUrl,
    Conversion,
    Count,
    Country,
    Credential,
    DateOrder,
    Exact,
    Filled,
    IfBlank,
    MaybeAddress,
    MaybeCredential,
    MaybeName,
    MaybeText,
    MaybeTrimmed,
    Name,
    OnUpdate,
    Pair,
    Percent,
    Positive,
    RecipeName,
    RegionName,
    RejectOrSkip,
    Switch,
    TimeZone,
    Trimmed,
)
from destination_hubspot_calls.config.region import DEFAULT_ADDRESS, address_of_name


class Section(BaseModel):
    """A part of the configuration: immutable, and strict about keys that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, raw: Any) -> Any:
        return {key: value for key, value in raw.items() if value is not None} if isinstance(raw, dict) else raw


class Placed(Section):
    """A part that stands in a list, and knows where: set once, when the configuration is read."""

    _place: str = PrivateAttr("")

    @property
    def place(self) -> str:
        """Like `mappings[0].properties[2]`, in what a person entered, or `recipe aircall: properties[3]`."""
        return self._place

    def at(self, place: str) -> Self:
        """The same, standing there."""
        placed = self.model_copy()
        placed._place = place  # noqa: SLF001 - it is one of its own
        return placed


class AccessToken(Section):
    """A static bearer token: a Service Key's or a private app's."""

    auth_type: Literal["access_token"]
    access_token: Credential = Field(repr=False)


class OAuth(Section):
    """An OAuth app's client and the refresh token that an account granted it."""

    auth_type: Literal["oauth2.0"]
    client_id: Credential
    client_secret: Credential = Field(repr=False)
    refresh_token: Credential = Field(repr=False)


class PropertyRule(Placed):
    """Where one call property's value comes from, and what becomes of it.

    `source` and `default` are None if nothing was entered. A rule with neither is ignored: the form opens with
    such rows. `values` are `from=to` texts as they were entered, each with a `=`. `on_update` None means overwrite.
    """

    property: Name
    source: MaybeText = None
    default: MaybeText = None
    conversion: Annotated[Conversion | None, IfBlank] = None
    values: tuple[Pair, ...] = ()
    if_invalid: Annotated[RejectOrSkip | None, IfBlank] = None
    on_update: Annotated[OnUpdate | None, IfBlank] = None

    @builtins.property  # the field above has taken the plain name
    def is_empty(self) -> bool:
        """Whether it does nothing, as the form's rows do that nobody filled in."""
        return self.source is None and self.default is None

    @builtins.property
    def skips_invalid(self) -> bool:
        """Whether a value that does not fit leaves the property out instead of rejecting the record."""
        return self.if_invalid == "skip"


class AssociationRule(Placed):
    """Which records of one object type a call is linked to. `match_by` None means by record id."""

    object_type: Filled
    source: Exact
    match_by: MaybeName = None
    label: MaybeTrimmed = None
    if_missing: Annotated[RejectOrSkip | None, IfBlank] = None
    default_country: Country = None

    @property
    def rejects_missing(self) -> bool:
        """Whether a record whose link finds no match is rejected instead of written without it."""
        return self.if_missing == "reject"


class Mapping(Placed):
    """How the records of one stream become calls. `stream_namespace` None means any, "" means none.

    `only_if` is an expression; `time_zone` an IANA name or ACCOUNT_ZONE, None is UTC; `default_country` is for the
    phone rules that name none. `copy_matching_fields` is what `leave_out_matching_fields` was called before, inverted:
    read `copies_matching_fields`. Once the configuration is read, the recipe's rules stand after the mapping's own.
    """

    stream_name: Exact
    stream_namespace: str | None = None
    recipe: RecipeName = None
    only_if: MaybeText = None
    time_zone: TimeZone = None
    date_order: Annotated[DateOrder | None, IfBlank] = None
    default_country: Country = None
    properties: tuple[PropertyRule, ...] = ()
    leave_out_matching_fields: Switch | None = None
    copy_matching_fields: Switch | None = None
    associations: tuple[AssociationRule, ...] = ()
    require_association: Switch = False
    external_id_property: MaybeName = None
    external_id_source: MaybeText = None

    _of_recipe: frozenset[str] = PrivateAttr(frozenset())

    @property
    def copies_matching_fields(self) -> bool:
        """Whether fields that are named like a call property are copied without a rule; the newer key wins."""
        if self.leave_out_matching_fields is not None:
            return not self.leave_out_matching_fields
        return self.copy_matching_fields is not False

    def place_of(self, key: str) -> str:
        """Where one of its keys was set: by the mapping itself, or by its recipe."""
        return f"recipe {self.recipe}: {key}" if key in self._of_recipe else f"{self._place}.{key}"

    def with_keys_of_recipe(self, keys: Iterable[str]) -> Self:
        """The same, these keys being the recipe's."""
        merged = self.model_copy()
        merged._of_recipe = frozenset(keys)  # noqa: SLF001 - it is one of its own
        return merged


class NoStorage(Section):
    """Rejected records are counted and logged, and kept nowhere."""

    storage_type: Literal["None"] = "None"


class LocalStorage(Section):
    """Rejected records go to files in a folder, for a mounted volume."""

    storage_type: Literal["LOCAL"]
    path: Filled


class S3Storage(Section):
    """Rejected records go to objects in a bucket of S3 or a store that speaks its language.

    A blank `bucket_path` is the bucket's root; a blank region leaves the choice to the endpoint. Without a key pair
    the machine's own role is used.
    """

    storage_type: Literal["S3"]
    s3_bucket_name: Filled
    s3_bucket_region: Trimmed
    bucket_path: Trimmed
    access_key_id: MaybeCredential = None
    secret_access_key: MaybeCredential = Field(None, repr=False)
    s3_endpoint: MaybeAddress = None


class Config(Section):
    """The whole configuration of a connection. Read it with `reading.read_config`, which checks more than the shape.

    `max_rejected_percent`: of a stream's records. `run_property`: filled with the run's name in calls that are created.
    """

    credentials: Annotated[AccessToken | OAuth, Field(discriminator="auth_type")]
    mappings: tuple[Mapping, ...]
    max_rejected_records: Count = 1000
    max_rejected_percent: Percent = 20
    object_storage_config: Annotated[NoStorage | LocalStorage | S3Storage, Field(discriminator="storage_type")] = (
        NoStorage()
    )
    dry_run: Switch = False
    run_property: MaybeName = None
    requests_per_10_seconds: Positive | None = None
    api_version: ApiVersion = "v3"
    region: Annotated[RegionName | None, IfBlank] = None
    api_base_url: BaseUrl = DEFAULT_ADDRESS

    @property
    def address(self) -> str:
        """Where HubSpot is asked: at `api_base_url` if it says more than its default, else in the region."""
        if self.region is None or self.api_base_url != DEFAULT_ADDRESS:
            return self.api_base_url
        return address_of_name(self.region)
