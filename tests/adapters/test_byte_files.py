"""Loaders where pygame reads only real files, as in a browser."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pygame
import pytest
import vfsloader.pygame
from vfsloader.pygame import byte_files

from vfsloader import ResourceManager, use

_ASSETS = Path(__file__).parents[2] / "demo_game/assets"


@pytest.fixture
def game(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ResourceManager]:
    monkeypatch.setattr(byte_files, "NEEDS_REAL_FILES", True)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def refuse(_data: bytes) -> None:
        raise RuntimeError("can't access resource on platform")

    monkeypatch.setattr("vfsloader.pygame.byte_files.io.BytesIO", refuse)
    pygame.display.init()
    pygame.font.init()
    pygame.mixer.init()
    manager = ResourceManager(_ASSETS, watch=False)
    use(manager)
    yield manager
    manager.close()


def test_pictures_sounds_and_fonts_are_read_from_real_files(game: ResourceManager, tmp_path: Path) -> None:
    assert vfsloader.pygame.load_image("/sprites/heart.png").get_width() > 8
    assert vfsloader.pygame.load_sound(next(iter(game.vfs.glob("/sounds/*.*")))).get_length() > 0.1
    font = vfsloader.pygame.load_font(next(iter(game.vfs.glob("/fonts/*.*"))), 20)
    assert os.listdir(tmp_path) == []
    assert font.render("Moth", True, "white").get_width() > 20  # it reads on


def test_a_file_that_pygame_cannot_read_is_left_nowhere(game: ResourceManager, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        byte_files.read_bytes(lambda path: pygame.image.load(f"{path}-gone"), b"PNG")
    assert os.listdir(tmp_path) == []
