"""What changes an account is done once a person said so."""

from __future__ import annotations

import os

from destination_hubspot_calls.results import counted
from destination_hubspot_calls.terminal.screen import Screen


class WrongUsage(Exception):
    """A command was called in a way that cannot work; the text says what to change."""


def confirm(screen: Screen, question: str, *, yes: bool, expected: str = "yes") -> bool:
    """Whether the person typed what is expected; `yes` answers for them. Raises WrongUsage if nobody can be asked."""
    if yes:
        return True
    if not os.isatty(screen.records):
        raise WrongUsage("nobody can be asked here: say --yes to go on without a question")
    screen.errors.write(f"{question} Type {expected} to go on: ")
    screen.errors.flush()
    with open(screen.records, encoding="utf-8", closefd=False) as answers:
        typed = answers.readline().strip()
    if typed != expected:
        screen.say("Nothing was done.")
    return typed == expected


def confirm_count(screen: Screen, count: int, what: str, yes: str | None) -> bool:
    """Whether the person said how many calls to change; a dry run in a pipe without `yes`. Raises WrongUsage."""
    would = f"{counted(count, 'call')} would be {what}"
    if yes is None and not os.isatty(screen.records):
        screen.say(f"Dry run: nothing was changed. {would}: say --yes {count} to do it.")
        return False
    if yes is None:
        asked = f"{counted(count, 'call is', 'calls are')} to be {what}."
        return confirm(screen, asked, yes=False, expected=str(count))
    if yes != str(count):
        raise WrongUsage(f"--yes {yes} does not fit: {would}")
    return True
