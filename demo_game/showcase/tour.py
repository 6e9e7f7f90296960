"""A tour of ten seconds without a player: it toggles mods, edits a file, and takes a screenshot of every step."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pygame

import vfsloader
from demo_game.game import Game
from demo_game.showcase.pilot import autopilot

GAME = Path(__file__).parents[1]
FRAME = 1 / 60
SECONDS = 10.0


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m demo_game", description="Moonmoth, a moddable game.")
    parser.add_argument("--headless", action="store_true", help="take a tour without opening a window")
    parser.add_argument("--game", type=Path, default=GAME, help="the folder with game.toml (default: Moonmoth's own)")
    parser.add_argument("--screenshots", type=Path, default=Path("screenshots"), help="the folder for screenshots")
    options = parser.parse_args()
    options.headless = options.headless or not has_display()
    return options


def has_display() -> bool:
    """Return whether a window can be opened, which on Windows and macOS is always so."""
    if sys.platform in ("win32", "darwin") or "SDL_VIDEODRIVER" in os.environ:
        return os.environ.get("SDL_VIDEODRIVER") not in ("dummy", "offscreen")
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def show(game_folder: Path, screenshots: Path) -> None:
    """Run the tour and print where its screenshots are."""
    print(f"There is no display, so Moonmoth plays by itself for {SECONDS:.0f} seconds.", flush=True)
    pictures = run_tour(game_folder, screenshots)
    print(f"{len(pictures)} screenshots are in {screenshots.absolute()}")


def run_tour(game_folder: Path, screenshots: Path) -> list[Path]:
    """Play the tour on a copy of the game, so that the player's files do not change; return the screenshots."""
    screenshots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="moonmoth-") as scratch:
        folder = Path(scratch, "game")
        ignored = shutil.ignore_patterns("mods.json", "save.db*", "*.py", "__pycache__")
        shutil.copytree(game_folder, folder, ignore=ignored)
        if not (folder / "mods").exists():  # the game is one file: its mods are beside it
            shutil.copytree(vfsloader.app_path("mods"), folder / "mods", ignore=ignored)
        with vfsloader.ResourceManager.from_config(folder) as manager:
            vfsloader.use(manager)
            return list(_play(folder, screenshots))


def _play(folder: Path, screenshots: Path) -> Iterator[Path]:
    game = Game(pilot=autopilot)
    game.world.chance.seed(3)
    steps: list[tuple[float, str, Callable[[], None]]] = [
        (0.8, "1-title", lambda: None),
        (1.0, "", lambda: press(pygame.K_RETURN)),
        (3.4, "2-play", lambda: press(pygame.K_m)),
        (3.8, "3-mods", lambda: toggle(game, "winter")),
        (4.2, "4-winter-on", lambda: press(pygame.K_m)),
        (5.4, "5-winter", lambda: toggle(game, "dusk", "chip-tunes", "hollow")),
        (5.6, "", lambda: move_last(game, "dusk")),
        (7.0, "6-dusk-wins", lambda: game.start("4", score=game.world.score)),
        (8.6, "7-level-of-a-pack", lambda: edit(folder / "assets" / "sprites" / "hunter.png")),
        (9.9, "8-file-edited", lambda: None),
    ]
    clock = pygame.time.Clock()
    played = 0.0
    for until, name, act in steps:
        while played < until:
            game.frame(FRAME)
            clock.tick(60)
            played += FRAME
        if name:
            file = screenshots / f"{name}.png"
            pygame.image.save(game.screen, file)
            yield file
        act()


def press(key: int) -> None:
    """Press a key."""
    pygame.event.post(pygame.Event(pygame.KEYDOWN, key=key, mod=0))


def toggle(game: Game, *mods: str) -> None:
    """Switch mods on or off, as the mod screen does."""
    for mod in mods:
        game.mod_menu.choose(mod)
        game.mod_menu.toggle()


def move_last(game: Game, mod: str) -> None:
    """Move a mod to the end of the load order, where it wins over all others."""
    game.mod_menu.choose(mod)
    for _ in vfsloader.current().mods.available:
        game.mod_menu.move(+1)


def edit(file: Path) -> None:
    """Paint over a picture in the folder, as an artist with a paint program would."""
    picture = pygame.image.load(file)
    picture.fill((80, 255, 120, 0), special_flags=pygame.BLEND_RGBA_ADD)
    pygame.image.save(picture, file)
