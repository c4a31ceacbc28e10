"""JSON read by its structure alone: for texts that Python's readers refuse, and to change one place of a text.

A number of 5,000 digits, a list nested 1,100 levels deep, a byte that is not UTF-8: none of it keeps a scan from
finding the members of an object, and whatever it does not change stays as it came.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(rb'[ \t\r\n]*("[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+)', re.DOTALL)
_SCALAR = re.compile(rb"true|false|null|NaN|-?Infinity|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_CLOSERS = {b"{": b"}", b"[": b"]"}


class Member(NamedTuple):
    """A member of an object: where its name begins, and where its value begins and ends."""

    name: str
    begin: int
    value: int
    end: int


def members(text: bytes, start: int = 0) -> Iterator[Member]:
    """The members of the object that begins at `start`, in order. Raises ValueError if it is not a JSON object."""
    token, position = _next(text, start)
    if token != b"{":
        raise ValueError
    token, after = _next(text, position)
    while token != b"}":
        begin = after - len(token)
        colon, position = _next(text, after)
        if token[:1] != b'"' or colon != b":":
            raise ValueError
        end = _skip(text, position)
        yield Member(_string(token), begin, _begin(text, position), end)
        comma, position = _next(text, end)
        if comma == b"}":
            return
        token, after = _next(text, position)
        if comma != b"," or token == b"}":
            raise ValueError


def member(text: bytes, name: str, start: int = 0) -> Member | None:
    """The last member of that name, as JSON readers take it. Raises ValueError if there is no JSON object."""
    found = None
    for item in members(text, start):
        if item.name == name:
            found = item
    return found


def string(text: bytes, item: Member | None) -> str | None:
    """A member's value if it is a string."""
    if item is None or text[item.value : item.value + 1] != b'"':
        return None
    return _string(text[item.value : item.end])


def is_whole(text: bytes) -> bool:
    """Whether a text is one JSON value and nothing after it."""
    try:
        return not text[_skip(text, 0) :].strip()
    except ValueError:
        return False


def _next(text: bytes, position: int) -> tuple[bytes, int]:
    found = _TOKEN.match(text, position)
    if found is None:
        raise ValueError
    return found[1], found.end()


def _begin(text: bytes, position: int) -> int:
    token, end = _next(text, position)
    return end - len(token)


def _string(token: bytes) -> str:
    """A string's text; bytes that are not UTF-8 become U+FFFD."""
    return str(json.loads(token.decode("utf-8", "replace"), strict=False))


def _skip(text: bytes, position: int) -> int:
    """Where the value at `position` ends, by a stack of its own, however deep it is. Raises ValueError."""
    open_: list[bytes] = []
    position = _open(text, position, open_)
    while open_:
        token, position = _next(text, position)
        if token == open_[-1]:
            open_.pop()
        elif token == b",":
            position = _open(text, _name(text, position) if open_[-1] == b"}" else position, open_)
        else:
            raise ValueError
    return position


def _open(text: bytes, position: int, open_: list[bytes]) -> int:
    """Read down to the first scalar or empty container, noting in `open_` what closes those on the way."""
    while True:
        token, position = _next(text, position)
        closer = _CLOSERS.get(token)
        if closer is None:
            if token[:1] != b'"' and not _SCALAR.fullmatch(token):
                raise ValueError
            return position
        following, after = _next(text, position)
        if following == closer:
            return after
        open_.append(closer)
        if token == b"{":
            position = _name(text, position)


def _name(text: bytes, position: int) -> int:
    """Where the name of a member, and the colon after it, end."""
    name, position = _next(text, position)
    colon, position = _next(text, position)
    if name[:1] != b'"' or colon != b":":
        raise ValueError
    return position
