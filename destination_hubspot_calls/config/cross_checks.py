"""What single keys cannot tell.

These rules read the raw configuration, so that they speak even if a key beside them is wrong: a person wants to
hear it all at once.
"""

from __future__ import annotations

from collections.abc import Iterator

from destination_hubspot_calls import recipes
from destination_hubspot_calls.config.problems import Problem
from destination_hubspot_calls.config.region import DEFAULT_ADDRESS, name_of_address


def contradictions(raw: object) -> Iterator[Problem]:
    """What keys say against each other, each with the place to change."""
    mappings = _rows(raw, "mappings")
    yield from _same_stream(mappings)
    yield from _same_external_id(mappings)
    for index, mapping in enumerate(mappings):
        yield from _within(f"mappings[{index}]", mapping)
    yield from _half_a_key_pair(_value(raw, "object_storage_config"))
    yield from _two_regions(raw)


def _same_stream(mappings: list[object]) -> Iterator[Problem]:
    first: dict[tuple[str, object], int] = {}
    for index, mapping in enumerate(mappings):
        if stream := _text(mapping, "stream_name"):
            other = first.setdefault((stream, repr(_value(mapping, "stream_namespace"))), index)
            if other != index:
                yield Problem(
                    f"mappings[{index}]", f"is for the same stream and namespace as mappings[{other}]; keep one of them"
                )


def _same_external_id(mappings: list[object]) -> Iterator[Problem]:
    users: dict[str, list[int]] = {}
    for index, mapping in enumerate(mappings):
        if name := _text(mapping, "external_id_property"):
            users.setdefault(name.strip(), []).append(index)
    for indices in users.values():
        for index in indices:
            if len(indices) > 1 and not _has_source(mappings[index]):
                other = next(candidate for candidate in indices if candidate != index)
                yield Problem(
                    f"mappings[{index}].external_id_source",
                    f"is missing; mappings[{other}] uses the same external id property, so each must say where its "
                    "value comes from and keep them apart, for example join('-', ['twilio', sid])",
                )


def _has_source(mapping: object) -> bool:
    """Whether it says where its external id comes from, itself or by its recipe."""
    recipe = (_text(mapping, "recipe") or "").strip()
    return bool(
        _text(mapping, "external_id_source")
        or (recipe in recipes.names() and _text(recipes.read(recipe), "external_id_source"))
    )


def _within(place: str, mapping: object) -> Iterator[Problem]:
    if _text(mapping, "external_id_source") and not _text(mapping, "external_id_property"):
        yield Problem(
            f"{place}.external_id_property", "is missing; external_id_source says only where its value comes from"
        )
    first: dict[str, int] = {}
    for index, rule in enumerate(_rows(mapping, "properties")):
        name = _text(rule, "property")
        if name and (_text(rule, "source") or _text(rule, "default")):
            other = first.setdefault(name.strip(), index)
            if other != index:
                yield Problem(
                    f"{place}.properties[{index}]",
                    f"is for the same property as properties[{other}]; keep one of them",
                )


def _half_a_key_pair(storage: object) -> Iterator[Problem]:
    pair = ("access_key_id", "secret_access_key")
    missing = [key for key in pair if not _text(storage, key)]
    if _value(storage, "storage_type") == "S3" and len(missing) == 1:
        yield Problem(
            f"object_storage_config.{missing[0]}", "is missing; enter both keys, or neither to use the machine's role"
        )


def _two_regions(raw: object) -> Iterator[Problem]:
    """The default address goes with each region, as the form saves it beside them; one of this machine too."""
    region, entered = (_text(raw, "region") or "").strip(), (_text(raw, "api_base_url") or "").strip().rstrip("/")
    address = entered.removesuffix(":443")
    other = name_of_address(address)
    if region and other and address != DEFAULT_ADDRESS and other != region:
        yield Problem("api_base_url", f"is the address of another region than the one chosen ({other}); leave one out")


def _value(section: object, key: str) -> object:
    return section.get(key) if isinstance(section, dict) else None


def _text(section: object, key: str) -> str | None:
    value = _value(section, key)
    return value if isinstance(value, str) and value.strip() else None


def _rows(section: object, key: str) -> list[object]:
    value = _value(section, key)
    return value if isinstance(value, list) else []
