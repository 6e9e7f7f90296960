"""Scripts in mods: imported from the layers, reloaded with what imports them, and never by themselves."""

from __future__ import annotations

import importlib
import logging
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from vfsloader import ResourceManager, Store
from vfsloader.game.scripts import Scripts, install


@pytest.fixture
def base() -> Store:
    store = Store(":memory:", name="base")
    for path, source in {
        "/game_mods/lib.py": "SPEED = 1\ndef speed(): return SPEED\n",
        "/game_mods/user.py": "from game_mods.lib import SPEED\nfrom . import lib\nTWICE = SPEED * 2\n",
        "/game_mods/deep/__init__.py": "from .inner import NAME\n",
        "/game_mods/deep/inner.py": "NAME = __name__\n",
        "/game_mods/plain/leaf.py": "from ..lib import speed\n",
        "/game_mods/data.txt": "no script",
    }.items():
        store.write(path, source.encode())
    return store


@pytest.fixture
def mod(tmp_path: Path) -> Path:
    folder = tmp_path / "mods" / "winter" / "game_mods"
    folder.mkdir(parents=True)
    (folder / "lib.py").write_text("SPEED = 5\ndef speed(): return SPEED\n")
    (folder / "cold.py").write_text("COLD = True\n")
    return folder


@pytest.fixture
def game(base: Store, mod: Path, tmp_path: Path) -> Iterator[ResourceManager]:
    with ResourceManager(base, mods=tmp_path / "mods", watch=False) as manager:
        manager.mods.disable("winter")
        manager.update()
        yield manager


@pytest.fixture
def scripts(game: ResourceManager) -> Iterator[Scripts]:
    with install(game) as installed:
        yield installed
    assert not [name for name in sys.modules if name.startswith("game_mods")]


def get(name: str) -> object:
    return importlib.import_module(f"game_mods.{name}")


def test_nothing_is_imported_unless_the_game_asks(game: ResourceManager) -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("game_mods.lib")
    with install(game):
        assert get("lib").speed() == 1
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("game_mods.lib")


def test_modules_packages_and_folders(scripts: Scripts) -> None:
    assert get("user").TWICE == 2
    assert get("deep").NAME == "game_mods.deep.inner"
    assert get("plain.leaf").speed() == 1
    assert scripts.names() == [f"game_mods.{name}" for name in ("deep", "deep.inner", "lib", "plain.leaf", "user")]
    for missing in ("nope", "deep.nope", "data"):
        with pytest.raises(ModuleNotFoundError):
            get(missing)


def test_a_toggle_reloads_what_changed_and_what_imports_it(game: ResourceManager, scripts: Scripts) -> None:
    lib, user, leaf, inner = get("lib"), get("user"), get("plain.leaf"), get("deep.inner")
    reloaded: list[str] = []
    scripts._on_reload = lambda module: reloaded.append(module.__name__)
    game.mods.enable("winter")
    assert lib.speed() == 1
    game.update()
    assert (lib.speed(), user.TWICE, leaf.speed()) == (5, 10, 5)
    assert reloaded == ["game_mods.lib", "game_mods.plain.leaf", "game_mods.user"]
    assert get("deep.inner") is inner
    assert get("cold").COLD
    assert "game_mods.cold" in scripts.names()
    assert scripts.names()[-1] == "game_mods.lib"
    game.mods.disable("winter")
    game.update()
    assert (lib.speed(), user.TWICE) == (1, 2)
    assert "game_mods.cold" not in sys.modules
    with pytest.raises(ModuleNotFoundError):
        get("cold")


def test_a_module_that_was_missed_can_come(base: Store, game: ResourceManager, scripts: Scripts) -> None:
    with pytest.raises(ModuleNotFoundError):
        get("late")
    base.write("/game_mods/late.py", b"X = 1")
    game.update()
    assert get("late").X == 1


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("def (", "is not valid Python"),
        ("SPEED = 9\n1/0", "division by zero"),
        ("\0", "is not valid Python"),
        ("import no_such", "no_such"),
    ],
)
def test_a_script_that_breaks_leaves_the_module_as_it_was(
    source: str, reason: str, base: Store, game: ResourceManager, scripts: Scripts, caplog: pytest.LogCaptureFixture
) -> None:
    lib, user = get("lib"), get("user")
    with caplog.at_level(logging.CRITICAL, logger="vfsloader.scripts"):
        base.write("/game_mods/lib.py", source.encode())
        game.update()
    assert (lib.speed(), lib.SPEED, user.TWICE) == (1, 1, 2)
    assert reason in str(scripts.failures["game_mods.lib"])
    base.write("/game_mods/lib.py", b"SPEED = 3\ndef speed(): return SPEED\n")
    game.update()
    assert (lib.speed(), user.TWICE, scripts.failures) == (3, 6, {})


def test_a_first_import_that_fails_raises_and_can_be_mended(
    base: Store, game: ResourceManager, scripts: Scripts
) -> None:
    base.write("/game_mods/bad.py", b"def (")
    with pytest.raises(ImportError, match=r"/game_mods/bad\.py in base is not valid Python"):
        get("bad")
    base.write("/game_mods/bad.py", b"OK = True")
    game.update()
    assert get("bad").OK


def test_a_traceback_shows_the_line_and_its_layer(base: Store, scripts: Scripts) -> None:
    base.write("/game_mods/oops.py", b"def fail():\n    raise RuntimeError('oops')\n")
    try:
        get("oops").fail()
    except RuntimeError:
        text = traceback.format_exc()
    assert 'File "base:/game_mods/oops.py", line 2' in text
    assert "raise RuntimeError('oops')" in text


def test_names_that_are_taken_or_none(game: ResourceManager) -> None:
    for wrong in ("json", "not a name", "a.b"):
        with pytest.raises(ValueError, match="name"):
            install(game, wrong)


def test_another_folder_and_name(base: Store, game: ResourceManager) -> None:
    base.write("/code/x.py", b"X = 1")
    with install(game, "my_scripts", "/code") as scripts:
        assert scripts.names() == ["my_scripts.x"]
        assert importlib.import_module("my_scripts.x").X == 1
