"""What is found out about a configuration, and how a person is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from destination_hubspot_calls.config.model import Config, ConfigError, Mapping


class Unfit(ConfigError):
    """The configuration does not fit the account or the streams; the text names all that is wrong."""

    def __init__(self, findings: Findings) -> None:
        super().__init__(*findings.problems)
        self._text = findings.text()

    def __str__(self) -> str:
        """All of it, as a person is told."""
        return self._text


_FORM = (
    "credentials",
    "HubSpot",
    "api_base_url",
    "connection",
    "mappings",
    *Mapping.model_fields,
    *Config.model_fields,
)
"""What problems are told in the order of."""


@dataclass(slots=True)
class Findings:
    """What is wrong with a configuration, each with its place and what to change.

    `notes`: what could not be checked. `warnings`: what need not be wrong, but looks it. `portal`: the number of the
    HubSpot account, once it is known. `original` turns the place in what is checked into that in what a person entered.
    `form`: what the form alone tells to be wrong. `secrets` are in no text, wherever they were entered.
    """

    form: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    portal: int | None = None
    original: Callable[[str], str] = str
    secrets: tuple[str, ...] = ()

    @property
    def problems(self) -> list[str]:
        """All that must be changed, in the order of the form."""
        return sorted([*self.form, *self.found], key=_order)

    def problem(self, place: str, words: str) -> None:
        """Something must be changed there."""
        self.entered_problem(self.original(place), words)

    def entered_problem(self, place: str, words: str) -> None:
        """The same of a place in what was entered. It takes the place of what the form tells of it."""
        self.form = [known for known in self.form if not known.startswith(f"{place}: ")]
        if (problem := f"{place}: {words}") not in self.found:
            self.found.append(problem)

    def warn(self, place: str, words: str) -> None:
        """Something there looks wrong."""
        self.warnings.append(f"{self.original(place)}: {words}")

    def note(self, what: str) -> None:
        """Something could not be checked: the whole sentence."""
        if what not in self.notes:
            self.notes.append(what)

    def raise_problems(self) -> None:
        """Raise Unfit where there is any problem."""
        if self.problems:
            raise Unfit(self)

    def text(self) -> str:
        """All of it. The lines can be told apart even where line breaks are shown as blanks."""
        match self.problems:
            case []:
                lines = []
            case [only]:
                lines = [only]
            case several:
                numbered = (f"{number}. {problem}" for number, problem in enumerate(several, 1))
                lines = [f"{len(several)} things to change:", *numbered]
        if self.portal is not None:
            lines.append(f"This is HubSpot account {self.portal}.")
        return self._without_secrets("\n".join([*lines, *self.remarks()]))

    def remarks(self) -> list[str]:
        """What stops nothing."""
        notes = (f"Not checked: {note}" for note in self.notes)
        warnings = (f"Perhaps wrong: {warning}" for warning in self.warnings)
        return [self._without_secrets(text) for text in (*notes, *warnings)]

    def _without_secrets(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, "****")
        return text


def _order(problem: str) -> tuple[object, ...]:
    """By place: credentials, the account, the streams, each mapping's rules one after another, then the rest."""
    place = problem.partition(": ")[0]
    return tuple(_rank(step) for step in re.findall(r"\w+", place))


def _rank(step: str) -> tuple[int, str]:
    if step.isdecimal():
        return int(step), ""
    return (_FORM.index(step) if step in _FORM else len(_FORM)), step
