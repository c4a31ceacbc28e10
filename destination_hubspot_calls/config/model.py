"""What a person configured: data only, as Airbyte's form sends it (`spec.json` is its picture)."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from ipaddress import ip_address
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from destination_hubspot_calls import recipes

API_HOSTS: Final = frozenset({"api.hubapi.com", "api-eu1.hubapi.com", "api-na2.hubapi.com", "api-ap1.hubapi.com"})
ANY_STREAM: Final = "*"
ACCOUNT_ZONE: Final = "account"
"""As a `time_zone`: the HubSpot account's own."""

# Longer than any key of ours, shorter than any token of HubSpot's.
_MAX_KEY: Final = 32


class ConfigError(Exception):
    """The configuration cannot be used. `problems` says place by place what to change; none quotes a value."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


def _one_word(text: str) -> str:
    if re.search(r"\s", text):
        raise ValueError("must be HubSpot's internal name, like hs_call_title, which has no blanks; not the label")
    return text


def _credential(text: str) -> str:
    # It becomes an HTTP header, which holds nothing else; a client's own complaint would quote it.
    if not re.fullmatch(r"[!-~]+", text):
        raise ValueError("must be plain characters without blanks; copy it again, in full and with nothing before it")
    return text


def _pair(item: str) -> str:
    if "=" not in item:
        raise ValueError(
            "must have a `=` between the source's value and HubSpot's, like `in=INBOUND`; write `%2C` for a comma in it"
        )
    return item


def _country(code: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2}", code):
        raise ValueError("must be a country's two-letter ISO code, like DE or US")
    return code.upper()


def _time_zone(name: str) -> str:
    if name == ACCOUNT_ZONE or _is_zone(name):
        return name
    near = _close_zones(name)
    raise ValueError(
        f"is not a time zone; {f'did you mean {near[0]}? ' if near else ''}"
        f"Enter an IANA name, like Europe/Berlin, or {ACCOUNT_ZONE} for the HubSpot account's own"
    )


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError, folders are OSErrors
        return False
    except KeyError:
        return False
    return True


def _close_zones(name: str) -> list[str]:
    """Zones that are spelled like it, or whose city is."""
    zones = sorted(available_timezones(), key=lambda zone: (zone.startswith(("Etc/", "posix", "right")), zone))
    spellings = {zone.rpartition("/")[2].casefold(): zone for zone in reversed(zones)}
    spellings |= {zone.casefold(): zone for zone in zones}
    near = get_close_matches(name.strip().replace(" ", "_").casefold(), spellings, n=1, cutoff=0.75)
    return [spellings[match] for match in near]


def _recipe(name: str) -> str:
    known = recipes.names()
    if name in known:
        return name
    near = get_close_matches(name.casefold().replace(" ", "-"), known, n=1)
    raise ValueError(f"is not a recipe; {f'did you mean {near[0]}?' if near else f'there are {_listed(known)}'}")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def _web_address(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be a web address, like https://s3.example.com")
    return url


def _base_url(url: str) -> str:
    """HubSpot's hosts by https, or this machine: the token goes nowhere else."""
    allowed = f"must be https:// and one of {', '.join(sorted(API_HOSTS))}, or a loopback address"
    try:
        parts = urlsplit(url.strip())
        scheme, host, port = parts.scheme, parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(allowed) from None
    hubspot = scheme == "https" and host in API_HOSTS and port in (None, 443)
    here = scheme in ("http", "https") and _is_loopback(host)
    beside = "@" in parts.netloc or parts.path.strip("/") or parts.query or parts.fragment
    if not (hubspot or here) or beside:
        raise ValueError(allowed)
    return f"{scheme}://{parts.netloc}"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _none_if_blank(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _whole(value: object) -> object:
    # JSON has one kind of number: 1000.0 is 1000.
    return int(value) if isinstance(value, float) and value.is_integer() else value


Exact = Annotated[str, AfterValidator(_not_blank)]
"""A name that is compared as it is: fields and streams may well begin or end with a blank."""
Filled = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Name = Annotated[Filled, AfterValidator(_one_word)]
Credential = Annotated[Filled, AfterValidator(_credential)]
Trimmed = Annotated[str, StringConstraints(strip_whitespace=True)]
Switch = Annotated[bool, Field(strict=True)]
IfBlank = BeforeValidator(_none_if_blank)
"""An empty box of the form says as much as none."""

Country = Annotated[Annotated[Trimmed, AfterValidator(_country)] | None, IfBlank]
"""Two letters, upper case. Whether numbers can be read by it, preflight tells."""
TimeZone = Annotated[Annotated[Trimmed, AfterValidator(_time_zone)] | None, IfBlank]
RecipeName = Annotated[
    Annotated[Trimmed, AfterValidator(_recipe), Field(json_schema_extra={"enum": [*recipes.names()]})] | None, IfBlank
]

Conversion = Literal[
    "automatic", "seconds_to_milliseconds", "minutes_to_milliseconds", "text_to_html", "markdown_to_html"
]
RejectOrSkip = Literal["reject", "skip"]
DateOrder = Literal["day_first", "month_first"]
OnUpdate = Literal["overwrite", "keep", "if_empty"]
ApiVersion = Literal["v3", "2026-03"]


class Section(BaseModel):
    """A part of the configuration: immutable, and strict about keys that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, raw: Any) -> Any:
        return {key: value for key, value in raw.items() if value is not None} if isinstance(raw, dict) else raw


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


class PropertyRule(Section):
    """Where one call property's value comes from, and what becomes of it.

    `source` and `default` are None where nothing was entered. A rule with neither is ignored: the form opens with
    such rows. `values` are `from=to` texts as they were entered, each with a `=`.
    """

    property: Name
    source: Annotated[str | None, IfBlank] = None
    default: Annotated[str | None, IfBlank] = None
    conversion: Annotated[Conversion | None, IfBlank] = None
    values: tuple[Annotated[str, AfterValidator(_pair)], ...] = ()
    if_invalid: Annotated[RejectOrSkip | None, IfBlank] = None
    on_update: Annotated[OnUpdate | None, IfBlank] = None

    @builtins.property  # the field above has taken the plain name
    def skips_invalid(self) -> bool:
        """Whether a value that does not fit leaves the property out instead of rejecting the record."""
        return self.if_invalid == "skip"


class AssociationRule(Section):
    """Which records of one object type a call is linked to. `match_by` None means by record id."""

    object_type: Filled
    source: Exact
    match_by: Annotated[Name | None, IfBlank] = None
    label: Annotated[Trimmed | None, IfBlank] = None
    if_missing: Annotated[RejectOrSkip | None, IfBlank] = None
    default_country: Country = None

    @property
    def rejects_missing(self) -> bool:
        """Whether a record whose link finds no match is rejected instead of written without it."""
        return self.if_missing == "reject"


class Mapping(Section):
    """How the records of one stream become calls. `stream_namespace` None means any, "" means none.

    `only_if` is an expression; `time_zone` an IANA name or ACCOUNT_ZONE, None is UTC; `default_country` is for the
    phone rules that name none. `copy_matching_fields` is what `leave_out_matching_fields` was called before, inverted:
    read `copies_matching_fields`.
    """

    stream_name: Exact
    stream_namespace: str | None = None
    recipe: RecipeName = None
    only_if: Annotated[str | None, IfBlank] = None
    time_zone: TimeZone = None
    date_order: Annotated[DateOrder | None, IfBlank] = None
    default_country: Country = None
    properties: tuple[PropertyRule, ...] = ()
    leave_out_matching_fields: Switch | None = None
    copy_matching_fields: Switch | None = None
    associations: tuple[AssociationRule, ...] = ()
    require_association: Switch = False
    external_id_property: Annotated[Name | None, IfBlank] = None
    external_id_source: Annotated[str | None, IfBlank] = None

    @property
    def copies_matching_fields(self) -> bool:
        """Whether fields that are named like a call property are copied without a rule; the newer key wins."""
        if self.leave_out_matching_fields is not None:
            return not self.leave_out_matching_fields
        return self.copy_matching_fields is not False


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
    access_key_id: Annotated[Credential | None, IfBlank] = None
    secret_access_key: Annotated[Credential | None, IfBlank] = Field(None, repr=False)
    s3_endpoint: Annotated[Annotated[Trimmed, AfterValidator(_web_address)] | None, IfBlank] = None


class Config(Section):
    """The whole configuration of a connection. Read it with `read_config`, which checks more than the shape."""

    credentials: Annotated[AccessToken | OAuth, Field(discriminator="auth_type")]
    mappings: tuple[Mapping, ...]
    max_rejected_records: Annotated[int, Field(strict=True, ge=0), BeforeValidator(_whole)] = 1000
    max_rejected_percent: Annotated[int, Field(strict=True, ge=0, le=100), BeforeValidator(_whole)] = 20
    object_storage_config: Annotated[NoStorage | LocalStorage | S3Storage, Field(discriminator="storage_type")] = (
        NoStorage()
    )
    dry_run: Switch = False
    run_property: Annotated[Name | None, IfBlank] = None
    requests_per_10_seconds: Annotated[int, Field(strict=True, ge=1), BeforeValidator(_whole)] | None = None
    api_version: ApiVersion = "v3"
    api_base_url: Annotated[str, AfterValidator(_base_url)] = "https://api.hubapi.com"


def read_config(raw: object) -> Config:
    """Check and freeze a configuration as it came from Airbyte.

    Raises ConfigError, which names each place that is wrong, all at once, and never quotes a value.
    """
    try:
        config, problems = Config.model_validate(raw), []
    except ValidationError as error:
        config, problems = None, [_in_words(item) for item in error.errors(include_url=False, include_input=False)]
    problems += _contradictions(raw)
    if config is None or problems:
        raise ConfigError(*problems)
    return config


# Pydantic's errors in the words of someone who has never heard of pydantic. What they say of the input is not used:
# it may quote it.

_WORDS: Final = {
    "missing": "is missing",
    "string_type": "must be text",
    "string_too_short": "must not be empty",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "model_type": "must be an object with keys and values",
    "model_attributes_type": "must be an object with keys and values",
}

# By path without indices; where the form offers a choice, pydantic puts the one that was chosen into the path.
_SECTIONS: Final[dict[tuple[str, ...], type[Section]]] = {
    (): Config,
    ("credentials", "access_token"): AccessToken,
    ("credentials", "oauth2.0"): OAuth,
    ("mappings",): Mapping,
    ("mappings", "properties"): PropertyRule,
    ("mappings", "associations"): AssociationRule,
    ("object_storage_config", "None"): NoStorage,
    ("object_storage_config", "LOCAL"): LocalStorage,
    ("object_storage_config", "S3"): S3Storage,
}
_CHOSEN_BY: Final = {"credentials": "auth_type", "object_storage_config": "storage_type"}


def _in_words(item: ErrorDetails) -> str:
    steps, context = item["loc"], item.get("ctx", {})
    match item["type"]:
        case "extra_forbidden":
            return _unknown_key(steps)
        case "union_tag_not_found" | "union_tag_invalid":
            section = str(steps[0])
            choices = [name[1] for name in _SECTIONS if name[:1] == (section,) and len(name) > 1]
            return f"{section}.{_CHOSEN_BY[section]}: choose {_either(choices)}"
        case "literal_error":
            choices = re.findall("'(.*?)'", context["expected"])
            return f"{_place(steps)}: choose {_either(choices)}"
        case "value_error":
            return f"{_place(steps)}: {context['error']}"
        case "greater_than_equal" | "less_than_equal":
            bound = f"{context['ge']} or more" if "ge" in context else f"{context['le']} or less"
            return f"{_place(steps)}: must be {bound}"
        case kind:
            return f"{_place(steps)}: {_WORDS.get(kind, 'cannot be used')}"


def _unknown_key(steps: tuple[int | str, ...]) -> str:
    key = str(steps[-1])
    known = [*_SECTIONS[tuple(step for step in steps[:-1] if isinstance(step, str))].model_fields]
    if not key.isidentifier() or len(key) > _MAX_KEY:
        # Whatever this is, it was not meant as a key: it may be a token.
        return f"{_place(steps[:-1])}: a key that does not exist; the keys here are {', '.join(known)}"
    near = get_close_matches(key.lower(), known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"the keys here are {', '.join(known)}"
    return f"{_place(steps)}: no such key; {hint}"


def _place(steps: tuple[int | str, ...]) -> str:
    if steps and steps[0] in _CHOSEN_BY:
        steps = (steps[0], *steps[2:])
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")
    return path or "configuration"


def _either(choices: list[str]) -> str:
    return " or ".join([", ".join(choices[:-1]), *choices[-1:]])


# What single keys cannot tell. These rules read the raw configuration, so that they speak even where a key beside
# them is wrong: a person wants to hear it all at once.


def _contradictions(raw: object) -> Iterator[str]:
    mappings = _rows(raw, "mappings")
    yield from _same_stream(mappings)
    yield from _same_external_id(mappings)
    for index, mapping in enumerate(mappings):
        yield from _within(f"mappings[{index}]", mapping)
    yield from _half_a_key_pair(_value(raw, "object_storage_config"))


def _same_stream(mappings: list[object]) -> Iterator[str]:
    first: dict[tuple[str, object], int] = {}
    for index, mapping in enumerate(mappings):
        if stream := _text(mapping, "stream_name"):
            other = first.setdefault((stream, repr(_value(mapping, "stream_namespace"))), index)
            if other != index:
                yield f"mappings[{index}]: is for the same stream and namespace as mappings[{other}]; keep one of them"


def _same_external_id(mappings: list[object]) -> Iterator[str]:
    users: dict[str, list[int]] = {}
    for index, mapping in enumerate(mappings):
        if name := _text(mapping, "external_id_property"):
            users.setdefault(name.strip(), []).append(index)
    for indices in users.values():
        for index in indices:
            if len(indices) > 1 and not _text(mappings[index], "external_id_source"):
                other = next(candidate for candidate in indices if candidate != index)
                yield (
                    f"mappings[{index}].external_id_source: is missing; mappings[{other}] uses the same external id "
                    "property, so each must say where its value comes from and keep them apart, "
                    "for example join('-', ['twilio', sid])"
                )


def _within(place: str, mapping: object) -> Iterator[str]:
    if _text(mapping, "external_id_source") and not _text(mapping, "external_id_property"):
        yield f"{place}.external_id_property: is missing; external_id_source says only where its value comes from"
    first: dict[str, int] = {}
    for index, rule in enumerate(_rows(mapping, "properties")):
        name = _text(rule, "property")
        if name and (_text(rule, "source") or _text(rule, "default")):
            other = first.setdefault(name.strip(), index)
            if other != index:
                yield f"{place}.properties[{index}]: is for the same property as properties[{other}]; keep one of them"


def _half_a_key_pair(storage: object) -> Iterator[str]:
    pair = ("access_key_id", "secret_access_key")
    missing = [key for key in pair if not _text(storage, key)]
    if _value(storage, "storage_type") == "S3" and len(missing) == 1:
        yield f"object_storage_config.{missing[0]}: is missing; enter both keys, or neither to use the machine's role"


def _value(section: object, key: str) -> object:
    return section.get(key) if isinstance(section, dict) else None


def _text(section: object, key: str) -> str | None:
    value = _value(section, key)
    return value if isinstance(value, str) and value.strip() else None


def _rows(section: object, key: str) -> list[object]:
    value = _value(section, key)
    return value if isinstance(value, list) else []
