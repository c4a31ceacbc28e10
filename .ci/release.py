"""What a release has to know and the tree cannot: its tag, and the repository that it is made in.

`release.py check v1.2.3`              the tag is the package's version, and the changelog has an entry for it
`release.py stamp OWNER/NAME v1.2.3`   what is published links to that repository: the index's page, the form
`release.py notes v1.2.3`              that entry of the changelog
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path.cwd()
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:|#)([^)\s]+)\)")
"""A link of Markdown to a file of the repository."""
PICTURE = re.compile(r"(!\[[^\]]*\]\(|\b(?:src|srcset)=\")(?!https?:)([^)\"\s]+)")
"""A picture of the repository, in Markdown or HTML."""


def check(tag: str) -> None:
    """SystemExit where the tag is not the version, or the changelog does not know it."""
    version = _version()
    if tag != f"v{version}":
        sys.exit(f"the tag is {tag}, the package's version is {version}")
    notes(tag)


def stamp(repository: str, tag: str) -> None:
    """Write the repository's addresses, at this tag, into what leaves it: README, package, form."""
    home = f"https://github.com/{repository}"
    files = f"{home}/blob/{tag}"
    pictures = f"https://raw.githubusercontent.com/{repository}/{tag}"
    _edit("README.md", lambda text: PICTURE.sub(rf"\1{pictures}/\2", LINK.sub(rf"[\1]({files}/\2)", text)))
    _edit("pyproject.toml", lambda text: _with_urls(text, home, files))
    spec = "destination_hubspot_calls/spec.json"
    _edit(spec, lambda text: _with_documentation(text, f"{files}/docs/hubspot-calls.md"))


def notes(tag: str) -> str:
    """A version's entry in the changelog; SystemExit where there is none."""
    text = Path(ROOT, "CHANGELOG.md").read_text(encoding="utf-8")
    found = re.search(
        rf"^## \[{re.escape(tag.removeprefix('v'))}\][^\n]*\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL
    )
    if found is None or not found[1].strip():
        sys.exit(f"CHANGELOG.md has no entry for {tag}")
    return found[1].strip() + "\n"


def _version() -> str:
    text = Path(ROOT, "pyproject.toml").read_text(encoding="utf-8")
    found = re.search(r'^\[tool\.poetry\]$[^\[]*?^version = "(.+)"$', text, re.MULTILINE)
    return found[1] if found else sys.exit("pyproject.toml has no version")


def _with_urls(text: str, home: str, files: str) -> str:
    """The table of addresses, with the repository's own at its end."""
    urls = {
        "Repository": home,
        "Documentation": f"{files}/docs/hubspot-calls.md",
        "Changelog": f"{files}/CHANGELOG.md",
        "Issues": f"{home}/issues",
        "Security": f"{files}/SECURITY.md",
    }
    lines = "".join(f'{name} = "{url}"\n' for name, url in urls.items())
    return re.sub(
        r"^\[project\.urls\][^\n]*\n(?:[^\[\n].*\n)*", lambda table: table[0] + lines, text, count=1, flags=re.MULTILINE
    )


def _with_documentation(text: str, url: str) -> str:
    spec = json.loads(text)
    return text.replace(f'"{spec["documentationUrl"]}"', f'"{url}"', 1)


def _edit(name: str, change: Callable[[str], str]) -> None:
    path = ROOT / name
    before = path.read_text(encoding="utf-8")
    after = change(before)
    if after == before:
        sys.exit(f"{name} has nothing to change: was it stamped before?")
    path.write_text(after, encoding="utf-8")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["check", tag]:
            check(tag)
        case ["stamp", repository, tag]:
            stamp(repository, tag)
        case ["notes", tag]:
            sys.stdout.write(notes(tag))
        case _:
            sys.exit(__doc__)
