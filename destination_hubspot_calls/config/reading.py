"""A configuration of which parts cannot be read: what is left of it can be checked all the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping as Map
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from destination_hubspot_calls.config.cross_checks import contradictions
from destination_hubspot_calls.config.model import Config, LocalStorage, Mapping, NoStorage, S3Storage
from destination_hubspot_calls.config.problems import ConfigError, Problem, Steps, in_words, place_of, untagged
from destination_hubspot_calls.config.recipe import with_recipe

_WITHOUT_ACCOUNT = ("credentials", "region", "api_base_url", "api_version")
"""What HubSpot cannot be asked without."""
_ADDRESS = ("region", "api_base_url")
"""What a token must not be sent by where it is in doubt."""
_STAND_INS: dict[str, object] = {"mappings": [], "stream_name": "?"}
"""What stands for a key that is missing, so that the rest beside it can be checked."""
_NO_PAIR = "="
"""What stands for a wrong one of `values`, so that those after it keep their numbers."""
_CALL_PROPERTIES = ("property", "external_id_property")
_RULES = ("properties", "recipe")
"""Where the rules of a mapping's call properties come from."""

Removed = Map[Steps, set[int]]
"""The rows that were taken out of each list, by the way to it in what was entered."""
Storage = NoStorage | LocalStorage | S3Storage


@dataclass(frozen=True, slots=True)
class PartialConfig:
    """What can be read of a configuration.

    `config` is without the rows and keys that are wrong; None if HubSpot cannot be asked at all. `storage` None:
    it cannot be read. `labels`: what was entered, by place, as a name of a call property and is none. `incomplete`: the
    places of the mappings that lost something of their property rules.
    """

    config: Config | None
    storage: Storage | None
    problems: tuple[Problem, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    incomplete: frozenset[str] = frozenset()

    @property
    def obstacles(self) -> tuple[Problem, ...]:
        """The problems that keep HubSpot from being asked."""
        return (
            tuple(problem for problem in self.problems if problem.place.startswith(_WITHOUT_ACCOUNT)) or self.problems
        )


def read_config(raw: object) -> Config:
    """Check and freeze a configuration as it came from Airbyte; each rule knows its place, and recipes are filled in.

    Raises ConfigError, which names each place that is wrong, all at once, and never quotes a value.
    """
    config, problems = _validated(raw)
    if config is None or problems:
        raise ConfigError(*problems)
    return _finished(config)


def read_partial(raw: object) -> PartialConfig:
    """Read what can be read, and all that is wrong with the form of the rest."""
    config, problems = _validated(raw)
    if config is None or problems:
        return _Salvager(raw).draft(tuple(problems))
    return PartialConfig(_finished(config), config.object_storage_config)


def read_usable(raw: object) -> Config:
    """What can be read, for whoever only asks the account something. Raises ConfigError if it cannot be asked."""
    partial = read_partial(raw)
    if partial.config is None:
        raise ConfigError(*partial.obstacles)
    return partial.config


def _validated(raw: object) -> tuple[Config | None, list[Problem]]:
    try:
        config, problems = Config.model_validate(raw), []
    except ValidationError as error:
        config, problems = None, [in_words(item) for item in error.errors(include_url=False, include_input=False)]
    return config, [*problems, *contradictions(raw)]


def _finished(config: Config, removed: Removed | None = None) -> Config:
    """With each mapping and rule at its place in what was entered, and with the rules of its recipe."""
    mappings = (placed(mapping, index, removed) for index, mapping in enumerate(config.mappings))
    return config.model_copy(update={"mappings": tuple(with_recipe(mapping) for mapping in mappings)})


def placed(mapping: Mapping, index: int = 0, removed: Removed | None = None) -> Mapping:
    """The mapping and its rules at their places, as the one at `index`."""

    def place(*steps: int | str) -> str:
        return place_of(_entered(("mappings", index, *steps), removed or {}))

    rules = {
        "properties": tuple(rule.at(place("properties", row)) for row, rule in enumerate(mapping.properties)),
        "associations": tuple(rule.at(place("associations", row)) for row, rule in enumerate(mapping.associations)),
    }
    return mapping.model_copy(update={key: row for key, row in rules.items() if row}).at(place())


class _Salvager:
    """Takes out what is wrong, one thing after another, until the rest can be read."""

    def __init__(self, raw: object) -> None:
        self._raw: Any = deepcopy(raw)
        self._storage_is_wrong = False
        self._labels: dict[str, str] = {}
        self._incomplete: set[str] = set()
        self._removed: defaultdict[Steps, set[int]] = defaultdict(set)

    def draft(self, problems: tuple[Problem, ...]) -> PartialConfig:
        config = self._read()
        storage = None if config is None or self._storage_is_wrong else config.object_storage_config
        if config is None:
            storage = self._storage_alone()
        asks = config is not None and not any(problem.place in _ADDRESS for problem in problems)
        whole = _finished(config, self._removed) if config and asks else None
        return PartialConfig(whole, storage, problems, self._labels, frozenset(self._incomplete))

    def _read(self) -> Config | None:
        while True:
            try:
                return Config.model_validate(self._raw)
            except ValidationError as error:
                first = error.errors(include_url=False, include_input=False)[0]
            if first["type"] == "extra_forbidden":
                self._remove(untagged(first["loc"]))
            elif not self._take_out(first["loc"], is_missing=first["type"] == "missing"):
                return None

    def _storage_alone(self) -> Storage | None:
        """The store of rejected records, even if everything else is wrong."""
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
            elif steps[-2:-1] == ("values",):
                self._parent(steps)[steps[-1]] = _NO_PAIR
            else:
                self._remove(steps[:-1] if is_missing else steps)
        except (KeyError, IndexError, TypeError):
            return False
        return True

    def _remove(self, steps: Steps) -> None:
        parent, last, entered = self._parent(steps), steps[-1], _entered(steps, self._removed)
        if steps[2:3] and steps[2] in _RULES:
            self._incomplete.add(place_of(entered[:2]))
        if last in _CALL_PROPERTIES and isinstance(parent[last], str):
            self._labels[place_of(entered)] = parent[last]
        del parent[last]
        if isinstance(last, int):
            self._removed[entered[:-1]].add(int(entered[-1]))

    def _parent(self, steps: Steps) -> Any:
        found = self._raw
        for step in steps[:-1]:
            found = found[step]
        return found


def _entered(steps: Steps, removed: Removed) -> Steps:
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
