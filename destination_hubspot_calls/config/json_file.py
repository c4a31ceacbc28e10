"""The files that a command is given: each is read whole, or one sentence says why it cannot be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class WrongFile(Exception):
    """A file cannot be used; the text says which and why."""


def read_json(path: str) -> Any:
    """What a JSON file holds. Raises WrongFile."""
    try:
        return json.loads(Path(path).read_bytes())
    except OSError as error:
        raise WrongFile(f"{path} cannot be read: {error.strerror}") from None
    except RecursionError:
        raise WrongFile(f"{path} cannot be read: it is nested too deep") from None
    except ValueError as error:
        where = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise WrongFile(f"{path} is not valid JSON{where}") from None


def read_object(path: str) -> dict[str, Any]:
    """The object that a JSON file holds. Raises WrongFile."""
    found = read_json(path)
    if not isinstance(found, dict):
        raise WrongFile(f"{path} is not a configuration: it is not a JSON object")
    return found
