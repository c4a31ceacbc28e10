"""`check` for a person: what is wrong, each with what to change, and what should be known."""

from __future__ import annotations

import argparse

from rich.table import Table
from rich.text import Text

from destination_hubspot_calls.config.json_file import read_object
from destination_hubspot_calls.preflight import check_config
from destination_hubspot_calls.terminal.json_text import plain
from destination_hubspot_calls.terminal.screen import Screen

MAX_PROBLEMS = 50
"""Problems that are shown; the rest is counted."""


def check(parsed: argparse.Namespace, screen: Screen) -> int:
    """Show what was found; 1 if anything must be changed."""
    findings = check_config(read_object(parsed.config), screen.connect)
    if findings.account:
        screen.console.print(Text(plain(findings.account)))
    if findings.problems:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column("where", overflow="fold")
        table.add_column("what to change", overflow="fold")
        for problem in findings.problems[:MAX_PROBLEMS]:
            table.add_row(Text(plain(problem.place), style="bold"), Text(plain(problem.words)))
        screen.console.print(table)
        more = len(findings.problems) - MAX_PROBLEMS
        if more > 0:
            screen.console.print(Text(f"and {more:,} more"))
    for remark in findings.remarks():
        screen.console.print(Text(plain(remark), style="yellow"))
    number = len(findings.problems)
    verdict = f"{number:,} problem{'s' if number > 1 else ''} to fix." if number else "A sync can work."
    screen.console.print(Text(verdict, style="bold red" if number else "bold green"))
    return int(bool(number))
