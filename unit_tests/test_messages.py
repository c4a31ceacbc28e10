"""What flows between the rooms."""

from destination_hubspot_calls.messages import MAX_SOURCE, LinkRule, in_short


def test_a_long_source_is_cut_in_messages() -> None:
    """A recipe's expression can be pages long; repeated in a reason it would hide the reason."""
    long = "a" * (MAX_SOURCE + 1)
    assert in_short("a" * MAX_SOURCE) == "a" * MAX_SOURCE
    assert in_short(long) == "a" * (MAX_SOURCE - 1) + "…"
    rule = LinkRule("here", "contacts", "email", None, rejects_missing=False, default_country=None, source=long)
    assert (rule.source, rule.named_source) == (long, in_short(long))
