"""Sheets of pictures: in a grid, or as Aseprite and TexturePacker write them.

References
----------
Aseprite, "Command line: --data, --format json-hash | json-array"; TexturePacker, "JSON (Hash) and JSON (Array)".
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pygame
from vfsloader.pygame.animations import Animation
from vfsloader.pygame.images import IMAGES
from vfsloader.pygame.live_copies.loaded import converted, show_or_stage, source_of
from vfsloader.pygame.live_copies.rebuild import REBUILD, RebuildingLoader
from vfsloader.pygame.surface import LiveSurface

from vfsloader import paths
from vfsloader.assets.checked import Table
from vfsloader.assets.loader import Asset, DecodeAgain, Loader
from vfsloader.assets.picture_size import spend_frame
from vfsloader.datamerge.parsing import parse_json
from vfsloader.errors import InvalidPathError, IsAFolderError, PathNotFoundError, ResourceError, VFSError
from vfsloader.game.current import current
from vfsloader.quoting import plain

#: Pixels by which a trimmed picture may be outside of the whole one.
_FAR = 1 << 15


@dataclass
class SheetData:
    """The decoded parts of a sheet."""

    pictures: dict[str, pygame.Surface] = field(default_factory=dict)
    durations_ms: dict[str, int] = field(default_factory=dict)
    tags: dict[str, list[str]] = field(default_factory=dict)


class Sheet:
    """The pictures of a sheet, by name or by index.

    Attributes
    ----------
    tags
        The animations that the sheet names: for each, the names of its pictures in order.
    decode_again
        Decodes the sheet as it is now; set by its loader.
    """

    def __init__(self) -> None:
        self.decode_again: DecodeAgain | None = None
        self.tags: dict[str, list[str]] = {}
        self._frames: dict[str, LiveSurface] = {}
        self._durations_ms: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._frames)

    def __iter__(self) -> Iterator[LiveSurface]:
        return iter(self._frames.values())

    def __getitem__(self, key: str | int) -> LiveSurface:
        return self._frames[key] if isinstance(key, str) else list(self._frames.values())[key]

    @property
    def names(self) -> list[str]:
        """The names of the pictures, in order; in a grid they are ``"0"``, ``"1"`` and so on."""
        return list(self._frames)

    def animation(self, tag: str | None = None, duration_ms: int = 100) -> Animation:
        """Return the pictures of a tag, or all pictures, as an animation.

        Parameters
        ----------
        tag
            The name of the animation; all pictures if left out.
        duration_ms
            How long a picture is shown if the sheet does not say.

        Raises
        ------
        KeyError
            The sheet has no such tag.
        """
        names = self.names if tag is None else self.tags[tag]
        return Animation(
            [self._frames[name] for name in names], [self._durations_ms.get(name, duration_ms) for name in names]
        )

    def copy_from(self, data: SheetData) -> None:
        """Show copies of other pictures; pictures whose name stays are changed in place."""
        self.stage(data)
        REBUILD.finish()

    def stage(self, data: SheetData) -> None:
        """Prepare other pictures, which are shown together with all other changes; the first ones are shown at once."""
        frames = {}
        for name, picture in data.pictures.items():
            frames[name] = frame = self._frames.get(name) or LiveSurface((1, 1))
            source = source_of(frame)
            if source is not None:  # else the game changed it in a way that cannot be done again
                source.owner = self
                source.decode = functools.partial(self._picture, name)
                show_or_stage(source, converted(picture))

        def show() -> None:
            self._frames, self._durations_ms, self.tags = frames, data.durations_ms, data.tags

        if self._frames:
            REBUILD.when_shown(show)
        else:
            show()

    def _picture(self, name: str) -> pygame.Surface:
        """Decode one picture again."""
        if self.decode_again is None:
            return self._frames[name]
        decoded: SheetData = self.decode_again().data
        return converted(decoded.pictures[name])


class SheetLoader(RebuildingLoader, Loader[Sheet]):
    """Cuts sheets. If the picture or its JSON file changes, the Sheet and its pictures are changed in place."""

    def decode(self, asset: Asset, **options: Any) -> SheetData:
        """Decode the sheet and cut it."""
        try:
            if asset.name.lower().endswith(".json"):
                return _cut_by_json(asset)
            return _cut_by_grid(asset, IMAGES.decode(asset), **options)
        except VFSError:
            raise
        except Exception as error:  # pygame's, and what a parser raises for data that is nested too deeply
            reason = plain(str(error) or type(error).__name__, 500)
            sentence = f"{plain(asset.path)} in {plain(asset.layer)} is not a sheet: {reason}"
            raise ResourceError.at(asset.path, sentence) from error

    def build(self, decoded: SheetData, **options: Any) -> Sheet:
        """Make the Sheet."""
        return self.replace(Sheet(), decoded)

    def replace(self, resource: Sheet, decoded: SheetData, **options: Any) -> Sheet:
        """Copy the new pictures into the Sheet that the game holds."""
        resource.stage(decoded)
        return resource

    def anchor(self, resource: Sheet, decode_again: DecodeAgain) -> Sheet:
        """Return the Sheet: its pictures keep it alive."""
        resource.decode_again = decode_again
        return resource

    def size_of(self, decoded: SheetData, asset_bytes: int) -> int:
        """Return the size of the pixels."""
        return sum(picture.get_pitch() * picture.get_height() for picture in decoded.pictures.values())


SHEETS = SheetLoader()


def load_spritesheet(
    path: paths.PathLike, tile: tuple[int, int] | None = None, *, margin: int = 0, spacing: int = 0
) -> Sheet:
    """Load a sheet of pictures from the winning layer.

    Parameters
    ----------
    path
        A picture to be cut by a grid, or the JSON file that Aseprite or TexturePacker wrote beside a picture.
    tile
        Width and height of each picture in the grid, in pixels.
    margin, spacing
        Pixels around the whole grid, and between two pictures.

    Returns
    -------
    Sheet
        The same object for each call with this path and these options; it and its pictures are changed in place.

    Raises
    ------
    NotInitializedError, PathNotFoundError, ResourceError
        As :func:`load_image`; also if the JSON file does not describe a sheet.

    Examples
    --------
    >>> import io, pygame, vfsloader, vfsloader.pygame
    >>> base, file = vfsloader.Store(), io.BytesIO()
    >>> pygame.image.save(pygame.Surface((32, 16)), file, "tiles.png")
    >>> base.write("/tiles.png", file.getvalue())
    >>> game = vfsloader.init(base)
    >>> tiles = vfsloader.pygame.load_spritesheet("/tiles.png", (16, 16))
    >>> len(tiles), tiles[1].get_size()
    (2, (16, 16))
    """
    if tile is None:
        return current().load(path, SHEETS)
    return current().load(path, SHEETS, tile=tuple(tile), margin=margin, spacing=spacing)


#: Another name for :func:`load_spritesheet`.
Spritesheet = load_spritesheet


def _cut_by_grid(
    asset: Asset,
    picture: pygame.Surface,
    *,
    tile: Sequence[int] = (),
    margin: int = 0,
    spacing: int = 0,
    **options: Any,
) -> SheetData:
    if len(tile) != 2 or min(tile) < 1 or margin < 0 or spacing < 0:
        raise ValueError("a grid needs the size of a tile, such as (16, 16)")
    data = SheetData()
    width, height = tile
    columns = range(margin, picture.get_width() - margin - width + 1, width + spacing)
    rows = range(margin, picture.get_height() - margin - height + 1, height + spacing)
    spend_frame(asset, width, height, len(columns) * len(rows))
    for y in rows:
        for x in columns:
            data.pictures[str(len(data.pictures))] = picture.subsurface((x, y, width, height)).copy()
    return data


def _cut_by_json(asset: Asset) -> SheetData:
    sheet = Table(parse_json(asset.data, None if asset.is_trusted else asset.budget))
    meta = sheet.table("meta")
    picture = IMAGES.decode(_picture_of(asset, meta.text("image")))
    rows = _rows(sheet)
    data = SheetData()
    # All frames are counted before the first is made: a small file may name the whole picture many times.
    frames = {name: _Frame(asset, picture, row) for name, row in rows.items()}
    for name, frame in frames.items():
        data.pictures[name] = frame.cut(picture)
    for name, row in rows.items():
        if "duration" in row:
            data.durations_ms[name] = max(1, row.integer("duration"))
    names = list(rows)
    for tag in meta.rows("frameTags"):
        tagged = names[tag.integer("from") : tag.integer("to") + 1]
        asset.budget.spend("nodes", len(tagged) * 2)  # many tags may name all pictures
        direction = tag.text("direction", "forward")
        if direction.startswith("pingpong"):
            tagged += tagged[-2:0:-1]
        data.tags[tag.text("name")] = tagged[::-1] if direction in ("reverse", "pingpong_reverse") else tagged
    if "animations" in sheet:
        animations = sheet.table("animations")
        for tag_name in animations.value:
            data.tags[tag_name] = [name for name in animations.texts(tag_name) if name in rows]
    return data


def _picture_of(asset: Asset, name: str) -> Asset:
    """Return the picture that a sheet names; of a path of somebody's disk, the last name counts, beside the sheet."""
    bare = name.replace("\\", "/")
    if bare.startswith("/") or bare[1:3] == ":/":
        beside = bare[bare.rfind("/") + 1 :]
        if bare == name and bare.startswith("/"):  # it may be a virtual path
            with contextlib.suppress(PathNotFoundError, InvalidPathError, IsAFolderError):
                return asset.other(name)
        return asset.other(beside)
    return asset.other(bare)


