"""The folder of a cache belongs to one user: others cannot read it, and nothing that they wrote is used."""

from __future__ import annotations

import hashlib
import logging
import os
import stat
import sys
from pathlib import Path

import pytest

from vfsloader.remote.opening import default_cache
from vfsloader.runtime.disk_cache import INDEX, DiskCache

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no permission bits")
KEY = hashlib.sha256(b"key").digest()


@pytest.fixture(autouse=True)
def _loose_umask() -> object:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_cache_is_for_its_user_alone(tmp_path: Path) -> None:
    folder = tmp_path / "some" / "cache"
    with DiskCache(folder, 1 << 20) as cache:
        for n in range(100):  # more than one segment
            cache.put({hashlib.sha256(b"%d" % n).digest(): bytes(4000)})
    assert mode(folder) == 0o700
    files = list(folder.iterdir())
    assert len(files) > 3
    assert {mode(file) for file in files} == {0o600}


@pytest.mark.parametrize("shared", [0o777, 0o770, 0o702, 0o1777])
def test_a_folder_that_others_may_write_is_not_used(
    shared: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "cache"
    with DiskCache(folder) as cache:
        cache.put({KEY: b"planted"})
    folder.chmod(shared)
    caplog.set_level(logging.WARNING)
    with DiskCache(folder) as cache:
        assert not cache.is_writable
        assert cache.get([KEY]) == {}
        assert cache.view(KEY) is None
        cache.put({KEY: b"new"})
        cache.drop([KEY])
    assert "chmod 700" in caplog.text
    folder.chmod(0o700)
    with DiskCache(folder) as cache:
        assert cache.get([KEY]) == {KEY: b"planted"}


def test_a_folder_of_another_user_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "cache"
    with DiskCache(folder) as cache:
        cache.put({KEY: b"planted"})
    if folder.stat().st_uid == 0:
        os.chown(folder, 12345, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with DiskCache(folder) as cache:
        assert cache.get([KEY]) == {}
        assert not cache.is_writable


def test_a_link_to_a_folder_of_others_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir(0o777)
    (tmp_path / "cache").symlink_to("shared")
    with DiskCache(tmp_path / "cache") as cache:
        cache.put({KEY: b"new"})
    assert not (tmp_path / "shared" / INDEX).exists()


def test_the_default_cache_of_an_older_version_becomes_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "cache"
    folder.mkdir(0o755)
    monkeypatch.setenv("VFSLOADER_CACHE", str(folder))
    cache = default_cache()
    assert cache.is_writable
    assert mode(folder) == 0o700
    cache.close()
