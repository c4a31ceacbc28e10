"""The form and the models are one contract, and Airbyte can show the form."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models.airbyte_protocol_serializers import ConnectorSpecificationSerializer
from airbyte_cdk.utils.airbyte_secrets_utils import get_secrets
from jsonschema import Draft7Validator

from destination_hubspot_calls import recipes
from destination_hubspot_calls.config import model, problems
from destination_hubspot_calls.config.model import Config
from destination_hubspot_calls.config.problems import ConfigError
from destination_hubspot_calls.config.reading import read_config
from destination_hubspot_calls.config.region import REGIONS

Schema = dict[str, Any]

SPEC: Schema = json.loads(Path(model.__file__).parents[1].joinpath("spec.json").read_text(encoding="utf-8"))
FORM: Schema = SPEC["connectionSpecification"]
VALIDATOR = Draft7Validator(FORM)

EXAMPLE: Schema = {
    "credentials": {"auth_type": "access_token", "access_token": "pat-na1-1111"},
    "mappings": [
        {
            "stream_name": "calls",
            "stream_namespace": "dialer",
            "recipe": "aircall",
            "only_if": "type == 'call'",
            "time_zone": "Europe/Berlin",
            "date_order": "day_first",
            "default_country": "DE",
            "properties": [
                {"property": "hs_timestamp", "source": "started_at"},
                {"property": "hs_call_title", "source": "join(' ', [agent.name, 'called', customer.name][?@])"},
                {"property": "hs_call_body", "source": "notes", "conversion": "text_to_html"},
                {"property": "hs_call_duration", "source": "duration", "conversion": "seconds_to_milliseconds"},
                {"property": "hs_call_direction", "source": "type", "values": ["in=INBOUND", "out=OUTBOUND"]},
                {"property": "hs_call_disposition", "source": "outcome", "if_invalid": "skip"},
                {"property": "hs_call_status", "default": "COMPLETED", "on_update": "keep"},
                {"property": "hubspot_owner_id", "source": "agent.email", "if_invalid": "skip"},
            ],
            "leave_out_matching_fields": False,
            "copy_matching_fields": True,
            "associations": [
                {"object_type": "contacts", "source": "customer.email", "match_by": "email"},
                {
                    "object_type": "contacts",
                    "source": "customer.phone",
                    "match_by": "phone",
                    "default_country": "DE",
                },
                {
                    "object_type": "companies",
                    "source": "customer.domain",
                    "match_by": "domain",
                    "if_missing": "reject",
                },
                {"object_type": "deals", "source": "hubspot_deal_ids"},
                {"object_type": "contacts", "source": "supervisor_contact_id", "label": "Supervisor"},
            ],
            "require_association": False,
            "external_id_property": "dialer_call_id",
            "external_id_source": "id",
        }
    ],
    "max_rejected_records": 1000,
    "max_rejected_percent": 20,
    "object_storage_config": {"storage_type": "LOCAL", "path": "/rejects"},
    "dry_run": False,
    "run_property": "airbyte_run",
    "api_version": "v3",
    "requests_per_10_seconds": 150,
    "region": "North America",
    "api_base_url": "https://api.hubapi.com",
}
OAUTH = {"auth_type": "oauth2.0", "client_id": "a", "client_secret": "b", "refresh_token": "c"}
S3 = {
    "storage_type": "S3",
    "s3_bucket_name": "bucket",
    "s3_bucket_region": "eu-central-1",
    "bucket_path": "rejected",
    "access_key_id": "d",
    "secret_access_key": "e",
    "s3_endpoint": "https://minio.example.com",
}
OTHER_CHOICES = {**EXAMPLE, "credentials": OAUTH, "object_storage_config": S3}
NO_STORAGE = {**EXAMPLE, "object_storage_config": {"storage_type": "None"}}


# The form and the models, flattened to the same shape: one line per key, by its path.


@dataclass(frozen=True)
class Key:
    type: str
    required: bool = False
    choices: frozenset[str] = frozenset()
    minimum: int | None = None
    maximum: int | None = None
    default: str = "null"  # as JSON


def flat(node: Schema, definitions: Schema, place: str = "") -> Iterator[tuple[str, Key]]:
    """Every key under an object's schema: Airbyte's, or pydantic's with its references and its nulls."""
    for name, raw in node.get("properties", {}).items():
        schema = resolved(raw, definitions)
        path = f"{place}.{name}".removeprefix(".")
        # A discriminator has a default in a model where it can be built without one, but the union wants it.
        required = name in node.get("required", []) or "const" in schema
        yield path, as_key(schema, required, in_row="[]" in place)
        if schema.get("type") == "array":
            item = resolved(schema["items"], definitions)
            yield f"{path}[]", as_key(item, required=False, in_row=True)
            yield from flat(item, definitions, f"{path}[]")
        for choice in schema.get("oneOf", []):
            option = resolved(choice, definitions)
            chosen = next(key["const"] for key in option["properties"].values() if "const" in key)
            yield from flat(option, definitions, f"{path}<{chosen}>")


