"""Draws the letters: strokes of one width with round ends, made into a TrueType font."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph

Point = tuple[float, float]
Stroke = list[Point]
#: Its width, and its strokes.
Character = tuple[float, list[Stroke]]

WEIGHT, SPACE, EM = 86, 104, 1000


def line(*numbers: float) -> Stroke:
    """Give a stroke through points, given as x, y, x, y, …"""
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def arc(x: float, y: float, rx: float, ry: float, start: float = 0, end: float = 360) -> Stroke:
    """Give a stroke along an ellipse, degrees counted against the clock."""
    steps = max(int(abs(end - start) / 9), 4)
    turns = [math.radians(start + (end - start) * step / steps) for step in range(steps + 1)]
    return [(x + rx * math.cos(turn), y + ry * math.sin(turn)) for turn in turns]


def dot(x: float, y: float) -> Stroke:
    """Give a point."""
    return arc(x, y, 16, 16)


def _s(height: float, width: float) -> list[Stroke]:
    half = width / 2
    top, low = height * 0.76, height * 0.25
    return [arc(half, top, half * 0.92, height - top, 32, 270), arc(half, low, half, low, 90, -148),
            line(half, height * 0.52, half, height * 0.5)]  # fmt: skip


GLYPHS: dict[str, Character] = {
    " ": (120, []),
    "A": (560, [line(0, 0, 280, 700), line(280, 700, 560, 0), line(95, 230, 465, 230)]),
    "B": (460, [line(0, 0, 0, 700), line(0, 700, 250, 700), arc(250, 530, 170, 170, 90, -90), line(0, 360, 280, 360),
                arc(280, 180, 180, 180, 90, -90), line(0, 0, 280, 0)]),
    "C": (560, [arc(340, 350, 340, 350, 48, 312)]),
    "D": (560, [line(0, 0, 0, 700), line(0, 700, 220, 700), arc(220, 350, 340, 350, 90, -90), line(0, 0, 220, 0)]),
    "E": (400, [line(0, 0, 0, 700), line(0, 700, 400, 700), line(0, 360, 340, 360), line(0, 0, 400, 0)]),
    "F": (390, [line(0, 0, 0, 700), line(0, 700, 390, 700), line(0, 350, 330, 350)]),
    "G": (650, [arc(340, 350, 340, 350, 46, 350), line(400, 320, 670, 320)]),
    "H": (520, [line(0, 0, 0, 700), line(520, 0, 520, 700), line(0, 360, 520, 360)]),
    "I": (0, [line(0, 0, 0, 700)]),
    "J": (330, [line(330, 700, 330, 190), arc(160, 190, 170, 190, 0, -160)]),
    "K": (480, [line(0, 0, 0, 700), line(0, 250, 460, 700), line(170, 415, 490, 0)]),
    "L": (380, [line(0, 700, 0, 0), line(0, 0, 380, 0)]),
    "M": (660, [line(0, 0, 0, 700), line(0, 700, 330, 230), line(330, 230, 660, 700), line(660, 700, 660, 0)]),
    "N": (540, [line(0, 0, 0, 700), line(0, 700, 540, 0), line(540, 0, 540, 700)]),
    "O": (680, [arc(340, 350, 340, 350)]),
    "P": (440, [line(0, 0, 0, 700), line(0, 700, 250, 700), arc(250, 510, 190, 190, 90, -90), line(0, 320, 250, 320)]),
    "Q": (690, [arc(340, 350, 340, 350), line(440, 190, 680, -30)]),
    "R": (470, [line(0, 0, 0, 700), line(0, 700, 250, 700), arc(250, 510, 190, 190, 90, -90), line(0, 320, 250, 320),
                line(240, 320, 470, 0)]),
    "S": (450, _s(700, 450)),
    "T": (500, [line(0, 700, 500, 700), line(250, 700, 250, 0)]),
    "U": (520, [line(0, 700, 0, 260), arc(260, 260, 260, 260, 180, 360), line(520, 260, 520, 700)]),
    "V": (540, [line(0, 700, 270, 0), line(270, 0, 540, 700)]),
    "W": (800, [line(0, 700, 200, 0), line(200, 0, 400, 560), line(400, 560, 600, 0), line(600, 0, 800, 700)]),
    "X": (500, [line(0, 0, 500, 700), line(0, 700, 500, 0)]),
    "Y": (520, [line(0, 700, 260, 340), line(520, 700, 260, 340), line(260, 340, 260, 0)]),
    "Z": (480, [line(0, 700, 480, 700), line(480, 700, 0, 0), line(0, 0, 480, 0)]),
    "a": (460, [arc(230, 240, 230, 240), line(460, 480, 460, 0)]),
    "b": (460, [line(0, 700, 0, 0), arc(230, 240, 230, 240)]),
    "c": (410, [arc(240, 240, 240, 240, 48, 312)]),
    "d": (460, [arc(230, 240, 230, 240), line(460, 700, 460, 0)]),
    "e": (470, [arc(235, 240, 235, 240, 0, 318), line(10, 245, 470, 245)]),
    "f": (250, [line(95, 0, 95, 540), arc(245, 540, 150, 160, 180, 88), line(0, 450, 230, 450)]),
    "g": (460, [arc(230, 240, 230, 240), line(460, 480, 460, -10), arc(230, -10, 230, 190, 0, -145)]),
    "h": (420, [line(0, 0, 0, 700), arc(210, 270, 210, 210, 180, 0), line(420, 270, 420, 0)]),
    "i": (0, [line(0, 0, 0, 480), dot(0, 660)]),
    "j": (110, [line(110, 480, 110, -50), arc(-20, -50, 130, 150, 0, -95), dot(110, 660)]),
    "k": (360, [line(0, 0, 0, 700), line(0, 170, 340, 480), line(135, 292, 370, 0)]),
    "l": (0, [line(0, 0, 0, 700)]),
    "m": (680, [line(0, 0, 0, 480), arc(170, 310, 170, 170, 180, 0), line(340, 310, 340, 0),
                arc(510, 310, 170, 170, 180, 0), line(680, 310, 680, 0)]),
    "n": (420, [line(0, 0, 0, 480), arc(210, 270, 210, 210, 180, 0), line(420, 270, 420, 0)]),
    "o": (480, [arc(240, 240, 240, 240)]),
    "p": (460, [line(0, 480, 0, -200), arc(230, 240, 230, 240)]),
    "q": (460, [arc(230, 240, 230, 240), line(460, 480, 460, -200)]),
    "r": (250, [line(0, 0, 0, 480), arc(200, 280, 200, 200, 180, 72)]),
    "s": (340, _s(480, 340)),
    "t": (250, [line(100, 640, 100, 140), arc(240, 140, 140, 140, 180, 276), line(0, 480, 240, 480)]),
    "u": (420, [line(0, 480, 0, 210), arc(210, 210, 210, 210, 180, 360), line(420, 480, 420, 0)]),
    "v": (420, [line(0, 480, 210, 0), line(210, 0, 420, 480)]),
    "w": (640, [line(0, 480, 160, 0), line(160, 0, 320, 400), line(320, 400, 480, 0), line(480, 0, 640, 480)]),
    "x": (390, [line(0, 0, 390, 480), line(0, 480, 390, 0)]),
    "y": (420, [line(0, 480, 210, 10), line(420, 480, 130, -200)]),
    "z": (370, [line(0, 480, 370, 480), line(370, 480, 0, 0), line(0, 0, 370, 0)]),
    "0": (480, [arc(240, 350, 240, 350)]),
    "1": (170, [line(0, 560, 170, 700), line(170, 700, 170, 0)]),
    "2": (440, [arc(215, 485, 215, 215, 165, -40), line(380, 347, 0, 0), line(0, 0, 440, 0)]),
    "3": (430, [arc(205, 530, 185, 170, 140, -90), arc(205, 180, 225, 180, 90, -142)]),
    "4": (460, [line(340, 0, 340, 700), line(340, 700, 0, 190), line(0, 190, 460, 190)]),
    "5": (430, [line(390, 700, 70, 700), line(70, 700, 45, 390), arc(205, 225, 225, 225, 135, -140)]),
    "6": (460, [arc(230, 225, 230, 225), line(24, 300, 290, 700)]),
    "7": (420, [line(0, 700, 420, 700), line(420, 700, 130, 0)]),
    "8": (440, [arc(220, 525, 185, 175), arc(220, 175, 220, 175)]),
    "9": (460, [arc(230, 475, 230, 225), line(436, 400, 170, 0)]),
    ".": (0, [dot(0, 0)]),
    ",": (40, [line(40, 20, 0, -110)]),
    ":": (0, [dot(0, 20), dot(0, 400)]),
    ";": (40, [line(40, 20, 0, -110), dot(40, 400)]),
    "!": (0, [line(0, 700, 0, 220), dot(0, 0)]),
    "?": (380, [arc(190, 510, 190, 190, 170, -60), line(285, 346, 190, 210), dot(190, 0)]),
    "'": (0, [line(0, 700, 0, 560)]),
    '"': (150, [line(0, 700, 0, 560), line(150, 700, 150, 560)]),
    "-": (260, [line(0, 250, 260, 250)]),
    "–": (360, [line(0, 250, 360, 250)]),
    "—": (520, [line(0, 250, 520, 250)]),
    "_": (460, [line(0, -120, 460, -120)]),
    "+": (400, [line(0, 290, 400, 290), line(200, 490, 200, 90)]),
    "=": (400, [line(0, 370, 400, 370), line(0, 200, 400, 200)]),
    "/": (340, [line(0, -60, 340, 760)]),
    "\\": (340, [line(340, -60, 0, 760)]),
    "|": (0, [line(0, -120, 0, 760)]),
    "(": (150, [arc(260, 320, 260, 480, 125, 235)]),
    ")": (150, [arc(-110, 320, 260, 480, 55, -55)]),
    "[": (150, [line(150, 760, 0, 760), line(0, 760, 0, -120), line(0, -120, 150, -120)]),
    "]": (150, [line(0, 760, 150, 760), line(150, 760, 150, -120), line(150, -120, 0, -120)]),
    "<": (330, [line(330, 490, 0, 290), line(0, 290, 330, 90)]),
    ">": (330, [line(0, 490, 330, 290), line(330, 290, 0, 90)]),
    "*": (300, [line(150, 700, 150, 420), line(20, 630, 280, 490), line(280, 630, 20, 490)]),
    "#": (480, [line(150, 0, 210, 700), line(330, 0, 390, 700), line(30, 460, 480, 460), line(0, 230, 450, 230)]),
    "%": (600, [arc(120, 580, 120, 120), arc(480, 120, 120, 120), line(100, 0, 500, 700)]),
    "&": (560, [arc(230, 555, 150, 145, -30, 210), line(100, 480, 540, 0), arc(220, 190, 220, 190, 120, 360)]),
    "@": (680, [arc(340, 300, 340, 380, -50, 300), arc(340, 290, 150, 180), line(490, 470, 500, 200)]),
    "~": (420, [arc(105, 250, 105, 80, 180, 0), arc(315, 250, 105, 80, 180, 360)]),
    "…": (440, [dot(0, 0), dot(220, 0), dot(440, 0)]),
    "•": (120, [arc(60, 260, 50, 50)]),
    "×": (300, [line(0, 120, 300, 420), line(0, 420, 300, 120)]),
    "→": (520, [line(0, 290, 520, 290), line(520, 290, 330, 460), line(520, 290, 330, 120)]),
    "←": (520, [line(0, 290, 520, 290), line(0, 290, 190, 460), line(0, 290, 190, 120)]),
    "↑": (340, [line(170, 0, 170, 600), line(170, 600, 0, 410), line(170, 600, 340, 410)]),
    "↓": (340, [line(170, 0, 170, 600), line(170, 0, 0, 190), line(170, 0, 340, 190)]),
}  # fmt: skip


def make_font(file: Path, characters: Mapping[str, Character] = GLYPHS, family: str = "Moonmoth") -> None:
    """Write a font; by default the demo's."""
    names = {char: f"u{ord(char):04x}" for char in characters}
    builder = FontBuilder(EM, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap({ord(char): name for char, name in names.items()})
    box = [line(0, 0, 300, 0), line(300, 0, 300, 700), line(300, 700, 0, 700), line(0, 700, 0, 0)]
    glyphs = {".notdef": _glyph(box)} | {names[char]: _glyph(strokes) for char, (_, strokes) in characters.items()}
    builder.setupGlyf(glyphs)
    widths = {names[char]: (int(width + WEIGHT + SPACE), (WEIGHT + SPACE) // 2 - WEIGHT // 2)
              for char, (width, _) in characters.items()}  # fmt: skip
    builder.setupHorizontalMetrics({".notdef": (490, 52), **widths})
    builder.setupHorizontalHeader(ascent=860, descent=-260)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"}, mac=False)
    builder.setupOS2(sTypoAscender=860, sTypoDescender=-260, usWinAscent=900, usWinDescent=300)
    builder.setupPost()
    builder.font["head"].created = builder.font["head"].modified = 0
    builder.font.recalcTimestamp = False
    builder.save(file)


def _glyph(strokes: list[Stroke]) -> Glyph:
    pen = TTGlyphPen(None)
    shift = (WEIGHT + SPACE) / 2
    for stroke in strokes:
        corners = [stroke[at : at + 2] for at in range(len(stroke) - 1)] if len(stroke) == 2 else [stroke]
        for part in corners:
            outline = [(round(x + shift), round(y)) for x, y in _outline(part)]
            pen.moveTo(outline[0])
            for point in outline[1:]:
                pen.lineTo(point)
            pen.closePath()
    return pen.glyph()


def _outline(stroke: Stroke) -> Stroke:
    """Give the edge of a pen of `WEIGHT` drawn along a smooth stroke, with round ends, with the clock."""
    half = WEIGHT / 2
    if stroke[0] == stroke[-1]:
        stroke = stroke[:-1] + stroke[:2]  # a closed ring: one step over the seam
    left, right = [], []
    turns = []
    for at, (x, y) in enumerate(stroke):
        (ax, ay), (bx, by) = stroke[max(at - 1, 0)], stroke[min(at + 1, len(stroke) - 1)]
        turn = math.atan2(by - ay, bx - ax)
        turns.append(turn)
        left.append((x - half * math.sin(turn), y + half * math.cos(turn)))
        right.append((x + half * math.sin(turn), y - half * math.cos(turn)))
    end = _cap(stroke[-1], turns[-1] + math.pi / 2, half)
    start = _cap(stroke[0], turns[0] - math.pi / 2, half)
    return [*left, *end, *reversed(right), *start]


def _cap(centre: Point, start: float, radius: float) -> Stroke:
    turns = [start - math.pi * step / 10 for step in range(1, 10)]
    return [(centre[0] + radius * math.cos(turn), centre[1] + radius * math.sin(turn)) for turn in turns]
