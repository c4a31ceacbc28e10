"""The shipped recipes, read from the package's own files."""

from functools import cache
from importlib.resources import files
from typing import Any

import orjson

_SHELF = files("destination_hubspot_calls.recipes")
_SUFFIX = ".json"


@cache
def names() -> tuple[str, ...]:
    """The names of all recipes, sorted: what `recipe` of a mapping may say."""
    return tuple(sorted(file.name.removesuffix(_SUFFIX) for file in _SHELF.iterdir() if file.name.endswith(_SUFFIX)))


def read(name: str) -> dict[str, Any]:
    """A recipe as it would stand in a configuration's `mappings`, without stream_name and external_id_property.

    The caller may change what it gets: each call makes a new one. Raises KeyError for a name that is not one of
    `names()`.
    """
    mapping: dict[str, Any] = orjson.loads(_text(name))
    return mapping


@cache
def _text(name: str) -> bytes:
    if name not in names():
        raise KeyError(name)
    return _SHELF.joinpath(f"{name}{_SUFFIX}").read_bytes()
