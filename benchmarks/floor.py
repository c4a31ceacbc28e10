"""The floor: the bare minimum that the same libraries can do it with. No limits, no errors, no states, no promise.

python -m benchmarks.floor URL < lines
"""

from __future__ import annotations

import queue
import sys
import threading

import orjson
import requests
from requests.adapters import HTTPAdapter

from benchmarks.records import by_hand

PATH = "/crm/v3/objects/calls/batch/create"
THREADS = 64
"""As many as the connector has."""
MOST = 112
"""Bodies that wait, as many as the connector bears."""
HEADERS = {"Authorization": "Bearer pat-na1-sandbox", "Content-Type": "application/json", "Accept-Encoding": "gzip"}
CONTACT = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 194}]
COMPANY = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 182}]


def main(url: str) -> None:
    """Create a call of every record on standard input."""
    bodies: queue.Queue[bytes | None] = queue.Queue(MOST)
    session = requests.Session()
    adapter = HTTPAdapter(pool_connections=1, pool_maxsize=THREADS)
    session.mount("http://", adapter)  # ignore-https-check: this machine
    workers = [threading.Thread(target=_send, args=(session, url + PATH, bodies)) for _ in range(THREADS)]
    for worker in workers:
        worker.start()
    inputs: list[object] = []
    for line in sys.stdin.buffer:
        message = orjson.loads(line)
        if message["type"] == "RECORD":
            inputs.append(_input(message["record"]["data"], len(inputs)))
        if len(inputs) == 100:
            bodies.put(orjson.dumps({"inputs": inputs}))
            inputs = []
    if inputs:
        bodies.put(orjson.dumps({"inputs": inputs}))
    for _ in workers:
        bodies.put(None)


def _input(data: dict[str, object], position: int) -> object:
    return {
        "properties": by_hand(data),
        "associations": [
            {"to": {"id": str(data["contact"])}, "types": CONTACT},
            {"to": {"id": data["company"]}, "types": COMPANY},
        ],
        "objectWriteTraceId": str(position),
    }


def _send(session: requests.Session, url: str, bodies: queue.Queue[bytes | None]) -> None:
    while body := bodies.get():
        response = session.post(url, data=body, headers=HEADERS)
        assert response.status_code == 201
        assert orjson.loads(response.content)["results"]


if __name__ == "__main__":
    main(sys.argv[1])
