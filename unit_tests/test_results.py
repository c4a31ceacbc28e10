"""What became of a batch, told in other ways."""

from __future__ import annotations

from destination_hubspot_calls.messages import Batch, Link, LinkMiss, LinkRule, MissCause, Rejection
from destination_hubspot_calls.results import BatchResult, counted, unlinked
from unit_tests.entries import CALLS, call, link_rule

EMAIL = link_rule(place=0)
PHONE = link_rule(place=1)
COMPANY = link_rule("companies", place=2)


def miss(rule: LinkRule, value: str = "x", cause: str = MissCause.NOBODY) -> LinkMiss:
    return LinkMiss(rule, cause, value)


def test_a_call_is_unlinked_where_no_rule_links_it_to_such_an_object() -> None:
    """A person looks for calls without a contact; one whose second number is nobody's has one."""
    linked_by_email = call(0, links=(Link(EMAIL, "a"), Link(PHONE, "b"), Link(COMPANY, "c")))
    by_nothing = call(1, links=(Link(EMAIL, "a"), Link(PHONE, "b"), Link(PHONE, "d"), Link(COMPANY, "c")))
    result = BatchResult(Batch.of([linked_by_email, by_nothing]))
    result.misses[0] = [miss(PHONE), miss(COMPANY, "c")]
    result.misses[1] = [miss(EMAIL, "a"), miss(PHONE, "b"), miss(PHONE, "d", MissCause.SEVERAL)]
    found = [(item.name, item.rule, item.cause, item.value) for item in unlinked(result)]
    assert found == [
        ("0", COMPANY, "nobody has it", "c"),
        ("1", EMAIL, "nobody has it", "a"),
        ("1", PHONE, "nobody has it", "b; d"),
    ]


def test_what_sending_again_cannot_change_is_not_among_them() -> None:
    """Rejected records have a file of their own, and a record that says nothing says it again."""
    said_nothing = call(0)._replace(misses=(miss(EMAIL, "", MissCause.EMPTY),))
    not_an_id = call(2)._replace(misses=(miss(EMAIL, "ann", MissCause.NOT_AN_ID),))
    result = BatchResult(Batch.of([said_nothing, call(1, links=(Link(EMAIL, "a"),)), not_an_id]))
    result.rejections[1] = Rejection(CALLS, "1", "refused", b"")
    for position, item in enumerate(result.batch.calls):
        result.misses[position] = list(item.misses) or [miss(EMAIL, "a")]
    assert [(item.name, item.cause) for item in unlinked(result)] == [("2", "not a record id")]


def test_numbers_are_written_as_they_are_read() -> None:
    """`1 records` and `1279 records` make a person doubt the rest."""
    assert (counted(1, "record"), counted(1279, "record")) == ("1 record", "1,279 records")
    assert counted(2, "batch", "batches") == "2 batches"
