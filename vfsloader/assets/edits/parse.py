"""Reading ``<picture>.edit``: each edit is checked by itself, so that a wrong one does not cost the others."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from vfsloader.layers.circumstances import Circumstances, fill_options
from vfsloader.quoting import plain, quoted

Mode = Literal["overlay", "replace", "mask", "tint", "recolor"]
Area = tuple[int, int, int, int]
Rgba = tuple[int, int, int, int | None]

MAX_BYTES = 64 << 10
#: Dots in one line: a TOML parser takes quadratic time for long dotted keys.
_MAX_DOTS = 1000
MAX_EDITS = 1000
MAX_COLORS = 256
MAX_SIDE = 1 << 16
_MAX_TEXT = 1000
_COLOR = re.compile(r"#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?")
_MODES: tuple[Mode, ...] = ("overlay", "replace", "mask", "tint", "recolor")
#: What only edits with another picture have, and what only the others have.
_WITH_PICTURE, _TINT, _RECOLOR = ("from", "to", "grow"), ("color",), ("colors",)
_KEYS = ("from", "area", "to", "frame", "grid", "mode", "color", "colors", "opacity", "when", "grow")
_TOP_KEYS = ("edit", "frames")


class Grid(NamedTuple):
    """How a sheet without a JSON file is cut."""

    width: int
    height: int
    margin: int = 0
    spacing: int = 0


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a picture, as a file describes it."""

    label: str
    """Where it is in its file, for messages."""
    mode: Mode = "overlay"
    source: str | None = None
    """The other picture, as the file names it."""
    area: Area | None = None
    """Of the other picture; of this one for tint and recolor. None: all of it."""
    to: tuple[int, int] | None = None
    """Where the top left corner goes."""
    frame: str | int | None = None
    grid: Grid | None = None
    color: Rgba | None = None
    colors: tuple[tuple[Rgba, Rgba], ...] = ()
    opacity: int = 255
    grow: bool = False
    is_whole_frame: bool = False
    """Whether the other picture must be as large as the frame."""


class Fault(NamedTuple):
    """An edit that cannot be used, and why."""

    label: str
    reason: str


def parse_edits(data: bytes, world: Circumstances | None) -> list[Edit | Fault]:
    r"""Read the edits in a file that count under the circumstances.

    Parameters
    ----------
    data
        The file.
    world
        Decides conditions, and has the options. None: a layer that is not a mod, which has neither.

    Returns
    -------
    list
        In order. An edit whose condition does not hold is left out; a wrong one is a :class:`Fault`.

    Examples
    --------
    >>> parse_edits(b'frames = { hat = "hat.png" }', None)[0].frame
    'hat'
    >>> parse_edits(b'[[edit]]\nfrom = "hat.png"\nto = [1]', None)
    [Fault(label='edit 1', reason='to: write two whole numbers, such as [48, 0], not [1]')]
    """
    try:
        table = _table_of(data)
    except (ValueError, RecursionError) as error:
        return [Fault("", plain(str(error), 500))]
    edits: list[Edit | Fault] = []
    unknown = [key for key in table if key not in _TOP_KEYS]
    if unknown:
        edits.append(Fault("", f"{plain(unknown[0], 60)}: there is no such key; write [[edit]] or frames"))
    for number, row in enumerate(_rows(table, edits), 1):
        _add(edits, f"edit {number}", row, world)
    frames = table.get("frames", {})
    if not isinstance(frames, dict):
        edits.append(Fault("frames", f'write a table such as {{ "hat" = "hat.png" }}, not {quoted(frames)}'))
        frames = {}
    for name, source in frames.items():
        row = {"frame": name, "from": source, "mode": "replace"}
        _add(edits, f"frames.{plain(name, 60)}", row, world, is_whole_frame=True)
    if len(edits) > MAX_EDITS:
        return [Fault("", f"it has {len(edits):,} edits; at most {MAX_EDITS:,} are used")]
    return edits


