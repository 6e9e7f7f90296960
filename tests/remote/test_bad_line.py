"""A line that drops, delays, cuts off, changes and reorders answers: the right bytes come, or an OSError."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from benchmarks import servers
from benchmarks.servers import BadLine
from tests.remote.fixtures import need
from tests.remote.test_packs import build_pack, read
from vfsloader import open_layer
from vfsloader.compat.sqlite_s3vfs import S3VFS
from vfsloader.packs.publish import publish
from vfsloader.remote.opening import published_at
from vfsloader.remote.retry import Retry

#: `make stress` asks for 10,000.
REQUESTS = int(os.environ.get("VFSLOADER_BAD_REQUESTS", "300"))
TREE = {f"/d{n % 5}/f{n}.bin": random.Random(n).randbytes(9_000 if n % 9 else 1_500_000) for n in range(60)}


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask more often, and with shorter pauses, than one does of a server that is far away."""
    monkeypatch.setattr("vfsloader.remote.http.Retry", lambda: Retry(attempts=9, pause=0.001))
    monkeypatch.setattr("vfsloader.remote.s3.Retry", lambda: Retry(attempts=9, pause=0.001))


def sweep(address: str, line: BadLine, tmp_path: Path) -> tuple[int, int]:
    """Read everything again and again, each time with an empty cache; return how often it was right, and an error."""
    right = wrong = turn = 0
    chance = random.Random(1)
    while len(line.requests) < REQUESTS:
        turn += 1
        os.environ["VFSLOADER_CACHE"] = str(tmp_path / f"cache {turn}")
        try:
            with open_layer(address) as layer:
                for path in chance.sample(sorted(TREE), 30):
                    if chance.random() < 0.5:
                        assert read(layer, path) == TREE[path], "wrong bytes"
                    else:
                        with layer.open(layer.find(path)) as stream:  # type: ignore[union-attr]
                            assert stream.read() == TREE[path], "wrong bytes"
                    right += 1
        except OSError:
            wrong += 1
        shutil.rmtree(tmp_path / f"cache {turn}", ignore_errors=True)
    return right, wrong


@pytest.mark.parametrize("server", ["moto"], indirect=True)
def test_a_bucket_behind_a_bad_line(bucket: Any, line: BadLine, tmp_path: Path) -> None:
    address = f"s3://{bucket.name}/packs/bad"
    publish(build_pack(TREE, tmp_path / "bad.pack"), published_at(address))
    line.requests.clear()
    line.trouble = 0.3
    right, _ = sweep(address, line, tmp_path)
    assert right > 30


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    need("nginx")
    (tmp_path / "files").mkdir()
    build_pack(TREE, tmp_path / "files" / "bad.pack")
    with servers.nginx(tmp_path / "nginx", tmp_path / "files") as address:
        yield address


def test_a_web_server_behind_a_bad_line(web: str, tmp_path: Path) -> None:
    line = BadLine(web, seed=3)
    line.trouble = 0.3
    right, _ = sweep(f"{line.address}/bad.pack", line, tmp_path)
    assert right > 30
    line.close()


@pytest.mark.parametrize("server", ["moto"], indirect=True)
def test_writing_over_a_bad_line_loses_no_commit(bucket: Any, line: BadLine) -> None:
    retry = Retry(attempts=9, pause=0.001)
    vfs = S3VFS(bucket, retry=retry)
    connection = apsw.Connection("saves/world", vfs=vfs.name)
    connection.execute("CREATE TABLE foo(x)")
    line.trouble = 0.25
    committed: list[int] = []
    tried = 0
    while len(line.requests) < REQUESTS:
        tried += 1
        try:
            connection.execute("INSERT INTO foo VALUES(?)", (tried,))
            committed.append(tried)
        except (OSError, apsw.Error):
            vfs.refresh()
    line.trouble = 0.0
    fresh = S3VFS(bucket)
    again = apsw.Connection("saves/world", vfs=fresh.name)
    rows = [x for (x,) in again.execute("SELECT x FROM foo ORDER BY x")]
    assert set(committed) <= set(rows), "a commit is lost"
    assert len(rows) == len(set(rows)), "a commit was made twice"
    assert len(committed) > 10
    assert again.pragma("integrity_check") == "ok"
