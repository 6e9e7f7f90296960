"""A menu over mods of all kinds: with and without icons, broken, in many scripts."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pygame
import pytest
from vfsloader.pygame import ModMenu, Skin

import vfsloader

NAMES = ("Winter", "Über", "雪の国", "Тихий лес", "שלום עולם", "عالم الشتاء", "Neon 🎉", "x" * 150, "Owls", "Rain")


def icon(colour: str, side: int = 64) -> bytes:
    file = io.BytesIO()
    picture = pygame.Surface((side, side))
    picture.fill(colour)
    pygame.image.save(picture, file, "icon.png")
    return file.getvalue()


def make_mods(folder: Path, count: int) -> None:
    folder.mkdir(exist_ok=True)
    for number in range(count):
        mod = folder / f"mod-{number:04}"
        mod.mkdir()
        name = NAMES[number % len(NAMES)]
        data: dict[str, object] = {"id": mod.name, "name": name, "version": "1", "description": f"About {name}. " * 9}
        if number % 3 == 0:
            data["icon"] = "icon.png"
            (mod / "icon.png").write_bytes(icon("#3070c0"))
        if number % 7 == 6:
            data["requires"] = {"gone": "*"}
            data["description"] = "A long text. " * 60
        (mod / "mod.json").write_text(json.dumps(data))
        (mod / "a.txt").write_text(f"{number % 3}")
    if count:
        (folder / "broken").mkdir()
        (folder / "broken" / "mod.toml").write_text("no manifest")


@pytest.fixture
def make_menu(tmp_path: Path, screen: object) -> Iterator[Callable[..., ModMenu]]:
    """Make an open menu of so many mods."""
    games = []

    def make(count: int, language: str = "en") -> ModMenu:
        folder = tmp_path / f"mods{count}"
        if not folder.exists():
            make_mods(folder, count)
        games.append(vfsloader.init("memory:", mods=folder, watch=False))
        menu = ModMenu(skin=Skin(language=language))
        menu.is_open = True
        return menu

    yield make
    for game in games:
        game.close()


@pytest.fixture
def settle(wait_for: Callable[..., object]) -> Callable[[ModMenu, pygame.Surface], None]:
    """Draw until all icons and conflicts are there."""

    def draw(menu: ModMenu, screen: pygame.Surface) -> None:
        def is_settled() -> bool:
            menu.draw(screen)
            return not menu._session.icons.is_loading and not menu._session.overview.is_comparing

        wait_for(is_settled, "icons and conflicts")
        menu.draw(screen)

    return draw