def as_key(schema: Schema, required: bool, in_row: bool) -> Key:  # noqa: FBT001  # read at two places above
    choices = schema.get("enum", [schema["const"]] if "const" in schema else [])
    # Rows of a list carry no defaults in the form: Airbyte would show each of them in the row's title.
    default = None if in_row or "const" in schema else schema.get("default")
    return Key(
        type=schema.get("type", "object" if "oneOf" in schema else "?"),
        required=required,
        choices=frozenset(choices),
        minimum=schema.get("minimum"),
        maximum=schema.get("maximum"),
        default=json.dumps(default, sort_keys=True),
    )


def resolved(schema: Schema, definitions: Schema) -> Schema:
    beside = {key: value for key, value in schema.items() if key not in ("$ref", "anyOf")}
    if "$ref" in schema:
        return {**definitions[schema["$ref"].rpartition("/")[2]], **beside}
    if "anyOf" in schema:
        (only,) = (option for option in schema["anyOf"] if option != {"type": "null"})
        return {**resolved(only, definitions), **beside}
    return schema


def form_keys(form: Schema) -> dict[str, Key]:
    return dict(flat(form, {}))


def model_keys() -> dict[str, Key]:
    schema = Config.model_json_schema()
    return dict(flat(schema, schema["$defs"]))


def test_the_form_and_the_models_know_the_same_keys() -> None:
    """A key that is in one of them only is either refused when it is entered or cannot be entered at all."""
    assert sorted(form_keys(FORM)) == sorted(model_keys())


def test_the_form_and_the_models_mean_the_same_by_each_key() -> None:
    """Type, whether it is required, choices, least value and default."""
    assert form_keys(FORM) == model_keys()


def test_every_section_can_explain_an_unknown_key() -> None:
    """The error for one names the keys that there are, so the table of sections must be whole."""
    places = {re.sub(r"\.?[^.]*$", "", path) for path in form_keys(FORM)}
    names = {tuple(re.findall(r"[\w.]+", place.replace("[].", " ").replace("[]", " "))) for place in places}
    assert {name for name in names if name} == {name for name in problems._SECTIONS if name}


def schemas(node: Schema) -> Iterator[Schema]:
    """Every schema of the form, itself included."""
    yield node
    for key in node.get("properties", {}).values():
        yield from schemas(key)
    for inner in (*node.get("oneOf", []), *([node["items"]] if "items" in node else [])):
        yield from schemas(inner)


def objects(node: Schema) -> list[Schema]:
    return [schema for schema in schemas(node) if "properties" in schema]


def test_a_forgotten_key_is_found() -> None:
    """The two tests above would fail for each single key, or its being required, left out of the form."""
    for number, node in enumerate(objects(FORM)):
        for name, schema in node["properties"].items():
            if "const" in schema:
                continue
            without = copy.deepcopy(FORM)
            del objects(without)[number]["properties"][name]
            assert form_keys(without) != model_keys(), name
        for index in range(len(node.get("required", []))):
            without = copy.deepcopy(FORM)
            name = objects(without)[number]["required"].pop(index)
            assert form_keys(without) != model_keys() or "const" in node["properties"][name]


