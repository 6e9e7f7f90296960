"""Mods that do not fit a finished game, and games that do what few do: the game goes on, and all comes back."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pygame
import pytest
from PIL import Image
from vfsloader.pygame import Adopted, adopt

from tests.adapters.adopted_game import run_python
from tests.adapters.pygame_files import BLUE, GREEN, RED, pixels, png, strip

MANIFEST = 'id = "{0}"\nname = "{0}"\nversion = "1"\n{1}'


def animation(*colours: tuple[int, ...]) -> bytes:
    """A GIF of several frames."""
    frames = [Image.new("RGB", (8, 6), colour[:3]) for colour in colours]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=40, loop=0)
    return out.getvalue()


def depths() -> dict[str, bytes]:
    """A blue picture in every kind of pixel a file can have."""
    kinds = {}
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        out = io.BytesIO()
        picture = Image.new("RGBA", (8, 6), BLUE)
        if mode == "I;16":
            Image.new(mode, (8, 6), 30_000).save(out, "PNG")
        else:
            picture.convert("L" if mode == "I;16" else mode).save(out, "PNG")
        kinds[mode] = out.getvalue()
    return kinds


DEPTHS = depths()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, screen: object) -> Path:
    (tmp_path / "res").mkdir()
    (tmp_path / "mods").mkdir()
    (tmp_path / "res" / "p.png").write_bytes(png(RED))
    (tmp_path / "res" / "still.gif").write_bytes(animation(RED))
    (tmp_path / "res" / "sheet.png").write_bytes(strip(RED, GREEN, RED, GREEN))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_mod(folder: Path, mod: str, files: dict[str, bytes], more: str = "") -> None:
    with zipfile.ZipFile(folder / "mods" / f"{mod}.zip", "w") as out:
        out.writestr("mod.toml", MANIFEST.format(mod, more))
        for path, data in files.items():
            out.writestr(path, data)


@pytest.fixture
def adopted(folder: Path) -> Iterator[Adopted]:
    """A game whose mods are all off."""
    write_mod(folder, "small", {"sheet.png": strip(BLUE, size=2)})
    write_mod(folder, "moving", {"still.gif": animation(BLUE, GREEN), "p.png": animation(BLUE, GREEN)})
    write_mod(folder, "without", {}, '[files]\nremove = ["/p.png", "/sheet.png"]\n')
    for index, data in enumerate(DEPTHS.values()):
        write_mod(folder, f"depth{index}", {"p.png": data})
    with adopt("res", "mods", watch=False) as adopted:
        for mod in list(adopted.manager.mods.enabled):
            adopted.manager.mods.disable(mod.id)
        adopted.manager.update()
        yield adopted


def toggle(adopted: Adopted, mod: str, *, on: bool = True) -> None:
    (adopted.manager.mods.enable if on else adopted.manager.mods.disable)(mod)
    adopted.manager.update()


def test_a_sheet_smaller_than_its_parts(adopted: Adopted) -> None:
    parts = [pygame.image.load("res/sheet.png").subsurface((x, 0, 4, 4)).convert_alpha() for x in (0, 4, 8, 12)]
    larger = pygame.transform.scale(parts[3], (16, 16))
    before = [pixels(part) for part in (*parts, larger)]
    toggle(adopted, "small")
    assert parts[0].get_at((0, 0)) == BLUE
    assert [part.get_size() for part in parts] == [(4, 4)] * 4
    toggle(adopted, "small", on=False)
    assert [pixels(part) for part in (*parts, larger)] == before


def test_a_sheet_that_is_too_small_from_the_start(adopted: Adopted) -> None:
    toggle(adopted, "small")
    sheet = pygame.image.load("res/sheet.png")
    with pytest.raises(ValueError, match="outside surface area"):  # what pygame says
        sheet.subsurface((12, 0, 4, 4))


@pytest.mark.parametrize("index", range(len(DEPTHS)), ids=list(DEPTHS))
def test_a_picture_of_another_depth(adopted: Adopted, folder: Path, index: int) -> None:
    loaded = pygame.image.load("res/p.png")
    made = [loaded.convert(), loaded.convert_alpha(), loaded.copy(), pygame.transform.flip(loaded, True, False)]
    before = [pixels(picture) for picture in (loaded, *made)]
    toggle(adopted, f"depth{index}")
    expected = pygame.image.load(io.BytesIO(list(DEPTHS.values())[index]), "p.png")
    assert pixels(loaded) == pixels(expected)
    assert all(picture.get_at((3, 3))[:3] == expected.get_at((3, 3))[:3] for picture in made)
    toggle(adopted, f"depth{index}", on=False)
    assert [pixels(picture) for picture in (loaded, *made)] == before


@pytest.mark.parametrize("name", ["still.gif", "p.png"])
def test_an_animation_where_a_still_was(adopted: Adopted, name: str) -> None:
    still = pygame.image.load(f"res/{name}")
    copied = still.copy()
    toggle(adopted, "moving")
    assert still.get_at((0, 0))[:3] == copied.get_at((0, 0))[:3] == BLUE[:3]
    assert still.get_size() == (8, 6)
    toggle(adopted, "moving", on=False)
    assert still.get_at((0, 0))[:3] == copied.get_at((0, 0))[:3] == RED[:3]


@pytest.mark.parametrize("how", ["transparent", "opaque", "gray"])
def test_a_gif_of_a_mod_has_the_form_that_pygame_gives_it(adopted: Adopted, folder: Path, how: str) -> None:
    """Games ask whether a picture has an alpha, and set a colour key if not."""
    mode, colour = {"transparent": ("RGBA", (0, 0, 0, 0)), "opaque": ("RGB", (1, 2, 3)), "gray": ("L", 7)}[how]
    picture, out = Image.new(mode, (5, 3), colour), io.BytesIO()
    picture.paste(200 if how == "gray" else (200, 9, 9), (1, 1, 2, 2))
    picture.save(out, "GIF")
    write_mod(folder, "form", {"still.gif": out.getvalue()})
    adopted.manager.mods.rescan()
    toggle(adopted, "form")
    plain, ours = pygame.image.load(io.BytesIO(out.getvalue()), "x.gif"), pygame.image.load("res/still.gif")
    assert ours.get_size() == (5, 3)
    for method in ("get_bitsize", "get_masks", "get_colorkey", "get_alpha", "get_palette"):
        assert getattr(ours, method)() == getattr(plain, method)(), method
    assert pixels(ours) == pixels(plain)


def test_a_picture_that_is_removed_stays_where_it_is_shown(adopted: Adopted) -> None:
    picture = pygame.image.load("res/p.png")
    part = pygame.image.load("res/sheet.png").subsurface((4, 0, 4, 4)).copy()
    toggle(adopted, "without")
    assert picture.get_at((0, 0)) == RED
    assert part.get_at((0, 0)) == GREEN
    with pytest.raises(FileNotFoundError):
        pygame.image.load("res/p.png")
    toggle(adopted, "without", on=False)
    assert pygame.image.load("res/p.png").get_at((0, 0)) == RED


def test_a_game_that_loads_in_threads(adopted: Adopted) -> None:
    """Threads load and copy while the game's own thread toggles; afterwards all show the same."""
    kept: list[pygame.Surface] = []
    errors: list[BaseException] = []
    go_on = threading.Barrier(5)

    def load() -> None:
        try:
            go_on.wait(60)
            for _ in range(60):
                picture = pygame.image.load("res/p.png")
                kept.extend((picture, picture.copy(), pygame.transform.scale(picture, (4, 4))))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    go_on.wait(60)
    on = False
    while any(thread.is_alive() for thread in threads):
        on = not on
        toggle(adopted, "depth5", on=on)
    assert not errors
    toggle(adopted, "depth5")
    assert {tuple(picture.get_at((1, 1))) for picture in kept} == {BLUE}
    toggle(adopted, "depth5", on=False)
    assert {tuple(picture.get_at((1, 1))) for picture in kept} == {RED}


def test_a_game_that_ends_at_once_while_a_change_is_under_way(folder: Path) -> None:
    write_mod(folder, "blue", {"p.png": png(BLUE)})
    (folder / "main.py").write_text(
        "import os, sys, pygame\n"
        "from vfsloader.game.current import current\n"
        "pygame.display.set_mode((20, 20))\n"
        "pictures = [pygame.image.load('res/p.png') for _ in range(50)]\n"
        "current().mods.disable('blue')\n"
        "pygame.display.flip()\n"
        "print('ending', flush=True)\n"
        "os._exit(7)\n"
    )
    words = ["-m", "vfsloader.pygame", "adopt", "--assets", "res", "--mods", "mods", "main.py"]
    done = run_python(*words, cwd=folder)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (7, "ending"), done.stderr
    again = run_python(*words, cwd=folder)  # what it left behind can be read
    assert again.returncode == 7, again.stderr
