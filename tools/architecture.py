"""Draw docs/images/architecture.svg: the packages of vfsloader, their levels, and who imports whom.

Run ``python -m tools.architecture`` or ``make picture``. Imports are read from the source, and levels from the
import-linter contract in pyproject.toml; only the positions and captions of the boxes are kept here. A test compares
the picture in the repository with what this script draws, so it cannot become outdated.

Three kinds of arrows are left out: to packages that everything imports (`BASICS`), from packages that import almost
everything (`BROAD`), and those that other arrows imply. If a imports b and b imports c, an arrow from a to c adds
nothing.
"""

from __future__ import annotations

import ast
import textwrap
import tomllib
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "images" / "architecture.svg"

UNIT, MARGIN, LABELS = 37, 26, 116  # pixels: of a column, around the picture, for the names of the levels
BOX_HEIGHT, GAP, TOP = 58, 38, 66
COLUMNS = 24
LEGEND = (
    "A package imports only what is below it, or in the bottom row what is to its left. "
    "Implied arrows are left out. Dashed: imports many packages."
)

BASICS = ("paths", "globs", "freezing", "runtime", "errors", "quoting")
BROAD = ("demo_game", "testing", "__init__", "compat")
#: Packages that the contract does not list, with one that is drawn on the same level.
BESIDE = {"demo_game": "testing", "adapters": "cli", "__init__": "cli"}


class Box(NamedTuple):
    """Where a package is drawn, in columns, and what it is for."""

    left: float
    right: float
    caption: str


BOXES = {
    "demo_game": Box(0, 13.4, "Moonmoth, the sample game: read it first"),
    "testing": Box(14, 24, "checks for layers of your own; the pytest plugin"),
    "adapters": Box(0, 9, "vfsloader.pygame, .pyglet, .arcade and .fsspec: pictures, sounds and fonts"),
    "__init__": Box(9.6, 14.4, "__init__.py: the public names"),
    "cli": Box(15, 24, "the vfsloader command"),
    "guide": Box(14.2, 18.6, "a guide for a game's modders"),
    "web": Box(19.4, 24, "pages: vfsloader web build"),
    "adopting": Box(0, 7.6, "finished games see mods: their own calls read the layers"),
    "page": Box(8.2, 13.6, "the mods in a browser; a look into a running game"),
    "game": Box(0, 18, "ResourceManager: the layers of a running game, its live resources, update()"),
    "compat": Box(20, 24, "the APIs of other libraries"),
    "distribution": Box(19, 24, "indexes, sources, installing, locks"),
    "mods": Box(12.4, 18, "manifests, load order, profiles, problems"),
    "packs": Box(18.8, 24, "build, verify, sign, patch and publish packs"),
    "collections": Box(0, 4.4, "dicts, lists and sets in a save"),
    "vfs": Box(5, 9.4, "VirtualFileSystem: read and write"),
    "opening": Box(16, 24, "open_layer(): recognises what a source is"),
    "store": Box(0, 7.4, "a tree of files in SQLite or in memory: packs and saves"),
    "assets": Box(8, 12.4, "turns bytes into objects and reloads them"),
    "datamerge": Box(13, 18, "merges JSON, TOML and CSV across layers"),
    "archives": Box(18.6, 24, "zip, tar and 7z, read safely"),
    "remote": Box(0, 4.4, "HTTP and S3, cached"),
    "layers": Box(5, 24, "the Layer protocol; folders; Union: many layers as one tree"),
    "quoting": Box(0, 4.2, "untrusted text, safe to show"),
    "errors": Box(4.6, 7.6, "every exception"),
    "runtime": Box(8, 12, "atomic files, LRU, threads"),
    "globs": Box(12.4, 15.4, "patterns of paths"),
    "paths": Box(15.8, 19.4, "every rule about paths"),
    "freezing": Box(19.8, 24, "games as one executable"),
}

