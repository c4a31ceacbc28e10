"""Every way in which a request can fail, as faults of the sandbox."""

from __future__ import annotations

from typing import Any

Fault = dict[str, Any]

LOST: tuple[Fault, ...] = (
    {"kind": "status", "status": 500, "when": "after"},
    {"kind": "status", "status": 502, "when": "before", "body": "html"},
    {"kind": "status", "status": 503, "when": "after", "body": "empty"},
    {"kind": "status", "status": 521, "when": "before", "body": "html"},
    {"kind": "status", "status": 524, "when": "after", "body": "html"},
    {"kind": "drop", "when": "before", "how": "reset"},
    {"kind": "drop", "when": "after", "how": "reset"},
    {"kind": "drop", "when": "before", "how": "close"},
    {"kind": "drop", "when": "after", "how": "close"},
    {"kind": "cut_body", "how": "length"},
    {"kind": "cut_body", "how": "json"},
    {"kind": "partial"},
    {"kind": "no_links"},
)
"""The answer is lost, whether or not the work was done."""
LATE: tuple[Fault, ...] = (
    {"kind": "slow_commit", "ms": [50, 3000]},
    {"kind": "drop", "when": "late", "ms": [50, 3000]},
)
"""The answer is lost, and the work is done later."""
SILENT: tuple[Fault, ...] = (
    {"kind": "empty", "when": "before"},
    {"kind": "empty", "when": "after"},
    {"kind": "omit", "when": "before"},
    {"kind": "omit", "when": "after"},
    {"kind": "batch_status", "batch_status": "PENDING"},
    {"kind": "batch_status", "batch_status": "CANCELED", "results": True},
)
"""A 2xx that accounts for too little, or says that it is not done."""
REFUSED: tuple[Fault, ...] = (
    {"kind": "locked"},
    {"kind": "migrating", "retry_after": 1},
    {"kind": "rate_burst"},
)
"""Nothing was done, and HubSpot says so."""
ODD: tuple[Fault, ...] = ({"kind": "ok_200"}, {"kind": "content_type"}, {"kind": "gzip"})
"""Nothing failed, but the answer looks different."""
WRITES = ["create:calls", "update:calls", "upsert:calls", "read:calls", "associate:contacts", "read_links:contacts"]


def rates(share: float, *, late_updates: bool = True) -> list[Fault]:
    """Faults that together strike `share` of the requests that write and read calls, and odd answers beside them."""
    kinds = [*LOST, *LATE, *SILENT, *REFUSED]
    each = share / len(kinds)
    faults = [{**fault, "rate": each, "endpoints": WRITES} for fault in kinds]
    if not late_updates:
        kept = [name for name in WRITES if not name.startswith(("update", "upsert"))]
        faults = [{**fault, "endpoints": kept} if fault in _late(each) else fault for fault in faults]
    return faults + [{**fault, "rate": 0.01, "endpoints": WRITES} for fault in ODD]


def _late(each: float) -> list[Fault]:
    return [{**fault, "rate": each, "endpoints": WRITES} for fault in LATE]


def rare() -> list[Fault]:
    """Faults that cost long waits, a few of each: an answer that never comes, a token that is said to be bad."""
    return [
        {"kind": "hang", "seconds": 4, "endpoint": "create:calls", "skip": 7},
        {"kind": "hang", "seconds": 4, "when": "after", "endpoint": "create:calls", "skip": 19},
        {"kind": "expired_token", "endpoint": "create:calls", "skip": 11},
        {"kind": "bad_token", "endpoint": "read:calls", "skip": 5},
        {"kind": "status", "status": 503, "endpoint": "properties", "times": 1},
        {"kind": "drop", "endpoint": "labels", "times": 1},
    ]
