"""`python -m benchmarks`: how fast, in short (under 10 minutes); `--full`: all of it (half an hour).

The tables go to standard output, as Markdown, and as JSON to `build/benchmarks.json`. Name benchmarks to run
only those.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping

from benchmarks.again import again
from benchmarks.cost import cost
from benchmarks.lookups import lookups
from benchmarks.machine import machine
from benchmarks.process import BUILD
from benchmarks.saturation import saturation
from benchmarks.scale import scale
from benchmarks.side_by_side import side_by_side
from benchmarks.start import start
from benchmarks.table import Table

BENCHMARKS: Mapping[str, Callable[[bool], Table]] = {
    "machine": lambda _: machine(),
    "start": lambda _: start(),
    "cost": lambda full: cost(rounds=5 if full else 3),
    "scale": lambda full: scale(full=full),
    "saturation": lambda full: saturation(full=full),
    "again": lambda full: again(full=full),
    "side-by-side": lambda _: side_by_side(),
    "look-ups": lambda _: lookups(),
}
ONLY_FULL = {"look-ups"}


def main() -> None:
    """Run benchmarks, print each table as it comes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--full", action="store_true", help="all of it")
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(BENCHMARKS)}")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(BENCHMARKS):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    names = asked.names or [name for name in BENCHMARKS if asked.full or name not in ONLY_FULL]
    tables = []
    for name in names:
        began = time.monotonic()
        table = BENCHMARKS[name](asked.full)
        table.notes.append(f"took {time.monotonic() - began:.0f} s")
        print(table, flush=True)
        tables.append(table.as_json())
    BUILD.mkdir(exist_ok=True)
    (BUILD / "benchmarks.json").write_text(json.dumps(tables, indent=1) + "\n")


if __name__ == "__main__":
    main()