# What one of them takes, the other takes.


def accepted_by_form(raw: Any) -> bool:
    return VALIDATOR.is_valid(raw)


def accepted_by_models(raw: Any) -> bool:
    try:
        read_config(raw)
    except ConfigError:
        return False
    return True


@pytest.mark.parametrize("raw", [EXAMPLE, OTHER_CHOICES, NO_STORAGE])
def test_full_examples_are_accepted(raw: Schema) -> None:
    """Between them they have every key that there is."""
    assert list(VALIDATOR.iter_errors(raw)) == []
    assert Config.model_validate(raw).model_dump(mode="json", exclude_unset=True) == raw
    read_config(raw)


def test_the_examples_have_every_key() -> None:
    """... so that the tests on them forget none."""
    used = {
        name for raw in (EXAMPLE, OTHER_CHOICES, NO_STORAGE) for path, _, name in places(raw) if isinstance(name, str)
    }
    assert used == {name for node in objects(FORM) for name in node["properties"]}


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any, Any]]:
    """Every value in a configuration: the path of what holds it, the value, its name there."""
    for name, value in node.items() if isinstance(node, dict) else enumerate(node):
        yield path, value, name
        if isinstance(value, dict | list):
            yield from places(value, (*path, name))


def with_change(raw: Schema, path: tuple[Any, ...], name: Any, *value: Any) -> Schema:
    """A copy in which the value at a place is another, or is gone."""
    changed = copy.deepcopy(raw)
    holder: Any = changed
    for step in path:
        holder = holder[step]
    if value:
        holder[name] = value[0]
    else:
        del holder[name]
    return changed


@pytest.mark.parametrize("raw", [EXAMPLE, OTHER_CHOICES, NO_STORAGE])
def test_a_value_of_another_kind_is_refused_by_both(raw: Schema) -> None:
    """What Airbyte lets a person save must work, and what works must be possible to save."""
    kinds: list[Any] = ["text", 7, 1.5, True, [], ["text"], {}, {"a": "b"}, [7]]
    for path, value, name in places(raw):
        for kind in kinds:
            changed = with_change(raw, path, name, kind)
            same = type(kind) is type(value)
            if not same:
                assert (accepted_by_form(changed), accepted_by_models(changed)) == (False, False), (path, name, kind)


@pytest.mark.parametrize("raw", [EXAMPLE, OTHER_CHOICES, NO_STORAGE])
def test_what_may_be_left_out_is_the_same_for_both(raw: Schema) -> None:
    """... key by key, except where only two keys together make sense, which no form can say."""
    together = {"external_id_property", "access_key_id", "secret_access_key"}
    for path, _, name in places(raw):
        if name not in together:
            changed = with_change(raw, path, name)
            assert accepted_by_form(changed) == accepted_by_models(changed), (path, name)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("max_rejected_records", -1),
        ("max_rejected_percent", 101),
        ("run_property", "a b"),
        ("api_version", "2026-09"),
        ("region", "europe"),
        ("mappings", [{"stream_name": "a", "recipe": "aircal"}]),
        ("mappings", [{"stream_name": "a", "date_order": "dmy"}]),
        ("mappings", [{"stream_name": "a", "default_country": "DEU"}]),
        ("mappings", [{"stream_name": "a", "properties": [{"property": "a", "on_update": "never"}]}]),
        ("requests_per_10_seconds", 0),
        ("credentials", {"auth_type": "password"}),
        ("object_storage_config", {"storage_type": "GCS"}),
        ("mappings", [{"stream_name": "a", "properties": [{"property": "Call title"}]}]),
        ("mappings", [{"stream_name": "a", "properties": [{"property": "a", "conversion": "none"}]}]),
        ("mappings", [{"stream_name": "a", "properties": [{"property": "a", "if_invalid": "stop"}]}]),
        ("mappings", [{"stream_name": "a", "external_id_property": "a b"}]),
        ("mappings", [{"stream_name": "a", "associations": [{"object_type": "a", "source": "b", "match_by": "a b"}]}]),
        (
            "mappings",
            [{"stream_name": "a", "associations": [{"object_type": "a", "source": "b", "default_country": "DEU"}]}],
        ),
        ("object_storage_config", {**S3, "s3_endpoint": "minio:9000"}),
    ],
)
def test_a_value_out_of_bounds_is_refused_by_both(key: str, value: Any) -> None:
    """Bounds, choices and patterns speak while a person types; the models speak for clients without a form."""
    raw = {**EXAMPLE, key: value}
    assert (accepted_by_form(raw), accepted_by_models(raw)) == (False, False)


