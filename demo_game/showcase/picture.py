"""``python -m demo_game.showcase.picture``: take the tour, and put four of its screenshots into the docs' picture."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

os.environ.update(SDL_VIDEODRIVER="dummy", SDL_AUDIODRIVER="dummy")
import pygame

from demo_game.showcase.tour import GAME, run_tour

FILE = GAME.parent / "docs" / "images" / "moonmoth.jpg"
SHOTS = ("1-title", "4-winter-on", "5-winter", "6-dusk-wins")
WIDTH, HEIGHT, GAP = 597, 375, 6


def main() -> None:
    """Write the picture."""
    pygame.display.init()
    pygame.font.init()
    pygame.mixer.init(buffer=512)
    picture = pygame.Surface((2 * WIDTH + GAP, 2 * HEIGHT + GAP))
    picture.fill("white")
    with tempfile.TemporaryDirectory(prefix="moonmoth-shots-") as folder:
        run_tour(GAME, Path(folder))
        for index, name in enumerate(SHOTS):
            shot = pygame.image.load(Path(folder, f"{name}.png"))
            at = index % 2 * (WIDTH + GAP), index // 2 * (HEIGHT + GAP)
            picture.blit(pygame.transform.smoothscale(shot, (WIDTH, HEIGHT)), at)
    pygame.image.save(picture, FILE)
    print(f"The picture is {FILE}")


if __name__ == "__main__":
    main()
