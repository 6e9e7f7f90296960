"""A guard that knows what memory is left."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import pytest

from vfsloader import MemoryGuard, VirtualFileSystem
from vfsloader.errors import MissingExtraError
from vfsloader.store.memory import guard as guard_module
from vfsloader.store.memory.guard import available_memory, container_memory


def test_the_machine_is_asked() -> None:
    import psutil

    assert 0 < available_memory() <= psutil.virtual_memory().total


def test_a_write_that_needs_more_than_is_left_is_refused() -> None:
    with VirtualFileSystem(memory_guard=MemoryGuard("per_write", "raise", 0, available=lambda: 1000)) as vfs:
        vfs.write_bytes("/a", bytes(1000))
        with pytest.raises(MemoryError, match=r"1,001 bytes .* 1,000 bytes"):
            vfs.write_bytes("/b", bytes(1001))
        assert vfs.listdir() == ["a"]
        with vfs.open("/c", "wb", buffering=0) as file:
            file.write(bytes(900))
            with pytest.raises(MemoryError):
                file.write(bytes(1001))
        assert vfs.getsize("/c") == 900
        assert vfs.stats().used == 1900


def test_warnings() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with VirtualFileSystem(memory_guard=MemoryGuard("per_write", "warn", 0, available=lambda: 10)) as vfs:
            vfs.write_bytes("/a", bytes(11))
            vfs.write_bytes("/b", bytes(10))
        VirtualFileSystem(quota=11, memory_guard=MemoryGuard("init", available=lambda: 10)).close()
        VirtualFileSystem(quota=10, memory_guard=MemoryGuard("init", available=lambda: 10)).close()
    assert [warning.category for warning in caught] == [ResourceWarning] * 2
    assert "11 bytes are about to be written" in str(caught[0].message)
    assert "quota is 11 bytes" in str(caught[1].message)
    with pytest.raises(MemoryError):
        VirtualFileSystem(quota=11, memory_guard=MemoryGuard("init", "raise", available=lambda: 10))


def test_between_two_looks_what_was_written_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    now, looks = [100.0], []
    monkeypatch.setattr(guard_module.time, "monotonic", lambda: now[0])
    guard = MemoryGuard("per_write", "raise", 5.0, available=lambda: looks.append(1) or 1000)  # type: ignore[func-returns-value]
    looks.clear()
    guard.check_write(600)
    with pytest.raises(MemoryError):
        guard.check_write(600)
    assert len(looks) == 1
    now[0] += 5
    guard.check_write(600)
    assert len(looks) == 2
    guard.check_write(0)
    guard.check_write(-5)


def test_words_are_checked() -> None:
    for options in (("always",), ("init", "explode"), ("init", "warn", -1)):
        with pytest.raises(ValueError, match=r"one of|at least 0"):
            MemoryGuard(*options)  # type: ignore[arg-type]


def test_without_psutil_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psutil", None)
    MemoryGuard("none")
    with pytest.raises(MissingExtraError, match=r"vfsloader\[memory\]"):
        MemoryGuard("init")


@pytest.mark.parametrize("version", [1, 2])
def test_the_tightest_container_counts(tmp_path: Path, version: int) -> None:
    top = tmp_path / "memory" if version == 1 else tmp_path
    limit, usage = (
        ("memory.limit_in_bytes", "memory.usage_in_bytes") if version == 1 else ("memory.max", "memory.current")
    )
    none = str((1 << 63) - 4096) if version == 1 else "max"
    for group, most, used in (("", none, 9), ("outer", "1000", 700), ("outer/inner", "900", 100)):
        folder = top / group
        folder.mkdir(parents=True, exist_ok=True)
        (folder / limit).write_text(f"{most}\n")
        (folder / usage).write_text(f"{used}\n")
    own = tmp_path / "own"
    own.write_text("0::/outer/inner\n" if version == 2 else "5:cpu:/x\n4:memory:/outer/inner\n")
    assert container_memory(tmp_path, own) == 300
    own.write_text("0::/\n" if version == 2 else "4:memory:/\n")
    assert container_memory(tmp_path, own) is None
    own.write_text("0::/gone/away\n" if version == 2 else "4:memory:/gone/away\n")
    assert container_memory(tmp_path, own) is None
    assert container_memory(tmp_path, tmp_path / "nope") is None
