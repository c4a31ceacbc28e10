"""The shelf of recipes: what is on it, and that it can be taken from."""

from __future__ import annotations

from pathlib import Path

import pytest

from destination_hubspot_calls import recipes


def test_every_file_of_the_folder_is_offered_in_order() -> None:
    """A recipe that is not listed cannot be chosen in the form."""
    folder = Path(recipes.__file__).parent
    assert list(recipes.names()) == sorted(file.stem for file in folder.glob("*.json"))
    assert {"aircall", "gong", "twilio"} <= set(recipes.names())


def test_what_is_read_may_be_changed() -> None:
    """A mapping's own rules are put over it: the next reader must not find them there."""
    recipes.read("aircall")["properties"].clear()
    assert recipes.read("aircall")["properties"]


def test_the_account_s_keys_are_not_in_it() -> None:
    """The stream's name and the external id property are the mapping's own."""
    for name in recipes.names():
        assert not {"stream_name", "external_id_property", "recipe"} & recipes.read(name).keys()


def test_a_recipe_that_is_not_there_is_a_key_error() -> None:
    """A path in place of a name must not reach a file."""
    for name in ("nobody", "../recipes/aircall", ""):
        with pytest.raises(KeyError):
            recipes.read(name)
