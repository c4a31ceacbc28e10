"""A mapping and its recipe, made one: the recipe's rules stand under the mapping's own."""

from __future__ import annotations

from typing import Final

from destination_hubspot_calls import recipes
from destination_hubspot_calls.config.model import AssociationRule, Mapping, PropertyRule

PRESET: Final = PropertyRule(property="hs_call_status", default="COMPLETED")
"""The row that the form opens with and that does something. Left as it is it replaces no recipe's rule, as nobody who
chose a recipe has entered it: each missed call would be a completed one."""

OF_RECIPE: Final = "recipe "
"""What the places of recipes' rules begin with."""

_LISTS: Final = frozenset({"properties", "associations"})
_OWN: Final = frozenset({"stream_name", "stream_namespace", "recipe", "external_id_property"})
"""What a recipe does not say: these are the connection's and the account's."""
_SAME_SWITCH: Final = frozenset({"leave_out_matching_fields", "copy_matching_fields"})
_TYPE_IDS: Final = {"0-1": "contact", "0-2": "company", "0-3": "deal", "0-5": "ticket", "0-136": "lead"}


def with_recipe(mapping: Mapping) -> Mapping:
    """The mapping with the rules of its recipe; as it is if it names none.

    A property rule of the mapping replaces the recipe's of the same property, but not as an empty row or as PRESET; an
    association rule replaces those of the same object type; every other key wins if it is set. Each of the recipe's
    rules has its place there: `recipe aircall: properties[3]`.
    """
    if mapping.recipe is None:
        return mapping
    recipe = _recipe(mapping.recipe, mapping.stream_name)
    keys = {key: getattr(recipe, key) for key in recipe.model_fields_set - _LISTS - _OWN - _set_keys(mapping)}
    rules = {"properties": _properties(mapping, recipe), "associations": _associations(mapping, recipe)}
    return mapping.model_copy(update={**keys, **rules}).with_keys_of_recipe(keys)


def _recipe(name: str, stream_name: str) -> Mapping:
    recipe = Mapping.model_validate({**recipes.read(name), "stream_name": stream_name})
    place = f"{OF_RECIPE}{name}: "
    return recipe.model_copy(
        update={
            "properties": tuple(rule.at(f"{place}properties[{index}]") for index, rule in enumerate(recipe.properties)),
            "associations": tuple(
                rule.at(f"{place}associations[{index}]") for index, rule in enumerate(recipe.associations)
            ),
        }
    )


def _set_keys(mapping: Mapping) -> frozenset[str]:
    """What the mapping says itself: an empty box says nothing."""
    keys = frozenset(key for key in mapping.model_fields_set if getattr(mapping, key) is not None)
    return keys | _SAME_SWITCH if keys & _SAME_SWITCH else keys


def _properties(mapping: Mapping, recipe: Mapping) -> tuple[PropertyRule, ...]:
    theirs = {rule.property for rule in recipe.properties}
    own = [
        rule
        for rule in mapping.properties
        if not rule.is_empty and not (rule.property in theirs and rule.model_dump() == PRESET.model_dump())
    ]
    replaced = {rule.property for rule in own}
    return (*own, *(rule for rule in recipe.properties if rule.property not in replaced))


def _associations(mapping: Mapping, recipe: Mapping) -> tuple[AssociationRule, ...]:
    replaced = {_object(rule) for rule in mapping.associations}
    return (*mapping.associations, *(rule for rule in recipe.associations if _object(rule) not in replaced))


def _object(rule: AssociationRule) -> str:
    """An object type by one of its names: one and many, and HubSpot's number, are the same."""
    name = rule.object_type.casefold()
    name = _TYPE_IDS.get(name, name)
    return f"{name[:-3]}y" if name.endswith("ies") else name.removesuffix("s")