def test_no_mapping_is_possible_in_the_form() -> None:
    """With data activation the streams come mapped."""
    assert accepted_by_form({**EXAMPLE, "mappings": []})


# The form as a newcomer meets it.


def test_the_form_opens_with_rows_that_wait_for_their_source() -> None:
    """A newcomer sees what a call is made of, and may leave every row as it is."""
    rows = FORM["properties"]["mappings"]["items"]["properties"]["properties"]["default"]
    read = read_config({**EXAMPLE, "mappings": [{"stream_name": "calls", "properties": rows}]})
    assert accepted_by_form({**EXAMPLE, "mappings": [{"stream_name": "calls", "properties": rows}]})
    assert [rule.property for rule in read.mappings[0].properties] == [
        "hs_timestamp",
        "hs_call_title",
        "hs_call_body",
        "hs_call_direction",
        "hs_call_duration",
        "hs_call_status",
        "hubspot_owner_id",
    ]
    filled = {rule.property: rule.default for rule in read.mappings[0].properties if rule.source or rule.default}
    assert filled == {"hs_call_status": "COMPLETED"}


def test_a_property_row_shows_its_name_and_its_source() -> None:
    """... and folds the rest away."""
    row = FORM["properties"]["mappings"]["items"]["properties"]["properties"]["items"]
    shown = {name for name, key in row["properties"].items() if key.get("always_show")} | {*row["required"]}
    assert shown == {"property", "source"}


def keys(node: Any, path: str = "") -> Iterator[tuple[str, Schema, Schema]]:
    """Every key of the form with its path and the object that it belongs to."""
    for name, key in node.get("properties", {}).items():
        yield f"{path}.{name}".removeprefix("."), key, node
        for inner in (key, key.get("items", {}), *key.get("oneOf", [])):
            yield from keys(inner, f"{path}.{name}".removeprefix("."))


KEYS = list(keys(FORM))


def test_every_key_is_introduced() -> None:
    """A title, and a description of what to enter; but for the keys that a choice sets by itself."""
    for path, key, _ in KEYS:
        if "const" not in key:
            assert key["title"], path
            assert key["description"].endswith("."), path
            assert len(key["description"]) < 400, path


def test_every_text_to_type_has_an_example() -> None:
    """... but for secrets, which nobody would know by their looks; and each example fits its key."""
    for path, key, _ in KEYS:
        if key["type"] == "string" and not ({"const", "enum"} & key.keys() or key.get("airbyte_secret")):
            assert key["examples"], path
        for example in key.get("examples", []):
            assert Draft7Validator(key).is_valid(example), path
        if "enum" in key:
            assert "default" in key["description"], path


def test_keys_have_an_order_of_their_own() -> None:
    """Two of one place would be shown as chance has it."""
    for node in objects(FORM):
        orders = [(key.get("group"), key["order"]) for key in node["properties"].values()]
        assert len({*orders}) == len(orders)
        assert [order for _, order in orders] == sorted(order for _, order in orders) or node is FORM


def test_groups_are_those_of_the_top() -> None:
    """Airbyte draws a card per group, at the top level only."""
    used = [key["group"] for key in FORM["properties"].values()]
    assert list(dict.fromkeys(used)) == [group["id"] for group in FORM["groups"]]
    assert all("group" not in key for path, key, _ in KEYS if "." in path)


