"""What a mod's files may cost a running game, where a game changes that, and what players are told."""

from __future__ import annotations

import io
import json
import os
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import vfsloader.pygame

import vfsloader
from tests.adapters.pygame_files import png
from vfsloader import ResourceManager, VirtualFileSystem
from vfsloader.cli.main import main
from vfsloader.errors import BudgetError, ConfigError, DamagedError, ResourceError
from vfsloader.mods.messages import Problem
from vfsloader.mods.metadata.mod_layer import ModLayer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A game with a text, a data file and a picture, and an empty mods folder."""
    (tmp_path / "base").mkdir()
    (tmp_path / "mods").mkdir()
    (tmp_path / "base" / "t.txt").write_text("base")
    (tmp_path / "base" / "d.json").write_text('{"from": "base"}')
    (tmp_path / "base" / "p.png").write_bytes(png((1, 2, 3), (4, 4)))
    return tmp_path


def game_of(folder: Path, **options: object) -> ResourceManager:
    return ResourceManager(folder / "base", mods=folder / "mods", watch=False, **options)  # type: ignore[arg-type]


def add_lying_zip(folder: Path, name: str, content: bytes) -> None:
    """Add a zip whose member, by its headers, is smaller than it is."""
    file = folder / "mods" / "lying.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr(name, content)
    raw = file.read_bytes()
    at = raw.index(b"PK\1\2")
    raw = raw[: at + 24] + struct.pack("<I", len(content) - 1) + raw[at + 28 :]
    file.write_bytes(raw[:22] + struct.pack("<I", len(content) - 1) + raw[26:])


def kinds(game: ResourceManager) -> list[tuple[str, str]]:
    return [(problem.kind, problem.mod) for problem in game.mods.problems]


def the_problem(game: ResourceManager) -> Problem:
    (problem,) = game.mods.problems
    return problem


def open_and_read(vfs: VirtualFileSystem) -> bytes:
    with vfs.open("/t.txt", "rb") as file:
        return file.read()


# --- damaged files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "read",
    [
        lambda game: game.read("/t.txt"),
        lambda game: game.vfs.read_bytes("/t.txt"),
        lambda game: game.vfs.read_text("/t.txt").encode(),
        lambda game: open_and_read(game.vfs),
        lambda game: Path(game.real_path("/t.txt")).read_bytes(),
        lambda game: Path(game.real_folder("/"), "t.txt").read_bytes(),
        lambda game: game.load("/t.txt", lambda asset: asset.data),
    ],
    ids=["read", "read_bytes", "read_text", "open", "real_path", "real_folder", "load"],
)
def test_the_next_layer_answers_for_a_damaged_file(folder: Path, read: Callable[[ResourceManager], bytes]) -> None:
    add_lying_zip(folder, "t.txt", b"a text of a mod" * 10)
    with game_of(folder) as game:
        assert game.mods["lying"]
        assert read(game) == b"base"
        assert kinds(game) == [("damaged", "lying")]
        assert read(game) == b"base"


def test_merged_data_is_made_without_a_damaged_file(folder: Path) -> None:
    add_lying_zip(folder, "d.json", json.dumps({"from": "mod"}).encode() * 10)
    with game_of(folder) as game:
        assert game.read_merged("/d.json") == {"from": "base"}
        assert kinds(game) == [("damaged", "lying"), ("refused", "lying")]


def test_a_damaged_file_that_no_other_layer_has_is_an_error(folder: Path) -> None:
    add_lying_zip(folder, "only.txt", b"a text of a mod" * 10)
    with game_of(folder) as game:
        with pytest.raises(DamagedError):
            game.vfs.read_bytes("/only.txt")
        assert kinds(game) == [("damaged", "lying")]


def test_damage_of_the_game_itself_is_not_hidden(folder: Path) -> None:
    add_lying_zip(folder, "t.txt", b"a text of a mod" * 10)
    dlc = folder / "dlc.zip"
    os.rename(folder / "mods" / "lying.zip", dlc)
    with ResourceManager(folder / "base", dlc=[dlc], watch=False) as game, pytest.raises(DamagedError):
        game.read("/t.txt")


def test_what_an_archive_leaves_out_is_a_problem(folder: Path) -> None:
    with tarfile.open(folder / "mods" / "links.tar", "w") as out:
        link = tarfile.TarInfo("t.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        out.addfile(link)
        info = tarfile.TarInfo("u.txt")
        info.size = 1
        out.addfile(info, io.BytesIO(b"u"))
    with game_of(folder) as game:
        assert game.read("/t.txt") == b"base"
        assert game.read("/u.txt") == b"u"
        assert the_problem(game).kind == "left_out"
        assert "t.txt" in the_problem(game).why


# --- limits ------------------------------------------------------------------------------------------------


@pytest.fixture
def sparse(folder: Path) -> Iterator[Path]:
    """A mod's file that says it has 16 GiB, and takes no space on the disk."""
    file = folder / "mods" / "huge" / "t.txt"
    file.parent.mkdir()
    with open(file, "wb") as out:
        out.truncate(16 << 30)
    yield file
    file.unlink(missing_ok=True)


