"""Which edits made a picture, or one of its pixels, what they are."""

from __future__ import annotations

from typing import Any, NamedTuple

from vfsloader.assets.decoder import Decoder
from vfsloader.assets.edits.apply import Editing, EditOutcome, outcomes_without
from vfsloader.assets.edits.gather import EditStack
from vfsloader.assets.edits.plain_pictures import load_plain
from vfsloader.assets.loader import Asset, Loader
from vfsloader.errors import PathNotFoundError
from vfsloader.quoting import plain
from vfsloader.runtime.budget import Limits

Pixel = tuple[int, ...]


class PixelReport(NamedTuple):
    """How a pixel came to be."""

    layer: str
    """The layer that has the whole picture."""
    first: Pixel | None
    """The pixel without edits: red, green, blue, alpha; None if it is outside of the picture."""
    last: Pixel | None
    """The pixel that the game shows."""
    edits: tuple[EditOutcome, ...]
    """Those that changed it, in order."""


def edit_report(decoder: Decoder, loader: Loader[Any], path: str, probe: tuple[int, int] | None) -> list[EditOutcome]:
    """Return what becomes of the edits of a picture, in order; with a probe, of those that changed that pixel.

    Raises
    ------
    PathNotFoundError, ResourceError
        There is no such file, or it cannot be decoded.
    """
    try:
        asset, editing = edited_asset(decoder, path, probe)
    except PathNotFoundError:
        with decoder.snapshots.lock:
            stack = decoder.edits.look(path)
        if not stack.files:
            raise
        return list(outcomes_without(path, stack))
    loader.decode(asset)
    return list(editing.outcomes(path))


def pixel_report(decoder: Decoder, path: str, at: tuple[int, int]) -> PixelReport:
    """Return how a pixel of a picture came to be; no engine is needed.

    Raises
    ------
    PathNotFoundError, ResourceError
        There is no such file, or it cannot be decoded.
    MissingExtraError
        No library is installed that decodes pictures.
    ValueError
        The pixel is outside of the picture.
    """
    asset, editing = edited_asset(decoder, path, at)
    base = editing.unedited(asset, load_plain)
    picture = editing.compose(asset, base, load_plain)[0]
    area = (*at, 1, 1)
    if not picture.has(area):
        raise ValueError(
            f"{at[0]},{at[1]} is outside of {plain(path)}, which has {picture.width} x {picture.height} pixels"
        )
    first = tuple(base.cut(area)) if base.has(area) else None
    return PixelReport(asset.layer, first, tuple(picture.cut(area)), editing.outcomes(path))


def edited_asset(decoder: Decoder, path: str, probe: tuple[int, int] | None = None) -> tuple[Asset, Editing]:
    """Return a picture with what applies its edits, apart from the game's resources.

    Raises
    ------
    PathNotFoundError
        There is no such file.
    """

    def stack_of(picture: str) -> EditStack:
        with decoder.snapshots.lock:
            return decoder.edits.look(picture)

    def read(other: str) -> bytes:
        with decoder.snapshots.lock:
            return decoder.snapshots.read(other)[0]

    def provider(other: str) -> tuple[str, Limits | None]:
        name = decoder.snapshots.last(other).name or ""
        return name, decoder.limits_of(name)

    editing = Editing(stack_of, decoder.limits_of, decoder.remember, probe)
    known = decoder.asset(path)
    asset = Asset(
        path,
        known.data,
        known.layer,
        read,
        is_trusted=known.is_trusted,
        limits=known.limits,
        provider=provider,
        editing=editing,
    )
    return asset, editing
