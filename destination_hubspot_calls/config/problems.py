"""What is wrong with a configuration: each problem is a value, which becomes text in one place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from pydantic_core import ErrorDetails

from destination_hubspot_calls.config.model import (
    AccessToken,
    AssociationRule,
    Config,
    LocalStorage,
    Mapping,
    NoStorage,
    OAuth,
    PropertyRule,
    S3Storage,
    Section,
)

Steps = tuple[int | str, ...]
"""The way to a thing in a configuration: keys, and numbers in lists."""

_QUOTED: Final = re.compile("'(.*?)'")
# Longer than any key of ours, shorter than any token of HubSpot's.
_MAX_KEY: Final = 32


@dataclass(frozen=True, slots=True)
class Problem:
    """What must be changed at a place (`mappings[0].properties[2].source`), and to what.

    `is_unknown_key`: a key that this version does not know, which a later one may.
    """

    place: str
    words: str
    is_unknown_key: bool = False

    def __str__(self) -> str:
        """As a person is told."""
        return f"{self.place}: {self.words}" if self.place else self.words


class ConfigError(Exception):
    """The configuration cannot be used. `problems` says place by place what to change; none quotes a value."""

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = tuple(item if isinstance(item, Problem) else Problem("", item) for item in problems)
        super().__init__("\n".join(map(str, self.problems)))


def place_of(steps: Sequence[int | str]) -> str:
    """A way in a configuration as it is written: `mappings[0].stream_name`."""
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")
    return path or "configuration"


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

# By path without indices; if the form offers a choice, pydantic puts the one that was chosen into the path.
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


def in_words(item: ErrorDetails) -> Problem:
    """One of pydantic's errors as a person is told of it; it quotes nothing that was entered."""
    steps, context = item["loc"], item.get("ctx", {})
    match item["type"]:
        case "extra_forbidden":
            return _unknown_key(steps)
        case "union_tag_not_found" | "union_tag_invalid":
            section = str(steps[0])
            choices = [name[1] for name in _SECTIONS if name[:1] == (section,) and len(name) > 1]
            return Problem(f"{section}.{_CHOSEN_BY[section]}", f"choose {_either(choices)}")
        case kind:
            return Problem(_path(steps), _value_words(kind, context))


def _value_words(kind: str, context: dict[str, Any]) -> str:
    match kind:
        case "literal_error":
            return f"choose {_either(_QUOTED.findall(context['expected']))}"
        case "value_error":
            return str(context["error"])
        case "greater_than_equal":
            return f"must be {context['ge']} or more"
        case "less_than_equal":
            return f"must be {context['le']} or less"
        case _:
            return _WORDS.get(kind, "cannot be used")


def _unknown_key(steps: Steps) -> Problem:
    key = str(steps[-1])
    known = [*_SECTIONS[tuple(step for step in steps[:-1] if isinstance(step, str))].model_fields]
    if not key.isidentifier() or len(key) > _MAX_KEY:
        # Whatever this is, it was not meant as a key: it may be a token.
        words = f"has a key that is not known; the keys here are {', '.join(known)}"
        return Problem(_path(steps[:-1]), words, is_unknown_key=True)
    near = get_close_matches(key.lower(), known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"the keys here are {', '.join(known)}"
    return Problem(_path(steps), f"is not a known key; {hint}", is_unknown_key=True)


def untagged(steps: Steps) -> Steps:
    """Pydantic's way to a thing as it was entered: if there is a choice, it puts the chosen one into the way."""
    return (steps[0], *steps[2:]) if steps and steps[0] in _CHOSEN_BY else steps


def _path(steps: Steps) -> str:
    return place_of(untagged(steps))


def _either(choices: list[str]) -> str:
    return " or ".join([", ".join(choices[:-1]), *choices[-1:]])
