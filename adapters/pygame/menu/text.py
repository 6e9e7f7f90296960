"""Text that fits: measured once, shortened or wrapped, written in as many fonts as its letters need, and cached."""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections import OrderedDict
from dataclasses import dataclass

import pygame
from vfsloader.pygame.menu.bidi import is_rightward, visual_runs
from vfsloader.pygame.menu.faces import Face, Faces

from vfsloader.quoting import plain

Rgb = tuple[int, int, int]
#: Characters of a text that are laid out at most, and of one that must fit on one line: more does not fit.
LONGEST_TEXT, LONGEST_LINE = 3000, 300
#: Pictures and layouts of lines that are kept at most.
_MOST_PICTURES, _MOST_LAYOUTS = 600, 4000
#: A word with the space after it, or one letter of a script that is written without spaces.
_WORDS = re.compile(r"[\u1100-\u11ff\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]|"
                    r"[^\s\u1100-\u11ff\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]+|\s+")  # fmt: skip
#: Scripts whose letters change with their neighbours, by the first word of their letters' names.
_SCRIPTS = {
    "HEBREW": "Hebr", "ARABIC": "Arab", "SYRIAC": "Syrc", "DEVANAGARI": "Deva", "BENGALI": "Beng", "GURMUKHI": "Guru",
    "GUJARATI": "Gujr", "ORIYA": "Orya", "TAMIL": "Taml", "TELUGU": "Telu", "KANNADA": "Knda", "MALAYALAM": "Mlym",
    "SINHALA": "Sinh", "THAI": "Thai", "LAO": "Laoo", "TIBETAN": "Tibt", "MYANMAR": "Mymr", "KHMER": "Khmr",
}  # fmt: skip
_FIRST_SHAPED = "\u0590"
#: Marks that may not begin a line.
_CLOSING = frozenset("、。，．：；？！）」』】…,.:;?!)”’»")


@dataclass(frozen=True)
class Piece:
    """A part of a line in one font and direction."""

    face: Face
    text: str
    is_rtl: bool
    width: int
    scale: float
    """Fonts of pictures, as for emoji, have one size; this fits it to the line."""


@dataclass(frozen=True)
class Line:
    """One line, laid out."""

    pieces: tuple[Piece, ...]
    width: int
    is_rightward: bool


