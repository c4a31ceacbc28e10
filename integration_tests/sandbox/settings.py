"""The switches: where HubSpot's behaviour is uncertain or differs between accounts, both can be had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import tzinfo
from typing import Literal, TypeAlias, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from integration_tests.sandbox.poison import Poison

Sinks: TypeAlias = Literal["input", "request"]
Mixed: TypeAlias = Literal["yes", "no", "mixed"]
Milliseconds: TypeAlias = float | list[float]
"""A fixed time, or [least, most]."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every switch with its default. Their meanings stand in README.md beside this file."""

    seed: int = 1
    mode: Literal["keep", "count"] = "keep"
    count_keys: bool = True
    record_requests: int = 0
    latency_ms: Milliseconds = 0
    latency_commit_share: float = 0.5
    clock_skew_ms: int = 0

    rate_limit: int = 190
    oauth_rate_limit: int = 110
    rate_interval_ms: int = 10_000
    rate_window: Literal["rolling", "fixed"] = "rolling"
    rate_count_refused: bool = False
    rate_slack_ms: int = 100
    rate_headers: bool = True
    daily_limit: int = 625_000
    association_limit: int | None = None
    association_daily_limit: int = 500_000
    search_limit: int = 5

    echo_trace_id: Mixed = "mixed"
    shuffle_results: bool = True
    error_form: Literal["bare", "full", "mixed"] = "mixed"
    group_errors: Mixed = "mixed"
    error_context: Mixed = "yes"
    bad_association: Sinks = "input"
    bad_property: Sinks = "input"
    missing_required: Sinks = "input"
    unique_clash: Sinks = "input"
    bad_link: Sinks = "input"
    transaction: Literal["one", "two"] = "one"
    not_found_names: Literal["both", "ids", "trace"] = "both"
    group_not_found: Mixed = "mixed"
    all_missing: Literal["207", "404"] = "207"
    duplicate_reads: Literal["refuse", "merge"] = "refuse"
    duplicate_targets: Literal["refuse", "merge"] = "refuse"

    unknown_fields: Literal["refuse", "ignore"] = "refuse"
    required_fields: Literal["observed", "schema"] = "observed"
    associations_required: bool = True
    non_string_values: Literal["refuse", "accept"] = "refuse"
    microseconds: Literal["refuse", "cut"] = "refuse"
    utc_offsets: Literal["refuse", "accept"] = "refuse"
    exponents: Literal["refuse", "accept"] = "refuse"
    archived_owner: Literal["accept", "refuse"] = "accept"
    deleted_disposition: Literal["refuse", "accept"] = "refuse"
    disposition_options: Literal["listed", "external"] = "listed"
    activity_type_options: Literal["listed", "external"] = "listed"
    custom_object_names: Literal["any", "strict"] = "any"

    archived_unique: Literal["taken", "free"] = "taken"
    update_archived: Literal["not_found", "accept", "revive"] = "not_found"
    upsert: Literal["answer", "refuse", "missing"] = "answer"
    merged_unique: Literal["winner", "gone"] = "winner"
    merged_links: Literal["refuse", "winner"] = "refuse"
    unique_case: Literal["sensitive", "insensitive", "lowered"] = "sensitive"
    unique_blanks: Literal["kept", "trimmed"] = "kept"
    unique_race_ms: int = 0
    read_lag_ms: int = 0
    search_lag_ms: int = 2_000
    nulls: bool = True

    gzip: Literal["accept", "never", "always"] = "accept"
    bad_token: Literal["by_shape", "expired", "invalid"] = "by_shape"
    token_info: Literal["answer", "refuse"] = "answer"
    versions: list[str] | None = None
    oauth_versions: list[str] | None = None
    region: str | None = None
    wrong_region: str | None = None
    account_name: str = "sandbox.example.com"
    account_type: str = "DEVELOPER_TEST"
    time_zone: str = "US/Eastern"
    currency: str = "USD"
    max_uri: int = 8_000
    max_body_bytes: int = 0
    poison: list[dict[str, object]] | None = None
    unlinked_share: float = 0.0
    account_refusal: Literal["edit_associations", "suspended", "record_limit", "everything"] | None = None
    account_refusal_after: int = 0
    account_refusal_as: Sinks = "request"
    required_properties: list[dict[str, object]] | None = None

    link_results: Literal["pairs", "some", "none"] = "pairs"
    link_lost_share: float = 0.0
    link_lost_to: list[str] | None = None
    link_lost_named: bool = False
    relinking: Literal["replace", "labels", "add"] = "replace"
    links_page: int = 500
    association_context: Mixed = "yes"

    def changed(self, body: Mapping[str, object]) -> Settings:
        """These settings with ``body``'s in their place; ValueError names what does not fit."""
        hints = get_type_hints(type(self))
        known = {field.name for field in fields(self)}
        for name, value in body.items():
            if name not in known:
                raise ValueError(f"unknown setting {name!r}; known: {', '.join(sorted(known))}")
            if not _fits(value, hints[name]):
                raise ValueError(f"setting {name!r} cannot be {value!r}")
        changed = replace(self, **body)  # type: ignore[arg-type]  # each was held against its hint above
        Poison(changed.poison)
        if any(not isinstance(rule.get("property"), str) for rule in changed.required_properties or ()):
            raise ValueError("required_properties: each needs property")
        zone(changed.time_zone)
        return changed

    def is_elsewhere(self, token: str) -> bool:
        """B: a ``pat-eu1-`` token is unknown to a host of another region (switch region)."""
        return self.region is not None and token.startswith("pat-") and not token.startswith(f"pat-{self.region}-")

    def as_json(self) -> dict[str, object]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


def zone(name: str) -> tzinfo:
    """A time zone by its name; ValueError if there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(f"time_zone {name!r} is not known") from error


def _fits(value: object, wanted: object) -> bool:
    """Whether a JSON value is of an annotated type; a whole number is a float too, a boolean is no number."""
    arguments = get_args(wanted)
    if get_origin(wanted) is Literal:
        return value in arguments
    if get_origin(wanted) is list:
        return isinstance(value, list) and all(_fits(item, arguments[0]) for item in value)
    if arguments and get_origin(wanted) is not dict:
        return any(_fits(value, option) for option in arguments)
    plain = _PLAIN.get(get_origin(wanted) or wanted, ())
    return isinstance(value, plain) and (wanted is bool or not isinstance(value, bool))


_PLAIN: dict[object, tuple[type, ...]] = {
    float: (int, float),
    int: (int,),
    str: (str,),
    bool: (bool,),
    dict: (dict,),
    type(None): (type(None),),
}
