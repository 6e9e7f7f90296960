"""How a game makes the mod menu its own: colours, font, size, language and words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Rgb = tuple[int, int, int]


@dataclass(frozen=True)
class Skin:
    """Colours, font and texts of a menu.

    Examples
    --------
    >>> skin = Skin(language="de", words={"title": "Erweiterungen"}, accent=(255, 120, 40))
    >>> skin.language, skin.font
    ('de', None)
    """

    title: str = ""
    """The heading; by default, the language's own word for mods."""
    font: str | None = None
    """The virtual path of one of the game's fonts; by default the font of the system's own menus, or else pygame's.
    Letters that it lacks come from the system's other fonts."""
    veil: tuple[int, int, int, int] = (8, 8, 20, 170)
    """Drawn over the game, around the menu; the last number is its opacity."""
    panel: Rgb = (24, 24, 44)
    row: Rgb = (44, 44, 74)
    edge: Rgb = (84, 84, 128)
    text: Rgb = (240, 238, 248)
    dim: Rgb = (158, 156, 184)
    accent: Rgb = (255, 206, 110)
    on: Rgb = (112, 214, 150)
    off: Rgb = (78, 78, 104)
    wrong: Rgb = (255, 120, 130)
    size: tuple[float, float] = (150, 92)
    """Width and height of the panel, in hundredths of the target's height; the panel never exceeds the target."""
    hints: tuple[tuple[str, str], ...] = ()
    """Texts for the last line, for ``"keyboard"``, ``"mouse"``, ``"touch"`` and ``"controller"``; by default, the keys
    and what they do."""
    language: str | None = None
    """The code of the menu's language: en, de, es, fr, ja, ru or zh. By default the player's, as the system knows it;
    English stands in for others."""
    words: Mapping[str, str] = field(default_factory=dict)
    """Sentences to use instead of the language's own, by the names in ``vfsloader.pygame.menu.words.Words``."""


def mix(first: Rgb, second: Rgb, share: float) -> Rgb:
    """Return a colour between two.

    >>> mix((0, 0, 0), (100, 200, 40), 0.5)
    (50, 100, 20)
    """
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue
