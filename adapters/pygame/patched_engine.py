"""Replacements for pygame's own calls that load files from adopted folders."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Any

import pygame
import pygame.freetype
from vfsloader.pygame.first_argument import with_first
from vfsloader.pygame.fonts import FONTS, LiveFont
from vfsloader.pygame.freetype_fonts import FREETYPE, FreetypeLoader, rendered
from vfsloader.pygame.images import IMAGES, ImageLoader
from vfsloader.pygame.live_copies.loaded import loaded_surface
from vfsloader.pygame.live_copies.replaced_calls import unrecorded
from vfsloader.pygame.live_copies.surface_types import RecordedSurface
from vfsloader.pygame.live_sound import LiveSound
from vfsloader.pygame.sounds import SOUNDS

from vfsloader.adopting.adopted_files import AdoptedFiles
from vfsloader.adopting.adopted_paths import opened_path
from vfsloader.adopting.patched_calls import PatchedCalls, as_plain
from vfsloader.errors import VFSError


@functools.cache
def _svg_loader() -> ImageLoader:
    from vfsloader.pygame.animations import SvgLoader  # few games load any

    return SvgLoader()


def _close_opened(file: Any) -> None:
    """Close a file that the game has opened, as the replaced calls do."""
    if not isinstance(file, (str, bytes, os.PathLike)):
        file.close()


class PatchedEngine(PatchedCalls):
    """Replaces the calls when it is made, until :meth:`undo`."""

    def __init__(self, adopted: AdoptedFiles) -> None:
        super().__init__()
        self._adopted = adopted
        for name in ("load", "load_extended", "load_basic"):
            self.patch(pygame.image, name, functools.partial(self._load_image, f"pygame.image.{name}"))
        self.patch(pygame.image, "load_sized_svg", self._load_svg)
        self.patch(pygame.image, "load_animation", self._load_animation)
        self._patch_class(self._sound_class(pygame.mixer.Sound), pygame.mixer.Sound, (pygame.mixer, pygame))
        self._patch_class(self._font_class(pygame.font.Font), pygame.font.Font, (pygame.font, pygame))
        font = pygame.freetype.Font
        self._patch_class(self._freetype_class(font), font, (pygame.freetype,))

    def _patch_class(self, replacement: type, original: type, modules: tuple[Any, ...]) -> None:
        """Replace a class under all of its names."""
        for module in modules:
            for name in [name for name, value in vars(module).items() if value is original]:
                self.replace(module, name, replacement, original)

    # --- pictures ------------------------------------------------------------------------------------

    def _load_image(self, call: str, original: Callable[..., pygame.Surface]) -> Callable[..., pygame.Surface]:
        adopted, plain = self._adopted, unrecorded(original)

        @functools.wraps(original)
        def replacement(*args: Any, **options: Any) -> pygame.Surface:
            file = opened_path(args[0] if args else options.get("file"))
            virtual = adopted.virtual(file)
            if virtual is None:
                return original(*args, **options)
            own = adopted.own_file(virtual, IMAGES, convert=False)
            if own is None:
                return self._picture(call, original, IMAGES, virtual, args, options, {"convert": False})
            surface = loaded_surface(RecordedSurface, plain(*args, **options))
            adopted.fill(call, surface, file, IMAGES, virtual=virtual, shows=own, convert=False)
            return surface

        return replacement

    def _load_svg(self, original: Callable[..., pygame.Surface]) -> Callable[..., pygame.Surface]:
        @functools.wraps(original)
        def replacement(*args: Any, **options: Any) -> pygame.Surface:
            size: Any = args[1] if len(args) > 1 else options.get("size")
            try:
                wanted = {"size": (int(size[0]), int(size[1])), "convert": False}
            except (TypeError, ValueError, IndexError):
                return original(*args, **options)  # which raises what the game expects
            virtual = self._adopted.virtual(opened_path(args[0] if args else options.get("file")))
            if virtual is None:
                return original(*args, **options)
            return self._picture("pygame.image.load_sized_svg", original, _svg_loader(), virtual, args, options, wanted)

        return replacement

    def _picture(
        self,
        call: str,
        original: Callable[..., pygame.Surface],
        loader: ImageLoader,
        virtual: str,
        args: tuple[Any, ...],
        options: dict[str, Any],
        wanted: dict[str, Any],
    ) -> pygame.Surface:
        given = args[0] if args else options.get("file")
        file = opened_path(given)
        decoded = self._adopted.decoded(call, virtual, loader, **wanted)
        if decoded is not None:
            _close_opened(given)
            surface = loaded_surface(RecordedSurface, loader.plain(decoded.data, **decoded.options))
            self._adopted.fill(call, surface, file, loader, virtual=virtual, shows=decoded, **wanted)
            return surface
        args, options = self._with_real_path(call, file, args, options, "file")
        return original(*args, **options)

    def _load_animation(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def replacement(*args: Any, **options: Any) -> Any:
            file = opened_path(args[0] if args else options.get("file"))
            virtual = self._adopted.virtual(file)
            if virtual is not None and self._adopted.manager.is_trusted(virtual):
                args, options = self._with_real_path("pygame.image.load_animation", file, args, options, "file")
            elif virtual is not None:
                reason = "pygame's own decoder does not read pictures of mods"
                self._adopted.refuse("pygame.image.load_animation", virtual, reason)
            return original(*args, **options)

        return replacement

    # --- sounds --------------------------------------------------------------------------------------

    def _sound_class(self, original: type[pygame.mixer.Sound]) -> type[pygame.mixer.Sound]:
        adopted, with_real_path = self._adopted, self._with_real_path

        class Sound(LiveSound, original, metaclass=as_plain(original)):  # type: ignore[metaclass, misc, valid-type]
            __doc__ = original.__doc__

            def __init__(self, *args: Any, **options: Any) -> None:
                file = opened_path(args[0] if args else options.get("file"))
                virtual = adopted.virtual(file)
                if virtual is not None and pygame.mixer.get_init():
                    own = adopted.own_file(virtual, SOUNDS)
                    super().__init__(*args, **options) if own is not None else super().__init__(buffer=bytes(64))
                    if adopted.fill("pygame.mixer.Sound", self, file, SOUNDS, virtual=virtual, shows=own):
                        _close_opened(args[0] if args else options.get("file"))
                        return
                    args, options = with_real_path("pygame.mixer.Sound", file, args, options, "file")
                super().__init__(*args, **options)

        return Sound

    # --- fonts ---------------------------------------------------------------------------------------

    def _font_class(self, original: type[pygame.font.Font]) -> type[pygame.font.Font]:
        adopted, with_real_path = self._adopted, self._with_real_path

        class Font(LiveFont, original, metaclass=as_plain(original)):  # type: ignore[metaclass, misc, valid-type]
            __doc__ = original.__doc__

            def __init__(self, *args: Any, **options: Any) -> None:
                file = opened_path(args[0] if args else options.get("filename"))
                size = args[1] if len(args) > 1 else options.get("size", 20)
                virtual = adopted.virtual(file)
                own = adopted.own_file(virtual, FONTS, size=size)
                if virtual is not None:
                    args, options = with_real_path("pygame.font.Font", file, args, options, "filename")
                super().__init__(*args, **options)
                if virtual is not None:
                    found: dict[str, Any] = {"virtual": virtual, "shows": own}
                    adopted.fill("pygame.font.Font", self, file, FONTS, is_loaded=True, size=size, **found)

        return Font

    def _freetype_class(self, original: type[pygame.freetype.Font]) -> type[pygame.freetype.Font]:
        adopted, with_real_path = self._adopted, self._with_real_path

        class Font(original, metaclass=as_plain(original)):  # type: ignore[metaclass, misc, valid-type]
            __doc__ = original.__doc__

            def __init__(self, *args: Any, **options: Any) -> None:
                file = opened_path(args[0] if args else options.get("file"))
                virtual = adopted.virtual(file)
                again = FreetypeLoader.options_of(args, options)
                own = adopted.own_file(virtual, FREETYPE, **again)
                if virtual is not None:
                    if not adopted.manager.is_trusted(virtual):
                        try:  # FreeType must not see what is not even a font
                            FONTS.decode(adopted.manager.asset(virtual))
                        except VFSError as error:
                            raise pygame.error(str(error)) from error
                    args, options = with_real_path("pygame.freetype.Font", file, args, options, "file")
                super().__init__(*args, **options)
                if virtual is not None:
                    found: dict[str, Any] = {"virtual": virtual, "shows": own}
                    adopted.fill("pygame.freetype.Font", self, file, FREETYPE, is_loaded=True, **again, **found)

            def render(self, *args: Any, **options: Any) -> tuple[pygame.Surface, pygame.Rect]:
                return rendered(self, super().render, args, options)

        return Font

    def _with_real_path(
        self, call: str, file: Any, args: tuple[Any, ...], options: dict[str, Any], name: str
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        given = args[0] if args else options.get(name)
        if given is not file:  # the game has opened it, which served it already; its path may be another file by now
            return args, options
        return with_first(args, options, name, self._adopted.real(call, file))
