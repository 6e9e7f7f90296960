"""What the fuzz targets found, as one example of each."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import apsw
import numpy
import pytest
import soundfile
from vfsloader.pygame import svg_drawing
from vfsloader.pygame.decoding import load_svg
from vfsloader.pygame.svg_process import SIZE

import vfsloader
from tests.archives.odd_zips import FOLDER_MODE, UNIX, Item, make_zip
from vfsloader import Asset, ResourceManager, Store, VirtualFileSystem
from vfsloader.assets.sound_decoding import decoded_wave
from vfsloader.collections import PersistentDict, PersistentList, PersistentSet
from vfsloader.errors import ConfigError, DamagedError, ResourceError
from vfsloader.runtime.lru import ByteLRU
from vfsloader.runtime.worker import Worker


def test_an_archive_whose_manifest_is_a_folder_costs_that_mod_only(tmp_path: Path) -> None:
    folder = Item(b"mod.toml/", b"", 0, UNIX, FOLDER_MODE)
    (tmp_path / "bad.zip").write_bytes(make_zip(folder, Item(b"mod.toml/x", b"x")))
    (tmp_path / "good").mkdir()
    (tmp_path / "good" / "mod.toml").write_text('id = "good"\nname = "Good"\nversion = "1"\n')
    with ResourceManager(Store(name="base"), mods=tmp_path, watch=False) as game:
        assert [mod.id for mod in game.mods.enabled] == ["good"]
        assert ["bad.zip" in problem.why for problem in game.mods.problems] == [True]


@pytest.mark.parametrize("subtype", ["GSM610", "IMA_ADPCM", "PCM_16"])
def test_a_sound_of_a_mod_that_is_shorter_than_its_header_says_is_played_so_far(screen: object, subtype: str) -> None:
    out = io.BytesIO()
    soundfile.write(out, numpy.zeros(4410), 44100, format="WAV", subtype=subtype)
    asset = Asset("/x.wav", out.getvalue(), "mod", is_trusted=False)
    assert 4410 * 2 <= len(decoded_wave(asset)) <= 9000 * 2


def test_a_pattern_with_half_a_surrogate_matches_nothing() -> None:
    store = Store(name="x")
    store.write("/a.png", b"x")
    assert list(store.glob("/\ud800*.png")) == []
    assert list(store.glob("/**[\ud800-\udfffa]*")) == ["/a.png"]


VALUES = [
    '"',
    "",
    "[",
    '{"$int":"x"}',
    '{"$datetime":5}',
    '{"$bytes":7}',
    '{"$complex":[1,2,3]}',
    b"\xff",
    "1,2",
    "[" * 9999,
]


@pytest.mark.parametrize("value", VALUES)
def test_a_value_that_no_collection_wrote_is_damage(tmp_path: Path, value: object) -> None:
    with PersistentDict(tmp_path / "x.save", name="scores") as scores:
        scores["a"] = 1
    _change(tmp_path / "x.save", "UPDATE item SET value = ?", value)
    with PersistentDict(tmp_path / "x.save", name="scores") as scores:
        if value == '"':  # half a text is read as an empty one
            assert scores["a"] == ""
            return
        with pytest.raises(DamagedError):
            scores["a"]
        with pytest.raises(DamagedError):
            repr(scores)
        scores["a"] = 2
        assert scores["a"] == 2


@pytest.mark.parametrize(
    "change",
    ["id = 1 << 40", "count = 1 << 62", "count = -1", "count = 'x'", "kind = 7", "kind = x'00'", "flags = 'x'"],
)
def test_a_collection_whose_header_makes_no_sense_is_damage(tmp_path: Path, change: str) -> None:
    with PersistentSet(tmp_path / "x.save", name="seen") as seen:
        seen.add(1)
    _change(tmp_path / "x.save", f"UPDATE collection SET {change}")
    with pytest.raises(DamagedError, match="seen"):
        PersistentSet(tmp_path / "x.save", name="seen")


@pytest.mark.parametrize("name", ["clock", "chunk_size"])
def test_a_save_whose_numbers_are_none_is_damage(tmp_path: Path, name: str) -> None:
    with VirtualFileSystem(str(tmp_path / "x.save")) as vfs:
        vfs.write_bytes("/a", b"a")
    _change(tmp_path / "x.save", "UPDATE meta SET value = ? WHERE name = ?", "../x", name)
    with pytest.raises(DamagedError, match=name):
        VirtualFileSystem(str(tmp_path / "x.save"))


@pytest.mark.parametrize(
    "change", ["content = 'x'", "content = x'00'", "kind = 'x'", "size = -1", "mtime_ns = 1.5", "path = x'2f61'"]
)
@pytest.mark.parametrize("read_only", [False, True])
def test_a_save_with_rows_that_no_store_has_is_damage(tmp_path: Path, change: str, read_only: bool) -> None:
    with VirtualFileSystem(str(tmp_path / "x.save")) as vfs:
        vfs.write_bytes("/a", b"a")
    _change(tmp_path / "x.save", f"UPDATE node SET {change} WHERE path = '/a'")
    with pytest.raises(DamagedError, match="/a"):
        VirtualFileSystem(str(tmp_path / "x.save"), read_only=read_only)


def test_a_game_toml_that_is_too_deep_is_an_error_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "game.toml").write_text("base = " + "[" * 5000)
    with pytest.raises(ConfigError, match=r"game\.toml"):
        ResourceManager.from_config(tmp_path)


def test_a_game_toml_may_have_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "game.toml").write_bytes(b"\xef\xbb\xbfbase = 'base'\n")
    ResourceManager.from_config(tmp_path, watch=False).close()


def test_a_save_with_misnumbered_collections_or_without_a_root_is_damage(tmp_path: Path) -> None:
    with PersistentSet(tmp_path / "x.save", name="seen") as seen:
        seen.add(1)
    for number in (0, "x", 1 << 62):
        _change(tmp_path / "x.save", "UPDATE meta SET value = ? WHERE name = 'collections'", number)
        with pytest.raises(DamagedError):
            PersistentSet(tmp_path / "x.save", name="new")
    _change(tmp_path / "x.save", "UPDATE node SET path = '/elsewhere' WHERE path = '/'")
    with VirtualFileSystem(str(tmp_path / "x.save")) as vfs, pytest.raises(DamagedError, match="root"):
        vfs.write_bytes("/a", b"a")


def test_a_list_whose_part_is_not_text_is_damage(tmp_path: Path) -> None:
    with PersistentList(tmp_path / "x.save", name="log") as log:
        log.extend([1, 2])
    _change(tmp_path / "x.save", "UPDATE collection SET tail = x'00'")
    with PersistentList(tmp_path / "x.save", name="log") as log, pytest.raises(DamagedError):
        list(log)


DASHES = b"<svg width='64' height='64'><path d='M0 0 L1000000 0' stroke='red' stroke-dasharray='.0001'/></svg>"


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    worker = Worker("vfsloader.pygame.svg_process:draw", seconds=1)
    monkeypatch.setattr(svg_drawing, "_worker", worker)
    monkeypatch.setattr(svg_drawing, "_deadly", ByteLRU(1 << 16))
    yield worker
    worker.close()


def test_an_svg_that_never_ends_is_replaced_and_its_mod_is_named(
    screen: object, hasty: Worker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "slow").mkdir()
    (tmp_path / "slow" / "mod.toml").write_text('id = "slow"\nname = "Slow"\nversion = "1"\n')
    (tmp_path / "slow" / "p.svg").write_bytes(DASHES)
    (tmp_path / "slow" / "new.svg").write_bytes(DASHES)
    base = Store(name="base")
    base.write("/p.svg", b"<svg width='7' height='5'/>")
    with vfsloader.init(base, mods=tmp_path, watch=False):
        assert vfsloader.pygame.load_svg("/p.svg").get_size() == (7, 5)
        assert "/p.svg of slow is not used" in caplog.text
        assert "longer than 1 seconds" in caplog.text
        with pytest.raises(ResourceError, match=r"/new\.svg in slow"):
            vfsloader.pygame.load_image("/new.svg")
        with pytest.raises(ResourceError, match=r"/new\.svg in slow"):  # known by now: no process has to end for it
            vfsloader.pygame.load_image("/new.svg")
        assert hasty(SIZE.pack(3, 3) + b"<svg width='9' height='9'/>")[: SIZE.size] == SIZE.pack(3, 3)


def test_without_other_processes_only_plain_svgs_of_mods_are_drawn(
    screen: object, hasty: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "emscripten")
    small = b"<svg width='7' height='5'><rect width='7' height='5' fill='red'/></svg>"
    assert load_svg(Asset("/x.svg", small, "mod", is_trusted=False)).get_at((1, 1)) == (255, 0, 0, 255)
    for data in (DASHES, small + b" " * 100_000):
        with pytest.raises(ResourceError, match=r"/x\.svg in mod cannot be drawn here"):
            load_svg(Asset("/x.svg", data, "mod", is_trusted=False))


def test_the_games_own_svgs_start_no_process(screen: object, hasty: Worker) -> None:
    load_svg(Asset("/x.svg", b"<svg width='7' height='5'/>", "base"))
    assert hasty._process is None


def _change(file: Path, statement: str, *values: object) -> None:
    connection = apsw.Connection(str(file))
    connection.execute(statement, values)
    connection.close()


@pytest.mark.parametrize("clock", [(1 << 63) - 1, 1 << 39, 1e18, float("inf"), "x", None])
def test_a_save_whose_clock_is_at_the_end_of_time_is_damaged(tmp_path: Path, clock: object) -> None:
    file = tmp_path / "x.save"
    with VirtualFileSystem(str(file)) as vfs:
        vfs.write_bytes("/a", b"a")
    _change(file, "UPDATE meta SET value = ? WHERE name = 'clock'", clock)
    with pytest.raises(DamagedError, match="clock"), VirtualFileSystem(str(file)) as vfs:
        assert vfs.read_bytes("/a") == b"a"
        vfs.write_bytes("/b", b"b")


def test_a_save_with_chunks_of_the_future_is_damaged(tmp_path: Path) -> None:
    file = tmp_path / "x.save"
    with VirtualFileSystem(str(file)) as vfs:
        vfs.write_bytes("/a", b"a")
    _change(file, "UPDATE meta SET value = value - 1 WHERE name = 'clock'")
    with VirtualFileSystem(str(file)) as vfs:
        with pytest.raises(DamagedError, match="UNIQUE"):
            vfs.write_bytes("/b", b"b")
        assert vfs.read_bytes("/a") == b"a"
