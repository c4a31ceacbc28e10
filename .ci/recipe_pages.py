"""The tables of docs/recipes, made from the recipes themselves.

`recipe_pages.py` writes them between the marks of each page and of the README; a test compares. What stands around
them is prose, and stays.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from destination_hubspot_calls.recipes.reads import expressions, reads  # noqa: E402 - found by the line above

SHELF = ROOT / "destination_hubspot_calls" / "recipes"
PAGES = ROOT / "docs" / "recipes"
MADE = re.compile(r"(<!-- made by \.ci/recipe_pages\.py -->\n).*?(\n<!-- end -->)", re.DOTALL)
MAX_PAIRS = 8
"""Pairs of `values` that a cell shows; a longer list is read in the recipe itself."""
MAX_NAMES = 4
"""Names of a `field(@, [...])` that a cell shows."""

CONVERSIONS = {
    "seconds_to_milliseconds": "seconds, to milliseconds",
    "minutes_to_milliseconds": "minutes, to milliseconds",
    "text_to_html": "text, to HTML",
    "markdown_to_html": "Markdown, to HTML",
}
RESULT = re.compile(r"'([A-Z][A-Z_]{3,})'")
OUTCOME = re.compile(r"'(Connected|No answer|Busy|Wrong number|Left voicemail|Left live message)'")


def names() -> list[str]:
    """All recipes."""
    return sorted(file.stem for file in SHELF.glob("*.json"))


def recipe(name: str) -> dict[str, Any]:
    """A recipe's file."""
    read: dict[str, Any] = json.loads((SHELF / f"{name}.json").read_text(encoding="utf-8"))
    return read


def page(name: str) -> Path:
    """Where a recipe is explained."""
    return PAGES / f"{name}.md"


def table(name: str) -> str:
    """What becomes what, a row for each rule."""
    mapping = recipe(name)
    rows = ["| In HubSpot | From | How |", "|---|---|---|"]
    rows += [_row(f"`{rule['property']}`", rule.get("source"), _how(rule)) for rule in mapping["properties"]]
    for rule in mapping.get("associations", ()):
        rows.append(_row(rule["object_type"], rule["source"], f"found by `{rule['match_by']}`"))
    if "only_if" in mapping:
        rows.append(_row("only if", mapping["only_if"], "other records are skipped"))
    for key in ("default_country", "time_zone"):
        if key in mapping:
            rows.append(f"| {key} | – | `{mapping[key]}`, unless the mapping says another |")
    rows.append(_row("external id", mapping["external_id_source"], "the key"))
    return "\n".join([*rows, *_names_in_full(mapping)])


def _names_in_full(mapping: Mapping[str, Any]) -> list[str]:
    """The columns that are known by many names, where a recipe has such."""
    lists = dict.fromkeys(read for source in expressions(mapping) for read in reads(source) if len(read) > MAX_NAMES)
    if not lists:
        return []
    lines = [f"- {', '.join(f'`{name}`' for name in names)}" for names in lists]
    return ["", "Names in full; the first that has a value counts, and case, blanks, `_` and `-` do not:", "", *lines]


def index() -> str:
    """All recipes in one table."""
    rows = ["| Source | `recipe` | Stream | Contacts are found by | Owner by | Skips |", "|---|---|---|---|---|---|"]
    for name in names():
        text = page(name).read_text(encoding="utf-8")
        title, stream = (
            re.search(r"^# (.+)$", text, re.MULTILINE),
            re.search(r"^\| Stream \| (.+) \|$", text, re.MULTILINE),
        )
        if not (title and stream):
            raise ValueError(f"{name}.md has no title, or does not name its stream")
        cells = (f"[{title[1]}]({name}.md)", f"`{name}`", stream[1], _found_by(name), _owner(name), _skips(name))
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def made(text: str, block: str) -> str:
    """A page with its block made anew."""
    if not MADE.search(text):
        raise ValueError("a page has no marks to write its table between")
    return MADE.sub(lambda marks: f"{marks[1]}{block}{marks[2]}", text)


def written() -> Iterator[tuple[Path, str]]:
    """Every page, and what it has to say."""
    for name in names():
        yield page(name), made(page(name).read_text(encoding="utf-8"), table(name))
    readme = PAGES / "README.md"
    yield readme, made(readme.read_text(encoding="utf-8"), index())


def fields(source: str) -> list[str]:
    """The fields that an expression reads, as a cell shows them."""
    names = (name for read in reads(source) for name in (read if len(read) <= MAX_NAMES else (f"{read[0]} …",)))
    return [*dict.fromkeys(names)]


def _row(what: str, source: str | None, how: str) -> str:
    return f"| {what} | {', '.join(f'`{name}`' for name in fields(source)) if source else '–'} | {how} |"


def _how(rule: Mapping[str, Any]) -> str:
    said = [*_results(rule)]
    if "conversion" in rule:
        said.append(CONVERSIONS[rule["conversion"]])
    if "default" in rule:
        said.append(f"`{rule['default']}`" + (" where there is none" if rule.get("source") else ""))
    if rule.get("if_invalid") == "skip":
        said.append("left out where it does not fit")
    if not said and "source" not in rule:
        said.append("to be filled in")
    return "; ".join(said)


def _results(rule: Mapping[str, Any]) -> Iterator[str]:
    values = rule.get("values", ())
    pairs = [pair.partition("=") for pair in values if pair != "*="]
    if values == ["*="]:
        yield "to be listed, see below"
    elif len(pairs) > MAX_PAIRS:
        yield f"by a list of {len(pairs)} words: {_listed(dict.fromkeys(to for _, _, to in pairs if to))}"
    elif pairs:
        yield ", ".join(f"{name} → {f'`{to}`' if to else 'nothing'}" for name, _, to in pairs)
    else:
        words = OUTCOME if rule["property"] == "hs_call_disposition" else RESULT
        if rule["property"] in ("hs_call_disposition", "hs_call_status", "hs_call_direction"):
            found = dict.fromkeys(words.findall(rule.get("source", "")))
            yield from [_listed(found)] if found else []


def _listed(words: Mapping[str, None]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _found_by(name: str) -> str:
    ways = {"email": "e-mail address", "phone": "phone", "record_id": "HubSpot's id"}
    rules = recipe(name)["associations"]
    contacts = dict.fromkeys(
        ways.get(rule["match_by"], f"`{rule['match_by']}`") for rule in rules if rule["object_type"] == "contacts"
    )
    others = dict.fromkeys(rule["object_type"] for rule in rules if rule["object_type"] != "contacts")
    return ", ".join(contacts) or f"– ({', '.join(others)} instead)"


def _owner(name: str) -> str:
    rules = [rule for rule in recipe(name)["properties"] if rule["property"] == "hubspot_owner_id"]
    if not rules:
        return "–"
    if not rules[0].get("source"):
        return "entered once"
    return "id, listed" if rules[0].get("values") else "e-mail address"


def _skips(name: str) -> str:
    return "yes" if "only_if" in recipe(name) else "–"


if __name__ == "__main__":
    for path, text in written():
        path.write_text(text, encoding="utf-8")
