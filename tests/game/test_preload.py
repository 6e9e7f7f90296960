"""Loading ahead on threads, and what is kept on disk for the next start."""

from __future__ import annotations

import hashlib
import io
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vfsloader import Asset, Loader, ResourceManager, Store
from vfsloader.assets import loader as loaders
from vfsloader.assets.loader import register_loader
from vfsloader.assets.preload import progress_bar
from vfsloader.assets.prepared import PreparedCache
from vfsloader.errors import ResourceError
from vfsloader.runtime.disk_cache import INDEX

WaitFor = Callable[..., object]


class Shout(Loader[str]):
    """Decodes slowly enough to be worth keeping."""

    def __init__(self) -> None:
        self.threads: set[str] = set()
        self.decoded = 0

    def decode(self, asset: Asset, **options: Any) -> bytes:
        self.threads.add(threading.current_thread().name)
        self.decoded += 1
        if asset.data == b"bad":
            raise ResourceError.at(asset.path, f"{asset.path} is bad")
        if asset.data == b"bug":
            raise ZeroDivisionError("a fault of the loader")
        return asset.data.upper()

    def build(self, decoded: bytes, **options: Any) -> str:
        assert threading.current_thread() is threading.main_thread()
        return decoded.decode()

    def cache_key(self, **options: Any) -> str:
        return "shout"

    def serialize(self, decoded: bytes, **options: Any) -> bytes:
        return b"1" + decoded

    def deserialize(self, data: bytes, path: str) -> bytes:
        if data[:1] != b"1":
            raise ValueError("another version wrote it")
        return bytes(data[1:])


@pytest.fixture
def base() -> Store:
    store = Store(":memory:", name="base")
    for n in range(30):
        store.write(f"/texts/{n:02}.txt", f"text {n}".encode())
    store.write("/texts/deep/x.txt", b"deep")
    store.write("/texts/x.other", b"other")
    return store


def test_a_glob_is_decoded_on_threads_and_finished_in_slices(base: Store, wait_for: WaitFor) -> None:
    shout = Shout()
    told: list[tuple[int, int, str]] = []
    with ResourceManager(base, watch=False) as game:
        job = game.preload("/texts/*.txt", shout, progress=lambda *news: told.append(news), threads=3)
        assert (job.total, job.is_done) == (30, False)

        def all_done() -> bool:
            done = job.done
            game.update(budget_ms=0)
            assert job.done - done <= 1
            return job.is_done

        wait_for(all_done, "the preload")
        assert len(job.resources) == 30
        assert job.resources["/texts/07.txt"] == "TEXT 7"
        assert [news[0] for news in told] == list(range(1, 31))
        assert {path for _, _, path in told} == set(job.resources)
        assert all(name.startswith("vfsloader-preload") for name in shout.threads)
        assert game.load("/texts/07.txt", shout) == "TEXT 7"
        assert shout.decoded == 30


def test_what_fails_is_told_and_the_rest_is_loaded(base: Store) -> None:
    base.write("/texts/00.txt", b"bad")
    base.write("/texts/01.txt", b"bug")
    with ResourceManager(base, watch=False) as game:
        job = game.preload(["/texts/00.txt", "texts/01.txt", "/texts/02.txt", "/gone.txt", "/texts/02.txt"], Shout())
        job.wait()
        assert (job.total, job.done, list(job.resources)) == (4, 4, ["/texts/02.txt"])
        assert job.errors["/texts/00.txt"] == "/texts/00.txt is bad"
        assert job.errors["/texts/01.txt"] == "ZeroDivisionError: a fault of the loader"
        assert "no layer has /gone.txt" in job.errors["/gone.txt"]
        job.wait()
        assert game.update() == []


def test_a_preload_can_be_cancelled(base: Store) -> None:
    gate = threading.Event()

    def slow(asset: Asset) -> bytes:
        gate.wait(30)
        return asset.data

    with ResourceManager(base, watch=False) as game:
        job = game.preload("/texts/*.txt", slow, threads=2)
        job.cancel()
        gate.set()
        assert job.is_done
        job.wait()
        assert game.update() == []
        assert job.resources == {}
        assert game.stats()["decoded"] <= 2


def test_loaders_are_found_by_suffix(base: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loaders, "_BY_SUFFIX", {})
    register_loader(Shout(), ".txt")
    with ResourceManager(base, watch=False) as game:
        job = game.preload("/texts/**")
        job.wait()
        assert len(job.resources) == 31
        with pytest.raises(ValueError, match=r"there is no loader for /texts/x\.other"):
            game.preload(["/texts/x.other"])


