"""What a source calls things → what HubSpot calls them: the `values` of a rule."""

import re
from collections.abc import Callable

from destination_hubspot_calls.conversion.errors import InvalidValue
from destination_hubspot_calls.conversion.text import text, word

Replace = Callable[[object], object]
"""A value → what stands for it; None where the property is to be left out."""

_ANYTHING = "*"
_ESCAPES = {"2C": ",", "3B": ";", "3D": "=", "25": "%"}
_ESCAPE = re.compile("%(2C|3B|3D|25)", re.IGNORECASE)


def replacement(pairs: tuple[str, ...]) -> Replace:
    """Replaces by `from=to` pairs: the same text first, then the same without case, then `*`; what is not listed stays.

    `%2C %3B %3D %25` stand for `, ; = %`, as Airbyte's form cuts its tags at commas and semicolons.
    """
    listed = _listed(pairs)
    folded = {name.casefold(): to for name, to in reversed(listed.items())}

    def one(value: object) -> object:
        name = value.strip() if isinstance(value, str) else _name(value)
        to = listed[name] if name in listed else folded.get(name.casefold(), listed.get(_ANYTHING, value))
        return None if to == "" else to

    def each(value: object) -> object:
        if isinstance(value, list):
            return [to for item in value if (to := one(item)) is not None] or None
        return one(value)

    return each


def target(pair: str) -> str:
    """What stands behind the `=` of a pair; empty where it leaves the property out."""
    return _unescaped(pair.partition("=")[2])


def _listed(pairs: tuple[str, ...]) -> dict[str, str]:
    """The first of a name counts."""
    listed: dict[str, str] = {}
    for pair in pairs:
        name, _, to = pair.partition("=")
        listed.setdefault(_unescaped(name), _unescaped(to))
    return listed


def _unescaped(part: str) -> str:
    return _ESCAPE.sub(lambda found: _ESCAPES[found[1].upper()], part).strip()


def _name(value: object) -> str:
    """A value as it is compared; what has no text is compared as none."""
    try:
        return text(value) if isinstance(value, (list, dict)) else word(value)
    except InvalidValue:
        return ""
