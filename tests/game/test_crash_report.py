"""The report about an error: what it says, and that it names nobody."""

from __future__ import annotations

import getpass
from pathlib import Path

import pytest

from tests.mods.making import add
from vfsloader import ResourceManager, Store


def test_a_report_has_what_is_needed_and_names_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home" / "jane-doe"
    mods = home / "games" / "moonmoth" / "mods"
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setattr(getpass, "getuser", lambda: "jane-doe")
    options = {"snow": {"type": "int", "default": 2}, "hero": {"type": "text", "default": "Jo"}}
    add(mods, "winter", {"level.txt": "cold"}, options=options)
    add(mods, "hud")
    with ResourceManager(Store(), mods=mods, watch=False, game_version="1.2") as game:
        game.mods.set_option("winter", "hero", "Jane Doe")
        game.mods.disable("hud")
        game.update()
        with pytest.raises(ValueError, match="cold") as caught:
            game.load("/level.txt", lambda asset: int(asset.data))
        caught.value.add_note(f"see {mods / 'winter'}, /home/other/x, C:\\Users\\Other\\y and jane-doe")
        file = game.crash_report(caught.value, home / "reports")
        again = game.crash_report(caught.value, home / "reports")
    assert again != file
    text = file.read_text()
    for part in (
        "ValueError: invalid literal for int() with base 10: b'cold'",
        "winter: its /level.txt was being loaded",
        "Traceback (most recent call last):",
        "winter 1 (snow = 2, hero = (a text))",
        "disabled hud",
        "game 1.2",
        "vfsloader ",
        "see <mods>/winter, ~/x, ~\\y and <user>",
    ):
        assert part in text
    for secret in ("jane", "Jane", "other", "Other", str(tmp_path)):
        assert secret not in text


def test_a_report_about_hostile_texts_is_a_text(tmp_path: Path) -> None:
    with ResourceManager(Store(), watch=False) as game:
        file = game.crash_report(RuntimeError("\x1b[31m" + "x" * 10_000_000 + "\ud800"), tmp_path)
    assert "\x1b" not in file.read_text()
    assert file.stat().st_size < 100_000
