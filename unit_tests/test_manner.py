"""What the code keeps to, as CONTRIBUTING.md says: measured, so that it stays so."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "destination_hubspot_calls"
FOLDERS = ("destination_hubspot_calls", "unit_tests", "integration_tests", "benchmarks", ".ci")
FILES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
TESTS = [path for path in FILES if PACKAGE not in path.parents]
MAX_LINES = 25
"""Of a function, from `def` to its end, its docstring not counted."""
MAX_MODULES = 9
"""At the package's root: what is neither a side of the line nor beside it has to be there for a reason."""
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def trees(paths: list[Path]) -> Iterator[tuple[str, ast.AST]]:
    for path in paths:
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


def length(function: Function) -> int:
    """Lines of a function, its docstring not counted."""
    first = function.body[0]
    docstring = first.end_lineno or 0 if ast.get_docstring(function) is not None else 0
    return (function.end_lineno or 0) - function.lineno + 1 - (docstring - first.lineno + 1 if docstring else 0)


def test_they_are_found() -> None:
    """A folder that was renamed would pass every test here."""
    assert {path.relative_to(ROOT).parts[0] for path in FILES} == set(FOLDERS)


def test_no_function_is_longer_than_a_screen() -> None:
    """What does not fit into a head is where mistakes live."""
    functions = ((name, node) for name, tree in trees(FILES) for node in ast.walk(tree) if isinstance(node, Function))
    assert [f"{name}: {node.name}, {length(node)}" for name, node in functions if length(node) > MAX_LINES] == []


def test_a_long_function_would_be_found() -> None:
    """A measure that counts wrong finds nothing: the docstring is left out, all else is in."""
    body = "\n".join("    pass" for _ in range(MAX_LINES - 1))
    (function,) = ast.parse(f'def name() -> None:\n    """Two\n    lines."""\n{body}\n').body
    assert isinstance(function, Function)
    assert length(function) == MAX_LINES


def test_tests_have_no_cast() -> None:
    """A cast hides from the type checker that a fake is not what it stands for."""
    names = ((name, node) for name, tree in trees(TESTS) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    found = {name: {item.name for item in node.names} for name, node in names if node.module == "typing"}
    assert [name for name, imported in found.items() if "cast" in imported] == []


def test_what_the_type_checker_is_told_to_pass_over_has_a_reason() -> None:
    """Without one nobody knows whether it still has to be."""
    wrong = []
    for path in FILES:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if "# type: ignore" in line and not re.search(r"# type: ignore\[[\w,-]+\] +# \w", line):
                wrong.append(f"{path.relative_to(ROOT)}:{number}")
    assert [place for place in wrong if not place.startswith("unit_tests/test_manner.py")] == []


def test_one_name_means_one_thing() -> None:
    """A reader who knows one of two classes reads the other wrong."""
    places = defaultdict(list)
    for name, tree in trees([path for path in FILES if PACKAGE in path.parents]):
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(name)
    twice = sorted(name for name, found in places.items() if len(found) > 1)
    explained = CONTRIBUTING.partition("\n| Two classes of one name |")[2].partition("\n\n")[0]
    assert twice == sorted(re.findall(r"^\| `(\w+)` \|", explained, re.MULTILINE))


def test_the_root_has_few_modules() -> None:
    """What lies loose there hides the line."""
    assert len([path for path in PACKAGE.glob("*.py") if path.name != "__init__.py"]) <= MAX_MODULES


@pytest.mark.parametrize("room", ["hubspot.client", "config.model", "mapping", "conversion", "associations"])
def test_a_room_that_knows_nothing_of_airbyte_loads_nothing_of_it(room: str) -> None:
    """The package's door would let it in, and who needs a client of HubSpot would wait a second for it."""
    program = f"import sys, destination_hubspot_calls.{room}; sys.exit('airbyte_cdk' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


def test_the_connectors_class_is_at_the_door() -> None:
    """Airbyte's tools look for it there, by the connector's name."""
    program = "from destination_hubspot_calls import DestinationHubspotCalls as found; print(found.__name__)"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout == b"DestinationHubspotCalls\n"


def test_the_picture_has_every_room() -> None:
    """A picture that lacks a room sends those who look for it astray."""
    drawn = re.findall(r"^ +(\w+)\[", CONTRIBUTING.partition("```mermaid")[2].partition("```")[0], re.MULTILINE)
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    modules = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    assert sorted(drawn) == sorted(rooms | modules)
