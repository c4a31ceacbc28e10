"""Text and Markdown → HTML, and HTML that is too long."""

import re
from collections.abc import Callable
from functools import cache
from html import escape

ELLIPSIS = "…"

_TOKEN = re.compile(
    r"<!--|<(?P<end>/)?(?P<name>[a-z][a-z0-9-]*)(?:[\s/][^<>]*)?>|<[a-z/!?][^<>]*(?:>|$)|&#?\w{0,31}(?:;|$)|[^<&]+|[<&]",
    re.ASCII | re.IGNORECASE,
)
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)


def from_text(text: str) -> str:
    """Text as HTML shows it: characters stay what they are, lines stay lines."""
    lines = escape(text, quote=False).replace("\r\n", "\n").replace("\r", "\n")
    return lines.replace("\n", "<br>")


def from_markdown(text: str) -> str:
    """Markdown (CommonMark, tables, and ~~struck out~~) rendered; HTML in it is shown as it is written."""
    return _markdown()(text).strip()


@cache
def _markdown() -> Callable[[str], str]:
    # The library is a tenth of the start of every command, and most mappings have no Markdown.
    from markdown_it import MarkdownIt  # noqa: PLC0415

    renderer = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    return lambda text: str(renderer.render(text))


def cut(html: str, most: int) -> str:
    """HTML of at most `most` characters that ends in `…`, with its tags closed, and cut in no tag or entity."""
    position, opened = _last_place(html[: most + 1], most - len(ELLIPSIS))
    return f"{html[:position]}{ELLIPSIS}{''.join(f'</{name}>' for name in reversed(opened))}"


def _last_place(html: str, room: int) -> tuple[int, list[str]]:
    """The last place at which the text before it and the ends of the tags that are open there fit into `room`."""
    opened: list[str] = []
    depths: dict[str, int] = {}
    ends = 0
    position = 0
    while match := _TOKEN.match(html, position):
        name = match["name"]
        if name is None:
            # Text may be cut anywhere; an entity, or a tag that does not end in here, may not.
            if match[0][0] not in "<&" and match.end() + ends > room:
                return max(position, room - ends), opened
            if match[0] == "<!--" or (match[0][0] in "<&" and len(match[0]) > 1 and match[0][-1] not in ">;"):
                return position, opened
        elif match["end"]:
            ends -= _close(name.lower(), opened, depths)
        elif name.lower() not in _VOID and not match[0].endswith("/>"):
            if match.end() + ends + len(name) + 3 > room:
                return position, opened
            opened.append(name.lower())
            depths[name.lower()] = depths.get(name.lower(), 0) + 1
            ends += len(name) + 3
        if match.end() + ends > room:
            return position, opened
        position = match.end()
    return position, opened


def _close(name: str, opened: list[str], depths: dict[str, int]) -> int:
    """Close the innermost tag of this name, and those that are open in it; how many characters their ends take."""
    closed = 0
    if depths.get(name):
        while True:
            last = opened.pop()
            depths[last] -= 1
            closed += len(last) + 3
            if last == name:
                break
    return closed
