"""`setup`: makes what the configuration needs in the account, after showing it and asking."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from destination_hubspot_calls.config.json_file import read_json
from destination_hubspot_calls.hubspot.client import Client
from destination_hubspot_calls.hubspot.errors import MissingScopes, Refusal
from destination_hubspot_calls.hubspot.models import Property
from destination_hubspot_calls.terminal.confirmation import confirm
from destination_hubspot_calls.terminal.screen import Screen
from destination_hubspot_calls.upkeep.setup import Step, do, plan, refused_words


def setup(parsed: argparse.Namespace, screen: Screen) -> int:
    """Show the steps, ask, do them; 1 if something only a person can change stands in the way. Raises HubSpotError."""
    config, connection = screen.connect_partly(read_json(parsed.config))
    known = connection.client.properties("calls")
    planned = plan(config, known, options=parsed.options)
    for obstacle in planned.obstacles:
        screen.say(f"Not possible: {obstacle}.")
    if not planned.steps:
        if not planned.obstacles:
            screen.say("The account has all that the configuration needs; nothing was changed.")
        return bool(planned.obstacles)
    for step in planned.steps:
        screen.console.print(f"- {step.words}", markup=False, soft_wrap=True)
    if not confirm(screen, "Change the account?", yes=parsed.yes):
        return 0
    is_done = all(_do(step, connection.client, known, screen) for step in planned.steps)
    return bool(planned.obstacles) or not is_done


def _do(step: Step, client: Client, known: Sequence[Property], screen: Screen) -> bool:
    """Do one step, and say how it ended."""
    try:
        do(step, client)
    except MissingScopes as error:
        screen.say(f"Not done: {step.words}. {error}. Give the token that scope, or have an admin do it in HubSpot.")
        return False
    except Refusal as refusal:
        screen.say(f"Not done: {step.words}. {refusal}: {refused_words(refusal, step, known)}.")
        return False
    screen.say(f"Done: {step.words}.")
    return True