def test_only_words_that_the_form_can_show() -> None:
    """Airbyte's form passes over or breaks on the rest of JSON Schema."""
    known = {
        "type", "title", "description", "properties", "required", "items", "oneOf", "const", "enum", "default",
        "examples", "pattern", "pattern_descriptor", "minimum", "maximum", "minItems", "multiline", "order", "group",
        "groups", "always_show", "airbyte_secret", "airbyte_hidden", "additionalProperties",
    }  # fmt: skip
    Draft7Validator.check_schema(FORM)
    for node in schemas(FORM):
        assert node.keys() <= known
        assert node.get("additionalProperties", True) is True
        assert {*node.get("required", [])} <= node.get("properties", {}).keys()
        assert ("pattern" in node) == ("pattern_descriptor" in node)


def test_a_choice_is_told_by_one_constant() -> None:
    """Airbyte finds the chosen option by it, and shows the option's title."""
    for node in schemas(FORM):
        for option in node.get("oneOf", []):
            (constant,) = (name for name, key in option["properties"].items() if "const" in key)
            key = option["properties"][constant]
            assert (node["type"], option["type"]) == ("object", "object")
            assert constant in option["required"]
            assert option["title"]
            assert not {"default", "enum"} & key.keys()


def test_rows_of_a_list_have_no_defaults() -> None:
    """Airbyte writes every key that is set into the row's title; what the default is stands in the description."""
    with_default = [path for path, key, _ in KEYS if "default" in key]
    assert with_default == [
        "mappings.properties",
        "max_rejected_percent",
        "max_rejected_records",
        "object_storage_config",
        "dry_run",
        "api_base_url",
        "api_version",
    ]


def test_what_is_required_is_shown_anyway() -> None:
    """`always_show` beside it is an error to Airbyte's checks."""
    for path, key, node in KEYS:
        assert not (key.get("always_show") and path.rpartition(".")[2] in node.get("required", [])), path


def test_exactly_the_secrets_are_masked() -> None:
    """... in the form and, through the CDK, in the log; it masks none inside a list."""
    assert {path for path, key, _ in KEYS if key.get("airbyte_secret")} == {
        "credentials.access_token",
        "credentials.client_secret",
        "credentials.refresh_token",
        "object_storage_config.access_key_id",
        "object_storage_config.secret_access_key",
    }
    assert {*get_secrets(FORM, EXAMPLE)} == {"pat-na1-1111"}
    assert {*get_secrets(FORM, OTHER_CHOICES)} == {"b", "c", "d", "e"}


def test_the_region_is_a_choice_that_is_seen() -> None:
    """Who has an account in Europe looks for it beside the token, and knows no address of an API."""
    region = FORM["properties"]["region"]
    assert region["enum"] == [region.name for region in REGIONS]
    assert (region["group"], region["always_show"]) == ("account", True)
    assert "default" not in region, "the form would save it beside an address that was entered before"


def test_what_is_for_those_who_know_of_it() -> None:
    """A newcomer has nothing to change there; what was saved there still counts."""
    assert [path for path, key, _ in KEYS if key.get("airbyte_hidden")] == [
        "mappings.copy_matching_fields",
        "api_version",
    ]


def test_the_form_offers_every_recipe() -> None:
    """A recipe that is shipped and cannot be chosen helps nobody."""
    assert FORM["properties"]["mappings"]["items"]["properties"]["recipe"]["enum"] == [*recipes.names()]


def test_descriptions_are_what_the_form_renders() -> None:
    """It shows HTML; Markdown's back-ticks would be seen."""
    for path, key, _ in KEYS:
        assert "`" not in key.get("description", ""), path


def test_a_switch_shows_what_it_does() -> None:
    """Airbyte shows one without a default as off, so off must be what happens then."""
    for path, key, _ in KEYS:
        if key["type"] == "boolean" and not key.get("airbyte_hidden"):
            assert key.get("default", False) is False, path


