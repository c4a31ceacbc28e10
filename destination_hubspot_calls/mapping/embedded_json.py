"""JSON inside a text: what Snowflake's VARIANT, jsonb, or a CSV column is by the time it comes here."""

import re
from functools import lru_cache

import orjson

_START = re.compile(r"\s{0,100}[\[{]")


def opened(value: object) -> object:
    """What a text that holds a JSON object or list says; any other value as it is."""
    if not isinstance(value, str) or not _START.match(value):
        return value
    found = _parsed(value)
    return value if found is None else found


@lru_cache(maxsize=8)  # several rules lead into the same text of a record
def _parsed(text: str) -> object:
    """An object or a list, which nobody may change; None for what is not JSON, or nests more than 1,024 levels."""
    try:
        return orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeError):
        return None
