"""A configuration is read as it was meant, or every mistake in it is told in words, without quoting it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from destination_hubspot_calls.config.fields import API_HOSTS
from destination_hubspot_calls.config.model import AccessToken, NoStorage, OAuth, S3Storage
from destination_hubspot_calls.config.problems import ConfigError
from destination_hubspot_calls.config.reading import read_config
from destination_hubspot_calls.config.region import REGIONS

TOKEN = "pat-na1-11111111-2222-3333-4444-555555555555"
S3: dict[str, Any] = {
    "storage_type": "S3",
    "s3_bucket_name": "bucket",
    "s3_bucket_region": "eu-central-1",
    "bucket_path": "rejected",
}
HOSTS = (
    "must be https:// and one of api-ap1.hubapi.com, api-eu1.hubapi.com, api-na2.hubapi.com, api-na3.hubapi.com, "
    "api.hubapi.com"
)


def config(mapping: dict[str, Any] | None = None, /, **keys: Any) -> dict[str, Any]:
    """The smallest configuration that can be used, with these keys in its only mapping and beside it."""
    return {
        "credentials": {"auth_type": "access_token", "access_token": TOKEN},
        "mappings": [{"stream_name": "calls", **(mapping or {})}],
        **keys,
    }


def rule(**keys: Any) -> dict[str, Any]:
    return config({"properties": [{"property": "hs_timestamp", "source": "at"}, {"property": "hs_call_title", **keys}]})


def link(**keys: Any) -> dict[str, Any]:
    return config({"associations": [{"object_type": "contacts", "source": "email", **keys}]})


def problems(raw: object) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        read_config(raw)
    return tuple(map(str, caught.value.problems))


def test_what_was_not_entered_has_its_default() -> None:
    """A person enters a token and a stream's name; the rest has sense as it is."""
    read = read_config(config())
    mapping = read.mappings[0]
    assert read.credentials == AccessToken(auth_type="access_token", access_token=TOKEN)
    assert (read.max_rejected_records, read.dry_run, read.requests_per_10_seconds) == (1000, False, None)
    assert (read.object_storage_config, read.api_base_url) == (NoStorage(), "https://api.hubapi.com")
    assert (mapping.stream_namespace, mapping.properties, mapping.associations) == (None, (), ())
    assert (mapping.copies_matching_fields, mapping.require_association) == (True, False)
    assert (mapping.recipe, mapping.only_if, mapping.time_zone, mapping.date_order) == (None, None, None, None)
    assert (mapping.default_country, read.max_rejected_percent, read.run_property) == (None, 20, None)
    assert read.api_version == "v3"
    assert (mapping.external_id_property, mapping.external_id_source) == (None, None)


def test_each_kind_of_credentials_and_store_is_told_by_its_type() -> None:
    """The key that the form's choice sets decides which keys stand beside it."""
    oauth = {"auth_type": "oauth2.0", "client_id": "a", "client_secret": "b", "refresh_token": "c"}
    read = read_config(config(credentials=oauth, object_storage_config=S3))
    assert read.credentials == OAuth.model_validate(oauth)
    assert read.object_storage_config == S3Storage.model_validate(S3)


def test_mappings_may_be_empty() -> None:
    """Streams that Airbyte has mapped itself need none; whether one is missing is the check's matter."""
    assert read_config(config(mappings=[])).mappings == ()


@pytest.mark.parametrize("nothing", [None, "", "  "])
@pytest.mark.parametrize(
    ("section", "key"),
    [
        ("rule", "source"),
        ("rule", "default"),
        ("rule", "conversion"),
        ("rule", "if_invalid"),
        ("rule", "on_update"),
        ("link", "match_by"),
        ("link", "label"),
        ("link", "if_missing"),
        ("link", "default_country"),
        ("mapping", "recipe"),
        ("mapping", "only_if"),
        ("mapping", "time_zone"),
        ("mapping", "date_order"),
        ("mapping", "default_country"),
        ("mapping", "external_id_property"),
        ("mapping", "external_id_source"),
    ],
)
def test_null_and_blank_are_nothing(section: str, key: str, nothing: str | None) -> None:
    """Clients send null, or an empty text, for what a person left alone."""
    build: Any = {"rule": rule, "link": link, "mapping": lambda **keys: config(keys)}[section]
    assert read_config(build(**{key: nothing})) == read_config(build())


