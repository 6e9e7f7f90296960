"""Pictures before and after the edits of mods: decoded by Pillow as the untrusted files that they are, sent as PNG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vfsloader.assets.edits.apply import Editing, EditOutcome, edited
from vfsloader.assets.edits.compose import Picture
from vfsloader.assets.edits.gather import EditStacks
from vfsloader.assets.edits.plain_pictures import encode_png, load_plain
from vfsloader.assets.loader import Asset
from vfsloader.assets.snapshots import Snapshots
from vfsloader.errors import MissingExtraError, VFSError
from vfsloader.layers.union import Union
from vfsloader.runtime.budget import Limits


@dataclass(frozen=True)
class PictureViews:
    """A picture before and after its edits, as PNG."""

    before: bytes | None
    after: bytes | None
    outcomes: tuple[EditOutcome, ...]
    reason: str = ""
    """Why it cannot be shown."""

    @property
    def is_possible(self) -> bool:
        """Whether it can be shown."""
        return self.after is not None


@dataclass(frozen=True)
class _Frozen:
    """A tree as it was at one moment."""

    union: Union


def picture_views(union: Union, path: str, limits: Limits) -> PictureViews:
    """Apply the edits of a picture, as a game does, and return the picture before and after them.

    Parameters
    ----------
    union
        The tree.
    path
        The picture.
    limits
        What it may cost, whosever it is.

    Raises
    ------
    PathNotFoundError
        No layer has it.
    """
    snapshots = Snapshots(_Frozen(union))
    stacks = EditStacks(snapshots)
    kept: dict[Any, Picture] = {}

    def remember(key: Any, make: Any) -> Picture:
        if key not in kept:
            kept[key] = make()
        return kept[key]

    def read(other: str) -> bytes:
        return snapshots.read(other)[0]

    def provider(other: str) -> tuple[str, Limits | None]:
        return snapshots.last(other).name or "", limits

    editing = Editing(stacks.look, lambda _: limits, remember)
    data, known = snapshots.read(path)
    asset = Asset(
        path, data, known.name or "", read, is_trusted=False, limits=limits, provider=provider, editing=editing
    )
    try:
        before = load_plain(asset)
        after = edited(asset, load_plain)
        return PictureViews(encode_png(before), encode_png(after), editing.outcomes(path))
    except MissingExtraError as error:
        return PictureViews(None, None, (), str(error))
    except (VFSError, ValueError, OSError) as error:
        return PictureViews(None, None, editing.outcomes(path), str(error))
