"""The tiles of one layer: one rectangle, or the chunks of an infinite map."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

#: Width and height of a new chunk, and its distance from the origin in tiles at most.
CHUNK = 16
FURTHEST = 1 << 20


@dataclass(slots=True)
class Chunk:
    """A rectangle of tiles."""

    x: int
    y: int
    width: int
    height: int
    tiles: array[int]

    def index(self, x: int, y: int) -> int | None:
        """Return where a tile is in `tiles`; None outside."""
        column, row = x - self.x, y - self.y
        return row * self.width + column if 0 <= column < self.width and 0 <= row < self.height else None


class Grid:
    """The tiles of a layer, by their place in the map.

    Parameters
    ----------
    chunks
        The rectangles.
    is_infinite
        Whether tiles may be set outside of them.

    Examples
    --------
    >>> grid = Grid([], is_infinite=True)
    >>> grid.set(-1, 40, 7)
    >>> grid.get(-1, 40), grid.get(0, 0), len(grid.chunks)
    (7, 0, 1)
    """

    def __init__(self, chunks: list[Chunk], *, is_infinite: bool) -> None:
        self.chunks = chunks
        self.is_infinite = is_infinite
        self._last = chunks[0] if chunks else None

    def check(self, x: int, y: int) -> None:
        """Raise ValueError if there cannot be a tile at a place."""
        if self.is_infinite:
            if not (-FURTHEST < x < FURTHEST and -FURTHEST < y < FURTHEST):
                raise ValueError(f"{x}, {y} is too far from the origin: at most {FURTHEST:,} tiles are possible")
        elif self._find(x, y) is None:
            chunk = self.chunks[0]
            raise ValueError(f"{x}, {y} is outside of the layer, which has {chunk.width} x {chunk.height} tiles")

    def get(self, x: int, y: int) -> int:
        """Return a tile; 0 is none."""
        found = self._find(x, y)
        return 0 if found is None else found[0].tiles[found[1]]

    def set(self, x: int, y: int, tile: int) -> None:
        """Set a tile, at a place that was checked."""
        found = self._find(x, y)
        if found is None:
            if not tile:
                return
            chunk = self._last = self._new_chunk(x, y)
            found = chunk, chunk.index(x, y) or 0
        found[0].tiles[found[1]] = tile

    def _find(self, x: int, y: int) -> tuple[Chunk, int] | None:
        last = self._last
        if last is not None and (index := last.index(x, y)) is not None:
            return last, index
        for chunk in self.chunks:
            if (index := chunk.index(x, y)) is not None:
                self._last = chunk
                return chunk, index
        return None

    def _new_chunk(self, x: int, y: int) -> Chunk:
        width = height = CHUNK
        left, top = x // CHUNK * CHUNK, y // CHUNK * CHUNK
        overlaps = any(
            chunk.x < left + CHUNK
            and left < chunk.x + chunk.width
            and chunk.y < top + CHUNK
            and top < chunk.y + chunk.height
            for chunk in self.chunks
        )
        if overlaps:  # the map has chunks of another size
            left, top, width, height = x, y, 1, 1
        chunk = Chunk(left, top, width, height, array("I", bytes(4 * width * height)))
        self.chunks.append(chunk)
        return chunk