@pytest.mark.parametrize(
    "keys",
    [
        {"max_rejected_records": None},
        {"max_rejected_percent": None},
        {"run_property": None},
        {"api_version": None},
        {"object_storage_config": None},
        {"dry_run": None},
        {"requests_per_10_seconds": None},
        {"api_base_url": None},
    ],
)
def test_null_beside_the_mappings_is_nothing(keys: dict[str, None]) -> None:
    """... at the top as well."""
    assert read_config(config(**keys)) == read_config(config())


@pytest.mark.parametrize(
    "key", ["properties", "associations", "leave_out_matching_fields", "copy_matching_fields", "require_association"]
)
def test_null_in_a_mapping_is_nothing(key: str) -> None:
    """... and where a list or a switch would stand."""
    assert read_config(config({key: None})) == read_config(config())


@pytest.mark.parametrize(
    ("keys", "copied"),
    [
        ({}, True),
        ({"copy_matching_fields": True}, True),
        ({"copy_matching_fields": False}, False),
        ({"leave_out_matching_fields": False}, True),
        ({"leave_out_matching_fields": True}, False),
        ({"leave_out_matching_fields": False, "copy_matching_fields": False}, True),
        ({"leave_out_matching_fields": True, "copy_matching_fields": True}, False),
    ],
)
def test_the_older_name_of_a_switch_is_still_read(keys: dict[str, bool], copied: bool) -> None:  # noqa: FBT001
    """A configuration that was saved under 0.1.0 means what it meant; the newer name wins beside it."""
    assert read_config(config(keys)).mappings[0].copies_matching_fields is copied


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "account", " Asia/Tokyo "])
def test_a_time_zone_is_a_name_or_the_accounts(zone: str) -> None:
    """The database of zones decides which names there are."""
    assert read_config(config({"time_zone": zone})).mappings[0].time_zone == zone.strip()


def test_no_namespace_is_not_any_namespace() -> None:
    """A stream without a namespace can be mapped apart from those of its name that have one."""
    assert read_config(config({"stream_namespace": ""})).mappings[0].stream_namespace == ""
    assert read_config(config({"stream_namespace": None})).mappings[0].stream_namespace is None
    both = [{"stream_name": "calls"}, {"stream_name": "calls", "stream_namespace": ""}]
    assert len(read_config(config(mappings=both)).mappings) == 2


def test_blanks_around_a_pasted_value_are_cut_off_where_they_mean_nothing() -> None:
    """A token copied with its line's end works; a field or a stream may really be called `Call `."""
    raw = rule(source="Call ", property=" hs_call_title\n")
    raw["credentials"]["access_token"] = f" {TOKEN}\n"
    raw["mappings"][0]["stream_name"] = "Sheet "
    read = read_config(raw)
    assert isinstance(read.credentials, AccessToken)
    assert read.credentials.access_token == TOKEN
    assert read.mappings[0].properties[1].property == "hs_call_title"
    assert read.mappings[0].properties[1].source == "Call "
    assert read.mappings[0].stream_name == "Sheet "


def test_a_country_is_upper_case() -> None:
    """The phone library knows `DE` only."""
    assert read_config(link(default_country="de")).mappings[0].associations[0].default_country == "DE"


def test_a_whole_number_may_be_written_with_a_fraction_of_none() -> None:
    """JSON has one kind of number, and some clients write 1000.0."""
    assert read_config(config(max_rejected_records=1000.0)).max_rejected_records == 1000


def test_rules_say_what_they_do_with_what_does_not_fit() -> None:
    """Rejecting is the default for values, leaving out the default for links."""
    assert [r.skips_invalid for r in read_config(rule(if_invalid="skip")).mappings[0].properties] == [False, True]
    assert not read_config(rule(if_invalid="reject")).mappings[0].properties[1].skips_invalid
    assert read_config(link(if_missing="reject")).mappings[0].associations[0].rejects_missing
    assert not read_config(link()).mappings[0].associations[0].rejects_missing


