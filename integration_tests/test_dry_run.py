"""A dry run: all that a sync would tell, and nothing that it would do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from integration_tests import source
from integration_tests.conftest import Connectors
from integration_tests.sandbox.process import Sandbox
from integration_tests.source import record, state

RECORDS = 10_000
MAPPING = {
    "stream_name": "calls",
    "properties": [
        {"property": "hs_timestamp", "source": "at"},
        {"property": "hs_call_title", "source": "title"},
        {"property": "hs_call_direction", "source": "direction", "values": ["in=INBOUND"]},
    ],
    "associations": [
        {"object_type": "contacts", "source": "contact"},
        {"object_type": "companies", "source": "domain", "match_by": "domain"},
    ],
    "external_id_property": source.KEY,
    "external_id_source": "id",
    "copy_matching_fields": False,
}


def configuration(sandbox: Sandbox, **more: Any) -> dict[str, Any]:
    return {
        "credentials": {"auth_type": "access_token", "access_token": sandbox.token},
        "api_base_url": sandbox.url,
        "mappings": [MAPPING],
        "dry_run": True,
        **more,
    }


def contents(sandbox: Sandbox) -> dict[str, Any]:
    """What the account holds."""
    stats = sandbox.stats()
    return {name: stats[name] for name in ("calls", "records", "links")}


def requests(sandbox: Sandbox) -> set[str]:
    return set(sandbox.stats()["requests"])


def told(log: Iterable[str]) -> list[str]:
    return [line for line in log if "Dry run" in line]


def lines(count: int) -> Iterator[bytes]:
    """Every 1000th has a direction that is none, every 5th a contact that is none, every 2nd a company."""
    for number in range(1, count + 1):
        yield record(
            number,
            direction="sideways" if number % 1000 == 0 else "in",
            contact="999" if number % 5 == 0 else "100001",
            domain="one.example.com" if number % 2 else "two.example.com",
        )
        if number % 500 == 0:
            yield state(number)


ALL_THAT_READS = {
    "token_info",
    "account",
    "properties:calls",
    "labels:contacts",
    "labels:companies",
    "read:contacts",
    "search:companies",
    "read:calls",
}
OPENING = 'Dry run: stream "calls": '
OF_TEN_THOUSAND = (
    "INFO Dry run: nothing is written to HubSpot, no rejected record is kept, and no state is emitted.",
    (
        f"INFO {OPENING}10,000 records; calls: 9,990 would be created, 990 of them would have no link, so that they "
        "are on no timeline; links: 13,000 would be made, 1,990 find no match, 4,990 find several matches, which is no "
        "match; 10 records would be rejected"
    ),
    (
        f'WARN {OPENING}10 would be rejected: hs_call_direction: the value of "direction" is none of the options '
        "INBOUND, OUTBOUND (INVALID_OPTION) (call-1000, call-2000, call-3000, call-4000, call-5000 and 5 more)"
    ),
    (
        f'WARN {OPENING}4,990 links to companies were not made (by domain from "domain", mappings[0].associations[1]): '
        "several have it (call-2, call-4, call-6, call-8, call-10 and 4,985 more)"
    ),
    (
        f'WARN {OPENING}1,990 links to contacts were not made (by record_id from "contact", '
        "mappings[0].associations[0]): nobody has it (call-5, call-10, call-15, call-20, call-25 and 1,985 more)"
    ),
    f"INFO {OPENING}calls from 2026-01-01 00:00:01 UTC to 2026-01-01 02:46:39 UTC",
    "INFO Dry run: nothing was written to HubSpot, no rejected record was kept, and no state was emitted.",
)
"""What a dry run of `RECORDS` says, but for its last line but one."""
ESTIMATE = re.compile(
    r"INFO Dry run: a sync of these records makes about 100 requests to create calls, 0 to update them, 0 to read "
    r"and \d+ search(es)?: less than a minute at HubSpot's (burst|search) limit .*, which decides\."
)


def test_ten_thousand_records_leave_no_trace(sandbox: Sandbox, connectors: Connectors, tmp_path: Path) -> None:
    """There is no undo in a CRM: what is tried out must not be there afterwards, in HubSpot, on disk, or as a state."""
    folder = tmp_path / "rejects"
    before = contents(sandbox)
    config = configuration(sandbox, object_storage_config={"storage_type": "LOCAL", "path": str(folder)})
    connector = connectors(config)
    assert connector.run([state(0), *lines(RECORDS)]) == 0, connector.said[-3000:]
    assert contents(sandbox) == before
    assert requests(sandbox) == ALL_THAT_READS
    assert connector.states == []
    assert not folder.exists()
    *lines_before, estimate, last = told(connector.log)
    assert [*lines_before, last] == [*OF_TEN_THOUSAND]
    assert ESTIMATE.fullmatch(estimate)


def test_what_is_there_already_is_told_apart(sandbox: Sandbox, connectors: Connectors) -> None:
    """A full refresh should be seen to create only what is new, and once per key."""
    sandbox.seed("calls", [{source.KEY: f"call-{number}", "hs_timestamp": "1767225600000"} for number in (1, 2, 3)])
    config = configuration(sandbox)
    batch = [*(record(number) for number in range(1, 101)), *(record(number) for number in (100, 101))]
    connector = connectors(config)
    assert connector.run([*batch, record(101)]) == 0
    (summary,) = [line for line in told(connector.log) if "records" in line and "stream" in line]
    assert "103 records; calls: 98 would be created, 4 already exist and would be left as they are, " in summary
    assert "1 share their key with another record and become one call with it" in summary


def test_updates_are_told_apart(sandbox: Sandbox, connectors: Connectors) -> None:
    """Append + deduped overwrites what people may have changed in HubSpot: that is what a dry run is for."""
    sandbox.seed("calls", [{source.KEY: "call-1", "hs_timestamp": "1767225600000"}])
    catalog = source.catalog()
    catalog["streams"][0]["destination_sync_mode"] = "append_dedup"
    connector = connectors(configuration(sandbox), catalog)
    assert connector.run([record(1), record(2)]) == 0
    assert "calls: 1 would be created, 1 already exist and would be updated" in connector.said
    assert sandbox.calls()[0]["properties"].get("hs_call_title") is None


def test_it_goes_on_where_a_sync_would_stop(sandbox: Sandbox, connectors: Connectors) -> None:
    """A person wants to see every reason, not the first thousand records of one."""
    config = configuration(sandbox, max_rejected_records=10)
    rows = [record(number, direction="sideways") for number in range(150)]
    connector = connectors(config)
    assert connector.run([*rows, record(150, at=None)]) == 0
    log = "\n".join(told(connector.log))
    assert "151 records; 151 records would be rejected" in log
    assert "150 would be rejected: hs_call_direction" in log
    assert "1 would be rejected: hs_timestamp" in log
    assert 'a sync would stop: The first 20 records of stream "calls" were all rejected' in log


def test_a_needed_link_rejects_as_in_a_sync(sandbox: Sandbox, connectors: Connectors) -> None:
    """Ids are tried out too: HubSpot would refuse those that it does not have."""
    links = [{"object_type": "contacts", "source": "contact", "if_missing": "reject"}]
    config = configuration(sandbox, mappings=[{**MAPPING, "associations": links}])
    connector = connectors(config)
    assert connector.run([record(1), record(2, contact="999"), record(3, contact="999")]) == 0
    assert (
        '2 would be rejected: contacts: HubSpot has no record with the id in field \\"contact\\" (INVALID_OBJECT_IDS) '
        "(call-2, call-3)"
    ) in connector.said


def test_a_clear_job_gives_its_states_back(connectors: Connectors, sandbox: Sandbox) -> None:
    """Without records there is nothing to try out, and the platform waits for its states."""
    connector = connectors(configuration(sandbox))
    assert connector.run([state(1), state(2)]) == 0
    assert [item["id"] for item in connector.states] == [1, 2]
    assert sandbox.stats()["requests_total"] == 0


def test_wrong_configurations_stop_it_too(sandbox: Sandbox, connectors: Connectors) -> None:
    """What it tells is only true of a configuration that a sync would take."""
    config = configuration(sandbox, mappings=[{**MAPPING, "external_id_property": "no_such_property"}])
    connector = connectors(config)
    assert connector.run([record(1)]) == 1
    assert connector.failure["failure_type"] == "config_error"
    assert json.dumps(connector.failure).count("no_such_property") > 0


def test_keys_that_hubspot_takes_for_one_do_not_end_it(sandbox: Sandbox, connectors: Connectors) -> None:
    """HubSpot refuses to read both at once; the sync reads them apart, and so does the dry run."""
    sandbox.settings(unique_case="insensitive")
    rows = [record(1, id="CA-abc"), record(2, id="CA-ABC"), record(3)]
    dry = connectors(connectors.configuration(dry_run=True))
    assert dry.run(rows) == 0
    assert any("would be created" in line for line in dry.log)
    assert connectors().run(rows) == 0