#: A level's name and the colours of its boxes, by one of its packages.
LEVELS = {
    "demo_game": ("examples and tests", "#f3f4f6", "#9ca3af"),
    "cli": ("entry points", "#e0ecff", "#5b8def"),
    "adopting": ("unchanged games", "#e0ecff", "#5b8def"),
    "game": ("the running game", "#ece7fb", "#8b6fd6"),
    "distribution": ("getting mods", "#ece7fb", "#8b6fd6"),
    "mods": ("mods and packs", "#ece7fb", "#8b6fd6"),
    "vfs": ("one tree", "#ddf3ea", "#3fa67d"),
    "store": ("formats and data", "#ddf3ea", "#3fa67d"),
    "layers": ("sources of files", "#fdf0d5", "#d59b2d"),
    "errors": ("basics, imported everywhere", "#f3f4f6", "#9ca3af"),
}


class Arrow(NamedTuple):
    """An import: the columns where it leaves a box, goes down, and arrives."""

    source: str
    target: str
    start: float
    lane: float
    end: float


# --- what the source says ------------------------------------------------------------------------------


def imports() -> set[tuple[str, str]]:
    """Return pairs of packages: the importing and the imported one. Imports for type checkers do not count."""
    pairs = set()
    for folder, package in ((ROOT / "vfsloader", ""), (ROOT / "adapters", "adapters")):
        for file in folder.rglob("*.py"):
            importer = package or file.relative_to(folder).parts[0].removesuffix(".py")
            importer = "cli" if importer == "__main__" else importer  # `python -m vfsloader` starts the command line
            for module in _imported_modules(ast.parse(file.read_bytes())):
                _, _, rest = module.partition("vfsloader.")
                imported = rest.split(".")[0]
                if imported in BOXES and imported != importer:
                    pairs.add((importer, imported))
    return pairs


def _imported_modules(node: ast.AST) -> Iterator[str]:
    """Yield the modules of this library that are imported anywhere in the code."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ImportFrom) and child.module == "vfsloader":
            yield from (f"vfsloader.{alias.name}" for alias in child.names)
        elif isinstance(child, ast.ImportFrom) and (child.module or "").startswith("vfsloader."):
            yield str(child.module)
        elif isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names if alias.name.startswith("vfsloader."))
        elif not (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)):
            yield from _imported_modules(child)


def levels() -> list[list[str]]:
    """Return the packages of each level, the highest level first, from the contract in pyproject.toml."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    contract = next(contract for contract in contracts if contract["type"] == "layers")
    rows = [[name.strip().removeprefix("vfsloader.") for name in row.split("|")] for row in contract["layers"]]
    for name, neighbour in BESIDE.items():
        next(row for row in rows if neighbour in row).append(name)
    above = [row for row in rows if row[0] not in BASICS]
    return [*above, [name for row in rows if row not in above for name in row]]