@pytest.mark.parametrize(
    ("entered", "used"),
    [
        *((f"https://{host}", f"https://{host}") for host in sorted(API_HOSTS)),
        ("https://api.hubapi.com/", "https://api.hubapi.com"),
        ("https://api.hubapi.com:443", "https://api.hubapi.com:443"),
        (" https://api.hubapi.com ", "https://api.hubapi.com"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("https://127.0.0.2", "https://127.0.0.2"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_hubspot_and_this_machine_are_asked(entered: str, used: str) -> None:
    """The sandbox is reached by the same key as HubSpot's other regions."""
    assert read_config(config(api_base_url=entered)).api_base_url == used


@pytest.mark.parametrize(
    "entered",
    [
        "http://api.hubapi.com",
        "https://api.hubapi.com:8443",
        "https://api.hubapi.com.example.com",
        "https://example.com",
        "https://api.hubapi.com@example.com",
        "https://someone@api.hubapi.com",
        "https://example.com\\@api.hubapi.com",
        "https://api.hubapi.com/crm",
        "https://api.hubapi.com?x=1",
        "https://api.hubapi.com#x",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://10.0.0.1",
        "http://169.254.169.254",
        "http://0.0.0.0",
        "http://[::2]",
        "http://[::1",
        "http://localhost:port",
        "ftp://localhost",
        "file:///etc/passwd",
        "api.hubapi.com",
        "//api.hubapi.com",
        "",
    ],
)
def test_the_token_goes_nowhere_else(entered: str) -> None:
    """Whoever may edit the form must not be able to have the token sent to a host of their own."""
    assert problems(config(api_base_url=entered)) == (f"api_base_url: {HOSTS}, or a loopback address",)


@pytest.mark.parametrize(
    ("keys", "address"),
    [
        ({}, "https://api.hubapi.com"),
        ({"region": ""}, "https://api.hubapi.com"),
        *(({"region": region.name}, region.address) for region in REGIONS),
        *(({"region": region.name, "api_base_url": region.address}, region.address) for region in REGIONS),
        # The form saves the default beside whatever is chosen.
        ({"region": "Europe", "api_base_url": "https://api.hubapi.com/"}, "https://api-eu1.hubapi.com"),
        ({"region": "Europe", "api_base_url": "http://127.0.0.1:8080"}, "http://127.0.0.1:8080"),
        ({"api_base_url": "https://api-eu1.hubapi.com"}, "https://api-eu1.hubapi.com"),
    ],
)
def test_hubspot_is_asked_in_the_region_that_is_chosen(keys: dict[str, Any], address: str) -> None:
    """... and a configuration that names an address means what it meant before there was a choice."""
    assert read_config(config(**keys)).address == address


def test_two_regions_at_once_are_a_contradiction() -> None:
    """Whichever won, a person would have meant the other."""
    both = config(region="North America", api_base_url=" https://api-eu1.hubapi.com:443/ ")
    assert problems(both) == (
        "api_base_url: is the address of another region than the one chosen (Europe); leave one out",
    )


def test_a_region_that_is_none_names_those_that_there_are() -> None:
    """A code is what tokens and answers of HubSpot say; the form says names."""
    assert problems(config(region="eu1")) == (
        "region: choose North America, North America 2, Canada, Europe or Asia and Pacific",
    )


KEYS_AT_THE_TOP = (
    "the keys here are credentials, mappings, max_rejected_records, max_rejected_percent, object_storage_config, "
    "dry_run, run_property, requests_per_10_seconds, api_version, region, api_base_url"
)
NOT_YET = (
    "2026-09 is not supported yet: it requires properties that an account's form of new calls or its conditional rules "
    "require, and asks OAuth apps for permissions of their own; choose v3 or 2026-03"
)
ZONE = "Enter an IANA name, like Europe/Berlin, or account for the HubSpot account's own"
CONVERSIONS = "choose automatic, seconds_to_milliseconds, minutes_to_milliseconds, text_to_html or markdown_to_html"
PAIR = "must have a \"=\" between the source's value and HubSpot's, like in=INBOUND; write %2C for a comma in it"
S3_PLACE = "object_storage_config"
KEYS_OF_A_RULE = "the keys here are property, source, default, conversion, values, if_invalid, on_update"
PLAIN = "must be plain characters without blanks; copy it again, in full and with nothing before it"
INTERNAL = "must be HubSpot's internal name, like hs_call_title, which has no blanks; not the label"
SHARED = (
    "uses the same external id property, so each must say where its value comes from and keep them apart, "
    "for example join('-', ['twilio', sid])"
)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        # The whole
        ([], "configuration: must be an object with keys and values"),
        (None, "configuration: must be an object with keys and values"),
        ({"mappings": []}, "credentials: is missing"),
        (config(mappings=None), "mappings: is missing"),
        (config(mappings={}), "mappings: must be a list"),
        (config(mappings="calls"), "mappings: must be a list"),
        (config(mappings=["calls"]), "mappings[0]: must be an object with keys and values"),
        (config(mapping=[]), "mapping: is not a known key; did you mean mappings?"),
        (config(dryrun=True), "dryrun: is not a known key; did you mean dry_run?"),
        (
            config(hello=1),
            f"hello: is not a known key; {KEYS_AT_THE_TOP}",
        ),
        # Credentials
        (config(credentials=TOKEN), "credentials: must be an object with keys and values"),
        (config(credentials=[TOKEN]), "credentials: must be an object with keys and values"),
        (config(credentials={}), "credentials.auth_type: choose access_token or oauth2.0"),
        (config(credentials={"access_token": TOKEN}), "credentials.auth_type: choose access_token or oauth2.0"),
        (config(credentials={"auth_type": TOKEN}), "credentials.auth_type: choose access_token or oauth2.0"),
        (config(credentials={"auth_type": None}), "credentials.auth_type: choose access_token or oauth2.0"),
        (config(credentials={"auth_type": "access_token"}), "credentials.access_token: is missing"),
        (
            config(credentials={"auth_type": "access_token", "access_token": None}),
            "credentials.access_token: is missing",
        ),
        (
            config(credentials={"auth_type": "access_token", "access_token": " "}),
            "credentials.access_token: must not be empty",
        ),
        (
            config(credentials={"auth_type": "access_token", "access_token": 5}),
            "credentials.access_token: must be text",
        ),
        (
            config(credentials={"auth_type": "access_token", "access_token": f"Bearer {TOKEN}"}),
            f"credentials.access_token: {PLAIN}",
        ),
        (
            config(credentials={"auth_type": "access_token", "access_token": "pat-na1-••••"}),
            f"credentials.access_token: {PLAIN}",
        ),
        (
            config(credentials={"auth_type": "access_token", "access_token": TOKEN, "acces_token": TOKEN}),
            "credentials.acces_token: is not a known key; did you mean access_token?",
        ),
        (
            config(credentials={"auth_type": "access_token", "access_token": TOKEN, TOKEN: ""}),
            "credentials: has a key that is not known; the keys here are auth_type, access_token",
        ),
        (
            config(credentials={"auth_type": "oauth2.0", "client_id": "a", "client_secret": "b"}),
            "credentials.refresh_token: is missing",
        ),
        # A mapping
        (config(mappings=[{}]), "mappings[0].stream_name: is missing"),
        (config({"stream_name": " "}), "mappings[0].stream_name: must not be empty"),
        (config({"stream_name": 1}), "mappings[0].stream_name: must be text"),
        (config({"stream_namespace": 1}), "mappings[0].stream_namespace: must be text"),
        (config({"stream": "calls"}), "mappings[0].stream: is not a known key; did you mean stream_name?"),
        (config({"Properties": []}), "mappings[0].Properties: is not a known key; did you mean properties?"),
        (config({"properties": {}}), "mappings[0].properties: must be a list"),
        (
            config({"recipe": "Aircal"}),
            "mappings[0].recipe: is not a recipe; did you mean aircall?",
        ),
        (
            config({"time_zone": "europe/berlin"}),
            f"mappings[0].time_zone: is not a time zone; did you mean Europe/Berlin? {ZONE}",
        ),
        (config({"time_zone": "../../etc/passwd"}), f"mappings[0].time_zone: is not a time zone. {ZONE}"),
        (config({"date_order": "dmy"}), "mappings[0].date_order: choose day_first or month_first"),
        (
            config({"default_country": "Germany"}),
            "mappings[0].default_country: must be a country's two-letter ISO code, like DE or US",
        ),
        (rule(on_update="never"), "mappings[0].properties[1].on_update: choose overwrite, keep or if_empty"),
        (config(max_rejected_percent=101), "max_rejected_percent: must be 100 or less"),
        (config(max_rejected_percent=-1), "max_rejected_percent: must be 0 or more"),
        (config(max_rejected_percent="20"), "max_rejected_percent: must be a whole number"),
        (config(run_property="Airbyte run"), f"run_property: {INTERNAL}"),
        (config(api_version="v4"), "api_version: choose v3 or 2026-03"),
        (config(api_version="2026-09"), f"api_version: {NOT_YET}"),
        (config({"leave_out_matching_fields": 1}), "mappings[0].leave_out_matching_fields: must be true or false"),
        (config({"copy_matching_fields": "true"}), "mappings[0].copy_matching_fields: must be true or false"),
        (config({"require_association": 1}), "mappings[0].require_association: must be true or false"),
        (config({"external_id_property": "Dialer call id"}), f"mappings[0].external_id_property: {INTERNAL}"),
        (
            config({"external_id_source": "id"}),
            "mappings[0].external_id_property: is missing; external_id_source says only where its value comes from",
        ),
        # Several mappings
        (
            config(mappings=[{"stream_name": "calls"}, {"stream_name": "x"}, {"stream_name": "calls"}]),
            "mappings[2]: is for the same stream and namespace as mappings[0]; keep one of them",
        ),
        (
            config(mappings=[{"stream_name": "*"}, {"stream_name": "*", "stream_namespace": None}]),
            "mappings[1]: is for the same stream and namespace as mappings[0]; keep one of them",
        ),
        (
            config(
                mappings=[
                    {"stream_name": "a", "external_id_property": "key", "external_id_source": "id"},
                    {"stream_name": "b", "external_id_property": "key"},
                ]
            ),
            f"mappings[1].external_id_source: is missing; mappings[0] {SHARED}",
        ),
        # A property's rule
        (config({"properties": [{}]}), "mappings[0].properties[0].property: is missing"),
        (config({"properties": ["hs_timestamp"]}), "mappings[0].properties[0]: must be an object with keys and values"),
        (rule(property="Call title"), f"mappings[0].properties[1].property: {INTERNAL}"),
        (rule(property=""), "mappings[0].properties[1].property: must not be empty"),
        (rule(source=5), "mappings[0].properties[1].source: must be text"),
        (rule(source=["a"]), "mappings[0].properties[1].source: must be text"),
        (rule(default=5), "mappings[0].properties[1].default: must be text"),
        (
            rule(conversion="seconds"),
            f"mappings[0].properties[1].conversion: {CONVERSIONS}",
        ),
        (rule(if_invalid="ignore"), "mappings[0].properties[1].if_invalid: choose reject or skip"),
        (rule(values={"in": "INBOUND"}), "mappings[0].properties[1].values: must be a list"),
        (rule(values=["in=INBOUND", 5]), "mappings[0].properties[1].values[1]: must be text"),
        (
            rule(values=["in=INBOUND", "out:OUTBOUND"]),
            f"mappings[0].properties[1].values[1]: {PAIR}",
        ),
        (rule(vales=[]), "mappings[0].properties[1].vales: is not a known key; did you mean values?"),
        (rule(xyz=1), f"mappings[0].properties[1].xyz: is not a known key; {KEYS_OF_A_RULE}"),
        (
            rule(property="hs_timestamp", default="x"),
            "mappings[0].properties[1]: is for the same property as properties[0]; keep one of them",
        ),
        # A link's rule
        (config({"associations": [{"source": "a"}]}), "mappings[0].associations[0].object_type: is missing"),
        (config({"associations": [{"object_type": "deals"}]}), "mappings[0].associations[0].source: is missing"),
        (link(source=" "), "mappings[0].associations[0].source: must not be empty"),
        (link(if_missing="create"), "mappings[0].associations[0].if_missing: choose reject or skip"),
        (link(match_by="E-mail address"), f"mappings[0].associations[0].match_by: {INTERNAL}"),
        (link(label=36), "mappings[0].associations[0].label: must be text"),
        (
            link(default_country="Germany"),
            "mappings[0].associations[0].default_country: must be a country's two-letter ISO code, like DE or US",
        ),
        (link(matchby="email"), "mappings[0].associations[0].matchby: is not a known key; did you mean match_by?"),
        # The rest
        (config(max_rejected_records=-1), "max_rejected_records: must be 0 or more"),
        (config(max_rejected_records="10"), "max_rejected_records: must be a whole number"),
        (config(max_rejected_records=1.5), "max_rejected_records: must be a whole number"),
        (config(max_rejected_records=True), "max_rejected_records: must be a whole number"),
        (config(requests_per_10_seconds=0), "requests_per_10_seconds: must be 1 or more"),
        (config(dry_run="no"), "dry_run: must be true or false"),
        (config(api_base_url=5), "api_base_url: must be text"),
        (config(object_storage_config="S3"), f"{S3_PLACE}: must be an object with keys and values"),
        (config(object_storage_config={}), f"{S3_PLACE}.storage_type: choose None, LOCAL or S3"),
        (config(object_storage_config={"storage_type": "GCS"}), f"{S3_PLACE}.storage_type: choose None, LOCAL or S3"),
        (config(object_storage_config={"storage_type": "LOCAL"}), f"{S3_PLACE}.path: is missing"),
        (
            config(object_storage_config={"storage_type": "LOCAL", "paht": "/x", "path": "/x"}),
            f"{S3_PLACE}.paht: is not a known key; did you mean path?",
        ),
        (
            config(object_storage_config={"storage_type": "None", "path": "/x"}),
            f"{S3_PLACE}.path: is not a known key; the keys here are storage_type",
        ),
        (config(object_storage_config={**S3, "s3_bucket_name": ""}), f"{S3_PLACE}.s3_bucket_name: must not be empty"),
        (config(object_storage_config={**S3, "bucket_path": None}), f"{S3_PLACE}.bucket_path: is missing"),
        (
            config(object_storage_config={**S3, "s3_endpoint": "minio:9000"}),
            f"{S3_PLACE}.s3_endpoint: must be a web address, like https://s3.example.com",
        ),
        (
            config(object_storage_config={**S3, "access_key_id": "AKIA"}),
            f"{S3_PLACE}.secret_access_key: is missing; enter both keys, or neither to use the machine's role",
        ),
        (
            config(object_storage_config={**S3, "secret_access_key": "s", "access_key_id": ""}),
            f"{S3_PLACE}.access_key_id: is missing; enter both keys, or neither to use the machine's role",
        ),
    ],
)
def test_a_mistake_is_told_by_its_place(raw: object, text: str) -> None:
    """The text is all that a person gets: it names the one place, and what to enter there."""
    assert problems(raw) == (text,)


def test_all_mistakes_are_told_at_once() -> None:
    """Nobody wants to press Test once per mistake, nor to hear of two mappings' quarrel only at the end."""
    raw = {
        "credentials": {"auth_type": "access_token"},
        "mappings": [
            {"stream_name": "a", "external_id_property": "key", "properties": [{"property": "x", "values": ["y"]}]},
            {"stream_name": "a", "external_id_property": "key", "colour": "blue"},
        ],
        "dry_run": "on",
    }
    assert [text.partition(":")[0] for text in problems(raw)] == [
        "credentials.access_token",
        "mappings[0].properties[0].values[0]",
        "mappings[1].colour",
        "dry_run",
        "mappings[1]",
        "mappings[0].external_id_source",
        "mappings[1].external_id_source",
    ]


def test_an_error_reads_as_lines() -> None:
    """Airbyte shows one text."""
    with pytest.raises(ConfigError) as caught:
        read_config({"mappings": 5})
    assert str(caught.value) == "credentials: is missing\nmappings: must be a list"


def test_rows_that_wait_for_their_source_quarrel_with_nobody() -> None:
    """The form opens with such rows; a person may add one for the same property below."""
    rows = [{"property": "hs_call_title"}, {"property": "hs_call_title", "source": "title"}]
    assert len(read_config(config({"properties": rows})).mappings[0].properties) == 2


def error_of(raw: object) -> ConfigError | None:
    try:
        read_config(raw)
    except ConfigError as error:
        return error
    return None


PROPERTY_RULE = {
    "property": "hs_timestamp",
    "source": "at",
    "default": "now",
    "conversion": "automatic",
    "values": ["a=b"],
    "if_invalid": "reject",
    "on_update": "keep",
}
ASSOCIATION_RULE = {
    "object_type": "contacts",
    "source": "phone",
    "match_by": "phone",
    "label": "Caller",
    "if_missing": "skip",
    "default_country": "DE",
}


MAPPING = {
    "stream_namespace": "dialer",
    "properties": [PROPERTY_RULE],
    "recipe": "aircall",
    "only_if": "type == 'call'",
    "time_zone": "Europe/Berlin",
    "date_order": "day_first",
    "default_country": "DE",
    "leave_out_matching_fields": False,
    "copy_matching_fields": True,
    "associations": [ASSOCIATION_RULE],
    "require_association": False,
    "external_id_property": "key",
    "external_id_source": "id",
}
LIMITS = {
    "max_rejected_records": 5,
    "max_rejected_percent": 20,
    "run_property": "airbyte_run",
    "api_version": "v3",
    "dry_run": False,
    "requests_per_10_seconds": 5,
    "region": "North America",
    "api_base_url": "https://api.hubapi.com",
}
STORE = {**S3, "access_key_id": "a", "secret_access_key": "b", "s3_endpoint": "https://c"}


def everything() -> dict[str, Any]:
    """Every key of every section but those of the kinds of credentials and stores that were not chosen."""
    return config(copy.deepcopy(MAPPING), object_storage_config=dict(STORE), **LIMITS)


def holders(node: Any) -> list[Any]:
    """Every object and list in a configuration."""
    inside = node.values() if isinstance(node, dict) else node
    return [node, *(holder for value in inside if isinstance(value, dict | list) for holder in holders(value))]


def spoilt(marker: Any) -> list[Any]:
    """The configuration once per value in it, with the marker in that value's place, and once per object, as a key."""
    raws = []
    for number, holder in enumerate(holders(everything())):
        for key in list(holder) if isinstance(holder, dict) else range(len(holder)):
            raw = everything()
            holders(raw)[number][key] = marker
            raws.append(raw)
        if isinstance(holder, dict) and isinstance(marker, str):
            raw = everything()
            holders(raw)[number][marker] = 1
            raws.append(raw)
    return raws


@pytest.mark.parametrize("wrap", [lambda s: s, lambda s: [s], lambda s: {s: s}, lambda s: f" {s} {s} "])
def test_no_value_is_ever_quoted(wrap: Any) -> None:
    """A token pasted into the wrong box, or as a key, must not come back in a text that is logged and stored."""
    errors = [error for raw in spoilt(wrap(TOKEN)) if (error := error_of(raw))]
    assert len(errors) > 20
    for error in errors:
        assert TOKEN not in f"{error!s} {error!r} {error.__cause__!r} {error.__context__!r}"


def test_a_printed_configuration_holds_no_secret() -> None:
    """Should it ever reach a log or a traceback."""
    oauth = {"auth_type": "oauth2.0", "client_id": "app", "client_secret": "one-secret", "refresh_token": "two-secret"}
    store = {**S3, "access_key_id": "AKIA", "secret_access_key": "three-secret"}
    for read in (read_config(config()), read_config(config(credentials=oauth, object_storage_config=store))):
        assert TOKEN not in repr(read)
        assert "secret" not in repr(read).replace("secret_", "")


def test_a_configuration_does_not_change() -> None:
    """Many threads read it."""
    with pytest.raises(ValidationError):
        read_config(config()).dry_run = True


def test_what_airbyte_handed_over_is_left_as_it_was() -> None:
    """A rotated refresh token goes back to Airbyte inside the configuration as it came."""
    raw = everything()
    before = copy.deepcopy(raw)
    read_config(raw)
    assert raw == before


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(json_values)
def test_whatever_comes_is_read_or_explained(value: Any) -> None:
    """`check` must answer, whatever JSON it is given: nothing but a ConfigError leaves."""
    for raw in (value, *(spoilt_at(value, number) for number in range(5))):
        error = error_of(raw)
        assert error is None or error.problems


def spoilt_at(value: Any, number: int) -> Any:
    raw = everything()
    holder = holders(raw)[number]
    for key in list(holder) if isinstance(holder, dict) else range(len(holder)):
        holder[key] = value
    return raw
