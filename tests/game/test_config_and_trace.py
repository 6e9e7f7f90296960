"""``game.toml``, and the record of what a game loads."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from vfsloader import ResourceManager
from vfsloader.errors import ConfigError, PathNotFoundError
from vfsloader.game.config import read_config
from vfsloader.game.trace import Trace, TracedLayer, requested_trace
from vfsloader.store.memory.store import MemoryStore


def config(tmp_path: Path, text: str) -> dict[str, object]:
    (tmp_path / "game.toml").write_text(text, encoding="utf-8")
    return read_config(tmp_path)


# --- game.toml ---------------------------------------------------------------------------------------------


def test_every_key_is_read_and_paths_start_from_the_file(tmp_path: Path) -> None:
    text = """
    base = "assets"
    dlc = ["more.pack", "/abs/more", "https://example.org/x.pack"]
    mods = "mods"
    save = "user/save.db"
    cache = "cache"
    profile = "hard"
    game_version = "1.2"
    provides = {engine = "3"}
    new_mods = "disabled"
    language = "fi"
    cache_bytes = 1000
    watch = false
    """
    assert config(tmp_path, text) == {
        "base": str(tmp_path / "assets"),
        "dlc": [str(tmp_path / "more.pack"), "/abs/more", "https://example.org/x.pack"],
        "mods": str(tmp_path / "mods"),
        "save": str(tmp_path / "user" / "save.db"),
        "cache": str(tmp_path / "cache"),
        "profile": "hard",
        "game_version": "1.2",
        "provides": {"engine": "3"},
        "new_mods": "disabled",
        "language": "fi",
        "cache_bytes": 1000,
        "watch": False,
    }


def test_what_is_left_out_is_left_to_the_manager(tmp_path: Path) -> None:
    assert config(tmp_path, 'base = "b"') == {"base": str(tmp_path / "b"), "dlc": []}


@pytest.mark.parametrize("address", ["memory:", "s3://bucket/x.pack", "https://example.org/x.pack"])
def test_addresses_stay_as_they_are(tmp_path: Path, address: str) -> None:
    assert config(tmp_path, f'base = "{address}"')["base"] == address


def test_paths_start_from_the_file_wherever_the_program_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "game").mkdir()
    (tmp_path / "game" / "other.toml").write_text('base = "b"')
    monkeypatch.chdir(tmp_path)
    assert read_config("game/other.toml")["base"] == str(tmp_path / "game" / "b")


def test_a_frozen_program_writes_beside_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside, inside = tmp_path / "beside", tmp_path / "inside"
    inside.mkdir()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "_MEIPASS", str(inside), raising=False)
    monkeypatch.setattr(sys, "executable", str(beside / "game"))
    text = 'base = "b"\ndlc = ["more"]\nmods = "mods"\nsave = "save.db"\ncache = "cache"'
    assert config(inside, text) == {
        "base": str(inside / "b"),
        "dlc": [str(inside / "more")],
        "mods": str(beside / "mods"),
        "save": str(beside / "save.db"),
        "cache": str(beside / "cache"),
    }


@pytest.mark.parametrize("name", ["", "game.toml"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(PathNotFoundError) as caught:
        read_config(tmp_path / name)
    assert caught.value.filename == str(tmp_path / "game.toml")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("mods = 1", "mods must be text or a list of text, not 1"),
        ("dlc = [1]", "dlc must be a list of text"),
        ("provides = {x = 1}", "provides must be a table of text"),
        ("provides = ['x']", "provides must be a table of text"),
        ("watch = 'yes'", "watch must be true or false"),
        ("cache_bytes = 1.5", "cache_bytes must be a whole number"),
        ("lanuage = 'fi'", "lanuage: there is no such key; did you mean 'language'"),
        ("xyz = 1", "xyz: there is no such key; the keys are base, dlc, mods"),
    ],
)
def test_a_wrong_line_is_named_with_its_file(tmp_path: Path, line: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config(tmp_path, f"base = 'b'\n{line}")
    assert sentence in str(caught.value)
    assert caught.value.filename == str(tmp_path / "game.toml")


@pytest.mark.parametrize("data", [b"base = ", b"base = '\xff'", b""])
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "game.toml").write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        read_config(tmp_path)
    assert caught.value.filename == str(tmp_path / "game.toml")


def test_names_may_have_any_letters(tmp_path: Path) -> None:
    assert config(tmp_path, 'base = "kärpänen"')["base"] == str(tmp_path / "kärpänen")


def test_a_game_is_made_of_its_file_and_of_what_is_said(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "a").write_text("text")
    (tmp_path / "game.toml").write_text('base = "assets"\nlanguage = "fi"\nwatch = false')
    with ResourceManager.from_config(tmp_path, language="sv") as game:
        assert (game.read("/a"), game.language) == (b"text", "sv")


# --- the record ----------------------------------------------------------------------------------------------


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore("inner")
    for path in ("/b", "/a", "/ä"):
        store.write(path, path.encode())
    store.remove("/hidden", hide=True)
    return store


def test_each_path_is_recorded_once_in_the_order_of_reading(store: MemoryStore, tmp_path: Path) -> None:
    file = tmp_path / "order.txt"
    file.write_text("an earlier record\n")
    trace = Trace(str(file))
    layer = TracedLayer(store, trace)
    for path in ("/b", "/ä", "/b"):
        entry = layer.find(path)
        assert entry is not None
        assert layer.read(entry) == path.encode()
    trace.close()
    assert file.read_text(encoding="utf-8") == "/b\n/ä\n"


def test_a_file_that_is_opened_is_recorded(store: MemoryStore, tmp_path: Path) -> None:
    trace = Trace(str(tmp_path / "order.txt"))
    layer = TracedLayer(store, trace)
    entry = layer.find("/a")
    assert entry is not None
    with layer.open(entry) as file:
        assert file.read() == b"/a"
    trace.close()
    assert (tmp_path / "order.txt").read_text() == "/a\n"


def test_a_record_shows_at_once(tmp_path: Path) -> None:
    trace = Trace(str(tmp_path / "order.txt"))
    trace.add("/a")
    assert (tmp_path / "order.txt").read_text() == "/a\n"
    trace.close()


def test_what_is_only_found_or_listed_is_not_recorded(store: MemoryStore, tmp_path: Path) -> None:
    trace = Trace(str(tmp_path / "order.txt"))
    layer = TracedLayer(store, trace)
    assert layer.find("/nope") is None
    assert sorted(entry.path for entry in layer.list("/")) == ["/a", "/b", "/ä"]
    entry = layer.find("/a")
    assert entry is not None
    assert layer.disk_path(entry) is None
    trace.close()
    assert (tmp_path / "order.txt").read_text() == ""


def test_a_record_hides_what_its_layer_hides(store: MemoryStore, tmp_path: Path) -> None:
    trace = Trace(str(tmp_path / "order.txt"))
    layer = TracedLayer(store, trace)
    assert (layer.hides("/hidden"), layer.hides("/a"), layer.name) == (True, False, "inner")
    trace.close()


def test_reading_goes_on_after_the_record_is_closed(store: MemoryStore, tmp_path: Path) -> None:
    trace = Trace(str(tmp_path / "order.txt"))
    layer = TracedLayer(store, trace)
    trace.close()
    trace.close()
    entry = layer.find("/a")
    assert entry is not None
    assert layer.read(entry) == b"/a"


@pytest.mark.parametrize("value", [None, ""])
def test_nothing_is_recorded_unless_asked(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("VFSLOADER_TRACE", raising=False)
    if value is not None:
        monkeypatch.setenv("VFSLOADER_TRACE", value)
    assert requested_trace() is None


def test_a_game_records_what_is_read_from_its_layers(
    store: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VFSLOADER_TRACE", str(tmp_path / "order.txt"))
    more = MemoryStore("more")
    more.write("/c", b"")
    with ResourceManager(store, dlc=[more], watch=False) as game:
        for path in ("/c", "/b", "/c"):
            game.read(path)
    assert (tmp_path / "order.txt").read_text() == "/c\n/b\n"
