"""The colours of the game: one night, and how each mod repaints it."""

from __future__ import annotations

from dataclasses import dataclass

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Palette:
    """What a scene is painted with, from the top of the sky to the grass at your feet."""

    sky: tuple[Colour, Colour, Colour]
    moon: Colour
    moon_at: tuple[float, float]
    hills: tuple[Colour, Colour, Colour]
    grass: Colour
    bloom: Colour
    wing: Colour
    wing_edge: Colour
    eye: Colour
    mote: Colour
    snow: bool = False


NIGHT = Palette(
    sky=((11, 13, 43), (38, 30, 92), (104, 66, 138)),
    moon=(253, 243, 208),
    moon_at=(0.77, 0.22),
    hills=((44, 38, 98), (28, 28, 74), (16, 19, 52)),
    grass=(9, 13, 34),
    bloom=(214, 130, 190),
    wing=(186, 242, 196),
    wing_edge=(96, 190, 160),
    eye=(255, 214, 120),
    mote=(255, 226, 140),
)
WINTER = Palette(
    sky=((18, 36, 66), (62, 104, 150), (176, 206, 226)),
    moon=(245, 250, 255),
    moon_at=(0.24, 0.2),
    hills=((146, 178, 206), (186, 208, 226), (222, 234, 244)),
    grass=(240, 247, 252),
    bloom=(120, 180, 220),
    wing=(246, 170, 52),
    wing_edge=(92, 34, 12),
    eye=(24, 40, 112),
    mote=(56, 132, 246),
    snow=True,
)
DUSK = Palette(
    sky=((62, 24, 72), (178, 62, 84), (255, 158, 92)),
    moon=(255, 226, 158),
    moon_at=(0.5, 0.5),
    hills=((132, 48, 86), (92, 32, 74), (58, 20, 56)),
    grass=(34, 12, 38),
    bloom=(255, 196, 110),
    wing=(255, 196, 122),
    wing_edge=(206, 92, 70),
    eye=(120, 40, 92),
    mote=(255, 246, 196),
)
HOLLOW = Palette(
    sky=((4, 18, 26), (8, 60, 70), (28, 128, 118)),
    moon=(176, 255, 230),
    moon_at=(0.32, 0.3),
    hills=((10, 66, 72), (8, 46, 54), (5, 30, 38)),
    grass=(3, 18, 24),
    bloom=(110, 255, 214),
    wing=(186, 242, 196),
    wing_edge=(96, 190, 160),
    eye=(255, 214, 120),
    mote=(150, 255, 220),
)
