"""``python -m demo_game``: play Moonmoth, or with ``--headless`` take a tour of it without a window."""

from __future__ import annotations

import os

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
import pygame

import vfsloader
from demo_game.game import Game
from demo_game.showcase.tour import parse_arguments, show


def main() -> None:
    """Play in a window, or take the tour without one."""
    options = parse_arguments()
    if options.headless:
        os.environ.update(SDL_VIDEODRIVER="dummy", SDL_AUDIODRIVER="dummy")
    pygame.display.init()
    pygame.font.init()
    try:
        pygame.mixer.init(buffer=512)
    except pygame.error as error:
        print(f"No sound: no audio device could be opened ({error}).")
        os.environ["SDL_AUDIODRIVER"] = "dummy"
        pygame.mixer.init()
    if options.headless:
        show(options.game, options.screenshots)
        return
    with vfsloader.ResourceManager.from_config(options.game) as manager:
        vfsloader.use(manager)
        for problem in manager.mods.problems:
            print(problem)
        game, clock = Game(), pygame.time.Clock()
        game.mod_menu.is_open = manager.safe_start is not None  # it asks what to do about mods that broke the start
        game.frame(0)
        manager.ready()
        while game.running:
            game.frame(min(clock.tick(60) / 1000, 0.05))


if __name__ == "__main__":
    main()
