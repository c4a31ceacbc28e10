"""`sync.py DESTINATION SOURCE CONFIG FOLDER`: check, then write in each of PyAirbyte's ways.

DESTINATION and SOURCE are executables, CONFIG the destination's configuration. Prints the records of each write on
its last line, by the way's name; `refused` where the connector ended the write.
"""

import json
import sys
from pathlib import Path

import airbyte
from airbyte.caches import DuckDBCache
from airbyte.destinations.base import Destination
from airbyte.exceptions import AirbyteConnectorWriteError
from airbyte.sources.base import Source
from airbyte.strategies import WriteStrategy

USERS = 500


def source(executable: str) -> Source:
    config = {"count": USERS, "seed": 7, "always_updated": False, "parallelism": 1, "records_per_slice": 100}
    return airbyte.get_source("source-faker", config=config, streams="*", local_executable=executable)


def destination(executable: str, config: str) -> Destination:
    settings = json.loads(Path(config).read_text())
    return airbyte.get_destination("destination-hubspot-calls", config=settings, local_executable=executable)


def with_states(target: Destination, faker: str, folder: Path) -> dict[str, int]:
    """With a cache of states only, twice; with a cache of records; from a cache that was read before."""
    states = DuckDBCache(db_path=folder / "states.duckdb")
    records = DuckDBCache(db_path=folder / "records.duckdb")
    first = target.write(source(faker), cache=False, state_cache=states)
    second = target.write(source(faker), cache=False, state_cache=states)
    cached = target.write(source(faker), cache=records, state_cache=records)
    read = source(faker).read(cache=DuckDBCache(db_path=folder / "read.duckdb"))
    written = {"first": first, "second": second, "cached": cached, "read": target.write(read)}
    return {name: result.processed_records for name, result in written.items()}


def by_strategy(target: Destination, faker: str) -> dict[str, object]:
    """All records once more by each strategy."""
    return {strategy.value: _written(target, faker, strategy) for strategy in WriteStrategy}


def _written(target: Destination, faker: str, strategy: WriteStrategy) -> object:
    try:
        result = target.write(
            source(faker), cache=False, state_cache=False, write_strategy=strategy, force_full_refresh=True
        )
    except AirbyteConnectorWriteError:
        return "refused"
    return result.processed_records


def main(connector: str, faker: str, config: str, folder: str) -> None:
    target = destination(connector, config)
    target.check()
    print(json.dumps({**with_states(target, faker, Path(folder)), **by_strategy(target, faker)}))


main(*sys.argv[1:])
