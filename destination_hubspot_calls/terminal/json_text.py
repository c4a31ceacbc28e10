"""JSON as people read it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

WIDTH = 78
"""Characters of a line, as far as texts in it can be broken nowhere."""
_MAX_TEXT = 400
"""Characters of one text that are shown."""
_MAX_ENTRIES = 60
"""Entries of one list or object that are shown."""
_STEP = "  "


def json_text(value: Any) -> str:
    """Indented where it does not fit into a line, what is long cut, and nothing in it that steers a terminal."""
    return plain(_laid_out(_cut(value), ""))


def plain(text: str) -> str:
    """A text in which nothing steers a terminal."""
    return "".join(letter if letter.isprintable() or letter == "\n" else f"\\u{ord(letter):04x}" for letter in text)


def _laid_out(value: Any, indent: str, before: int = 0) -> str:
    """`before`: characters that stand before it on its line."""
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + before + len(line) <= WIDTH or not isinstance(value, dict | list):
        return line
    inner = indent + _STEP
    if isinstance(value, list):
        return _block("[", "]", (_laid_out(item, inner) for item in value), indent)
    fields = ((json.dumps(key, ensure_ascii=False), item) for key, item in value.items())
    return _block("{", "}", (f"{key}: {_laid_out(item, inner, len(key) + 3)}" for key, item in fields), indent)


def _block(opening: str, closing: str, parts: Iterable[str], indent: str) -> str:
    inner = indent + _STEP
    return f"{opening}\n" + ",\n".join(f"{inner}{part}" for part in parts) + f"\n{indent}{closing}"


def _cut(value: Any) -> Any:
    match value:
        case str() if len(value) > _MAX_TEXT:
            return f"{value[:_MAX_TEXT]}… ({len(value):,} characters)"
        case list() if len(value) > _MAX_ENTRIES:
            return [*map(_cut, value[:_MAX_ENTRIES]), f"… ({len(value):,} entries)"]
        case list():
            return [_cut(item) for item in value]
        case dict() if len(value) > _MAX_ENTRIES:
            shown = {key: _cut(item) for key, item in list(value.items())[:_MAX_ENTRIES]}
            return {**shown, "…": f"({len(value):,} fields)"}
        case dict():
            return {key: _cut(item) for key, item in value.items()}
        case _:
            return value
