"""Packs in buckets and on web servers: few requests, the right bytes, also without the server."""

from __future__ import annotations

import os
import random
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import apsw
import pytest

from benchmarks import servers
from benchmarks.servers import BadLine
from tests.remote.fixtures import need
from vfsloader import Layer, ResourceManager, Store, open_layer, packs
from vfsloader.cli.main import main
from vfsloader.compat.sqlite_http import HTTPVFS
from vfsloader.errors import DamagedError, PathNotFoundError, RemoteError, UnknownFormatError, VFSError
from vfsloader.layers.wrapper import LayerWrapper
from vfsloader.packs.publish import publish, pull
from vfsloader.remote.opening import published_at
from vfsloader.remote.retry import Retry, TransientError
from vfsloader.runtime.disk_cache import DiskCache
from vfsloader.testing.conformance import LayerConformance

Files = Mapping[str, bytes]
TREE = {f"/d{n % 20}/f{n}.bin": random.Random(n).randbytes(20_000 if n % 10 else 300_000) for n in range(600)}


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_pack(TREE, tmp_path_factory.mktemp("packs") / "p.pack")


def build_pack(tree: dict[str, bytes], file: Path) -> Path:
    store = Store(":memory:")
    for path, data in tree.items():
        store.write(path, data)
    packs.build(store, file)
    return file


def counted(line: BadLine) -> Counter[str]:
    methods = Counter(method for method, _ in line.requests)
    line.requests.clear()
    return methods


@pytest.fixture
def address(bucket: Any) -> str:
    return f"s3://{bucket.name}/packs/dlc1"


