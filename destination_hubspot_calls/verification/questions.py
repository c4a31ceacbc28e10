"""What is asked of an account, and what each answer means for the connector.

Every question is one that HubSpot's documentation leaves open, or answers in a way that was seen otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import orjson

from destination_hubspot_calls.hubspot.errors import Refusal
from destination_hubspot_calls.hubspot.inputs import encode_link, encode_type
from destination_hubspot_calls.hubspot.models import AssociationType, Problem
from destination_hubspot_calls.verification.trial import CONTACT, NOBODY, Input, Trial, TrialAnswer

REREADS = (0.0, 1.0, 2.0, 4.0)
"""Seconds before each look for a fresh call: those that a sync waits too."""
MAX_TITLE = 65_536
"""Characters of a text property (HubSpot's guide to properties)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What HubSpot answered, what the connector does about it, and whether that is right; None: it was not asked."""

    answer: str
    handling: str
    right: bool | None = True


Ask = Callable[[Trial], Finding]


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and what it takes to ask it."""

    name: str
    words: str
    ask: Ask
    needs_key: bool = False
    needs_contact: bool = False


def answers(trial: Trial) -> Iterator[tuple[Question, Finding]]:
    """Ask one after the other. Raises HubSpotError."""
    for question in QUESTIONS:
        if question.needs_key and trial.key_property is None:
            yield question, Finding("not asked", "it needs an external_id_property in the configuration", None)
        elif question.needs_contact and trial.contact is None:
            yield question, Finding("not asked", "it needs a contact to link to (--contact ID)", None)
        else:
            yield question, question.ask(trial)


# ---- creating


def _trace_ids(trial: Trial) -> Finding:
    answer = trial.create(Input(trial.key()), Input(trial.key()))
    if len(answer.ids) != 2:
        return _surprise(answer)
    if answer.traces == 2:
        return Finding("every result names its input", "results are matched by trace id")
    return Finding(f"{answer.traces} of 2 results name their input", "results are matched by external id, or counted")


def _fresh_read(trial: Trial) -> Finding:
    key = trial.key()
    made = trial.create(Input(key))
    waited = 0.0
    for seconds in REREADS:
        if seconds:
            trial.pause(seconds)
        waited += seconds
        if trial.find(key) in made.ids:
            return Finding("at once" if not waited else f"after {waited:.0f} s", "looks again after 1, 2 and 4 s")
    return Finding(f"not within {waited:.0f} s", "after a lost answer it would create the call again", right=False)


def _created_links(trial: Trial) -> Finding:
    contact = trial.contact or ""
    made = trial.create(Input(trial.key(), (contact,)))
    if len(made.ids) != 1:
        return _surprise(made)
    linked = trial.client.read_links("contacts", made.ids).get(made.ids[0], {})
    if contact in linked:
        return Finding("the call has its link", "creates and links in one request")
    return Finding("the call lacks its link", "reads links back, and makes those that are missing")


def _bad_link(trial: Trial) -> Finding:
    answer = trial.create(Input(trial.key(), (NOBODY,)))
    if answer.ids:
        return Finding("accepted, without the link", "a link that is not there is found where links are read back")
    return Finding(f"refused, {_names(answer, NOBODY)}", "drops the link or rejects the record, as its rule says")


def _bad_link_among(trial: Trial) -> Finding:
    answer = trial.create(Input(trial.key()), Input(trial.key(), (NOBODY,)), Input(trial.key()))
    if answer.is_refused:
        return Finding(f"all refused ({answer.status}), {_names(answer, NOBODY)}", "sends the others again without it")
    written = f"{len(answer.ids)} of 3 written, {_names(answer, NOBODY)}"
    return Finding(written, "matches what was refused, and sends again what is not accounted for")


def _too_long(trial: Trial) -> Finding:
    answer = trial.create(Input(trial.key(), title="x" * (MAX_TITLE + 1)))
    verdict = "accepted" if answer.ids else f"refused ({answer.status or 'in the answer'})"
    return Finding(verdict, f"cuts texts to {MAX_TITLE:,} characters before they are sent")


# ---- keys


def _equal_keys(trial: Trial) -> Finding:
    key = trial.key()
    answer = trial.create(Input(key), Input(key))
    if len(answer.ids) > 1:
        return Finding("both were created", "two calls have one key: the property does not keep values unique", False)
    return Finding(_refused(answer), "sends one of a key in each batch")


def _other_case(trial: Trial) -> Finding:
    return _alike(trial, trial.key("-abc"), str.upper)


def _other_blanks(trial: Trial) -> Finding:
    return _alike(trial, trial.key(), lambda key: f"{key} ")


def _alike(trial: Trial, key: str, change: Callable[[str], str]) -> Finding:
    other = change(key)
    trial.names.append(other)
    answer = trial.create(Input(key), Input(other))
    if len(answer.ids) == 2:
        return Finding("kept apart", "keys are compared character by character")
    return Finding(_refused(answer), "the second is rejected, unless it is the same call in HubSpot's own words")


def _clash(trial: Trial) -> Finding:
    key = trial.key()
    first = trial.create(Input(key))
    again = trial.create(Input(key))
    if again.ids:
        return Finding("created again", "two calls have one key: the property does not keep values unique", False)
    known = first.ids[0] if first.ids else ""
    return Finding(_refused(again) + f", {_names(again, known)}", "reads the call back by its key")


# ---- deleted calls


def _update_deleted(trial: Trial) -> Finding:
    made = trial.create(Input(trial.key()))
    trial.archive(made.ids[0])
    answer = trial.update(made.ids[0])
    return Finding("accepted" if answer.ids else _refused(answer), "a call that was deleted is looked for before")


def _create_deleted(trial: Trial) -> Finding:
    return _after_deletion(trial, lambda key: trial.create(Input(key)))


def _upsert_deleted(trial: Trial) -> Finding:
    return _after_deletion(trial, trial.upsert)


def _after_deletion(trial: Trial, make: Callable[[str], TrialAnswer]) -> Finding:
    key = trial.key()
    made = trial.create(Input(key))
    trial.archive(made.ids[0])
    answer = make(key)
    if answer.ids and answer.ids != made.ids:
        return Finding("the value is free: a new call", "a sync after an undo creates the calls again")
    if answer.ids:
        return Finding("the deleted call came back", "counts it as existing")
    return Finding(f"the value is held: {_refused(answer)}", "rejects the record and says that a deleted call holds it")


def _upsert(trial: Trial) -> Finding:
    key = trial.key()
    made = trial.create(Input(key))
    answer = trial.upsert(key, trial.key())
    if answer.is_refused:
        return Finding(_refused(answer), "looks calls up and updates them instead")
    if len(answer.ids) == 2 and set(made.ids) <= set(answer.ids):
        return Finding("updates the one and creates the other", "upserts where nearly all calls exist")
    if len(answer.ids) == 2:
        return Finding("created the existing one again", "an upsert would make a second call of a key", right=False)
    return Finding(f"{len(answer.ids)} of 2 in the answer", "reads back what the answer does not account for")


# ---- links


def _link_again(trial: Trial) -> Finding:
    call_id, contact = _linked(trial)
    answer = trial.client.link_calls("contacts", [_link(call_id, contact, CONTACT)])
    named = (call_id, contact) in {(pair.from_id, pair.to_id) for pair in answer.results}
    words = "accepted, and the pair is named" if named else "accepted, and the pair is not named"
    return Finding(words, "takes what the answer names, and reads the other links back")


def _labels(trial: Trial) -> Finding:
    known = [item for item in trial.client.association_types("contacts") if item.label]
    if not known:
        return Finding("not asked", "it needs a label for links from calls to contacts", None)
    call_id, contact = _linked(trial)
    trial.client.link_calls("contacts", [_link(call_id, contact, CONTACT, known[0])])
    trial.client.link_calls("contacts", [_link(call_id, contact, CONTACT)])
    kept = _types(trial, call_id, contact)
    trial.client.link_calls("contacts", [_link(call_id, contact, CONTACT, *known[:2])])
    union = _types(trial, call_id, contact)
    if not {CONTACT.key, *(item.key for item in known[:2])} <= union:
        return Finding("a type of the union is missing", "a label is lost where another is added", right=False)
    stays = "a label that is not sent again stays" if known[0].key in kept else "a label that is not sent again goes"
    return Finding(stays, "reads the types of a link, and sends them with the new one")


def _types(trial: Trial, call_id: str, contact: str) -> set[tuple[str, int]]:
    linked = trial.client.read_links("contacts", [call_id]).get(call_id, {}).get(contact)
    return {item.key for item in linked.types} if linked else set()


def _linked(trial: Trial) -> tuple[str, str]:
    contact = trial.contact or ""
    made = trial.create(Input(trial.key(), (contact,)))
    if not made.ids:
        raise Refusal(made.status, made.refusal or Problem(message="no call was made"))
    return made.ids[0], contact


def _link(call_id: str, contact: str, *types: AssociationType) -> bytes:
    return encode_link(call_id, (contact, tuple(encode_type(item) for item in types)))


# ---- words


def _refused(answer: TrialAnswer) -> str:
    problem = answer.refusal or (answer.errors[0] if answer.errors else None)
    if problem is None:
        return "in silence: neither made nor refused"
    where = f"all refused ({answer.status})" if answer.is_refused else "refused by input"
    return f"{where}: {problem.category or 'no category'}"


def _names(answer: TrialAnswer, name: str) -> str:
    problems = [answer.refusal] if answer.refusal else list(answer.errors)
    text = b"".join(orjson.dumps(problem.model_dump()) for problem in problems).decode()
    return "naming the record" if name and name in text else "naming no record"


def _surprise(answer: TrialAnswer) -> Finding:
    return Finding(_refused(answer), "a plain call was not made: see what the account requires of calls", right=False)


QUESTIONS = (
    Question("trace_ids", "Do results say which input they are of?", _trace_ids),
    Question("fresh_read", "Is a fresh call found by its key?", _fresh_read, needs_key=True),
    Question("created_links", "Does a created call have its link?", _created_links, needs_contact=True),
    Question("bad_link", "A link to a record that is not there, alone", _bad_link),
    Question("bad_link_among", "The same among good calls", _bad_link_among),
    Question("too_long", "A title that is too long", _too_long),
    Question("equal_keys", "Two calls of one key in one request", _equal_keys, needs_key=True),
    Question("other_case", "Keys that differ in case only", _other_case, needs_key=True),
    Question("other_blanks", "Keys that differ in blanks only", _other_blanks, needs_key=True),
    Question("clash", "A call whose key another one has", _clash, needs_key=True),
    Question("upsert", "batch/upsert by the key", _upsert, needs_key=True),
    Question("update_deleted", "An update of a deleted call", _update_deleted),
    Question("create_deleted", "A new call with a deleted one's key", _create_deleted, needs_key=True),
    Question("upsert_deleted", "An upsert of a deleted call's key", _upsert_deleted, needs_key=True),
    Question("link_again", "Linking what is linked already", _link_again, needs_contact=True),
    Question("labels", "Linking with another label", _labels, needs_contact=True),
)
