"""Where a frame of a sheet is: by the JSON file that Aseprite or TexturePacker wrote beside it, or by a grid."""

from __future__ import annotations

import json

from vfsloader.assets.checked import Table
from vfsloader.assets.edits.parse import Area, Grid
from vfsloader.quoting import plain, quoted
from vfsloader.runtime.budget import Budget

#: Larger descriptions of mods are not read.
MAX_BYTES = 8 << 20
Rows = list[tuple[str, Table]]


def description_paths(picture: str) -> tuple[str, str]:
    """Return where the JSON file of a sheet may be, the likelier first.

    Examples
    --------
    >>> description_paths("/sprites/hero.png")
    ('/sprites/hero.json', '/sprites/hero.png.json')
    """
    folder, _, name = picture.rpartition("/")
    stem = name.rpartition(".")[0] or name
    return f"{folder}/{stem}.json", f"{picture}.json"


def frame_in_rows(rows: Rows, frame: str | int) -> Area:
    """Return the rectangle of a frame that the JSON file of a sheet describes.

    Of a frame whose transparent edge was trimmed off, it is the part that the sheet has.

    Raises
    ------
    ValueError
        There is no such frame, or it is rotated, or its place is not valid.
    """
    if isinstance(frame, int):
        if frame >= len(rows):
            raise ValueError(f"the sheet has no frame {frame}; it has {len(rows)}, and the first is 0")
        name, row = rows[frame]
    else:
        found = next(((name, row) for name, row in rows if name == frame), None)
        if found is None:
            known = ", ".join(plain(name, 40) for name, _ in rows[:10]) or "none"
            raise ValueError(f"the sheet has no frame {quoted(frame)}; it has {known}{', …' if len(rows) > 10 else ''}")
        name, row = found
    if row.value.get("rotated"):
        raise ValueError(
            f"the frame {quoted(name)} is rotated in the sheet; write to = with its place instead of frame"
        )
    rectangle = row.table("frame")
    x, y, width, height = (rectangle.integer(key) for key in ("x", "y", "w", "h"))
    return x, y, width, height


def frame_in_grid(grid: Grid, number: int, size: tuple[int, int]) -> Area:
    """Return the rectangle of a frame in a grid; row by row, the first one is 0.

    Raises
    ------
    ValueError
        The picture has fewer frames.

    Examples
    --------
    >>> frame_in_grid(Grid(16, 16, margin=1), 3, (34, 34))
    (17, 17, 16, 16)
    """
    columns, rows = (
        max(0, (side - 2 * grid.margin + grid.spacing) // (tile + grid.spacing))
        for side, tile in zip(size, (grid.width, grid.height), strict=True)
    )
    if number >= columns * rows:
        raise ValueError(f"the grid has no frame {number}; it has {columns * rows}, and the first is 0")
    row, column = divmod(number, columns)
    x = grid.margin + column * (grid.width + grid.spacing)
    y = grid.margin + row * (grid.height + grid.spacing)
    return x, y, grid.width, grid.height


def read_rows(data: bytes, budget: Budget) -> Rows:
    """Return the frames in the JSON file of a sheet, each with its name.

    Raises
    ------
    ValueError
        It is not the description of a sheet.
    BudgetError
        It has more values than the budget allows.
    """
    if len(data) > MAX_BYTES:
        raise ValueError(f"the sheet's JSON file has {len(data):,} bytes; at most {MAX_BYTES:,} are read")
    budget.spend("nodes", data.count(b",") + data.count(b"{") + data.count(b"["))
    try:
        sheet = Table(json.loads(data.decode("utf-8-sig")))
        if isinstance(sheet.value.get("frames"), list):
            return [(row.text("filename"), row) for row in sheet.rows("frames")]
        return list(sheet.table("frames").tables())
    except (ValueError, RecursionError) as error:
        reason = plain(str(error) or type(error).__name__, 300)
        raise ValueError(f"the sheet's JSON file cannot be used: {reason}") from error