def test_a_rows_title_begins_with_what_it_is() -> None:
    """Airbyte makes it of the keys that are set, in the order of their titles."""
    for path, name in (("mappings", "stream_name"), ("mappings.properties", "property")):
        titles = {p.rpartition(".")[2]: key["title"] for p, key, _ in KEYS if p.rpartition(".")[0] == path}
        assert min(titles, key=lambda key: titles[key]) == name
    titles = {p.rpartition(".")[2]: k["title"] for p, k, _ in KEYS if p.rpartition(".")[0] == "mappings.associations"}
    assert min(titles, key=lambda key: titles[key]) == "object_type"


def test_sources_have_room() -> None:
    """An expression is longer than a line of the form."""
    sources = {path for path, key, _ in KEYS if key.get("multiline")}
    assert sources == {
        "mappings.properties.source",
        "mappings.associations.source",
        "mappings.external_id_source",
        "mappings.only_if",
    }


# Around the form.


def test_the_cdk_carries_the_whole_specification() -> None:
    """Its model drops what it does not know; nothing of ours may be lost on the way out."""

    def without_nulls(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: without_nulls(value) for key, value in node.items() if value is not None}
        return node

    carried = without_nulls(ConnectorSpecificationSerializer.dump(ConnectorSpecificationSerializer.load(SPEC)))
    assert {key: carried[key] for key in SPEC} == SPEC


def test_sync_modes() -> None:
    """Nothing in HubSpot is ever cleared, so overwrite is not offered."""
    assert SPEC["supported_destination_sync_modes"] == ["append", "append_dedup"]
    assert SPEC["supportsIncremental"] is True


def test_the_documentation_is_a_page_that_exists() -> None:
    """Airbyte has a page of a connector only once it is in its registry; a release puts its repository's page here."""
    assert SPEC["documentationUrl"] == "https://developers.hubspot.com/docs/api-reference/crm-calls-v3/guide"


def test_signing_in_fills_the_oauth_option() -> None:
    """What Airbyte gets from HubSpot goes to the keys of the OAuth option, and fills all of them."""
    auth = SPEC["advanced_auth"]
    flow = auth["oauth_config_specification"]
    (option,) = (
        choice
        for choice in FORM["properties"]["credentials"]["oneOf"]
        if choice["properties"]["auth_type"]["const"] == auth["predicate_value"]
    )
    assert auth["predicate_key"] == ["credentials", "auth_type"]
    filled = [
        key["path_in_connector_config"]
        for part in ("complete_oauth_output_specification", "complete_oauth_server_output_specification")
        for key in flow[part]["properties"].values()
    ]
    assert sorted(filled) == sorted(["credentials", name] for name in option["required"] if name != "auth_type")
    assert flow["oauth_connector_input_specification"]["extract_output"] == ["refresh_token"]


def test_signing_in_asks_for_what_calls_need() -> None:
    """Calls are written by the contacts' scopes; owners and companies are in every account, the rest is optional."""
    flow = SPEC["advanced_auth"]["oauth_config_specification"]["oauth_connector_input_specification"]
    assert flow["scope"].split() == [
        "oauth",
        "crm.objects.contacts.read",
        "crm.objects.contacts.write",
        "crm.objects.companies.read",
        "crm.objects.owners.read",
    ]
    assert flow["consent_url"].startswith("https://app.hubspot.com/oauth/authorize?{{ client_id_param }}&")
    assert "{{ redirect_uri_param }}&{{ scope_param }}&optional_scope=" in flow["consent_url"]
    assert flow["consent_url"].endswith("&{{ state_param }}")


def test_the_token_is_asked_for_as_a_form() -> None:
    """HubSpot takes no JSON there; Airbyte sends a form where this header says so."""
    flow = SPEC["advanced_auth"]["oauth_config_specification"]["oauth_connector_input_specification"]
    assert flow["access_token_url"] == "https://api.hubapi.com/oauth/2026-03/token"
    assert flow["access_token_headers"] == {"Content-Type": "application/x-www-form-urlencoded"}
    assert flow["access_token_params"]["grant_type"] == "authorization_code"
    assert len(flow["access_token_params"]) == 5
