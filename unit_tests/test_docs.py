"""The page for users says what is true, and its links work where Airbyte shows it."""

from __future__ import annotations

import re
from pathlib import Path

import jmespath.functions

from destination_hubspot_calls.config.model import AssociationRule, Config, Mapping, PropertyRule
from destination_hubspot_calls.hubspot.paths import VERSIONS
from destination_hubspot_calls.mapping.functions import known_functions

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/hubspot-calls.md").read_text(encoding="utf-8")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
IMAGE = re.compile(r"!\[[^\]]*\]\(([^)\s]+)\)")


def anchors(page: str) -> list[str]:
    """The anchors of a page's headings, as GitHub and Docusaurus make them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", page, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]


def section(name: str) -> str:
    return PAGE.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


def test_links_work_on_airbytes_docs_site() -> None:
    """There the page stands alone: a path into this repository leads nowhere."""
    inside = [link.removeprefix("#") for link in LINK.findall(PAGE) if not link.startswith("https://")]
    assert [link for link in inside if link not in anchors(PAGE)] == []


def test_pictures_are_there() -> None:
    """They go where the page goes, so they are beside it."""
    assert [name for name in IMAGE.findall(PAGE) if not (ROOT / "docs" / name).is_file()] == []


def test_no_two_headings_have_one_anchor() -> None:
    """A link would lead to the first of them."""
    found = anchors(PAGE)
    assert sorted(set(found)) == sorted(found)


def test_the_table_of_contents_has_every_section() -> None:
    """What is not in it is not found on a page of this length."""
    listed = LINK.findall(PAGE.partition("**On this page**")[2].partition("\n## ")[0])
    sections = anchors("\n".join(re.findall(r"^## .+$", PAGE, re.MULTILINE)))
    assert [f"#{name}" for name in sections if f"#{name}" not in listed] == []


def test_the_matrix_names_what_is_tested() -> None:
    """A version that is promised and was never tried is a guess."""
    matrix = section("Support matrix")
    pythons = re.findall(r'"(3\.\d+)"', (ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8"))
    assert ", ".join(dict.fromkeys(sorted(pythons, key=lambda name: int(name[2:])))) in matrix
    pins = (ROOT / "integration_tests/clients/requirements/pyairbyte.txt").read_text(encoding="utf-8")
    assert f"| PyAirbyte | {pins.partition('airbyte==')[2].splitlines()[0]} |" in matrix
    assert [version for version in VERSIONS if f"| {version}: " not in matrix] == []


def test_every_key_of_the_form_is_explained() -> None:
    """A key that only the form shows is found by whoever opens the form, and by nobody who plans."""
    keys = {
        key
        for section in (Config, Mapping, PropertyRule, AssociationRule)
        for key in section.model_fields
        if key not in {"api_version", "mappings", "credentials"}
    }
    assert [key for key in sorted(keys) if f"`{key}`" not in PAGE] == []
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = {key for key in keys if f"{key}`" in readme or f"{key}[]`" in readme}
    assert keys - listed == {"copy_matching_fields"}


def test_every_function_is_explained() -> None:
    """... with an example."""
    table = PAGE.partition("\n### Functions\n")[2].partition("\n### ")[0]
    own = set(known_functions()) - set(jmespath.functions.Functions.FUNCTION_TABLE)
    assert [name for name in sorted(own) if name not in table] == []
