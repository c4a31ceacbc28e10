"""What a person may have meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher

_MAX_SHOWN = 80
_SECRET = re.compile(r"pat-\w+-[\w-]{8,}|(?=\S*\d)[\w.~+/=-]{40,}")
"""What may be a token in the wrong box: the form of HubSpot's, or long and without a blank."""
_MAX_LISTED = 15
_LIKE = 0.6
"""The least likeness, 0 to 1, of what may be meant (that of difflib's own search)."""
_NEXT_BEST = 0.15
"""How much less alike than the best it may be."""
_PREFIXES = ("hs_call_", "hs_", "hubspot_")


def may_be_secret(text: str) -> bool:
    """Whether it may be a token in the wrong box."""
    return _SECRET.search(text) is not None


def shown(text: str) -> str:
    """What a person entered, as it is repeated in a message: on one line, cut, and no secret."""
    return "(what was entered, which looks like a secret)" if may_be_secret(text) else _line(text)


def quoted(text: str) -> str:
    """The same in quotation marks."""
    return f'"{shown(text)}"'


def named(text: str) -> str:
    """A name that nobody entered, in quotation marks: it may look as it will."""
    return f'"{_line(text)}"'


def listed(names: Iterable[str], most: int = _MAX_LISTED) -> str:
    """Names, the first of many."""
    every = list(names)
    more = len(every) - most
    return ", ".join(every[:most]) + (f" and {more} more" if more > 0 else "")


def closest(name: str, known: Mapping[str, str]) -> list[str]:
    """Up to three internal names, of `known` by label, that a name or a label is like; the closest first."""
    wanted = _stripped(_fold(name))
    looks_like = {
        internal: max(SequenceMatcher(None, alias, wanted).ratio() for alias in _aliases(internal, label))
        for internal, label in known.items()
    }
    best = max(looks_like.values(), default=0.0)
    near = [internal for internal, ratio in looks_like.items() if ratio >= max(_LIKE, best - _NEXT_BEST)]
    return sorted(near, key=lambda internal: -looks_like[internal])[:3]


def labelled(name: str, known: Mapping[str, str]) -> list[str]:
    """The internal names, of `known` by label, that a text is the label of."""
    return [internal for internal, label in known.items() if label and _fold(label) == _fold(name)]


def did_you_mean(names: Sequence[str]) -> str:
    """A question; empty if there is nothing to ask."""
    return f" Did you mean {either(names)}?" if names else ""


def either(names: Sequence[str]) -> str:
    """`a, b or c`."""
    return " or ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def _line(text: str) -> str:
    line = "".join(character if character.isprintable() else " " for character in text)
    return line if len(line) <= _MAX_SHOWN else f"{line[:_MAX_SHOWN]}…"


def _aliases(internal: str, label: str) -> list[str]:
    return [_stripped(_fold(name)) for name in (internal, label) if name]


def _stripped(name: str) -> str:
    """What tells a name from others: most begin alike."""
    return next((name.removeprefix(prefix) for prefix in _PREFIXES if name.startswith(prefix)), name)


def _fold(text: str) -> str:
    return re.sub(r"[\s_-]+", "_", text.strip().casefold())
