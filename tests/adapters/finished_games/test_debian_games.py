"""Finished games of Debian, adopted unchanged: without mods they show the same pixels, and mods can be toggled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.adapters.finished_games.debian import GAMES, Game, Player, Run, unpack
from tests.adapters.finished_games.painted import (
    GREEN,
    green,
    larger,
    mirrored,
    paint,
    smaller,
    write_folder,
    write_pack,
    write_zip,
)

pytestmark = pytest.mark.debian
FRAMES = (1, 60, 119, 600)
#: Games whose first screens show enough pictures. lightyears draws its menu once (``update_required``), and angrydd
#: (``RenderUpdates``) and pathological (``dirty_rects``) draw only what moves: a change, on or off, is seen where they
#: draw again. ardentryst and krank load for long, and singularity's menu has no picture.
TOGGLED = ("funnyboat", "seahorse", "whichwayisup")
EACH_GAME = pytest.mark.parametrize("game", GAMES, ids=[game.name for game in GAMES])
DRAWING_ALWAYS = [game for game in GAMES if game.name in TOGGLED]


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.getbasetemp()
    return unpack((base if base.name.startswith("pytest-") else base.parent) / "debian-games")


@pytest.fixture
def player(game: Game, unpacked: Path, tmp_path: Path) -> Player:
    return Player(game, unpacked, tmp_path)


@EACH_GAME
def test_without_mods_an_adopted_game_shows_the_same_pixels(player: Player) -> None:
    plain, adopted = (player.play([["run", 600], ["end"]], adopted=adopted) for adopted in (False, True))
    assert [adopted.crcs[frame - 1] for frame in FRAMES] == [plain.crcs[frame - 1] for frame in FRAMES]
    assert len(set(plain.crcs)) > 1 or player.game.name == "singularity"  # whose menu stands still


@pytest.mark.parametrize("game", DRAWING_ALWAYS, ids=[game.name for game in DRAWING_ALWAYS])
def test_a_mod_is_toggled_in_a_running_game(player: Player) -> None:
    home, assets = player.home, player.game.assets
    write_zip(player.mods, "green", paint(home, assets, green))
    plain = player.play([["run", 700], ["end"]], adopted=False, green=True)
    modded = player.play([["run", 700], ["end"]], adopted=True, green=True)
    assert max(plain.greens) < 0.02
    write_pack(player.mods, "packed", player.folder, paint(home, assets, green))
    edited = write_folder(player.mods, "edited", paint(home, assets, mirrored))
    for name, how in (("larger", larger), ("smaller", smaller)):
        write_folder(player.mods, name, paint(home, assets, how))
    player.enable("green")
    live = player.play(
        [
            ["run", 100], ["mark"],
            ["disable", "green"], ["run", 40], ["mark"],
            ["enable", "green"], ["run", 40], ["mark"],
            ["disable", "green"], ["enable", "packed"], ["run", 40], ["mark"],
            ["disable", "packed"], ["run", 40], ["mark"],
            ["end"],
        ],
        adopted=True,
        green=True,
    )  # fmt: skip
    for index, is_on in enumerate((True, False, True, True, False)):
        check(live, index, plain, modded, is_on=is_on)
    player.enable()
    sizes = player.play(
        [
            ["run", 60],
            ["enable", "larger"], ["run", 20], ["enable", "smaller"], ["run", 20],
            ["disable", "smaller"], ["disable", "larger"], ["run", 40], ["mark"],
            ["enable", "edited"], ["run", 20],
            ["write", _edits(player, edited)],
            ["mark"], ["end"],
        ],
        adopted=True,
        green=True,
    )  # fmt: skip
    assert sizes.whole[0] <= plain.greens[sizes.marks[0] - 1] + 0.002
    assert sizes.whole[1] > 0.001, "the edited picture is seen"


@pytest.mark.parametrize("game", [game for game in GAMES if game.name == "seahorse"], ids=["seahorse"])
def test_a_real_window_shows_a_mod_that_is_toggled(player: Player, xvfb: str) -> None:
    write_zip(player.mods, "green", paint(player.home, player.game.assets, green))
    player.enable()
    shots = [str(player.folder / f"{name}.png") for name in ("before", "on", "off")]
    actions: list[Any] = [["run", 100], ["shoot", shots[0]]]
    for toggle, shot in (("enable", shots[1]), ("disable", shots[2])):
        actions += [[toggle, "green"], ["run", 40], ["mark"], ["shoot", shot]]
    run = player.play([*actions, ["end"]], adopted=True, green=True, display=xvfb)
    shares = []
    for shot in shots:
        with Image.open(shot) as picture:
            colours = picture.convert("RGB").getcolors(1 << 24) or []
            shares.append(sum(count for count, colour in colours if colour == GREEN) / (picture.width * picture.height))
    assert run.whole[0] > 0.1
    assert shares[1] > 0.05 > 0.001 > max(shares[0], shares[2])


def _edits(player: Player, edited: Path) -> list[tuple[str, str]]:
    """Return each picture of a mod with the green one that takes its place."""
    painted = write_folder(player.folder, "paints", paint(player.home, player.game.assets, green))
    pictures = [file.relative_to(painted) for file in painted.rglob("*") if file.is_file() and file.name != "mod.toml"]
    return [(str(edited / picture), str(painted / picture)) for picture in pictures]


def check(live: Run, index: int, plain: Run, modded: Run, *, is_on: bool) -> None:
    """Compare the screen at a mark with that of a game which had the mod from its start, or which never had it."""
    frame, share = live.marks[index], live.whole[index]
    if is_on:
        assert share >= 0.95 * modded.greens[frame - 1], f"mark {index}"
        assert modded.greens[frame - 1] > 0.01, f"mark {index}"
    else:
        assert share <= plain.greens[frame - 1] + 0.002, f"mark {index}"
        assert live.crcs[frame - 1] == plain.crcs[frame - 1], f"mark {index}"
