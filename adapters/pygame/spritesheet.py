"""Many pictures in one: in a grid, or as Aseprite and TexturePacker write them.

References
----------
Aseprite, "Command line: --data, --format json-hash | json-array"; TexturePacker, "JSON (Hash) and JSON (Array)".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pygame
from vfsloader.pygame.animations import Animation, converted
from vfsloader.pygame.images import ImageLoader
from vfsloader.pygame.surface import LiveSurface

from vfsloader import paths
from vfsloader.assets.loader import Asset, Loader
from vfsloader.errors import ResourceError
from vfsloader.game.current import current


@dataclass
class Cut:
    """What a sheet was cut into."""

    pictures: dict[str, pygame.Surface] = field(default_factory=dict)
    durations_ms: dict[str, int] = field(default_factory=dict)
    tags: dict[str, list[str]] = field(default_factory=dict)


class Sheet:
    """The pictures of a sheet: by name, or by number in their order.

    Attributes
    ----------
    tags
        By name, the pictures of each animation that the sheet names, in order.
    """

    def __init__(self) -> None:
        self.tags: dict[str, list[str]] = {}
        self._frames: dict[str, LiveSurface] = {}
        self._durations_ms: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._frames)

    def __iter__(self) -> Iterator[LiveSurface]:
        return iter(self._frames.values())

    def __getitem__(self, which: str | int) -> LiveSurface:
        return self._frames[which] if isinstance(which, str) else list(self._frames.values())[which]

    @property
    def names(self) -> list[str]:
        """The pictures' names, in their order; ``"0"``, ``"1"`` and so on in a grid."""
        return list(self._frames)

    def animation(self, tag: str | None = None, duration_ms: int = 100) -> Animation:
        """Give the pictures of a tag, or all, as an animation.

        Parameters
        ----------
        tag
            Its name; all pictures if left out.
        duration_ms
            How long a picture is shown for which the sheet does not say.

        Raises
        ------
        KeyError
            There is no such tag.
        """
        names = self.names if tag is None else self.tags[tag]
        return Animation(
            [self._frames[name] for name in names], [self._durations_ms.get(name, duration_ms) for name in names]
        )

    def become(self, cut: Cut) -> None:
        """Show other pictures: those of the same name stay the same objects."""
        frames = {}
        for name, picture in cut.pictures.items():
            frames[name] = self._frames.get(name) or LiveSurface((1, 1))
            frames[name].take(converted(picture))
        self._frames, self._durations_ms, self.tags = frames, cut.durations_ms, cut.tags


class SheetLoader(Loader[Sheet]):
    """Cuts sheets; the Sheet and its pictures are changed in place, when the picture or its list changes."""

    def decode(self, asset: Asset, **options: Any) -> Cut:
        """Decode the sheet and cut it."""
        try:
            if asset.name.lower().endswith(".json"):
                return _cut_by_list(asset)
            return _cut_by_grid(ImageLoader().decode(asset), **options)
        except (ValueError, TypeError, KeyError, AttributeError, pygame.error) as error:
            if isinstance(error, ResourceError):
                raise
            raise ResourceError.at(asset.path, f"{asset.path} in {asset.layer} is no sheet: {error}") from error

    def build(self, decoded: Cut, **options: Any) -> Sheet:
        """Make the Sheet."""
        return self.replace(Sheet(), decoded)

    def replace(self, resource: Sheet, decoded: Cut, **options: Any) -> Sheet:
        """Give it other pictures."""
        resource.become(decoded)
        return resource

    def size_of(self, decoded: Cut, asset_bytes: int) -> int:
        """Count the pixels."""
        return sum(picture.get_pitch() * picture.get_height() for picture in decoded.pictures.values())


SHEETS = SheetLoader()


def load_spritesheet(
    path: paths.PathLike, tile: tuple[int, int] | None = None, *, margin: int = 0, spacing: int = 0
) -> Sheet:
    """Load a sheet of pictures from the winning layer.

    Parameters
    ----------
    path
        A picture that is cut by a grid; or the JSON that Aseprite or TexturePacker wrote beside one.
    tile
        Width and height of a picture in the grid, in pixels.
    margin, spacing
        Pixels around the whole grid, and between two pictures.

    Returns
    -------
    Sheet
        The same one for each call with this path and these options; it and its pictures are changed in place.

    Raises
    ------
    NotInitializedError, PathNotFoundError, ResourceError
        As :func:`load_image`; or the list is none.

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


#: The name under which it is promised.
Spritesheet = load_spritesheet


def _cut_by_grid(
    picture: pygame.Surface, *, tile: Sequence[int] = (), margin: int = 0, spacing: int = 0, **options: Any
) -> Cut:
    if len(tile) != 2 or min(tile) < 1 or margin < 0 or spacing < 0:
        raise ValueError("a grid needs the size of a tile, such as (16, 16)")
    cut = Cut()
    width, height = tile
    for y in range(margin, picture.get_height() - margin - height + 1, height + spacing):
        for x in range(margin, picture.get_width() - margin - width + 1, width + spacing):
            cut.pictures[str(len(cut.pictures))] = picture.subsurface((x, y, width, height)).copy()
    return cut


def _cut_by_list(asset: Asset) -> Cut:
    data = json.loads(asset.data)
    image = asset.resolve(data["meta"]["image"])
    picture = ImageLoader().decode(Asset(image, asset.read(image), asset.layer))
    frames = data["frames"]
    rows: Mapping[str, Any] = frames if isinstance(frames, dict) else {one["filename"]: one for one in frames}
    cut = Cut()
    for name, row in rows.items():
        cut.pictures[name] = _frame(picture, row)
        if "duration" in row:
            cut.durations_ms[name] = max(1, int(row["duration"]))
    names = list(rows)
    for tag in data["meta"].get("frameTags", ()):
        part = names[int(tag["from"]) : int(tag["to"]) + 1]
        direction = tag.get("direction", "forward")
        if direction.startswith("pingpong"):
            part += part[-2:0:-1]
        cut.tags[str(tag["name"])] = part[::-1] if direction in ("reverse", "pingpong_reverse") else part
    for name, part in (data.get("animations") or {}).items():
        cut.tags[str(name)] = [str(one) for one in part if one in rows]
    return cut


def _frame(picture: pygame.Surface, row: Mapping[str, Any]) -> pygame.Surface:
    """Cut one picture out: turned back, and with the transparent edge that was trimmed off."""
    x, y, width, height = (int(row["frame"][key]) for key in ("x", "y", "w", "h"))
    rotated = bool(row.get("rotated"))
    part = picture.subsurface((x, y, height, width) if rotated else (x, y, width, height))
    part = pygame.transform.rotate(part, 90) if rotated else part.copy()
    if not row.get("trimmed"):
        return part
    whole = pygame.Surface((int(row["sourceSize"]["w"]), int(row["sourceSize"]["h"])), pygame.SRCALPHA, 32)
    whole.blit(part, (int(row["spriteSourceSize"]["x"]), int(row["spriteSourceSize"]["y"])))
    return whole