def arrows_to_draw(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the imports that get an arrow; see the top of this file."""
    graph: dict[str, set[str]] = {}
    for importer, imported in pairs:
        if imported not in BASICS and importer not in BROAD:
            graph.setdefault(importer, set()).add(imported)

    def reaches(start: str, goal: str) -> bool:
        return any(step == goal or reaches(step, goal) for step in graph.get(start, ()))

    return sorted(
        (importer, imported)
        for importer, targets in graph.items()
        for imported in targets
        if not any(reaches(other, imported) for other in targets - {imported})
    )


# --- where the arrows go -------------------------------------------------------------------------------


def route(pairs: Iterable[tuple[str, str]], rows: list[list[str]]) -> list[Arrow]:
    """Find a path for each arrow: straight down if the boxes allow it, else with a step to the side."""
    level = {name: number for number, row in enumerate(rows) for name in row}
    routed: list[Arrow] = []
    for source, target in pairs:
        if level[source] >= level[target]:
            raise ValueError(f"{source} imports {target}, which is not below it")
        between = [BOXES[name] for row in rows[level[source] + 1 : level[target]] for name in row]
        above, below = BOXES[source], BOXES[target]
        taken = [arrow.lane for arrow in routed if arrow.target == target or arrow.source == source]
        lanes = [
            column / 5
            for column in range(-2, 5 * COLUMNS + 3)
            if all(not box.left - 0.3 < column / 5 < box.right + 0.3 for box in between)
            and all(abs(column / 5 - other) > 0.6 for other in taken)
        ]
        detour = min(_outside(lane, above) + _outside(lane, below) for lane in lanes)
        shortest = [lane for lane in lanes if _outside(lane, above) + _outside(lane, below) == detour]
        lane = shortest[len(shortest) // 2]
        routed.append(Arrow(source, target, _inside(lane, above), lane, _inside(lane, below)))
    return routed


def _inside(lane: float, box: Box) -> float:
    return min(max(lane, box.left + 0.5), box.right - 0.5)


def _outside(lane: float, box: Box) -> float:
    return abs(lane - _inside(lane, box))


# --- drawing -------------------------------------------------------------------------------------------


def _x(column: float) -> float:
    return round(MARGIN + LABELS + column * UNIT, 1)


def _y(row: int) -> int:
    return TOP + row * (BOX_HEIGHT + GAP)


def draw() -> str:
    """Return the picture."""
    rows = levels()
    width, height = round(_x(COLUMNS) + MARGIN), _y(len(rows)) - GAP + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        "font-family=\"-apple-system, 'Segoe UI', 'Helvetica Neue', 'DejaVu Sans', Arial, sans-serif\">",
        "<title>The packages of vfsloader and their levels</title>",
        f'<rect width="{width}" height="{height}" rx="8" fill="#ffffff"/>',
        _text(MARGIN, 32, "vfsloader: packages and levels", 17, "#111827", bold=True),
        _text(MARGIN, 51, LEGEND, 12),
    ]
    for number, row in enumerate(rows):
        parts += _level(number, len(rows) - number, row)
    routed = route(arrows_to_draw(imports()), rows)
    level = {name: number for number, row in enumerate(rows) for name in row}
    parts += [_arrow(arrow, level) for arrow in routed]
    return "\n".join([*parts, "</svg>", ""])


def _level(number: int, height: int, row: list[str]) -> Iterator[str]:
    title, fill, edge = next(LEVELS[name] for name in LEVELS if name in row)
    top = _y(number)
    yield _text(MARGIN, top + 25, str(height), 17, edge, bold=True)
    for line, words in enumerate(textwrap.wrap(title, 16)):
        yield _text(MARGIN, top + 42 + 14 * line, words, 11.5)
    for name in sorted(row, key=lambda name: BOXES[name].left):
        box = BOXES[name]
        left, wide = _x(box.left), round((box.right - box.left) * UNIT, 1)
        border = ' stroke-dasharray="4 3"' if name in BROAD else ""
        yield (
            f'<rect x="{left}" y="{top}" width="{wide}" height="{BOX_HEIGHT}" rx="7" '
            f'fill="{fill}" stroke="{edge}"{border}/>'
        )
        lines = textwrap.wrap(box.caption, int((wide - 16) / 5.9))
        first = top + (26 if len(lines) == 1 else 20)
        centre = left + wide / 2
        yield _text(centre, first, "vfsloader" if name == "__init__" else name, 14, "#111827", bold=True, centred=True)
        for line, words in enumerate(lines):
            yield _text(centre, first + 16 + 13 * line, words, 11, centred=True)


def _arrow(arrow: Arrow, level: dict[str, int]) -> str:
    start, lane, end = _x(arrow.start), _x(arrow.lane), _x(arrow.end)
    top = _y(level[arrow.source]) + BOX_HEIGHT
    bottom = _y(level[arrow.target])
    path = f"M{start} {top}"
    if start != lane:
        path += f" V{top + GAP // 2} H{lane}"
    if lane != end:
        path += f" V{bottom - GAP // 2} H{end}"
    return (
        f'<path d="{path} V{bottom - 7}" fill="none" stroke="#4b5563" stroke-width="1.6" stroke-linejoin="round"/>'
        f'<path d="M{end - 4.5} {bottom - 9} h9 l-4.5 8.5 z" fill="#4b5563"/>'
    )


def _text(
    x: float, y: float, words: str, size: float, colour: str = "#4b5563", *, bold: bool = False, centred: bool = False
) -> str:
    style = ' font-weight="600"' if bold else ""
    style += ' text-anchor="middle"' if centred else ""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{colour}"{style}>{escape(words)}</text>'


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