@pytest.fixture
def cold(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Begin with an empty cache each time it is called."""
    numbers = iter(range(100))

    def empty() -> None:
        monkeypatch.setenv("VFSLOADER_CACHE", str(tmp_path / f"cache {next(numbers)}"))

    return empty


def read(layer: Layer, path: str) -> bytes:
    entry = layer.find(path)
    assert entry is not None
    return layer.read(entry)


def test_few_requests_to_publish_open_and_read(pack: Path, address: str, line: BadLine, cold: Any) -> None:
    report = publish(pack, published_at(address))
    assert (report.size, report.uploaded) == (pack.stat().st_size,) * 2
    assert counted(line)["PUT"] <= 15
    assert publish(pack, published_at(address)).uploaded == 0
    assert counted(line)["PUT"] == 0
    with open_layer(address) as layer:
        assert read(layer, "/d3/f103.bin") == TREE["/d3/f103.bin"]
        assert counted(line)["GET"] <= 4
        assert read(layer, "/d17/f577.bin") == TREE["/d17/f577.bin"]
        assert counted(line)["GET"] <= 1
        assert read(layer, "/d17/f577.bin") == TREE["/d17/f577.bin"]
        assert not counted(line)
    with open_layer(address) as layer:  # what was fetched is on the disk
        assert read(layer, "/d3/f103.bin") == TREE["/d3/f103.bin"]
        assert counted(line)["GET"] <= 2
    cold()
    with open_layer(address) as layer:
        contents = {path: read(layer, path) for path in sorted(TREE)}
        assert contents == TREE
        assert counted(line)["GET"] <= 40


def test_a_small_change_uploads_little(pack: Path, address: str, bucket: Any, tmp_path: Path, cold: Any) -> None:
    publish(pack, published_at(address))
    changed = dict(TREE)
    for n in range(0, 600, 100):
        path = f"/d{n % 20}/f{n + 1}.bin" if f"/d{n % 20}/f{n + 1}.bin" in TREE else next(iter(TREE))
        changed[path] = random.Random(-n - 1).randbytes(len(TREE[path]))
    report = publish(build_pack(changed, tmp_path / "new.pack"), published_at(address))
    assert 0 < report.uploaded <= 0.03 * report.size
    assert report.number == 2
    cold()
    assert pull(published_at(address), tmp_path / "pulled.pack") == report.size
    assert (tmp_path / "pulled.pack").read_bytes() == (tmp_path / "new.pack").read_bytes()
    with open_layer(address) as layer:
        assert all(read(layer, path) == data for path, data in changed.items())


def test_an_upload_that_broke_off_goes_on(pack: Path, address: str, bucket: Any, line: BadLine) -> None:
    published = published_at(address)
    put, calls = published.bucket.put, iter(range(100))

    def breaking(key: str, data: bytes, **options: Any) -> None:
        if next(calls) >= 2:
            raise RemoteError.at(key, "the line is dead")
        put(key, data, **options)

    published.bucket.put = breaking  # type: ignore[method-assign]
    with pytest.raises(RemoteError, match="dead"):
        publish(pack, published)
    with pytest.raises(PathNotFoundError):
        open_layer(address)
    sent = len(list(bucket.objects.all()))
    assert sent == 2
    line.requests.clear()
    publish(pack, published_at(address))
    segments = [path for method, path in line.requests if method == "PUT" and "/segment/" in path]
    assert len(segments) == len(set(segments)) == len(list(bucket.objects.filter(Prefix="packs/dlc1/segment/"))) - 2
    with open_layer(address) as layer:
        assert read(layer, "/d3/f103.bin") == TREE["/d3/f103.bin"]


def test_a_level_is_fetched_at_once(pack: Path, address: str, line: BadLine, tmp_path: Path, cold: Any) -> None:
    publish(pack, published_at(address))
    wanted = sorted(TREE)[::3]
    (tmp_path / "base").mkdir()
    with ResourceManager(tmp_path / "base", dlc=[address], watch=False) as game:
        line.requests.clear()
        line.delay = 0.02
        job = game.preload(wanted, lambda asset: len(asset.data))
        job.wait()
        assert job.resources == {path: len(TREE[path]) for path in wanted}
        fetched = counted(line)["GET"]
        assert fetched <= len(wanted)
        line.delay = 0
        assert game.vfs.read_bytes(wanted[0]) == TREE[wanted[0]]
        game.vfs.prefetch([*wanted, "/missing", "/d1"])
        assert not counted(line)
    cold()
    with open_layer(address) as layer:
        line.requests.clear()
        wrapped = LayerWrapper(layer)
        wrapped.prefetch([layer.find(path) for path in wanted])  # type: ignore[union-attr]
        assert line.requests
        line.requests.clear()
        assert [read(layer, path) for path in wanted] == [TREE[path] for path in wanted]
        assert not counted(line)


def test_what_is_cached_is_read_without_the_server(pack: Path, address: str, line: BadLine) -> None:
    publish(pack, published_at(address))
    with open_layer(address) as layer:
        read(layer, "/d3/f103.bin")
    line.close()
    line.trouble = 1.0
    with open_layer(address) as layer:
        assert read(layer, "/d3/f103.bin") == TREE["/d3/f103.bin"]
        assert len(list(layer.list("/"))) == 20


def test_a_damaged_cache_is_fetched_again(pack: Path, address: str, line: BadLine, tmp_path: Path) -> None:
    publish(pack, published_at(address))
    with open_layer(address) as layer:
        assert read(layer, "/d3/f103.bin") == TREE["/d3/f103.bin"]
    chance = random.Random(5)
    for file in (tmp_path / "cache").iterdir():
        data = bytearray(file.read_bytes())
        for offset in range(0, len(data), 300):
            data[offset + chance.randrange(min(300, len(data) - offset))] ^= 255
        file.write_bytes(data)
    counted(line)
    for is_cached in (False, True):
        with open_layer(address) as layer:
            assert read(layer, "/d3/f103.bin") == TREE["/d3/f103.bin"]
        assert (counted(line)["GET"] <= 2) is is_cached


def test_by_hand(pack: Path, address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pack", "publish", str(pack), address]) == 0
    assert "state 1" in capsys.readouterr().out
    assert main(["pack", "publish", str(pack), address, "--json"]) == 0
    assert '"uploaded": 0' in capsys.readouterr().out
    out = str(tmp_path / "out.pack")
    assert main(["pack", "pull", address, out]) == 0
    assert (tmp_path / "out.pack").read_bytes() == pack.read_bytes()
    assert main(["pack", "pull", address, out]) == 1
    assert main(["pack", "pull", address, out, "--force"]) == 0
    assert main(["pack", "list", address]) == 0
    assert "/d3/f103.bin" in capsys.readouterr().out
    assert main(["pack", "gc", address, "--hours", "0"]) == 0
    assert main(["pack", "pull", address + "/nothing", str(tmp_path / "x")]) == 1
    assert "nothing is published at" in capsys.readouterr().err
    for wrong in ("s3://bucket", "ftp://x/y", "s3://"):
        with pytest.raises(UnknownFormatError):
            open_layer(wrong)


@pytest.mark.parametrize("server", ["moto"], indirect=True)
class TestInABucket(LayerConformance):
    @pytest.fixture(autouse=True)
    def _bucket(self, address: str) -> None:
        self.address = address

    def make_layer(self, files: Files, tmp_path: Path) -> Layer:
        publish(build_pack(dict(files), tmp_path / "c.pack"), published_at(self.address))
        return open_layer(self.address)


# --- web servers ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    need("nginx")
    folder = tmp_path_factory.mktemp("web")
    (folder / "files").mkdir()
    with servers.nginx(folder / "nginx", folder / "files") as address:
        yield address, folder / "files"


def test_a_pack_on_a_web_server(pack: Path, web: tuple[str, Path], cold: Any) -> None:
    address, files = web
    shutil.copy(pack, files / "dlc1.pack")
    line = BadLine(address)
    with open_layer(f"{line.address}/dlc1.pack") as layer:
        assert layer.name == "dlc1"
        assert counted(line)["GET"] <= 8
        assert read(layer, "/d3/f103.bin") == TREE["/d3/f103.bin"]
        assert counted(line)["GET"] <= 4
        assert all(read(layer, path) == data for path, data in sorted(TREE.items()))
        assert counted(line)["GET"] <= 60
    with open_layer(f"{line.address}/dlc1.pack") as layer:
        assert all(read(layer, path) == data for path, data in sorted(TREE.items()))
        assert counted(line)["GET"] <= 1
    line.close()
    with open_layer(f"{line.address}/dlc1.pack") as layer:  # and without the server
        assert all(read(layer, path) == data for path, data in sorted(TREE.items()))


def test_a_pack_that_is_replaced_is_an_error_and_no_mixture(pack: Path, web: tuple[str, Path], tmp_path: Path) -> None:
    address, files = web
    shutil.copy(pack, files / "changing.pack")
    with open_layer(f"{address}/changing.pack") as layer:
        read(layer, "/d3/f103.bin")
        other = {path: data[::-1] for path, data in TREE.items()}
        build_pack(other, tmp_path / "other.pack")
        os.utime(tmp_path / "other.pack", (1, 1))
        os.replace(tmp_path / "other.pack", files / "changing.pack")
        with pytest.raises((RemoteError, DamagedError), match="replaced while it was open"):
            for path in TREE:
                assert read(layer, path) == TREE[path]
    with open_layer(f"{address}/changing.pack") as layer:
        assert read(layer, "/d3/f103.bin") == other["/d3/f103.bin"]


def test_servers_that_will_not_do(pack: Path, web: tuple[str, Path]) -> None:
    address, files = web
    shutil.copy(pack, files / "p.pack")
    (files / "empty.pack").write_bytes(b"")
    line = BadLine(address)
    with pytest.raises(RemoteError, match="range requests"):
        open_layer(f"{line.address}/whole/p.pack")
    with pytest.raises(PermissionError, match="credentials"):
        open_layer(f"{line.address}/secret/p.pack")
    with pytest.raises(PathNotFoundError):
        open_layer(f"{line.address}/missing.pack")
    with pytest.raises(VFSError):
        open_layer(f"{line.address}/empty.pack")
    assert counted(line)["GET"] == 4, "no is no"
    line.close()


class TestOnAWebServer(LayerConformance):
    @pytest.fixture(autouse=True)
    def _web(self, web: tuple[str, Path]) -> None:
        self.web = web

    def make_layer(self, files: Files, tmp_path: Path) -> Layer:
        address, folder = self.web
        name = f"{tmp_path.name}.pack"
        build_pack(dict(files), folder / name)
        return open_layer(f"{address}/{name}")


def test_any_database_by_its_url(web: tuple[str, Path], tmp_path: Path) -> None:
    address, files = web
    local = apsw.Connection(str(files / "scores.db"))
    local.execute("CREATE TABLE t(a, b)")
    with local:
        local.executemany("INSERT INTO t VALUES(?, ?)", [(n, "x" * 500) for n in range(5_000)])
    local.close()
    line = BadLine(address)
    with DiskCache(tmp_path / "cache") as cache:
        for expected in (40, 1):
            vfs = HTTPVFS(cache=cache)
            connection = apsw.Connection(f"{line.address}/scores.db", apsw.SQLITE_OPEN_READONLY, vfs=vfs.name)
            assert connection.execute("SELECT count(*), sum(a) FROM t").get == (5_000, 12_497_500)
            assert connection.pragma("integrity_check") == "ok"
            with pytest.raises(apsw.ReadOnlyError):
                connection.execute("INSERT INTO t VALUES(1, 2)")
            connection.close()
            assert counted(line)["GET"] <= expected
    line.close()
    vfs = HTTPVFS(retry=Retry(attempts=2, pause=0.001))
    with pytest.raises(RemoteError, match=r"cannot be reached: .* \(2 attempts\)"):
        apsw.Connection(f"{line.address}/scores.db", apsw.SQLITE_OPEN_READONLY, vfs=vfs.name)


def test_closing_a_connection_cancels_only_its_own_requests(web: tuple[str, Path]) -> None:
    address, files = web
    apsw.Connection(str(files / "shared.db")).execute("CREATE TABLE t(a)")
    vfs = HTTPVFS(retry=Retry(attempts=2))
    for _ in range(2):
        connection = apsw.Connection(f"{address}/shared.db", apsw.SQLITE_OPEN_READONLY, vfs=vfs.name)
        assert connection.execute("SELECT count(*) FROM t").get == 0
        connection.close()


def test_asking_again_ends(tmp_path: Path) -> None:
    retry = Retry(attempts=50, deadline=0.0, pause=1.0)
    calls = []

    def request() -> None:
        calls.append(1)
        raise TransientError("no answer")

    with pytest.raises(RemoteError, match="no answer"):
        retry.run("there", request)
    assert len(calls) == 1
    retry.cancelled.set()
    with pytest.raises(RemoteError, match="cancelled"):
        retry.run("there", request)
    assert len(calls) == 1