def _table_of(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_BYTES:
        raise ValueError(f"it has {len(data):,} bytes; at most {MAX_BYTES:,} are read")
    if any(line.count(b".") > _MAX_DOTS for line in data.splitlines()):
        raise ValueError(f"a line has more than {_MAX_DOTS:,} dots; write shorter lines")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ValueError("it is not UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"it is not TOML: {error}") from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _rows(table: Mapping[str, Any], edits: list[Edit | Fault]) -> list[Any]:
    rows = table.get("edit", [])
    if isinstance(rows, list):
        return rows
    edits.append(Fault("edit", f"write [[edit]] above each edit, not {quoted(rows)}"))
    return []


def _add(
    edits: list[Edit | Fault], label: str, row: object, world: Circumstances | None, *, is_whole_frame: bool = False
) -> None:
    try:
        edit = _edit(label, row, world, is_whole_frame=is_whole_frame)
    except (ValueError, RecursionError) as error:
        edits.append(Fault(label, plain(str(error), 500)))
    else:
        if edit is not None:
            edits.append(edit)


def _edit(label: str, row: object, world: Circumstances | None, *, is_whole_frame: bool) -> Edit | None:
    if not isinstance(row, dict):
        raise ValueError(f"write a table, not {quoted(row)}")
    unknown = [key for key in row if key not in _KEYS]
    if unknown:
        raise ValueError(f"{plain(unknown[0], 60)}: there is no such key; the keys are {', '.join(_KEYS)}")
    if "when" in row:
        if world is None:
            raise ValueError("when: only a mod's edits can have conditions; leave it out")
        try:
            if not world.holds(row["when"]):
                return None
        except ValueError as error:
            raise ValueError(f"when: {error}") from error
    if world is not None:
        row = {key: value if key == "when" else _filled_at(key, value, world) for key, value in row.items()}
    mode = row.get("mode", "overlay")
    if mode not in _MODES:
        raise ValueError(f"mode: write one of {', '.join(_MODES)}, not {quoted(mode)}")
    _check_keys(row, mode)
    grid = _grid(row["grid"]) if "grid" in row else None
    frame = row.get("frame")
    if frame is not None and (isinstance(frame, bool) or not isinstance(frame, (str, int)) or frame in ("",)):
        raise ValueError(f"frame: write a frame's name or number, not {quoted(frame)}")
    if isinstance(frame, int) and not 0 <= frame < 1 << 31:
        raise ValueError(f"frame: the first frame has the number 0; {quoted(frame)} is not one")
    if grid is not None and not isinstance(frame, int):
        raise ValueError("grid: write frame = with the number of a frame in the grid, too; the first one is 0")
    grow = row.get("grow", False)
    if not isinstance(grow, bool):
        raise ValueError(f"grow: write true or false, not {quoted(grow)}")
    if grow and frame is not None:
        raise ValueError("grow: a frame cannot grow; leave out grow or frame")
    return Edit(
        label,
        mode,
        _source(row["from"]) if "from" in row else None,
        _area(row["area"]) if "area" in row else None,
        _corner(row["to"]) if "to" in row else None,
        frame,
        grid,
        _color("color", row["color"]) if "color" in row else None,
        _colors(row["colors"]) if "colors" in row else (),
        _opacity(row.get("opacity", 1.0)),
        grow,
        is_whole_frame,
    )


def _check_keys(row: Mapping[str, Any], mode: Mode) -> None:
    """Check that an edit has what its mode needs, and nothing that would have no effect."""
    needed = "from" if mode in ("overlay", "replace", "mask") else "color" if mode == "tint" else "colors"
    if needed not in row:
        example = {"from": '"hat.png"', "color": '"#ff8800"', "colors": '{ "#a00000" = "#00a000" }'}[needed]
        raise ValueError(f"{needed}: it is missing; mode {mode} needs for example {needed} = {example}")
    for keys in (_WITH_PICTURE, _TINT, _RECOLOR):
        for key in keys:
            if key in row and needed not in keys:
                hint = "; write area = for the part of the picture that changes" if key == "to" else ""
                raise ValueError(f"{key}: it has no meaning in mode {mode}; leave it out{hint}")
    if mode == "mask" and row.get("grow"):
        raise ValueError("grow: it has no meaning in mode mask; leave it out")


def _filled_at(key: str, value: Any, world: Circumstances) -> Any:
    try:
        return _filled(value, world)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from error


def _filled(value: Any, world: Circumstances) -> Any:
    """Fill in the options of the mod; keys, too, as the colors to replace are keys."""
    if isinstance(value, str):
        return fill_options(value, world.options)
    if isinstance(value, list):
        return [_filled(item, world) for item in value]
    if isinstance(value, dict):
        return {str(_filled(key, world)): _filled(item, world) for key, item in value.items()}
    return value


def _source(value: object) -> str:
    if not isinstance(value, str) or not value or len(value) > _MAX_TEXT:
        raise ValueError(f"from: write the path of a picture, such as 'hat.png', not {quoted(value)}")
    return value


def _is_integer(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value < MAX_SIDE


def _area(value: Any) -> Area:
    if not isinstance(value, list) or len(value) != 4 or not all(_is_integer(item, 0) for item in value):
        _check_limit("area", value)
        raise ValueError(f"area: write x, y, width and height, such as [0, 0, 16, 16], not {_shown(value)}")
    x, y, width, height = value
    if not width or not height:
        raise ValueError("area: its width and height must be above 0")
    return x, y, width, height


def _corner(value: Any) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != 2 or not all(_is_integer(item, -MAX_SIDE) for item in value):
        _check_limit("to", value)
        raise ValueError(f"to: write two whole numbers, such as [48, 0], not {_shown(value)}")
    return value[0], value[1]


def _check_limit(key: str, value: Any) -> None:
    """Raise an error that names the limit, if a number in a list is too large."""
    for item in value if isinstance(value, list) else ():
        if isinstance(item, int) and not isinstance(item, bool) and abs(item) >= MAX_SIDE:
            raise ValueError(f"{key}: {quoted(item)} is too large: pictures have less than {MAX_SIDE:,} pixels a side")


def _grid(value: Any) -> Grid:
    table = {"tile": value} if isinstance(value, list) else value
    if isinstance(table, dict) and table.keys() <= {"tile", "margin", "spacing"}:
        tile, margin, spacing = table.get("tile"), table.get("margin", 0), table.get("spacing", 0)
        is_spaced = _is_integer(margin, 0) and _is_integer(spacing, 0)
        if is_spaced and isinstance(tile, list) and len(tile) == 2 and all(_is_integer(side, 1) for side in tile):
            return Grid(tile[0], tile[1], margin, spacing)
    example = "[16, 16] or { tile = [16, 16], margin = 1, spacing = 2 }"
    raise ValueError(f"grid: write the size of a frame, such as {example}, not {_shown(value)}")


def _color(key: str, value: object) -> Rgba:
    if not isinstance(value, str) or not _COLOR.fullmatch(value):
        raise ValueError(f"{key}: write a color such as '#ff8800' or '#ff880080', not {quoted(value)}")
    red, green, blue = (int(value[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue, int(value[7:9], 16) if len(value) == 9 else None


def _colors(value: object) -> tuple[tuple[Rgba, Rgba], ...]:
    if not isinstance(value, dict) or not value or len(value) > MAX_COLORS:
        raise ValueError(
            f'colors: write a table of 1 to {MAX_COLORS} colors, such as {{ "#a00000" = "#00a000" }}, '
            f"not {quoted(value)}"
        )
    colors = {}
    for old, new in value.items():
        parsed = _color("colors", old)
        if parsed in colors:
            raise ValueError(f"colors: {quoted(old)} is there twice; leave one out")
        colors[parsed] = _color(f"colors.{plain(old, 60)}", new)
    return tuple(colors.items())


def _opacity(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ValueError(f"opacity: write a number from 0 to 1, not {quoted(value)}")
    return math.floor(value * 255 + 0.5)


def _shown(value: object) -> str:
    if isinstance(value, list) and len(value) <= 4:
        return f"[{', '.join(quoted(item, 20) for item in value)}]"
    return quoted(value)
