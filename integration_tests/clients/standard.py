"""`airbyte-cdk connector test`, as Airbyte runs it: under the pytest of the CDK's own `dev` extra."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from integration_tests.clients.environment import ROOT, Environment

NAME = "destination-hubspot-calls"
"""The CDK takes a folder's name for the connector's."""
IN_THE_WAY = shutil.ignore_patterns(".*", "build", "__pycache__")
MIN_PASSED = 2
"""Of the tests that need no image: one of the form, one of a check."""


def run(client: Environment, folder: Path) -> str:
    """What was seen, in one line."""
    tree = folder / NAME
    shutil.copytree(ROOT, tree, ignore=IN_THE_WAY)
    said = client.run(client.program("airbyte-cdk"), "connector", "test", str(tree), folder=folder)
    passed, pytest = re.search(r"(\d+) passed", said), re.search(r"pytest-7[\d.]+", said)
    assert passed, said
    assert pytest, said
    assert int(passed[1]) >= MIN_PASSED, said
    return f"{passed[1]} tests passed under {pytest[0]}"
