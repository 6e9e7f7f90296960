"""The CC0 pictures and sounds inside the arcade wheel, through a pack below a mod, against pygame itself."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pygame
import pytest
import vfsloader.pygame

import vfsloader
from vfsloader import packs

PICTURES = {".png", ".jpg", ".jpeg", ".gif", ".bmp"}
SOUNDS = {".wav", ".ogg", ".mp3"}


def assets() -> Path:
    spec = importlib.util.find_spec("arcade")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "resources" / "assets"


def files(kinds: set[str]) -> list[Path]:
    return sorted(file for file in assets().rglob("*") if file.suffix.lower() in kinds)


@pytest.fixture(scope="module")
def game(tmp_path_factory: pytest.TempPathFactory) -> Iterator[vfsloader.ResourceManager]:
    folder = tmp_path_factory.mktemp("game")
    packs.build(assets(), folder / "base.pack")
    (folder / "mods" / "a-mod").mkdir(parents=True)
    (folder / "mods" / "a-mod" / "only-mine.txt").write_text("hello")
    pygame.init()
    pygame.display.set_mode((320, 200))
    with vfsloader.init(base=folder / "base.pack", mods=folder / "mods", watch=False) as made:
        yield made
    pygame.quit()


def virtual(file: Path) -> str:
    return "/" + file.relative_to(assets()).as_posix()


def test_every_picture_has_the_loose_files_pixels(game: vfsloader.ResourceManager) -> None:
    pictures = files(PICTURES)
    assert len(pictures) > 700
    for file in pictures:
        loose = pygame.image.load(file)
        packed = vfsloader.pygame.load_image(virtual(file), convert=False)
        assert packed.get_size() == loose.get_size(), file
        assert packed.get_masks() == loose.get_masks(), file
        assert pygame.image.tobytes(packed, "RGBA") == pygame.image.tobytes(loose, "RGBA"), file
        shown = vfsloader.pygame.load_image(virtual(file))
        ready = loose.convert_alpha() if loose.get_masks()[3] or loose.get_colorkey() else loose.convert()
        assert pygame.image.tobytes(shown, "RGBA") == pygame.image.tobytes(ready, "RGBA"), file


def test_every_sound_has_the_loose_files_samples(game: vfsloader.ResourceManager) -> None:
    sounds = files(SOUNDS)
    assert len(sounds) > 55
    for file in sounds:
        assert vfsloader.pygame.load_sound(virtual(file)).get_raw() == pygame.mixer.Sound(file).get_raw(), file


def test_every_other_file_has_its_bytes(game: vfsloader.ResourceManager) -> None:
    for file in sorted(assets().rglob("*")):
        if file.is_file():
            assert game.vfs.read_bytes(virtual(file)) == file.read_bytes(), file