def _rows(sheet: Table) -> dict[str, Table]:
    """Return the frames by name; a file has them in a table, or in a list where each has its name."""
    if isinstance(sheet.value.get("frames"), list):
        return {row.text("filename"): row for row in sheet.rows("frames")}
    return dict(sheet.table("frames").tables())


class _Frame:
    """Where a frame is in its picture, checked and counted.

    Raises
    ------
    ValueError
        A value is wrong; the message names its key.
    BudgetError
        Together with the frames before, it has more pixels than may be made of one file.
    """

    __slots__ = ("_area", "_offset", "_rotated", "_whole")

    def __init__(self, asset: Asset, picture: pygame.Surface, row: Table) -> None:
        frame = row.table("frame")
        x, y, width, height = (frame.integer(key) for key in ("x", "y", "w", "h"))
        self._rotated = bool(row.value.get("rotated"))
        self._area = pygame.Rect(x, y, height, width) if self._rotated else pygame.Rect(x, y, width, height)
        if not picture.get_rect().contains(self._area):
            width, height = picture.get_size()
            raise ValueError(f"{row.path('frame')}: it is not inside the picture of {width} x {height} pixels")
        spend_frame(asset, width, height)
        self._whole: tuple[int, int] | None = None
        self._offset = 0, 0
        if row.value.get("trimmed"):
            source, offset = row.table("sourceSize"), row.table("spriteSourceSize")
            self._whole = source.integer("w"), source.integer("h")
            self._offset = offset.integer("x", -_FAR), offset.integer("y", -_FAR)
            spend_frame(asset, *self._whole)

    def cut(self, picture: pygame.Surface) -> pygame.Surface:
        """Cut out the frame; undo its rotation, and restore the transparent edge that was trimmed off."""
        part = picture.subsurface(self._area)
        part = pygame.transform.rotate(part, 90) if self._rotated else part.copy()
        if self._whole is None:
            return part
        whole = pygame.Surface(self._whole, pygame.SRCALPHA, 32)
        whole.blit(part, self._offset)
        return whole
