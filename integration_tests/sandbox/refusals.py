"""What an account as a whole refuses, whatever the record is: permissions, suspension, limits, required values."""

from __future__ import annotations

from collections.abc import Mapping

from integration_tests.sandbox import bodies
from integration_tests.sandbox.bodies import Objection
from integration_tests.sandbox.settings import Settings
from integration_tests.sandbox.wire import Body

ACCOUNT_REFUSALS: dict[str, Objection] = {
    "edit_associations": Objection("account_refusal", "Missing 'Edit Associations' permission."),
    "suspended": Objection("account_refusal", "This account has been suspended.", "ACCOUNT_SUSPENDED", status=403),
    "record_limit": Objection(
        "account_refusal", "You have reached the limit of records of this type in your account.", "LIMIT_REACHED"
    ),
    "everything": Objection("account_refusal", "There was a problem with the request."),
}
"""A for the first one's words (an OAuth token of a user without that permission); D for the others."""


def account_refusal(settings: Settings, *, links: bool, written: int) -> Objection | None:
    """What the account refuses of an input; ``links``: it wants to be linked. ``written``: calls that there are."""
    refusal = settings.account_refusal
    if refusal is None or written < settings.account_refusal_after or (refusal == "edit_associations" and not links):
        return None
    return ACCOUNT_REFUSALS[refusal]


def missing_values(settings: Settings, properties: Mapping[str, str]) -> Objection | None:
    """Properties that an account's form, or a rule of it, wants a value of (A for the first two codes, D for REQUIRED).

    Rules: ``{"property", "code"?, "when"?: {property: value}}``.
    """
    missing: list[tuple[str, str]] = []
    for rule in settings.required_properties or ():
        name, when = str(rule["property"]), rule.get("when")
        holds = not isinstance(when, dict) or all(properties.get(key) == value for key, value in when.items())
        if holds and not properties.get(name):
            missing.append((name, str(rule.get("code", "MISSING_REQUIRED_PROPERTY"))))
    return _value_wanted(missing) if missing else None


def _value_wanted(missing: list[tuple[str, str]]) -> Objection:
    told = [(name, code, f"A value for {name} must be provided") for name, code in missing]
    if any(code == "REQUIRED" for _, code in missing):
        problems = [bodies.Problem(code, words, name) for name, code, words in told]
        return bodies.bad_values(problems, 0, kind="missing_required")
    details: list[Body] = [
        {"message": words, "code": code, "context": {"propertyName": [name]}} for name, code, words in told
    ]
    return Objection("missing_required", "The property values provided are invalid", details=tuple(details))
