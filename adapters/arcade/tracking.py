"""Noting what is made of pictures, as long as anybody wants it: :func:`install` of a handle, or an adopted game."""

from __future__ import annotations

from collections.abc import Callable

from vfsloader.arcade.live_pillow import PatchedPillow
from vfsloader.arcade.live_textures import PatchedTextures

from vfsloader.adopting.late_patches import LatePatches

_users: list[object] = []
_ends: list[Callable[[], None]] = []


def track() -> Callable[[], None]:
    """Start recording what the game makes of pictures. Call the returned function to stop."""
    user = object()
    _users.append(user)
    if not _ends:
        late = LatePatches()
        _ends.extend([late.end, PatchedTextures(late).undo, PatchedPillow().undo])

    def end() -> None:
        if user in _users:
            _users.remove(user)
        if not _users:
            for undo in _ends:
                undo()
            _ends.clear()

    return end
