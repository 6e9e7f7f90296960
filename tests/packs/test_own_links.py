"""Packing follows the links in a game's own folder wherever they lead, and those of a mod nowhere outside."""

from __future__ import annotations

from pathlib import Path

import pytest

import vfsloader
from vfsloader import open_layer
from vfsloader.errors import UnsafeArchiveError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with links to a file and to a folder beside it, and to itself."""
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / "letters.ttf").write_bytes(b"letters")
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "own.txt").write_bytes(b"own")
    (tmp_path / "assets" / "linked.ttf").symlink_to("../fonts/letters.ttf")
    (tmp_path / "assets" / "fonts").symlink_to(tmp_path / "fonts", target_is_directory=True)
    return tmp_path / "assets"


def test_links_in_the_games_own_folder_are_packed(folder: Path, tmp_path: Path) -> None:
    report = vfsloader.packs.build(folder, tmp_path / "game.pack")
    assert report.files == 3
    with open_layer(tmp_path / "game.pack") as pack:
        for path in ("/linked.ttf", "/fonts/letters.ttf"):
            entry = pack.find(path)
            assert entry is not None
            assert pack.read(entry) == b"letters"


def test_a_link_that_leads_nowhere_is_not_lost_silently(folder: Path, tmp_path: Path) -> None:
    (folder / "gone.txt").symlink_to("nowhere")
    with pytest.raises(UnsafeArchiveError, match=r"gone\.txt"):
        vfsloader.packs.build(folder, tmp_path / "game.pack")


def test_a_link_to_the_folder_above_ends(folder: Path, tmp_path: Path) -> None:
    (folder / "up").symlink_to("..", target_is_directory=True)
    try:
        report = vfsloader.packs.build(folder, tmp_path / "game.pack")
    except UnsafeArchiveError as error:
        assert "up" in str(error)
    else:
        assert report.files < 100


def test_links_that_lead_out_of_a_mod_are_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "mod.toml").write_text('id = "mod"\nname = "M"\nversion = "1"\n')
    with pytest.raises(UnsafeArchiveError, match=r"linked\.ttf"):
        vfsloader.packs.build(folder, tmp_path / "mod.pack")


def test_links_of_a_mod_inside_of_a_folder_are_refused(folder: Path, tmp_path: Path) -> None:
    mod = folder / "mods" / "mod"
    mod.mkdir(parents=True)
    (mod / "mod.toml").write_text('id = "mod"\nname = "M"\nversion = "1"\n')
    (mod / "away").symlink_to(tmp_path / "fonts", target_is_directory=True)
    with pytest.raises(UnsafeArchiveError, match="away"):
        vfsloader.packs.build(folder, tmp_path / "game.pack")
