"""Environments of their own for what the connector is measured with and beside."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.process import BUILD


def programs(name: str, packages: Sequence[str]) -> Path:
    """The programs of an environment with these packages, which is made where there is none yet."""
    folder = BUILD / "venvs" / name
    installed = folder / "installed"
    wanted = "\n".join(packages)
    if not installed.exists() or installed.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *packages], check=True)
        installed.write_text(wanted)
    return folder / "bin"
