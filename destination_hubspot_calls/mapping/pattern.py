"""Regular expressions of RE2, which takes time in proportion to the text, whatever the pattern is."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import re2

MAX_MATCHES = 10_000
"""Matches in one text: RE2 is quick, but each comes back through Python."""
_MAX_WORK = 500_000_000
"""Characters that all matches in one text may have to look at: half a second, as each may look at all that is left."""
_REFERENCE = re.compile(r"\\(\d|\\)", re.ASCII)
_OPTIONS = re2.Options()
_OPTIONS.log_errors = False


class WrongPattern(Exception):
    """A text that is not a regular expression of RE2, or has too many matches; the text says why, without a value."""


class Pattern:
    """A compiled regular expression. Too many matches in one text raise WrongPattern."""

    def __init__(self, pattern: str) -> None:
        try:
            self._regexp = re2.compile(pattern, _OPTIONS)
        except (re2.error, UnicodeError) as error:
            reason = error.args[0] if error.args else ""
            raise WrongPattern(reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)) from None
        self._is_literal = bool(pattern) and re.escape(pattern) == pattern

    @property
    def groups(self) -> int:
        """How many groups it has."""
        return int(self._regexp.groups)

    def first(self, text: str) -> str | None:
        """The first group of the first match, else the whole match; None where nothing matches."""
        found = self._regexp.search(text)
        if not found:
            return None
        group = found.group(1) if self.groups else None
        return str(found.group(0) if group is None else group)

    def replaced(self, text: str, template: str) -> str:
        r"""The text with each match replaced; `\1` stands for the first group, `\0` for all, `\\` for `\`."""
        if self._is_literal and "\\" not in template:
            return text.replace(self._regexp.pattern, template)
        fill = _filler(template, self.groups)
        pieces: list[str] = []
        end = 0
        for start, stop, groups in self._matches(text):
            pieces += (text[end:start], fill(groups))
            end = stop
        return "".join((*pieces, text[end:]))

    def parts(self, text: str) -> list[str]:
        """What stands between the matches."""
        if self._is_literal:
            return text.split(self._regexp.pattern)
        pieces: list[str] = []
        end = 0
        for start, stop, _ in self._matches(text):
            pieces.append(text[end:start])
            end = stop
        return [*pieces, text[end:]]

    def _matches(self, text: str) -> list[tuple[int, int, tuple[str, ...]]]:
        matches = []
        most = min(MAX_MATCHES, _MAX_WORK // (len(text) + 1))
        for number, found in enumerate(self._regexp.finditer(text)):
            if number >= most:
                raise WrongPattern(f"matches a text more than {most:,} times")
            matches.append((found.start(), found.end(), (found.group(0), *(found.groups("")))))
        return matches


@lru_cache(maxsize=256)
def compiled(pattern: str) -> Pattern:
    """A pattern, compiled once. Raises WrongPattern."""
    return Pattern(pattern)


def check_template(template: str, groups: int) -> None:
    """Raise WrongPattern where a replacement refers to a group that its pattern does not have."""
    _filler(template, groups)


def _filler(template: str, groups: int) -> Callable[[tuple[str, ...]], str]:
    for found in _REFERENCE.findall(template):
        if found != "\\" and int(found) > groups:
            raise WrongPattern(f"has no group {found}, which the replacement refers to")
    return lambda texts: _REFERENCE.sub(lambda found: "\\" if found[1] == "\\" else texts[int(found[1])], template)
