"""What is found out about a configuration, and how a person is told."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from destination_hubspot_calls.config.model import Config, Mapping
from destination_hubspot_calls.config.problems import ConfigError, Problem

MAX_TOLD = 50
"""Problems that are told one by one: a person changes some, and checks again."""

_FORM = (
    "credentials",
    "HubSpot",
    "region",
    "api_base_url",
    "connection",
    "mappings",
    *Mapping.model_fields,
    *Config.model_fields,
)
"""What problems are told in the order of."""


class Unfit(ConfigError):
    """The configuration does not fit the account or the streams; the text names all that is wrong."""

    def __init__(self, findings: Findings) -> None:
        super().__init__(*findings.problems)
        self._text = findings.text()

    def __str__(self) -> str:
        """All of it, as a person is told."""
        return self._text


@dataclass(slots=True)
class Findings:
    """What is wrong with a configuration, each with its place and what to change.

    `form`: what the form alone tells to be wrong. `found`: what is found out beside it. `notes`: what could not be
    checked. `warnings`: what need not be wrong, but looks it. `advice`: what is as it was asked for, and costs
    something. `portal`: the number of the HubSpot account, once it is known; `account`: the sentence that names it.
    `secrets` are in no text, wherever they were entered.
    """

    form: list[Problem] = field(default_factory=list)
    found: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    advice: list[Problem] = field(default_factory=list)
    portal: int | None = None
    account: str = ""
    secrets: tuple[str, ...] = ()

    @property
    def problems(self) -> list[Problem]:
        """All that must be changed, in the order of the form."""
        return sorted([*self.form, *self.found], key=_order)

    def problem(self, place: str, words: str) -> None:
        """Something must be changed there. It takes the place of what the form tells of it."""
        self.form = [known for known in self.form if known.place != place]
        _add(self.found, Problem(place, words))

    def warn(self, place: str, words: str) -> None:
        """Something there may be wrong."""
        _add(self.warnings, Problem(place, words))

    def advise(self, place: str, words: str) -> None:
        """Something there is right, and should be known."""
        _add(self.advice, Problem(place, words))

    def note(self, what: str) -> None:
        """Something could not be checked: the whole sentence."""
        if what not in self.notes:
            self.notes.append(what)

    def raise_problems(self) -> None:
        """Raise Unfit if there is any problem."""
        if self.problems:
            raise Unfit(self)

    def text(self) -> str:
        """All of it. The lines can be told apart even where line breaks are shown as blanks."""
        lines = _numbered(self.problems)
        if self.account:
            lines.append(self.account)
        return self._without_secrets("\n".join([*lines, *self.remarks()]))

    def remarks(self) -> list[str]:
        """What stops nothing. What only costs something is left for when nothing is wrong."""
        notes = (f"Not checked: {note}" for note in self.notes)
        warnings = (f"Perhaps wrong: {warning}" for warning in self.warnings)
        advice = () if self.problems else (f"Note: {advice}" for advice in self.advice)
        return [self._without_secrets(text) for text in (*notes, *warnings, *advice)]

    def _without_secrets(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, "****")
        return text


def _add(known: list[Problem], problem: Problem) -> None:
    """Once: two streams may be written by one rule."""
    if problem not in known:
        known.append(problem)


def _numbered(problems: Iterable[Problem]) -> list[str]:
    """A list to work through: with numbers if there are several, and no longer than can be read."""
    texts = [str(problem) for problem in problems]
    if len(texts) <= 1:
        return texts
    lines = [f"{number}. {text}" for number, text in enumerate(texts[:MAX_TOLD], 1)]
    more = [f"and {len(texts) - MAX_TOLD:,} more"] if len(texts) > MAX_TOLD else []
    return [f"{len(texts):,} things to change:", *lines, *more]


def _order(problem: Problem) -> tuple[tuple[int, str], ...]:
    """By place: credentials, the account, the streams, each mapping's rules one after another, then the rest."""
    return tuple(_rank(step) for step in re.findall(r"\w+", problem.place))


def _rank(step: str) -> tuple[int, str]:
    if step.isdecimal():
        return int(step), ""
    return (_FORM.index(step) if step in _FORM else len(_FORM)), step