def test_a_huge_file_of_a_mod_is_not_read(folder: Path, sparse: Path) -> None:
    with game_of(folder) as game:
        assert game.read("/t.txt") == b"base"
        assert "budget.decoded_bytes" in the_problem(game).why


def test_a_huge_file_can_still_be_streamed(folder: Path, sparse: Path) -> None:
    with game_of(folder) as game, game.vfs.open("/t.txt", "rb") as file:
        file.seek(-1, os.SEEK_END)
        assert file.read() == b"\0"


def test_a_huge_data_file_is_neither_read_nor_hashed(
    folder: Path, sparse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.rename(sparse, sparse.with_name("d.json.merge"))
    opened: list[str] = []
    monkeypatch.setattr(ModLayer, "open", lambda layer, entry: opened.append(entry.path))
    with game_of(folder) as game:
        assert game.read_merged("/d.json") == {"from": "base"}
    assert opened == []


def test_a_file_that_was_too_large_is_used_once_it_is_not(folder: Path, sparse: Path) -> None:
    with game_of(folder) as game:
        assert game.read("/t.txt") == b"base"
        sparse.write_text("mod")
        game.mods["huge"].refresh()
        game.update()
        assert game.read("/t.txt") == b"mod"
        assert game.mods.problems == []


def test_a_limit_is_for_mods_and_not_for_the_game(folder: Path) -> None:
    (folder / "mods" / "small").mkdir()
    (folder / "mods" / "small" / "t.txt").write_text("mod")
    (folder / "base" / "long.txt").write_text("longer than the limit")
    with game_of(folder, budget={"decoded_bytes": 2}) as game:
        assert game.read("/long.txt") == b"longer than the limit"
        assert game.read("/t.txt") == b"base"
    with game_of(folder, budget={"decoded_bytes": 3}) as game:
        assert game.read("/t.txt") == b"mod"


def test_a_huge_file_that_no_other_layer_has_is_an_error(folder: Path) -> None:
    (folder / "mods" / "small").mkdir()
    (folder / "mods" / "small" / "only.txt").write_text("mod")
    with (
        game_of(folder, budget={"decoded_bytes": 2}) as game,
        pytest.raises(BudgetError, match=r"budget\.decoded_bytes"),
    ):
        game.vfs.read_bytes("/only.txt")


def test_nodes_of_data_are_limited_by_the_game(folder: Path) -> None:
    (folder / "mods" / "big").mkdir()
    (folder / "mods" / "big" / "d.json.merge").write_text(json.dumps({"list": list(range(100))}))
    with game_of(folder, budget={"nodes": 50}) as game:
        assert game.read_merged("/d.json") == {"from": "base"}
        (refusal,) = game.merge_report("/d.json").refusals
        assert "budget.nodes" in refusal.reason
    with game_of(folder, budget={"nodes": 500}) as game:
        assert len(game.read_merged("/d.json")["list"]) == 100


def test_steps_of_choosing_copies_are_limited_by_the_game(folder: Path) -> None:
    for version in range(1, 4):
        for name in "abc":
            mod = folder / "mods" / f"{name}-{version}"
            mod.mkdir()
            (mod / "mod.json").write_text(
                json.dumps({"id": f"m{name}", "name": name, "version": str(version), "requires": {"ma": "<2"}})
                if name != "a"
                else json.dumps({"id": "ma", "name": "a", "version": str(version)})
            )
    with game_of(folder) as game:
        assert str(game.mods["ma"].version) == "1"
    with game_of(folder, budget={"steps": 1}) as game:
        assert "untried" in [kind for kind, _ in kinds(game)]


def test_pixels_of_a_mods_picture_are_limited_by_the_game(folder: Path, screen: object) -> None:
    (folder / "mods" / "large").mkdir()
    (folder / "mods" / "large" / "p.png").write_bytes(png((9, 9, 9), (20, 20)))
    with game_of(folder, budget={"pixels": 399}) as game:
        vfsloader.use(game)
        assert vfsloader.pygame.load_image("/p.png").get_size() == (4, 4)
        assert kinds(game) == [("undecoded", "large")]
        assert "budget.pixels" in the_problem(game).why
    with game_of(folder, budget={"pixels": 400}) as game:
        vfsloader.use(game)
        assert vfsloader.pygame.load_image("/p.png").get_size() == (20, 20)


def test_a_picture_that_cannot_be_decoded_is_a_problem_until_it_is_repaired(folder: Path, screen: object) -> None:
    picture = folder / "mods" / "large" / "p.png"
    picture.parent.mkdir()
    picture.write_bytes(b"no picture")
    with game_of(folder) as game:
        vfsloader.use(game)
        assert vfsloader.pygame.load_image("/p.png").get_size() == (4, 4)
        assert kinds(game) == [("undecoded", "large")]
        picture.write_bytes(png((9, 9, 9), (20, 20)))
        game.mods["large"].refresh()
        game.update()
        assert vfsloader.pygame.load_image("/p.png").get_size() == (20, 20)
        assert game.mods.problems == []


def test_a_problem_of_a_mod_that_is_off_is_not_shown(folder: Path, screen: object) -> None:
    (folder / "mods" / "bad").mkdir()
    (folder / "mods" / "bad" / "only.png").write_bytes(b"no picture")
    with game_of(folder) as game:
        vfsloader.use(game)
        with pytest.raises(ResourceError):
            vfsloader.pygame.load_image("/only.png")
        assert kinds(game) == [("undecoded", "bad")]
        game.mods.disable("bad")
        assert game.mods.problems == []


# --- game.toml ---------------------------------------------------------------------------------------------


def test_a_game_toml_sets_limits(folder: Path) -> None:
    (folder / "mods" / "small").mkdir()
    (folder / "mods" / "small" / "t.txt").write_text("mod")
    (folder / "game.toml").write_text('base = "base"\nmods = "mods"\n[budget]\ndecoded_bytes = 2\n')
    with ResourceManager.from_config(folder, watch=False) as game:
        assert game.read("/t.txt") == b"base"


@pytest.mark.parametrize("line", ["pixel = 3", "pixels = 0", "pixels = 'many'", "pixels = true", "seconds = nan"])
def test_a_wrong_limit_is_an_error_that_names_it(folder: Path, line: str) -> None:
    (folder / "game.toml").write_text(f'base = "base"\n[budget]\n{line}\n')
    with pytest.raises(ConfigError, match=line.split()[0]) as caught:
        ResourceManager.from_config(folder)
    assert "game.toml" in str(caught.value)


# --- authors and players can ask ---------------------------------------------------------------------------


@pytest.fixture
def mods_with_gaps(folder: Path) -> Path:
    """A folder mod with a link that leads out and a pipe, and a tar with a link."""
    mod = folder / "mods" / "gaps"
    mod.mkdir()
    (mod / "good.txt").write_text("x")
    (mod / "t.txt").symlink_to("/etc/hostname")
    os.mkfifo(mod / "pipe")
    with tarfile.open(folder / "mods" / "links.tar", "w") as out:
        link = tarfile.TarInfo("t.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        out.addfile(link)
    (folder / "game.toml").write_text('base = "base"\nmods = "mods"\n')
    return folder


def test_an_author_learns_which_files_are_left_out(mods_with_gaps: Path) -> None:
    with game_of(mods_with_gaps) as game:
        assert {finding.file for finding in game.mods.check("gaps")} == {"/t.txt", "/pipe"}
        assert {finding.file for finding in game.mods.check("links")} == {"t.txt"}


def test_why_names_what_is_left_out(
    mods_with_gaps: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(mods_with_gaps)
    assert main(["why", "/t.txt", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["winner"] == "base"
    assert {row["layer"] for row in report["left_out"]} == {"gaps", "links"}


def test_why_of_a_file_that_is_only_left_out(
    mods_with_gaps: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(mods_with_gaps)
    assert main(["why", "/pipe"]) == 1
    assert "left out" in capsys.readouterr().out
