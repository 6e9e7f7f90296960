"""A game pays for what it uses: what is imported, and when."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "anyio",
    "apsw",
    "backports.zstd",
    "boto3",
    "compression.zstd",
    "cryptography",
    "py7zr",
    "tarfile",
    "trio",
    "urllib3",
    "vfsloader.collections",
    "vfsloader.compat",
    "vfsloader.packs",
    "vfsloader.remote",
    "vfsloader.store.sqlite",
    "watchfiles",
    "zipfile",
)


def loaded(program: str, folder: Path) -> set[str]:
    """The modules that a program has imported at its end."""
    command = [sys.executable, "-c", f"{program}\nimport sys; print(*sys.modules)"]
    result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
    return set(result.stdout.split())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "items.json").write_text("{}")
    (tmp_path / "mods" / "winter").mkdir(parents=True)
    (tmp_path / "mods" / "winter" / "mod.toml").write_text('id = "winter"\nname = "Winter"\nversion = "1.0"\n')
    return tmp_path


def test_importing_the_package_imports_almost_nothing(folder: Path) -> None:
    modules = loaded("import vfsloader", folder)
    ours = {name for name in modules if name.split(".")[0] == "vfsloader"}
    assert len(ours) <= 60
    assert not modules & set(HEAVY)


def test_a_game_of_folders_needs_no_database_no_archives_and_no_network(folder: Path) -> None:
    modules = loaded(
        "import vfsloader\n"
        "game = vfsloader.init('base', mods='mods', watch=False)\n"
        "assert game.mods.enabled and game.read('/items.json') == b'{}'\n"
        "game.mods.disable('winter'); vfsloader.update(); game.read_merged('/items.json')\n"
        "game.vfs.write_text('/notes.txt', 'hi'); game.close()",
        folder,
    )
    assert not modules & set(HEAVY)


def test_every_public_name_is_there_and_nothing_else_pretends_to_be(folder: Path) -> None:
    loaded(
        "import vfsloader\n"
        "for name in (*vfsloader.__all__, 'MemoryFileSystem', 'AsyncVirtualFileSystem'): getattr(vfsloader, name)\n"
        "assert {*vfsloader.__all__, 'pygame', 'MemoryFileSystem'} <= set(dir(vfsloader))\n"
        "try: vfsloader.ini\n"
        "except AttributeError as error: assert 'ini' in str(error)\n"
        "else: raise AssertionError",
        folder,
    )


def test_a_star_import_needs_no_engine(folder: Path) -> None:
    modules = loaded("from vfsloader import *\nassert VirtualFileSystem and ResourceManager and open_layer", folder)
    assert not modules & {"arcade", "fsspec", "pygame", "pyglet", "anyio"}


def test_pygame_with_pictures_needs_no_numpy_and_no_menu(folder: Path) -> None:
    modules = loaded(
        "import pygame, vfsloader, vfsloader.pygame\n"
        "pygame.image.save(pygame.Surface((2, 2)), 'base/p.png')\n"
        "game = vfsloader.init('base', mods='mods', watch=False)\n"
        "vfsloader.pygame.load_image('/p.png', convert=False); vfsloader.update(); game.close()",
        folder,
    )
    unwanted = {"numpy", "PIL", "multiprocessing", "vfsloader.pygame.adopting", "vfsloader.pygame.mod_menu"}
    assert "vfsloader.pygame.images" in modules
    assert not modules & {*HEAVY, *unwanted}


def test_every_public_name_of_pygame_is_there(folder: Path) -> None:
    loaded(
        "import vfsloader.pygame, vfsloader.adopting.command, vfsloader.pygame.adopting\n"
        "assert callable(vfsloader.pygame.adopt) and {*vfsloader.pygame.__all__} <= {*dir(vfsloader.pygame)}\n"
        "from vfsloader.pygame import *\n"
        "assert ModMenu and load_font is vfsloader.pygame.load_font\n"
        "try: vfsloader.pygame.load_imag\n"
        "except AttributeError as error: assert 'load_imag' in str(error)\n"
        "else: raise AssertionError",
        folder,
    )


def test_a_game_that_is_adopted_imports_little(folder: Path) -> None:
    (folder / "game.py").write_text(
        "import pygame, sys\n"
        "screen = pygame.display.set_mode((8, 8))\n"
        "assert pygame.image.load('base/p.png').get_size() == (2, 2)\n"
        "pygame.display.flip(); print(*sys.modules)\n"
    )
    loaded("import pygame\npygame.image.save(pygame.Surface((2, 2)), 'base/p.png')", folder)
    words = ["adopt", "--assets", "base", "--mods", "mods", "game.py"]
    command = [sys.executable, "-m", "vfsloader.pygame", *words]
    environment = {**os.environ, "SDL_VIDEODRIVER": "dummy", "PYTHONPATH": os.pathsep.join(sys.path)}
    result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder, env=environment)
    unwanted = {
        "argparse", "concurrent.futures", "gettext", "hashlib", "logging", "multiprocessing", "numpy", "PIL", "pywuffs",
        "pygame.gfxdraw", "queue", "subprocess", "vfsloader.assets.edits.apply", "vfsloader.layers.writable_folder",
        "vfsloader.mods.options", "vfsloader.mods.sets.history", "vfsloader.vfs.path",
    }  # fmt: skip
    # pygame itself needs zipfile, to find its icon.
    assert not set(result.stdout.split()) & {*HEAVY, *unwanted} - {"zipfile"}
