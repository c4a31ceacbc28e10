"""The files around the package say one thing: one version, one base image, one entry point, one list of pins."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def metadata() -> Any:
    return yaml.safe_load(read("metadata.yaml"))["data"]


def in_dockerfile(pattern: str) -> str:
    match = re.search(pattern, read("Dockerfile"), re.MULTILINE)
    assert match, pattern
    return match[1]


def in_pyproject(key: str) -> str:
    match = re.search(rf'^\[tool\.poetry\]$[^\[]*?^{key} = "(.+)"$', read("pyproject.toml"), re.MULTILINE)
    assert match, key
    return match[1]


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("metadata.yaml", metadata()["dockerImageTag"]),
        ("Dockerfile", in_dockerfile(r'io\.airbyte\.version="(.+)"')),
    ],
)
def test_one_version(name: str, version: str) -> None:
    """Airbyte refuses a connector whose image and package differ in version."""
    assert version == in_pyproject("version"), name


@pytest.mark.parametrize(("name", "heading"), [("CHANGELOG.md", "## [{}]"), ("docs/hubspot-calls.md", "| {} |")])
def test_a_version_has_its_entry_in_the_changelog(name: str, heading: str) -> None:
    """A release that says nothing to its users is not done."""
    assert heading.format(in_pyproject("version")) in read(name)


def test_one_license() -> None:
    """Package, metadata and LICENSE name the same one."""
    assert metadata()["license"] == in_pyproject("license") == read("LICENSE").split()[0]


def test_one_base_image() -> None:
    """What Airbyte builds on, `make image` builds on, and it is pinned by digest."""
    assert in_dockerfile(r"^ARG BASE_IMAGE=(.+)$") == metadata()["connectorBuildOptions"]["baseImage"]
    assert re.search(r"@sha256:[0-9a-f]{64}$", in_dockerfile(r"^ARG BASE_IMAGE=(.+)$"))


def test_one_entry_point() -> None:
    """The platform starts $AIRBYTE_ENTRYPOINT, people start the image's: it has to be the same."""
    assert json.loads(in_dockerfile(r"^ENTRYPOINT (\[.+\])$")) == in_dockerfile(r'AIRBYTE_ENTRYPOINT="(.+)"').split()


def locked(*arguments: str) -> list[str]:
    command = [sys.executable, str(ROOT / ".ci/locked.py"), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def applying(requirements: list[str]) -> dict[str, str]:
    """Name → version of what the marker lets through to a run."""
    return {line.split("==")[0]: line.split("==")[1].split()[0] for line in requirements if 'os_name == ""' not in line}


ASKED_FOR = read("pyproject.toml").partition("\ndependencies = [")[2].partition("\n]")[0]
OWN_DEPENDENCIES = re.findall(r'^    "([\w-]+)', ASKED_FOR, re.MULTILINE)
"""What the package itself asks for, and so imports."""


def test_every_pin_has_hashes() -> None:
    """pip refuses a whole file where one hash is missing, and a pin without one would pin nothing."""
    hashed = re.compile(r"==\S+ .*--hash=sha256:[0-9a-f]{64}")
    assert [line for line in locked("dev", "sandbox") if not hashed.search(line)] == []


def test_a_run_installs_none_of_the_tests_tools() -> None:
    """What the image holds is what a run needs."""
    run, dev = applying(locked()), applying(locked("dev", "sandbox"))
    assert {"airbyte-cdk", "boto3", "orjson", "requests"} <= run.keys()
    assert {"pytest", "mypy", "moto", "starlette"} <= dev.keys() - run.keys()


LEFT_OUT = (
    "numpy",
    "pandas",
    "nltk",
    "regex",
    "joblib",
    "tqdm",
    "rapidfuzz",
    "google",
    "grpc",
    "opentelemetry",
    "proto",
)
IMPORT_ALL = f"""
import importlib, pkgutil, sys
sys.modules.update(dict.fromkeys({LEFT_OUT}))
import destination_hubspot_calls as ours
for room in pkgutil.walk_packages(ours.__path__, "destination_hubspot_calls."):
    importlib.import_module(room.name)
"""


def test_nothing_that_is_left_out_is_imported() -> None:
    """The image and the demonstration would not start. What is None in sys.modules cannot be imported."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", IMPORT_ALL], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_demonstration_installs_what_it_needs() -> None:
    """A first look that installs all the tools of the tests takes twice as long."""
    run, demo, dev = applying(locked()), applying(locked("slim", "sandbox")), applying(locked("dev", "sandbox"))
    assert {*OWN_DEPENDENCIES, "starlette", "uvicorn", "poetry-core"} <= demo.keys() <= dev.keys()
    assert demo.keys().isdisjoint({"pytest", "mypy", "moto", "ruff", "hypothesis", "pandas", "numpy", "grpcio"})
    assert {"pandas", "numpy", "grpcio"} <= run.keys()
