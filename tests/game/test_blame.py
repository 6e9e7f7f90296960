"""Which mods are blamed for an error."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.mods.making import add
from vfsloader import ResourceManager, Store, blame
from vfsloader.game import scripts


def suspects(game: ResourceManager, error: BaseException) -> list[str]:
    return [suspect.mod for suspect in blame(error, game)]


@pytest.fixture
def game(tmp_path: Path) -> ResourceManager:
    base = Store()
    base.write("/items.json", b'{"sword": 3}')
    for mod in ("aa", "bb", "cc"):
        add(tmp_path, mod, {f"{mod}.txt": mod, f"blamed_mods/{mod}.py": "def f():\n    raise KeyError('x')\n"})
    (tmp_path / "bb" / "items.json.merge").write_text('{"sword": null}')
    (tmp_path / "cc" / "items.json.patch").write_text("[}")
    with ResourceManager(base, mods=tmp_path, watch=False) as opened:
        yield opened


def test_the_file_that_was_being_loaded(game: ResourceManager) -> None:
    with pytest.raises(ValueError, match="invalid") as caught:
        game.load("/bb.txt", lambda asset: int(asset.data))
    found = blame(caught.value, game)
    assert (found[0].mod, found[0].path) == ("bb", "/bb.txt")


def test_the_script_that_was_running(game: ResourceManager) -> None:
    with scripts.install(game, "blamed_mods"):
        import blamed_mods.bb  # type: ignore[import-not-found]

        with pytest.raises(KeyError) as caught:
            blamed_mods.bb.f()
    assert suspects(game, caught.value)[0] == "bb"
    wrapped = RuntimeError("the game stopped")
    wrapped.__cause__ = caught.value
    assert suspects(game, ExceptionGroup("several", [wrapped]))[0] == "bb"


def test_the_data_that_was_read_last(game: ResourceManager) -> None:
    with pytest.raises(KeyError) as caught:
        _ = game.read_merged("/items.json")["sword"]
    assert set(suspects(game, caught.value)) == {"bb", "cc"}


def test_what_was_enabled_last_and_nothing_else(game: ResourceManager) -> None:
    error = ZeroDivisionError()
    assert suspects(game, error) == []
    game.mods.disable("aa")
    game.mods.enable("aa")
    assert suspects(game, error) == ["aa"]


def test_an_error_before_there_is_a_game(monkeypatch: pytest.MonkeyPatch) -> None:
    """A handler of crashes also gets what ``init`` raises, and must not lose it to an error of its own."""
    monkeypatch.setattr(sys.modules["vfsloader.game.current"], "_current", None)
    assert blame(FileNotFoundError("assets")) == []
