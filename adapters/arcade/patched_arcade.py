"""Replacements for the functions by which arcade reads pictures and maps from the layers."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Any

import PIL.Image
from vfsloader.arcade.live_loader import LIVE_IMAGES, take
from vfsloader.arcade.live_pillow import Source
from vfsloader.arcade.maps import contained_map, path_in_copy

from vfsloader.adopting.adopted_files import AdoptedFiles
from vfsloader.adopting.adopted_paths import opened_path
from vfsloader.adopting.late_patches import LatePatches
from vfsloader.adopting.patched_calls import PatchedCalls


class PatchedArcade(PatchedCalls):
    """Replaces them, until :meth:`undo`.

    Parameters
    ----------
    adopted
        Answers for paths.
    late
        Tells when the game imports a module.
    always
        Whether maps are read from a copy of the tree even if no mod is enabled, because they are nowhere else.
    """

    def __init__(self, adopted: AdoptedFiles, late: LatePatches, *, always: bool = False) -> None:
        super().__init__()
        self._adopted = adopted
        self._always = always
        self.patch(PIL.Image, "open", self._open)
        late.when_imported("arcade.tilemap.tilemap", self._patch_maps)

    def _patch_maps(self, module: Any) -> None:
        self.patch(module.TileMap, "__init__", self._tile_map)

    def _open(self, original: Callable[..., PIL.Image.Image]) -> Callable[..., PIL.Image.Image]:
        adopted = self._adopted

        @functools.wraps(original)
        def replacement(fp: Any, *args: Any, **options: Any) -> PIL.Image.Image:
            virtual, file = None, opened_path(fp)
            if isinstance(file, (str, bytes, os.PathLike)):
                virtual = adopted.virtual(file) or path_in_copy(adopted.manager, os.fsdecode(file))
            if virtual is None:
                return original(fp, *args, **options)
            source = Source(virtual)
            if not adopted.fill("PIL.Image.open", source, file, LIVE_IMAGES, virtual=virtual):
                return original(adopted.real("PIL.Image.open", file, virtual), *args, **options)
            frames = source.frames or []
            data = adopted.manager.read(virtual) if len(frames) > 1 else b""
            return take(source, os.fsdecode(file) if file is fp else "", data)

        return replacement

    def _tile_map(self, original: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(original)
        def replacement(level: Any, map_file: Any = "", *args: Any, **options: Any) -> None:
            file = self._contained(map_file)
            original(level, map_file if file is None else file, *args, **options)

        return replacement

    def _contained(self, map_file: Any) -> str | None:
        """Return a copy of a map that names nothing outside of the tree; None: the map is not ours, or is safe."""
        from arcade.resources import resolve

        if not map_file:
            return None
        try:
            virtual = self._adopted.virtual(resolve(map_file))
        except (OSError, ValueError):
            return None  # arcade says what is wrong
        if virtual is None or not (self._always or self._may_be_a_mods()):
            return None
        manager = self._adopted.manager
        file = contained_map(manager, virtual)
        self._adopted.served["arcade.load_tilemap"] += 1
        return file

    def _may_be_a_mods(self) -> bool:
        """Return whether a mod is enabled, whose maps may name any file of the disk."""
        return bool(self._adopted.manager.mods.enabled)
