"""`sync.py DESTINATION SOURCE CONFIG FOLDER`: check, write, write again with the state, write from a cache.

DESTINATION and SOURCE are executables, CONFIG the destination's configuration. Prints the records of each write on
its last line.
"""

import json
import sys
from pathlib import Path

import airbyte
from airbyte.caches import DuckDBCache
from airbyte.destinations.base import Destination
from airbyte.sources.base import Source

USERS = 500


def source(executable: str) -> Source:
    config = {"count": USERS, "seed": 7, "always_updated": False, "parallelism": 1, "records_per_slice": 100}
    return airbyte.get_source("source-faker", config=config, streams="*", local_executable=executable)


def destination(executable: str, config: str) -> Destination:
    settings = json.loads(Path(config).read_text())
    return airbyte.get_destination("destination-hubspot-calls", config=settings, local_executable=executable)


def main(connector: str, faker: str, config: str, folder: str) -> None:
    target = destination(connector, config)
    target.check()
    states = DuckDBCache(db_path=Path(folder, "states.duckdb"))
    first = target.write(source(faker), cache=False, state_cache=states).processed_records
    second = target.write(source(faker), cache=False, state_cache=states).processed_records
    records = DuckDBCache(db_path=Path(folder, "records.duckdb"))
    cached = target.write(source(faker), cache=records, state_cache=records).processed_records
    print(json.dumps({"first": first, "second": second, "cached": cached}))


main(*sys.argv[1:])
