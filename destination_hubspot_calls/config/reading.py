"""A configuration of which parts cannot be read: what is left of it can be checked all the same."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from destination_hubspot_calls.config.model import (
    Config,
    ConfigError,
    LocalStorage,
    NoStorage,
    S3Storage,
    read_config,
)

_WITHOUT_ACCOUNT = ("credentials", "api_base_url")
"""What HubSpot cannot be asked without."""
_STAND_INS: Mapping[str, object] = {"mappings": [], "stream_name": "?"}
"""What stands for a key that is missing, so that the rest beside it can be checked."""
_CALL_PROPERTIES = ("property", "external_id_property")
_STEP = re.compile(r"\w+")

Steps = tuple[int | str, ...]
Storage = NoStorage | LocalStorage | S3Storage


@dataclass(frozen=True, slots=True)
class PartialConfig:
    """What can be read of a configuration.

    `config` is without the rows and keys that are wrong; None where HubSpot cannot be asked at all. `storage` None:
    it cannot be read. `labels`: what was entered, by place, as a name of a call property and is none. `incomplete`: the
    places of the mappings that lost something of their property rules. `removed`: the rows that were taken out of each
    list.
    """

    config: Config | None
    storage: Storage | None
    problems: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    incomplete: frozenset[str] = frozenset()
    removed: Mapping[Steps, set[int]] = field(default_factory=dict)

    @property
    def obstacles(self) -> tuple[str, ...]:
        """The problems that keep HubSpot from being asked."""
        return tuple(problem for problem in self.problems if problem.startswith(_WITHOUT_ACCOUNT)) or self.problems

    def original(self, place: str) -> str:
        """Where in what was entered stands what has this place in `config`."""
        if not self.removed:
            return place
        steps = [int(step) if step.isdigit() else step for step in _STEP.findall(place)]
        return _place(_entered(tuple(steps), self.removed))


def read_partial(raw: object) -> PartialConfig:
    """Read what can be read, and all that is wrong with the form of the rest."""
    try:
        config = read_config(raw)
    except ConfigError as error:
        return _Salvager(raw).draft(error.problems)
    return PartialConfig(config, config.object_storage_config)


class _Salvager:
    """Takes out what is wrong, one thing after another, until the rest can be read."""

    def __init__(self, raw: object) -> None:
        self._raw: Any = deepcopy(raw)
        self._storage_is_wrong = False
        self._labels: dict[str, str] = {}
        self._torn: set[str] = set()
        self._removed: defaultdict[Steps, set[int]] = defaultdict(set)

    def draft(self, problems: tuple[str, ...]) -> PartialConfig:
        config = self._read()
        storage = None if config is None or self._storage_is_wrong else config.object_storage_config
        if config is None:
            storage = self._storage_alone()
        return PartialConfig(config, storage, problems, self._labels, frozenset(self._torn), self._removed)

    def _read(self) -> Config | None:
        while True:
            try:
                return Config.model_validate(self._raw)
            except ValidationError as error:
                first = error.errors(include_url=False, include_input=False)[0]
            if not self._take_out(first["loc"], is_missing=first["type"] == "missing"):
                return None

    def _storage_alone(self) -> Storage | None:
        """The store of rejected records, where everything else may be wrong."""
        if not isinstance(self._raw, dict):
            return None
        only = {"credentials": {"auth_type": "access_token", "access_token": "-"}, "mappings": []}
        if "object_storage_config" in self._raw:
            only["object_storage_config"] = self._raw["object_storage_config"]
        try:
            return Config.model_validate(only).object_storage_config
        except ValidationError:
            return None

    def _take_out(self, steps: Steps, *, is_missing: bool) -> bool:
        """Do without what stands there; says whether that is possible."""
        if not steps or steps[0] in _WITHOUT_ACCOUNT:
            return False
        if steps[0] == "object_storage_config":
            self._storage_is_wrong = True
            steps, is_missing = steps[:1], False
        try:
            if is_missing and steps[-1] in _STAND_INS:
                self._parent(steps)[steps[-1]] = deepcopy(_STAND_INS[str(steps[-1])])
            else:
                self._remove(steps[:-1] if is_missing else steps)
        except (KeyError, IndexError, TypeError):
            return False
        return True

    def _remove(self, steps: Steps) -> None:
        parent, last, entered = self._parent(steps), steps[-1], _entered(steps, self._removed)
        if steps[2:3] == ("properties",):
            self._torn.add(_place(entered[:2]))
        if last in _CALL_PROPERTIES and isinstance(parent[last], str):
            self._labels[_place(entered)] = parent[last]
        del parent[last]
        if isinstance(last, int):
            self._removed[entered[:-1]].add(int(entered[-1]))

    def _parent(self, steps: Steps) -> Any:
        found = self._raw
        for step in steps[:-1]:
            found = found[step]
        return found


def _entered(steps: Steps, removed: Mapping[Steps, set[int]]) -> Steps:
    """The steps to a thing as they were before rows were taken out."""
    entered: Steps = ()
    for step in steps:
        entered += (_index(step, removed.get(entered, set())) if isinstance(step, int) else step,)
    return entered


def _index(index: int, gone: set[int]) -> int:
    """The place that the row at `index` had before those at `gone` were taken out."""
    for taken in sorted(gone):
        index += taken <= index
    return index


def _place(steps: Steps) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")
