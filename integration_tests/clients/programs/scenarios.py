"""Prints PyAirbyte's smoke test scenarios: names, and how many distinct records each has by its primary key."""

import json

from airbyte.cli.smoke_test_source._scenarios import PREDEFINED_SCENARIOS, get_scenario_records

found = {}
for scenario in PREDEFINED_SCENARIOS:
    records = get_scenario_records(scenario)
    key = [path[0] for path in scenario["primary_key"] or ()]
    distinct = {tuple(record[part] for part in key) for record in records} if key else None
    found[scenario["name"]] = {"records": len(records), "distinct": None if distinct is None else len(distinct)}
print(json.dumps(found))
