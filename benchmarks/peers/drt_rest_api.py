"""drt with its `rest_api` destination: a batch template, from a table of SQLite."""

import json
import os
import sqlite3
import sys
import tempfile
from pathlib import Path

SYNC = """
name: calls
model: SELECT * FROM calls
destination:
  type: rest_api
  url: "{url}/crm/v3/objects/calls/batch/create"
  method: POST
  headers:
    Content-Type: "application/json"
  auth:
    type: bearer
    token_env: HUBSPOT_TOKEN
  body_mode: batch
  max_records_per_request: 100
  batch_template: |
    {{"inputs": [
    {{% for row in rows %}}
    {{"properties": {{{{ row.properties }}}}, "associations": {{{{ row.associations }}}}}}
    {{{{ "" if loop.last else "," }}}}
    {{% endfor %}}
    ]}}
sync:
  mode: full
  batch_size: 100
  rate_limit:
    requests_per_second: 19
  on_error: skip
"""

url, token, path = sys.argv[1:4]
inputs = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]
folder = Path(tempfile.mkdtemp())
(folder / "syncs").mkdir()
(folder / ".drt").mkdir()
with sqlite3.connect(folder / "calls.sqlite") as database:
    database.execute("CREATE TABLE calls (properties TEXT, associations TEXT)")
    rows = [(json.dumps(item["properties"]), json.dumps(item["associations"])) for item in inputs]
    database.executemany("INSERT INTO calls VALUES (?, ?)", rows)
(folder / "drt_project.yml").write_text("name: calls\nversion: '0.1'\nprofile: local\n")
(folder / ".drt" / "profiles.yml").write_text(f"local:\n  type: sqlite\n  database: {folder / 'calls.sqlite'}\n")
(folder / "syncs" / "calls.yml").write_text(SYNC.format(url=url))
os.chdir(folder)
program = Path(sys.executable).with_name("drt")
os.execve(program, [str(program), "run"], {**os.environ, "HOME": str(folder), "HUBSPOT_TOKEN": token})
