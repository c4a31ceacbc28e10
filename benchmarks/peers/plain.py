"""requests in a loop, as HubSpot's own examples call it."""

import json
import sys
from pathlib import Path

import requests

url, token, path = sys.argv[1:4]
headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
inputs = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]
for start in range(0, len(inputs), 100):
    payload = {"inputs": inputs[start : start + 100]}
    response = requests.post(f"{url}/crm/v3/objects/calls/batch/create", json=payload, headers=headers, timeout=60)
    response.raise_for_status()
print(f"{len(inputs)} of {len(inputs)} created")
