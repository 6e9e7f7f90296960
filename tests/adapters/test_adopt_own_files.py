"""An adopted game's own files are left to pygame while no mod changes them, and follow when one does."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pygame
import pytest
from vfsloader.pygame import Adopted, adopt, images, sounds
from vfsloader.pygame.fonts import FONTS

from tests.adapters.pygame_files import BLUE, FONT, GREEN, RED, pixels, png, wav
from tests.adapters.test_adopt import OTHER_FONT

Write = Callable[[str, bytes], None]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file of which the times are some time ago, as those of an installed game are."""
    count = iter(range(1000))

    def write(name: str, data: bytes) -> None:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        changed = time.time_ns() - 10**12 + next(count) * 10**9 + 1
        os.utime(file, ns=(changed, changed))

    return write


@pytest.fixture
def adopted(tmp_path: Path, write: Write, screen: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Adopted]:
    write("res/p.png", png(RED))
    write("res/s.wav", wav(1, 100))
    write("res/f.ttf", FONT)
    write("mods/blue/mod.toml", b'id = "blue"\nname = "B"\nversion = "1"\n')
    write("mods/blue/p.png", png(BLUE, (4, 4)))
    write("mods/blue/s.wav", wav(2, 200))
    write("mods/blue/f.ttf", OTHER_FONT)
    write("mods/edit/mod.toml", b'id = "edit"\nname = "E"\nversion = "1"\n')
    write("mods/edit/p.png.edit", b'[[edit]]\nfrom = "dot.png"\nmode = "replace"\n')
    write("mods/edit/dot.png", png(GREEN, (1, 1)))
    monkeypatch.chdir(tmp_path)
    with adopt("res", mods="mods", watch=False) as adopted:
        for mod in ("blue", "edit"):
            adopted.manager.mods.disable(mod)
        adopted.manager.update()
        yield adopted


def refuse(*args: object, **options: object) -> None:
    raise AssertionError("the game's own file is decoded by us")


def test_pygame_reads_them_and_they_follow(adopted: Adopted, monkeypatch: pytest.MonkeyPatch) -> None:
    mixer = pygame.mixer.get_init()
    assert mixer is not None
    with monkeypatch.context() as patch:
        patch.setattr(images.ImageLoader, "decode", refuse)
        patch.setattr(sounds.SoundLoader, "decode", refuse)
        patch.setattr(type(FONTS), "decode", refuse)
        picture = pygame.image.load("res/p.png")
        half = pygame.transform.scale(picture, (4, 3))
        sound = pygame.mixer.Sound("res/s.wav")
        font = pygame.font.Font("res/f.ttf", 20)
    red, samples, width = pixels(picture), sound.get_raw(), font.size("Moth")
    assert picture.get_at((0, 0)) == RED
    for _ in range(2):
        adopted.manager.mods.enable("blue")
        adopted.manager.update()
        assert picture.get_size() == (4, 4)
        assert (picture.get_at((0, 0)), half.get_at((0, 0))) == (BLUE, BLUE)
        assert len(sound.get_raw()) == 2 * len(samples)
        assert font.size("Moth") != width
        adopted.manager.mods.disable("blue")
        adopted.manager.update()
        assert (pixels(picture), half.get_at((0, 0))) == (red, RED)
        assert (sound.get_raw(), font.size("Moth")) == (samples, width)


def test_edits_and_options_beside_them_count(adopted: Adopted, write: Write) -> None:
    picture = pygame.image.load("res/p.png")
    adopted.manager.mods.enable("edit")
    adopted.manager.update()
    assert (picture.get_at((0, 0)), picture.get_at((1, 0))) == (GREEN, RED)
    edited = pygame.image.load("res/p.png")
    assert (edited.get_at((0, 0)), edited.get_at((1, 0))) == (GREEN, RED)
    adopted.manager.mods.disable("edit")
    adopted.manager.update()
    assert (picture.get_at((0, 0)), edited.get_at((0, 0))) == (RED, RED)
    write("res/p.png.meta", b"scale = 2\n")
    adopted.manager.vfs.union.mounts[-1].layer.refresh()
    adopted.manager.update()
    assert pygame.image.load("res/p.png").get_size() == (16, 12)


def test_a_file_that_changes_between_two_loads_changes_what_was_loaded_first(adopted: Adopted, write: Write) -> None:
    first = pygame.image.load("res/p.png")
    write("res/p.png", png(GREEN))
    second = pygame.image.load("res/p.png")
    assert (first.get_at((0, 0)), second.get_at((0, 0))) == (RED, GREEN)
    adopted.manager.vfs.union.mounts[-1].layer.refresh()
    adopted.manager.update()
    assert (first.get_at((0, 0)), second.get_at((0, 0))) == (GREEN, GREEN)


def test_a_file_that_cannot_be_loaded_raises_what_pygame_raises(adopted: Adopted, write: Write, tmp_path: Path) -> None:
    write("res/bad.png", b"not a picture")
    write("outside.png", b"not a picture")
    errors = []
    for name in ("res/bad.png", "outside.png"):
        with pytest.raises(pygame.error) as caught:
            pygame.image.load(name)
        errors.append(str(caught.value))
    assert errors[0] == errors[1]
    assert "pygame.image.load of" not in adopted.report()


def test_the_report_counts_them(adopted: Adopted) -> None:
    for _ in range(3):
        pygame.image.load("res/p.png")
    assert "3 pygame.image.load" in adopted.report()