class TextWriter:
    """Measures and draws text.

    Parameters
    ----------
    font
        The virtual path of the game's font for the menu, or None.
    """

    def __init__(self, font: str | None) -> None:
        self.faces = Faces(font)
        self._fallback = Face(None)
        self._lines: dict[tuple[str, int], Line] = {}
        self._fitted: dict[tuple[str, int, int], str] = {}
        self._wrapped: dict[tuple[str, int, int, int], tuple[str, ...]] = {}
        self._pictures: OrderedDict[tuple[str, int, Rgb], pygame.Surface] = OrderedDict()

    def forget(self) -> None:
        """Draw everything again: the game's font may have changed."""
        self.faces.forget()
        for cache in (self._lines, self._fitted, self._wrapped, self._pictures):
            cache.clear()

    def height(self, pixels: int) -> int:
        """Return the height of a line."""
        return self._main_font(pixels).get_linesize()

    def width(self, text: str, pixels: int) -> int:
        """Return the width of a line."""
        return self.line(text, pixels).width

    def line(self, text: str, pixels: int) -> Line:
        """Lay out one line."""
        key = text, pixels
        found = self._lines.get(key)
        if found is None:
            if len(self._lines) >= _MOST_LAYOUTS:
                self._lines.clear()
            found = self._lines[key] = self._lay_out(text, pixels)
        return found

    def fit(self, text: str, pixels: int, room: float) -> str:
        """Return a text on one line, shortened to the room that there is.

        The width is measured some ten times, however long the text is.
        """
        key = text, pixels, int(room)
        fitted = self._fitted.get(key)
        if fitted is None:
            if len(self._fitted) >= _MOST_LAYOUTS:
                self._fitted.clear()
            fitted = self._fitted[key] = self._fit(_one_line(text), pixels, room)
        return fitted

    def wrap(self, text: str, pixels: int, width: int, most_lines: int = 1000) -> tuple[str, ...]:
        """Divide a text into lines of at most a width; the last one is shortened if there are too many."""
        key = text, pixels, width, most_lines
        lines = self._wrapped.get(key)
        if lines is None:
            if len(self._wrapped) >= _MOST_LAYOUTS:
                self._wrapped.clear()
            lines = self._wrapped[key] = tuple(self._wrap(text, pixels, width, most_lines))
        return lines

    def draw(self, target: pygame.Surface, text: str, pixels: int, at: tuple[float, float], colour: Rgb) -> None:
        """Draw one line with its top left corner at a point."""
        key = text, pixels, colour
        picture = self._pictures.get(key)
        if picture is None:
            picture = self._pictures[key] = self._render(self.line(text, pixels), pixels, colour)
            if len(self._pictures) > _MOST_PICTURES:
                self._pictures.popitem(last=False)
        else:
            self._pictures.move_to_end(key)
        rise = max(0, picture.get_height() - self.height(pixels)) // 2
        target.blit(picture, (round(at[0]), round(at[1]) - rise))

    def _plain_face(self) -> Face:
        first = self.faces.first
        return first if all(map(first.covers, "[09AF…]")) else self._fallback

    def _main_font(self, pixels: int) -> pygame.font.Font:
        return self.faces.first.font(pixels)

    def _lay_out(self, text: str, pixels: int) -> Line:
        height = self.height(pixels)
        pieces = []
        for run, is_rtl in visual_runs(text):
            parts = self.faces.divide(run)
            for face, part in reversed(parts) if is_rtl else parts:
                if face is None:
                    face, part = self._plain_face(), _described(part)
                font = face.font(pixels)
                scale = height / font.get_height() if face.has_one_size else 1.0
                width = round(_directed(font, part, is_rtl).size(part)[0] * scale)
                pieces.append(Piece(face, part, is_rtl, width, scale))
        return Line(tuple(pieces), sum(piece.width for piece in pieces), is_rightward(text))

    def _render(self, line: Line, pixels: int, colour: Rgb) -> pygame.Surface:
        main = self._main_font(pixels)
        pictures = []
        for piece in line.pieces:
            font = piece.face.font(pixels)
            picture = _directed(font, piece.text, piece.is_rtl).render(piece.text, True, colour)
            ascent = font.get_ascent()
            if piece.scale != 1:
                size = piece.width, max(1, round(picture.get_height() * piece.scale))
                picture = pygame.transform.smoothscale(picture.convert_alpha(), size)
                ascent = round(ascent * piece.scale)
            pictures.append((picture, ascent, piece.width))
        if len(pictures) == 1 and pictures[0][1] == main.get_ascent():
            return pictures[0][0]
        ascent = max([main.get_ascent(), *(ascent for _, ascent, _ in pictures)])
        below = max(
            [main.get_height() - main.get_ascent(), *(picture.get_height() - up for picture, up, _ in pictures)]
        )
        whole = pygame.Surface((max(1, line.width), ascent + below), pygame.SRCALPHA)
        x = 0
        for picture, up, width in pictures:
            whole.blit(picture, (x, ascent - up))
            x += width
        return whole

    def _fit(self, text: str, pixels: int, room: float) -> str:
        whole = self._lay_out(text[:LONGEST_LINE], pixels).width
        if whole <= room and len(text) <= LONGEST_LINE:
            return text
        fits, too_long = 0, min(len(text), LONGEST_LINE)
        guess = int(too_long * room / max(whole, 1))  # most letters are about equally wide
        guesses = [guess + 2, guess - 2]
        while too_long - fits > 1:
            middle = guesses.pop() if guesses else (fits + too_long) // 2
            if not fits < middle < too_long:
                continue
            if self._lay_out(text[:middle].rstrip() + "…", pixels).width <= room:
                fits = middle
            else:
                too_long = middle
        return text[:fits].rstrip() + "…" if fits else ""

    def _wrap(self, text: str, pixels: int, width: int, most_lines: int) -> list[str]:
        lines: list[str] = []
        for paragraph in text[:LONGEST_TEXT].splitlines():
            lines += self._wrap_paragraph(plain(paragraph.replace("\t", " "), LONGEST_TEXT), pixels, width)
            if len(lines) > most_lines:
                kept = lines[: most_lines - 1]
                return [*kept, self.fit(lines[most_lines - 1] + " …", pixels, width)]
        return lines

    def _wrap_paragraph(self, text: str, pixels: int, width: int) -> list[str]:
        lines, line, used = [], "", 0
        for word in _WORDS.findall(text):
            wide = self.width(word, pixels)
            if used + wide > width and line.strip() and not word.isspace() and word not in _CLOSING:
                lines.append(line.rstrip())
                line, used = "", 0
            while wide > width and len(word) > 1:  # a word that is wider than a line
                head = self._fit(word, pixels, width).removesuffix("…") or word[0]
                lines.append(head)
                word = word[len(head) :]
                wide = self.width(word, pixels)
            if line or not word.isspace():
                line, used = line + word, used + wide
        return [*lines, line.rstrip()]


def _one_line(text: str) -> str:
    return plain(" ".join(text[: 4 * LONGEST_LINE].split()), LONGEST_LINE + 1)


def _described(text: str) -> str:
    """Return what is written for letters that no font has: their code points, so that nothing is lost silently."""
    codes = [f"{ord(char):X}" for char in text if not char.isspace()]
    return f"[{' '.join(codes[:3])}{' …' if len(codes) > 3 else ''}]"


def _directed(font: pygame.font.Font, text: str, is_rtl: bool) -> pygame.font.Font:
    """Set the direction and the script in which a font writes."""
    with contextlib.suppress(pygame.error, AttributeError):  # SDL_ttf was built without HarfBuzz
        font.set_direction(pygame.DIRECTION_RTL if is_rtl else pygame.DIRECTION_LTR)
        font.set_script(_script(text))
    return font


def _script(text: str) -> str:
    """Return the ISO 15924 code of the script whose rules shape a run of text."""
    for char in text:
        if char >= _FIRST_SHAPED and char.isalpha():
            return _SCRIPTS.get(unicodedata.name(char, "").split(" ")[0], "Zyyy")
    return "Latn"
