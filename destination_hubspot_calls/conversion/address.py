"""E-mail addresses, taken out of what stands around them."""

import re

_SEPARATORS = re.compile(r"[,;|\r\n\t]+")
_ANGLED = re.compile(r"<\s{0,9}(?:mailto:)?([^\s@<>]{1,64}@[^\s@<>?]{1,255})[^<>]{0,255}>", re.IGNORECASE)
_OUTSIDE = r"\s@,;<>()\[\]{}\"|:?/"
_BARE = re.compile(rf"(?<![^{_OUTSIDE}])[^{_OUTSIDE}]{{1,64}}@[^{_OUTSIDE}]{{1,255}}")
_PLAIN = re.compile(r"[\w.+-]+@[\w.-]+\w", re.ASCII)
_AROUND = "'\u2018\u2019.`"
"""Quotes, and the end of a sentence."""


def addresses(text: str) -> list[str]:
    """The e-mail addresses in a text, each once, in order: `Ann <ann@example.com>`, `mailto:`, several in one text."""
    if _PLAIN.fullmatch(text):
        return [text]
    if "@" not in text:
        return []
    found: dict[str, None] = {}
    for part in _SEPARATORS.split(text):
        # Beside an address in angle brackets stands a name, which may look like an address itself.
        for address in _ANGLED.findall(part) or _BARE.findall(part):
            found[address.strip(_AROUND)] = None
    return list(found)
