"""What it was measured on, and how quiet that was."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path

from benchmarks.table import Table, figure

LOOPS = 300_000
ROUNDS = 15


def machine() -> Table:
    """The machine, and the noise that all other figures stand in: one loop, timed again and again."""
    table = Table("Machine", ("what", "value"))
    table.rows += [
        ("processor", _processor()),
        ("cores", os.cpu_count() or 0),
        ("Python", platform.python_version()),
        ("load before", f"{os.getloadavg()[0]:.1f}"),
        ("noise: the same loop, CPU ms", str(figure(_loop() for _ in range(ROUNDS)))),
    ]
    return table


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _loop() -> float:
    began = time.process_time()
    total = 0
    for number in range(LOOPS):
        total += number
    return (time.process_time() - began) * 1000
