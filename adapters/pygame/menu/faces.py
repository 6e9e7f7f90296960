"""Fonts for every script: the game's own first, then pygame's, then those of the system that have the letters.

A font draws a box for a letter that it lacks. Whether it has one is found out by comparing what it draws with what it
draws for a code point that is not a character, which works for every format of font.
"""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pygame
from vfsloader.pygame.fonts import load_font

from vfsloader.errors import VFSError

#: Not a character: every font draws its box for it.
_NOT_A_CHARACTER = "\U0010fffe"
#: The size, in pixels, at which letters are compared.
_PROBE_PIXELS = 24
#: pygame's own font has smaller letters than its nominal size.
_DEFAULT_FONT_SCALE = 1.2
#: Fonts that systems draw their own menus with.
_INTERFACE = (
    "segoeui.", "sfns.", "notosans-regular", "dejavusans.", "helveticaneue.", "arial.", "liberationsans-regular",
)  # fmt: skip
#: Fonts of the system by the start of their file's name, the best first: interface fonts, then script after script.
PREFERRED = (
    "segoeui.", "sfns", "notosans-regular", "dejavusans.", "arial.", "helvetica", "liberationsans-regular",
    "seguiemj", "apple color emoji", "notocoloremoji", "notoemoji", "symbola", "seguisym",
    "yugothm", "yugothr", "meiryo", "msgothic", "hiragino", "ヒラギノ", "msyh.", "pingfang", "malgun.", "applesdgothic",
    "notosanscjk-regular", "notosanscjk", "notosansjp", "sourcehansans", "droidsansfallbackfull", "droidsansfallback",
    "wqy", "ipag", "takao", "vl-gothic", "unifont", "arial unicode", "nirmala.", "leelawui.", "leelawad",
    "notosansarabic-regular", "notosanshebrew-regular", "notosansthai-regular", "notosansdevanagari-regular",
    "notosansbengali-regular", "notosanstamil-regular", "notosanskr", "notosanssc", "notosanssymbols", "freesans.",
)  # fmt: skip
#: Files looked at, and fonts opened for one letter, at most.
_MOST_FILES, _MOST_FONTS = 20_000, 60
#: Letters and words that are remembered at most.
_MOST_TEXTS = 10_000
_WORDS = re.compile(r"(\s+)")
_SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")


class Face:
    """One font in all sizes.

    Parameters
    ----------
    path
        A file of the disk, a virtual path, or None for pygame's own font.
    is_virtual
        Whether the path is one of the game's tree.
    """

    def __init__(self, path: str | None, *, is_virtual: bool = False) -> None:
        self.path = path
        self._is_virtual = is_virtual
        self._fonts: dict[int, pygame.font.Font] = {}
        self._covers: dict[str, bool] = {}
        self._has_one_size: bool | None = None
        self._box: tuple[object, bytes] | None = None

    def font(self, pixels: int) -> pygame.font.Font:
        """Return the font in a size. In place of one that cannot be opened, return pygame's own."""
        if pixels not in self._fonts:
            try:
                self._fonts[pixels] = self._open(pixels)
            except (VFSError, OSError, pygame.error):
                self._fonts[pixels] = _default_font(pixels)
        return self._fonts[pixels]

    @property
    def has_one_size(self) -> bool:
        """Whether the letters are pictures of one size, as those of fonts for emoji may be."""
        if self._has_one_size is None:
            self._has_one_size = self.font(_PROBE_PIXELS).get_height() == self.font(3 * _PROBE_PIXELS).get_height()
        return self._has_one_size

    def covers(self, char: str) -> bool:
        """Return whether the font has a letter."""
        if char not in self._covers:
            try:
                self._covers[char] = self._has(char)
            except (ValueError, pygame.error):
                self._covers[char] = False
        return self._covers[char]

    def forget(self) -> None:
        """Forget which letters there are: the font may have changed."""
        self._covers.clear()
        self._fonts.clear()
        self._box = self._has_one_size = None

    def _open(self, pixels: int) -> pygame.font.Font:
        if self.path is None:
            return _default_font(pixels)
        return load_font(self.path, pixels) if self._is_virtual else pygame.font.Font(self.path, pixels)

    def _has(self, char: str) -> bool:
        font = self.font(_PROBE_PIXELS)
        if self._box is None:
            self._box = font.metrics(_NOT_A_CHARACTER)[0], _pixels(font, _NOT_A_CHARACTER)
        metrics, box = self._box
        return font.metrics(char)[0] != metrics or _pixels(font, char) != box


