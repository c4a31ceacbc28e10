"""What makes two values of a property the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_hubspot_calls.associations.domain import Domain
from destination_hubspot_calls.associations.normalizer import Caseless, Email, Exact, Normalizer, Number, RecordId


@pytest.mark.parametrize(
    ("written", "domain"),
    [
        ("example.com", "example.com"),
        ("EXAMPLE.com.", "example.com"),
        ("www.example.com", "example.com"),
        ("www.com", "www.com"),
        ("sales.example.co.uk", "sales.example.co.uk"),
        ("https://www.Example.com:8080/path?q=a@b.example#top", "example.com"),
        ("http://user:secret@example.com/", "example.com"),
        ("//example.com", "example.com"),
        ("example.com:8080", "example.com"),
        ("example.com/about", "example.com"),
        ("mailto:Someone@Example.com", "example.com"),
        ("Someone@Example.com", "example.com"),
        ("https://müller.example", "müller.example"),
        ("xn--mller-kva.example", "müller.example"),
    ],
)
def test_a_domain_is_found_in_addresses_of_both_kinds(written: str, domain: str) -> None:
    """A source has web sites and e-mail addresses where HubSpot has domains."""
    assert Domain().normalize(written) == domain


@pytest.mark.parametrize(
    "written", ["localhost", "https://", "a b.example", "@", "someone@", ".example", "a..example", ""]
)
def test_what_holds_no_domain(written: str) -> None:
    """It is no match, and nothing is asked for it."""
    assert Domain().normalize(written) is None


def test_a_domain_is_looked_for_with_and_without_www_and_in_both_alphabets() -> None:
    """What came into HubSpot through its API is stored as it came."""
    assert Domain().variants("example.com") == ("example.com", "www.example.com")
    assert "www.xn--mller-kva.example" in Domain().variants("müller.example")


@pytest.mark.parametrize(
    ("normalizer", "written", "key"),
    [
        (Exact(), "Gold", "Gold"),
        (Caseless(), "ACME Ltd", "acme ltd"),
        (Number(), "5.0", "5"),
        (Number(), "5e2", "500"),
        (Number(), "-0", "0"),
        (Number(), "five", None),
        (Number(), "NaN", None),
        (Number(), "1e999999999", None),
        (Email(), "First.Last@Example.COM", "first.last@example.com"),
        (Email(), "Someone <someone@example.com>", None),
        (Email(), "n/a", None),
        (RecordId(), "100001", "100001"),
        (RecordId(), "abc", None),
    ],
)
def test_the_key_of_a_value(normalizer: Normalizer, written: str, key: str | None) -> None:
    """As HubSpot compares the values of such a property."""
    assert normalizer.normalize(written) == key
    assert key is None or normalizer.variants(key) == (key,)
    assert not normalizer.invalid_reason.endswith(".")


@given(st.text(), st.sampled_from([Exact(), Caseless(), Number(), Email(), RecordId(), Domain()]))
def test_the_key_of_a_key_is_the_key(written: str, normalizer: Normalizer) -> None:
    """What is remembered under a key must be found by it."""
    key = normalizer.normalize(written)
    assert key is None or normalizer.normalize(key) == key
