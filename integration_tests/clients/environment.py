"""A client's own virtual environment, so that its versions cannot fight ours."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = Path(__file__).with_name("requirements")
LOCKED = ROOT / ".ci/locked.py"
"""Prints what poetry.lock pins."""
PROGRAMS = Path(__file__).with_name("programs")
"""What runs in a client's environment, and knows nothing of ours."""
VERSIONS = ("3.12", "3.11")
"""Pythons that both clients and their pins run on."""
_QUIET = ("--quiet", "--disable-pip-version-check")


class Unavailable(Exception):
    """A client cannot be had on this machine; the text says why."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment with what a file of pins names."""

    folder: Path

    def program(self, name: str) -> str:
        """The path of an installed program."""
        return str(self.folder / "bin" / name)

    @property
    def python(self) -> str:
        return self.program("python")

    def run(self, *command: str, folder: Path) -> str:
        """Run a program of it in `folder`, which takes all that it leaves behind; returns its stdout."""
        done = subprocess.run(
            command,
            cwd=folder,
            env=self._variables(folder),
            capture_output=True,
            check=False,
        )
        if done.returncode:
            said = (done.stdout + done.stderr).decode(errors="replace")[-4000:]
            raise AssertionError(f"{command[0]} ended with {done.returncode}:\n{said}")
        return done.stdout.decode()

    def _variables(self, folder: Path) -> dict[str, str]:
        """A home of its own, no telemetry, no registry; nothing else of this process matters to it."""
        return {
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "AIRBYTE_LOGGING_ROOT": str(folder / "logs"),
            "AIRBYTE_OFFLINE_MODE": "1",
            "DO_NOT_TRACK": "1",
        }


def environment(name: str, *, ours: bool = False) -> Environment:
    """The environment of `requirements/<name>.txt`, made under build/ where it is not there yet (a minute or two).

    `ours`: with what the connector needs, as it is locked. Raises Unavailable where there is no Python for it, or no
    package index.
    """
    pins = REQUIREMENTS / f"{name}.txt"
    python = _python()
    locked = subprocess.run([sys.executable, str(LOCKED)], stdout=subprocess.PIPE, check=True).stdout if ours else b""
    digest = hashlib.sha256(pins.read_bytes() + locked + python.encode()).hexdigest()[:12]
    made = Environment(ROOT / "build" / "clients" / f"{name}-{digest}")
    mark = made.folder / "complete"
    if not mark.exists():
        shutil.rmtree(made.folder, ignore_errors=True)
        subprocess.run([python, "-m", "venv", str(made.folder)], check=True)
        _install(made, pins)
        if ours:
            (made.folder / "locked.txt").write_bytes(locked)
            _install(made, made.folder / "locked.txt")
        mark.touch()
    return made


def _install(made: Environment, pins: Path) -> None:
    pip = [made.python, "-m", "pip"]
    done = subprocess.run([*pip, "install", *_QUIET, "--no-deps", "-r", str(pins)], capture_output=True, check=False)
    if done.returncode == 0:
        return
    probe = [*pip, "download", *_QUIET, "--no-deps", "--dest", str(made.folder / "probe"), "pip"]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        raise Unavailable("the package index cannot be reached")
    sys.exit(f"{pins.name} cannot be installed:\n{done.stderr.decode()[-2000:]}")


def _python() -> str:
    """An interpreter that the clients support: this one, or one that is found by its name."""
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    others = filter(None, (shutil.which(f"python{version}") for version in VERSIONS))
    found = sys.executable if here in VERSIONS else next(others, None)
    if found is None:
        raise Unavailable(f"it needs Python {' or '.join(VERSIONS)}")
    return found