class Faces:
    """The game's font, and whichever other fonts the letters of a text need.

    Parameters
    ----------
    path
        The virtual path of one of the game's fonts, or None for the font that the system draws its menus with.
    """

    def __init__(self, path: str | None) -> None:
        interface = next(iter(system_fonts(_INTERFACE)), None)
        faces = [Face(None)] if interface is None else [Face(str(interface)), Face(None)]
        self._known = faces if path is None else [Face(path, is_virtual=True), *faces]
        self._system: Iterator[Face] | None = None
        self.first = self._known[0]
        self._by_text: dict[str, Face | None] = {}
        #: Letters that the first font has, and whose neighbours do not matter.
        self._plain: set[str] = set()

    def divide(self, text: str) -> list[tuple[Face | None, str]]:
        """Divide a text into runs that one font can write; None where no font can.

        Marks stay with the letter that they belong to.
        """
        if self._plain.issuperset(text) and text:  # as nearly all texts are
            return [(self.first, text)]
        runs: list[tuple[Face | None, str]] = []
        for part in _WORDS.split(text):
            # Two fonts in one word would tear letters apart that join, and look odd in any script.
            whole = self._face_of(part) if part else None
            for char in part:
                face = whole or (runs[-1][0] if runs and _is_mark(char) else self._face_of(char))
                if runs and runs[-1][0] is face:
                    runs[-1] = face, runs[-1][1] + char
                else:
                    runs.append((face, char))
        if len(runs) == 1 and runs[0][0] is self.first:
            self._plain.update(text)
        return runs

    def has_all(self, text: str) -> bool:
        """Return whether every letter of a text can be written."""
        return all(face is not None for face, _ in self.divide(text))

    def forget(self) -> None:
        """Forget which font has which letter: the game's font may have changed."""
        self.first.forget()
        self._by_text.clear()
        self._plain.clear()

    def _face_of(self, text: str) -> Face | None:
        """Return the first font that has all letters of a text, which is a letter or a word."""
        if text not in self._by_text:
            if len(self._by_text) >= _MOST_TEXTS:
                self._by_text.clear()
            self._by_text[text] = self._find_face(text)
        return self._by_text[text]

    def _find_face(self, text: str) -> Face | None:
        if text.isspace():
            return self.first
        for face in self._known:
            if all(map(face.covers, text)):
                return face
        if self._system is None:
            self._system = (Face(str(path)) for path in system_fonts(PREFERRED, others=True)[:_MOST_FONTS])
        for face in self._system:
            self._known.append(face)
            if all(map(face.covers, text)):
                return face
        return None


def system_fonts(starts: Sequence[str], *, others: bool = False) -> list[Path]:
    """Return the system's fonts whose names begin in certain ways, in that order, and then perhaps the others."""
    ranks = {path: _rank(path.name.lower(), starts) for path in _font_files()}
    kept = [path for path, rank in ranks.items() if others or rank < len(starts)]
    # Of the others, plain styles first: they have short names.
    return sorted(kept, key=lambda path: (ranks[path], len(path.name), path.name))


@cache
def _font_files() -> tuple[Path, ...]:
    found: list[Path] = []
    looked_at = 0
    for folder in font_folders():
        for at, _, names in os.walk(folder):
            looked_at += len(names)
            found += [Path(at, name) for name in names if name.lower().endswith(_SUFFIXES)]
            if looked_at > _MOST_FILES:
                break
    return tuple(found)


def font_folders() -> list[Path]:
    """Return the folders in which the system keeps fonts."""
    home = Path("~").expanduser()
    if sys.platform == "win32":
        windows = Path(os.environ.get("SYSTEMROOT", "C:/Windows"))
        return [windows / "Fonts", home / "AppData/Local/Microsoft/Windows/Fonts"]
    if sys.platform == "darwin":
        return [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"]
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    own = os.environ.get("XDG_DATA_HOME") or str(home / ".local/share")
    return [*(Path(folder, "fonts") for folder in (own, *shared.split(os.pathsep))), home / ".fonts"]


def _rank(name: str, starts: Sequence[str]) -> int:
    return next((rank for rank, start in enumerate(starts) if name.startswith(start)), len(starts))


def _is_mark(char: str) -> bool:
    """Return whether a character is drawn with the one before it."""
    return unicodedata.category(char) in ("Mn", "Me", "Mc", "Cf") or "\U0001f3fb" <= char <= "\U0001f3ff"


def _default_font(pixels: int) -> pygame.font.Font:
    return pygame.font.Font(None, round(pixels * _DEFAULT_FONT_SCALE))


def _pixels(font: pygame.font.Font, char: str) -> bytes:
    return pygame.image.tobytes(font.render(char, True, "white"), "RGBA")
