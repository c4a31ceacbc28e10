"""The configuration for all clients: every stream, and whatever it holds, becomes calls that are found by their key."""

from __future__ import annotations

from typing import Any

from integration_tests.sandbox.process import Sandbox


def configuration(sandbox: Sandbox, **mapping: Any) -> dict[str, Any]:
    """The whole record is the call's body, so that no hostile value is left out."""
    return {
        "credentials": {"auth_type": "access_token", "access_token": sandbox.token},
        "mappings": [
            {
                "stream_name": "*",
                "properties": [
                    {"property": "hs_timestamp", "source": "created_at", "default": "2026-01-01T00:00:00Z"},
                    {"property": "hs_call_title", "source": "name"},
                    {"property": "hs_call_body", "source": "@"},
                ],
                "copy_matching_fields": False,
                "external_id_property": "dialer_call_id",
                **mapping,
            }
        ],
        "api_base_url": sandbox.url,
    }
