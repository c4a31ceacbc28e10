"""`suggest`: a configuration for records that come, and on the side why it is as it is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from rich.text import Text

from destination_hubspot_calls.airbyte.catalog import Catalog
from destination_hubspot_calls.airbyte.protocol import Item
from destination_hubspot_calls.messages import Record, Stream
from destination_hubspot_calls.results import counted
from destination_hubspot_calls.suggest.sample import MAX_RECORDS, sample
from destination_hubspot_calls.suggest.suggestion import Ask, Comment, Suggestion, suggest
from destination_hubspot_calls.terminal.screen import Screen

MAX_STREAMS = 50
"""Streams that are looked at; of the records of others nothing is kept."""
MAX_SHOWN = 60
"""Characters of a value that are shown."""


def show_suggestion(
    screen: Screen, raw: Mapping[str, Any], catalog: Catalog, items: Iterable[Item], ask: Ask | None = None
) -> None:
    """Print the configuration with a mapping for each stream; say the reasons on the side.

    `ask` is the terminal's unless another is given.
    """
    ask = ask or _asker(screen)
    streams = _collect(items)
    suggestions = []
    for stream, records in streams.items():
        has_key = stream in catalog and bool(catalog[stream].primary_key)
        suggestion = suggest(stream, sample(records), ask, has_key=has_key)
        suggestions.append((stream, suggestion))
        _say(screen, stream, suggestion)
    if not suggestions:
        screen.say("No records came: give Airbyte messages on standard input, or a file with --csv.")
    config = {**raw, "mappings": _mappings(raw.get("mappings") or [], suggestions)}
    screen.console.print(Text(json.dumps(config, indent=2, ensure_ascii=False)), soft_wrap=True)


def _asker(screen: Screen) -> Ask:
    """Asks at a terminal; elsewhere nobody is there."""

    def ask(question: str, answers: tuple[str, ...]) -> str | None:
        choice = f" ({' or '.join(answers)})" if answers else ""
        screen.errors.write(f"{question[0].upper()}{question[1:]}{choice} Enter to leave it open: ")
        screen.errors.flush()
        with open("/dev/tty", encoding="utf-8") as terminal:  # noqa: PTH123 - standard input may be the records
            return terminal.readline().strip() or None

    return ask if screen.errors.isatty() else lambda _question, _answers: None


def _collect(items: Iterable[Item]) -> dict[Stream, list[dict[str, Any]]]:
    """The first records of each stream."""
    streams: dict[Stream, list[dict[str, Any]]] = {}
    for item in items:
        if isinstance(item, Record) and (item.stream in streams or len(streams) < MAX_STREAMS):
            kept = streams.setdefault(item.stream, [])
            if len(kept) < MAX_RECORDS:
                kept.append(item.data)
    return streams


def _mappings(given: list[Any], suggestions: list[tuple[Stream, Suggestion]]) -> list[Any]:
    """The mappings that were there, and one for each stream that came; a stream's own key property stays."""
    rest = {mapping.get("stream_name"): mapping for mapping in given if isinstance(mapping, dict)}
    made = []
    for stream, suggestion in suggestions:
        before = rest.pop(stream.name, {})
        kept = {key: before[key] for key in ("external_id_property",) if before.get(key)}
        space = {"stream_namespace": stream.namespace} if stream.namespace else {}
        made.append({**suggestion.mapping, **space, **kept})
    return [*rest.values(), *made]


def _say(screen: Screen, stream: Stream, suggestion: Suggestion) -> None:
    screen.say(f"Stream {stream}: {suggestion.calls:,} of {counted(suggestion.records, 'record')} would become calls.")
    for comment in suggestion.comments:
        screen.say(f"  {_words(comment)}")
    for question in suggestion.open_questions:
        screen.say(f"  Not set: {question}")


def _words(comment: Comment) -> str:
    values = ", ".join(_shortened(value) for value in comment.values)
    return ": ".join(filter(None, (comment.place, comment.reason))) + (f" → {values}" if values else "")


def _shortened(value: str) -> str:
    line = " ".join(value.split())
    return line if len(line) <= MAX_SHOWN else f"{line[:MAX_SHOWN]}…"
