"""The connector as a program that keeps what it says: a client runs it by its path, and knows nothing of it."""

from __future__ import annotations

import json
import shlex
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from airbyte_cdk.models import AirbyteMessageSerializer

from integration_tests.clients.environment import PROGRAMS, Environment

Message = dict[str, Any]

PROGRAM = "destination-hubspot-calls"
# The shell is replaced by the connector, so that signals and the status are the connector's own.
SCRIPT = """#!/usr/bin/env bash
exec > >(tee -a {output})
exec {program} "$@"
"""
# The CDK's model of a message has no place for it.
UNKNOWN_TO_THE_CDK = "DESTINATION_CATALOG"


class Recording:
    """An executable in `folder`, and all that it ever said."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.executable = folder / PROGRAM
        self._output = folder / "output.jsonl"
        self._output.touch()
        program = Path(sys.executable).with_name(PROGRAM)
        script = SCRIPT.format(output=shlex.quote(str(self._output)), program=shlex.quote(str(program)))
        self.executable.write_text(script)
        self.executable.chmod(0o755)

    def messages(self) -> list[Message]:
        """Every line of stdout; ValueError where one is no JSON."""
        return [json.loads(line) for line in self._output.read_bytes().splitlines()]

    def validate(self, client: Environment) -> Counter[str]:
        """Hold every line to the CDK's models, and to those of the protocol that the client parses with.

        Returns how many messages there are of each type. Raises whatever a line does not pass.
        """
        messages = self.messages()
        for message in messages:
            if message["type"] != UNKNOWN_TO_THE_CDK:
                AirbyteMessageSerializer.load(message)
        client.run(client.python, str(PROGRAMS / "validate.py"), str(self._output), folder=self._output.parent)
        return Counter(message["type"] for message in messages)


def told(lines: Counter[str]) -> str:
    """How many lines passed, by their types."""
    return f"{lines.total():,} lines valid ({', '.join(f'{number:,} {kind}' for kind, number in lines.most_common())})"
