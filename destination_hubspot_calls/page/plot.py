"""Small plots as SVG: bars and a line, in the colours of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT = 640, 160
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 8, 12, 28
MAX_BARS = 60


@dataclass(frozen=True, slots=True)
class Bar:
    """What a bar stands for, and how high it is."""

    label: str
    number: int


def bars(items: Sequence[Bar], title: str) -> Markup:
    """A bar for each item, in their order; `title` is for those who do not see it."""
    most = max((item.number for item in items), default=0)
    if not most:
        return Markup("")
    step = (WIDTH - _LEFT - _RIGHT) / len(items)
    drawn = [_bar(item, _LEFT + place * step, step, most) for place, item in enumerate(items)]
    ends = _text(_LEFT, HEIGHT - 8, items[0].label, "start")
    if len(items) > 1:
        ends += _text(WIDTH - _RIGHT, HEIGHT - 8, items[-1].label, "end")
    return _svg(title, Markup("").join(drawn) + _axis(f"{most:,}") + ends)


def line(points: Sequence[tuple[float, float]], title: str, across: str) -> Markup:
    """A line through points, whose first ones are 0 or more; `across` says what they are at the end."""
    if len(points) < 2:
        return Markup("")
    right = max(x for x, _ in points) or 1.0
    most = max(y for _, y in points) or 1.0
    across_px, down_px = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
    path = " ".join(
        f"{'M' if not place else 'L'}{_LEFT + x / right * across_px:.1f} {HEIGHT - _BOTTOM - y / most * down_px:.1f}"
        for place, (x, y) in enumerate(points)
    )
    drawn = Markup('<path class="line" d="{}"/>').format(path)
    return _svg(title, drawn + _axis(f"{most:,.0f}") + _text(WIDTH - _RIGHT, HEIGHT - 8, across, "end"))


def _bar(item: Bar, left: float, step: float, most: int) -> Markup:
    height = item.number / most * (HEIGHT - _TOP - _BOTTOM)
    return Markup('<rect class="bar" x="{}" y="{}" width="{}" height="{}"><title>{}: {}</title></rect>').format(
        f"{left:.1f}",
        f"{HEIGHT - _BOTTOM - height:.1f}",
        f"{max(1.0, step - 2):.1f}",
        f"{height:.1f}",
        item.label,
        f"{item.number:,}",
    )


def _axis(most: str) -> Markup:
    base = HEIGHT - _BOTTOM
    drawn = Markup('<line class="axis" x1="{0}" x2="{1}" y1="{2}" y2="{2}"/>').format(_LEFT, WIDTH - _RIGHT, base)
    return drawn + _text(_LEFT - 6, _TOP + 8, most, "end") + _text(_LEFT - 6, base, "0", "end")


def _text(x: float, y: float, words: str, anchor: str) -> Markup:
    return Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(f"{x:.0f}", f"{y:.0f}", anchor, words)


def _svg(title: str, inner: Markup) -> Markup:
    opening = Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">').format(WIDTH, HEIGHT, escape(title))
    return opening + inner + Markup("</svg>")
