"""The icons of mods, which are untrusted files."""

from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pygame
import pytest
from vfsloader.pygame import ModMenu, Skin
from vfsloader.pygame.menu.icons import load_icon

import vfsloader
from vfsloader.errors import BudgetError
from vfsloader.mods.metadata.mod import Mod

HUGE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 60_000, 60_000) + b"\x08\x06\0\0\0" + b"\0" * 64


def add(folder: Path, icon: bytes | None, name: str = "icon.png", **more: object) -> None:
    folder.mkdir(parents=True)
    data = {"id": folder.name, "name": folder.name, "version": "1", "icon": name, **more}
    (folder / "mod.json").write_text(json.dumps(data))
    if icon is not None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(icon)


def icon_of(mod: Mod, pixels: int) -> pygame.Surface | None:
    return load_icon(mod.manifest.icon, mod.read_icon, pixels)


def png(colour: str) -> bytes:
    import io

    file = io.BytesIO()
    picture = pygame.Surface((20, 10))
    picture.fill(colour)
    pygame.image.save(picture, file, "x.png")
    return file.getvalue()


def test_an_icon_fits_its_square_and_is_not_a_file_of_the_game(tmp_path: Path, screen: object) -> None:
    add(tmp_path / "mods" / "winter", png("red"), files={"root": "assets"})
    (tmp_path / "mods" / "winter" / "assets").mkdir()
    add(tmp_path / "mods" / "plain", png("red"))
    add(tmp_path / "mods" / "sprite", png("red"), "sprites/hero.png")
    with vfsloader.init("memory:", mods=tmp_path / "mods", watch=False) as game:
        icon = icon_of(game.mods["winter"], 40)
        assert icon is not None
        assert icon.get_size() == (40, 40)
        assert icon.get_bounding_rect() == (0, 10, 40, 20)
        assert icon_of(game.mods["plain"], 40) is not None
        assert not game.vfs.exists("/icon.png")
        assert game.vfs.exists("/sprites/hero.png")


def test_an_icon_in_a_zip_with_a_wrapping_folder(tmp_path: Path, screen: object) -> None:
    (tmp_path / "mods").mkdir()
    with zipfile.ZipFile(tmp_path / "mods" / "winter.zip", "w") as archive:
        archive.writestr("winter-1/mod.json", '{"id": "winter", "name": "W", "version": "1", "icon": "icon.png"}')
        archive.writestr("winter-1/icon.png", png("red"))
    with vfsloader.init("memory:", mods=tmp_path / "mods", watch=False) as game:
        assert icon_of(game.mods["winter"], 8) is not None


@pytest.mark.parametrize("icon", [None, b"", b"no picture", HUGE, b"GIF89a" + b"\xff" * 40, b"\0" * (5 << 20)])
def test_a_hostile_icon_is_only_missing(
    icon: bytes | None, tmp_path: Path, screen: pygame.Surface, wait_for: Callable[..., object]
) -> None:
    add(tmp_path / "mods" / "winter", icon)
    with vfsloader.init("memory:", mods=tmp_path / "mods", watch=False) as game:
        assert icon_of(game.mods["winter"], 40) is None
        menu = ModMenu(skin=Skin(language="en"))
        menu.is_open = True
        menu.draw(screen)

        def is_there() -> bool:
            menu.draw(screen)
            return not menu._session.icons.is_loading

        wait_for(is_there, "the icon")
        menu.draw(screen)
        assert "W" in [text.text for text in menu._session.painter.shown if text.part == "tile"]
        assert menu.message == ""


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    add(tmp_path / "mods" / "winter", b"\0" * 100)
    with vfsloader.init("memory:", mods=tmp_path / "mods", watch=False) as game:
        with pytest.raises(BudgetError, match=r"icon\.png"):
            game.mods["winter"].read_icon(most=99)
        assert game.mods["winter"].read_icon(most=100) == b"\0" * 100


@pytest.mark.parametrize("icon", ["../icon.png", 3, "a" * 600])
def test_a_wrong_icon_is_named(icon: object, tmp_path: Path) -> None:
    (tmp_path / "mods" / "winter").mkdir(parents=True)
    data = {"id": "winter", "name": "W", "version": "1", "icon": icon}
    (tmp_path / "mods" / "winter" / "mod.json").write_text(json.dumps(data))
    with vfsloader.init("memory:", mods=tmp_path / "mods", watch=False) as game:
        assert ["icon" in problem.why for problem in game.mods.problems] == [True]
