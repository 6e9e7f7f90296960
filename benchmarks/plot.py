"""Draw docs/images/speed.svg out of the rows that are printed in docs/speed.md: ``python -m benchmarks plot``."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).parents[1]
PAGE, PICTURE = ROOT / "docs" / "speed.md", ROOT / "docs" / "images" / "speed.svg"

LOOSE = "open().read() of loose files"
#: The ten rows that matter most, and how the picture names them.
TEN = (
    (("small reads, a pack of 5,000 files", LOOSE), "read small files of a pack", "open().read()"),
    (("small reads, an untrusted pack of 5,000 files", LOOSE), "the same, of a mod's pack", "open().read()"),
    (("views, a pack of 5,000 files", LOOSE), "view small files without a copy", "open().read()"),
    (("small reads, a shared live store of 20,000", LOOSE), "read a save that others write", "open().read()"),
    (("small reads, 10 packs", "zipfile, stored"), "read through 10 packs", "zipfile"),
    (("mount a pack of 100,000 files, read one", "zipfile"), "mount 100,000 files, read one", "zipfile"),
    (("glob over 100,000 files, 10 layers", "glob.glob of 10 folders, merged"), "glob over 10 layers", "glob.glob"),
    (("write 5,000 small files in one batch", "loose files"), "write 5,000 small files", "loose files"),
    (("stream 512 MB of a pack in 1 MB reads", "raw readinto"), "stream 512 MB", "readinto()"),
    (("write 512 MB and sync", "raw write + fsync"), "write 512 MB, safe from crashes", "write() + fsync()"),
)
#: How cost grows with the number of files: the rows' names before the number, after it, and a colour.
GROWTH = (
    ("views, a pack of ", " files", "views of a pack", "#7c3aed"),
    ("small reads, a shared live store of ", "", "a save that others write", "#d97706"),
    ("small reads, a pack of ", " files", "a pack", "#059669"),
    ("small reads, an untrusted pack of ", " files", "a mod's pack", "#2563eb"),
)
_WIDTH, _BAR, _FIRST = 860, 30, 84
_LEFT, _RIGHT = 400, 800
_RATIO = re.compile(r"^(.{58}) (.{34}) +([\d.]+)x (faster|the time)")


def printed_rows(page: str) -> dict[tuple[str, str], float]:
    """Return how many times as fast as its baseline each printed row is."""
    rows = {}
    for line in page.splitlines():
        match = _RATIO.match(line)
        if match is not None:
            what, against, number, unit = match.groups()
            rows[what.strip(), against.strip()] = float(number) if unit == "faster" else 1 / float(number)
    return rows


def draw(rows: Mapping[tuple[str, str], float]) -> str:
    """Return the picture."""
    height = _FIRST + _BAR * len(TEN) + 400
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
            f'viewBox="0 0 {_WIDTH} {height}" '
            "font-family=\"-apple-system, 'Segoe UI', 'Helvetica Neue', 'DejaVu Sans', Arial, sans-serif\">",
            "<title>How fast vfsloader is, against what a game would use instead</title>",
            f'<rect width="{_WIDTH}" height="{height}" rx="8" fill="#ffffff"/>',
            *_bars(rows),
            *_curves(rows, _FIRST + _BAR * len(TEN) + 60),
            "</svg>",
            "",
        ]
    )


def _bars(rows: Mapping[tuple[str, str], float]) -> Iterator[str]:
    yield _text(24, 34, "Ten rows that matter", 17, "#111827", bold=True)
    yield _text(24, 54, "Times as fast as the baseline in grey. The scale is logarithmic.", 12)
    values = [rows[key] for key, _, _ in TEN]
    low, high = min(0.25, *values), max(64.0, *values)

    def x(value: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * math.log(value / low) / math.log(high / low)

    bottom = _FIRST + _BAR * len(TEN)
    for tick in (0.25, 0.5, 1, 2, 4, 8, 16, 32, 64):
        if low <= tick <= high:
            colour = "#6b7280" if tick == 1 else "#e5e7eb"
            yield f'<path d="M{x(tick):.1f} {_FIRST - 8} V{bottom}" stroke="{colour}"/>'
            yield _text(x(tick), bottom + 16, f"{tick:g}x", 11, anchor="middle")
    for number, ((_, name, against), value) in enumerate(zip(TEN, values, strict=True)):
        top = _FIRST + _BAR * number
        start, end = sorted((x(1), x(value)))
        yield _text(24, top + 14, name, 13, "#111827")
        yield _text(_LEFT - 140 + 30, top + 14, against, 12, "#6b7280", anchor="start")
        colour = "#059669" if value >= 1 else "#d97706"
        yield f'<rect x="{start:.1f}" y="{top}" width="{max(end - start, 2):.1f}" height="20" rx="3" fill="{colour}"/>'
        yield _text(end + 6, top + 14, f"{value:.2g}x" if value < 10 else f"{value:.0f}x", 12, "#111827")


def _curves(rows: Mapping[tuple[str, str], float], top: int) -> Iterator[str]:
    yield _text(24, top, "How the cost of a small read grows with the number of files", 17, "#111827", bold=True)
    yield _text(24, top + 20, "Times as fast as opening and reading a loose file. Both scales are logarithmic.", 12)
    above, below, left, right = top + 44, top + 284, 80, 600
    curves = {}
    for before, after, name, colour in GROWTH:
        points = {}
        for (what, against), value in rows.items():
            number = what.removeprefix(before).removesuffix(after).replace(",", "")
            if against == LOOSE and what.startswith(before) and number.isdigit():
                points[int(number)] = value
        curves[name] = colour, sorted(points.items())
    values = [value for _, points in curves.values() for _, value in points]
    low, high = min(1.0, *values), 2 ** math.ceil(math.log2(max(values)))

    def x(count: int) -> float:
        return left + (right - left) * math.log10(count / 1_000) / 2

    def y(value: float) -> float:
        return below - (below - above) * math.log(value / low) / math.log(high / low)

    for tick in (1, 2, 4, 8, 16, 32, 64, 128):
        if low <= tick <= high:
            yield f'<path d="M{left} {y(tick):.1f} H{right}" stroke="{"#6b7280" if tick == 1 else "#e5e7eb"}"/>'
            yield _text(left - 10, y(tick) + 4, f"{tick}x", 11, anchor="end")
    for count in (1_000, 5_000, 20_000, 100_000):
        yield _text(x(count), below + 20, f"{count:,} files", 11, anchor="middle")
    labels = sorted(((points[-1][1], name) for name, (_, points) in curves.items() if points), reverse=True)
    last = -math.inf
    for value, name in labels:
        colour, points = curves[name]
        line = " L".join(f"{x(count):.1f} {y(one):.1f}" for count, one in points)
        yield f'<path d="M{line}" fill="none" stroke="{colour}" stroke-width="2.2"/>'
        for count, one in points:
            yield f'<circle cx="{x(count):.1f}" cy="{y(one):.1f}" r="3.5" fill="{colour}"/>'
        last = max(y(value) + 4, last + 16)  # labels do not cover each other
        yield _text(right + 14, last, f"{name}, {value:.3g}x", 13, colour)


def _text(
    x: float, y: float, words: str, size: float, colour: str = "#4b5563", *, bold: bool = False, anchor: str = "start"
) -> str:
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{colour}" text-anchor="{anchor}"{weight}>'
        f"{escape(words)}</text>"
    )


def main() -> None:
    """Draw the picture again."""
    PICTURE.write_text(draw(printed_rows(PAGE.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
