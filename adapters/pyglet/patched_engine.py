"""Replacements for pyglet's functions that load sounds and add fonts."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Any

from vfsloader.pyglet.patched_images import path_of

from vfsloader.adopting.adopted_files import AdoptedFiles
from vfsloader.adopting.late_patches import LatePatches
from vfsloader.adopting.patched_calls import PatchedCalls
from vfsloader.assets.sound_decoding import SOUND_FILES
from vfsloader.errors import VFSError


class PatchedEngine(PatchedCalls):
    """Replaces them when the game imports their modules, until :meth:`undo`."""

    def __init__(self, adopted: AdoptedFiles, late: LatePatches) -> None:
        super().__init__()
        self._adopted = adopted
        self._fonts: dict[str, Any] = {}
        late.when_imported("pyglet.media", lambda media: self.patch(media, "load", self._load_media))
        late.when_imported("pyglet.font", lambda font: self.patch(font, "add_file", self._add_font))
        late.when_imported("pyglet.text.layout.base", self._patch_layouts)

    def undo(self) -> None:
        """Restore the original functions. Added fonts no longer follow changes."""
        super().undo()
        self._fonts.clear()

    def _load_media(self, original: Callable[..., Any]) -> Callable[..., Any]:
        adopted = self._adopted

        @functools.wraps(original)
        def replacement(filename: Any, file: Any = None, streaming: bool = True, *args: Any, **options: Any) -> Any:
            path = path_of(filename, file)
            virtual = adopted.virtual(path)
            if virtual is None or adopted.manager.vfs.union.find(virtual) is None:
                return original(filename, file, streaming, *args, **options)
            try:
                playable = adopted.manager.load(virtual, SOUND_FILES).file
            except (VFSError, OSError) as error:
                adopted.refuse("pyglet.media.load", virtual, str(error))
                if not adopted.manager.is_trusted(virtual):  # the system's decoders must not see what ours refused
                    raise adopted.error(str(error)) from error
                return original(filename, file, streaming, *args, **options)
            own = adopted.own_bytes(virtual)
            if own is not None and not adopted.manager.is_trusted(virtual) and adopted.virtual(playable) is not None:
                # The mod's sound is damaged. By the path of the game's own, the mod's would be opened.
                playable = adopted.temporary(os.path.basename(playable), own)
            adopted.served["pyglet.media.load"] += 1
            source = original(playable, None, streaming, *args, **options)
            if not streaming:
                from vfsloader.pyglet.live_loaders import STATIC_SOUNDS

                named = {name: value for name, value in options.items() if name.startswith("audio_")}
                adopted.fill("pyglet.media.load", source, path, STATIC_SOUNDS, is_loaded=True, **named)
            return source

        return replacement

    def _add_font(self, original: Callable[..., None]) -> Callable[..., None]:
        adopted = self._adopted

        @functools.wraps(original)
        def replacement(font: Any) -> None:
            path = font if isinstance(font, (str, os.PathLike)) else path_of(None, font)
            virtual = None if isinstance(font, (bytes, bytearray)) else adopted.virtual(path)
            if virtual is None:
                original(font)
            elif virtual not in self._fonts:  # else it is there, and is followed
                from vfsloader.pyglet.live_fonts import ADDED_FONTS, AddedFont

                added = AddedFont(adopted.own_bytes(virtual))
                if adopted.fill("pyglet.font.add_file", added, path, ADDED_FONTS):
                    self._fonts[virtual] = added
                else:
                    original(font)

        return replacement

    def _patch_layouts(self, base: Any) -> None:
        from vfsloader.pyglet import live_fonts

        def make(original: Callable[..., None]) -> Callable[..., None]:
            @functools.wraps(original)
            def replacement(layout: Any, *args: Any, **options: Any) -> None:
                original(layout, *args, **options)
                live_fonts.layouts.add(layout)

            return replacement

        def make_delete(original: Callable[..., None]) -> Callable[..., None]:
            @functools.wraps(original)
            def replacement(layout: Any) -> None:
                live_fonts.layouts.discard(layout)
                original(layout)

            return replacement

        self.patch(base.TextLayout, "__init__", make)
        self.patch(base.TextLayout, "delete", make_delete)