def test_a_bar_is_drawn() -> None:
    out = io.StringIO()
    draw = progress_bar(out, width=4)
    for done in range(3):
        draw(done, 2, f"/{done}")
    assert out.getvalue() == "\r[....] 0/2 /0\x1b[K\r[##..] 1/2 /1\x1b[K\r[####] 2/2 /2\x1b[K\n"


def test_the_next_start_finds_it_prepared(base: Store, tmp_path: Path) -> None:
    for start, (decoded, prepared) in enumerate([(30, 0), (0, 30), (0, 30)]):
        shout = Shout()
        with ResourceManager(base, watch=False, cache=tmp_path / "cache") as game:
            if start < 2:
                game.preload("/texts/*.txt", shout).wait()
            texts = [game.load(f"/texts/{n:02}.txt", shout) for n in range(30)]
            assert texts == [f"TEXT {n}" for n in range(30)]
            assert (game.stats()["decoded"], game.stats()["prepared"]) == (decoded, prepared)
    base.write("/texts/00.txt", b"new")
    with ResourceManager(base, watch=False, cache=tmp_path / "cache") as game:
        assert game.load("/texts/00.txt", Shout()) == "NEW"
        assert game.load("/texts/00.txt", Shout(), other=1) == "NEW"
        assert game.stats()["decoded"] == 2


@pytest.mark.parametrize("damage", [b"", b"no index", b"\xff" * 100])
def test_a_damaged_index_is_replaced(damage: bytes, base: Store, tmp_path: Path) -> None:
    (tmp_path / INDEX).write_bytes(damage)
    for decoded in (1, 0):
        with ResourceManager(base, watch=False, cache=tmp_path) as game:
            assert game.load("/texts/01.txt", Shout()) == "TEXT 1"
            assert game.stats()["decoded"] == decoded


def test_what_another_version_prepared_is_not_used(
    base: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with ResourceManager(base, watch=False, cache=tmp_path) as game:
        game.load("/texts/01.txt", Shout())
    (file,) = tmp_path.glob("segment-*")
    data = file.read_bytes()
    file.write_bytes(data.replace(b"1TEXT", b"2TEXT"))
    assert file.read_bytes() != data
    with caplog.at_level(logging.WARNING), ResourceManager(base, watch=False, cache=tmp_path) as game:
        assert game.load("/texts/01.txt", Shout()) == "TEXT 1"
        assert game.stats()["decoded"] == 1
    assert "another version wrote it" in caplog.text
    file.write_bytes(b"")
    with caplog.at_level(logging.CRITICAL), ResourceManager(base, watch=False, cache=tmp_path) as game:
        assert game.load("/texts/01.txt", Shout()) == "TEXT 1"


def test_a_cache_folder_that_cannot_be_made_costs_nothing_but_time(
    base: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "cache").write_text("a file")
    with (
        caplog.at_level(logging.CRITICAL, logger="vfsloader.cache"),
        ResourceManager(base, watch=False, cache=tmp_path / "cache") as game,
    ):
        assert game.load("/texts/01.txt", Shout()) == "TEXT 1"


def name_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_cache_on_disk_is_capped_and_keeps_what_is_in_use(tmp_path: Path) -> None:
    for run in range(5):
        cache = PreparedCache(tmp_path, max_bytes=3_500)
        if run:
            assert cache.get(name_of("first")) == bytes([7]) * 1024
        cache.put(name_of("first" if run == 0 else f"run {run}"), lambda run=run: bytes([run or 7]) * 1024)
        cache.close()
    cache = PreparedCache(tmp_path)
    assert [run for run in range(1, 5) if cache.get(name_of(f"run {run}")) is not None] == [3, 4]
    assert cache.get(name_of("first")) is not None
    cache.close()
    assert cache.get(name_of("first")) is None


def test_a_closed_cache_takes_nothing(tmp_path: Path) -> None:
    cache = PreparedCache(tmp_path)
    cache.close()
    cache.put(name_of("a"), lambda: pytest.fail("nobody needs it"))
    assert cache.get(name_of("a")) is None


def test_two_runs_at_once_keep_what_both_made(tmp_path: Path) -> None:
    first, second = PreparedCache(tmp_path), PreparedCache(tmp_path)
    first.put(name_of("first"), lambda: b"1")
    second.put(name_of("second"), lambda: b"2")
    first.close()
    second.close()
    both = PreparedCache(tmp_path)
    assert (both.get(name_of("first")), both.get(name_of("second"))) == (b"1", b"2")
    both.close()
