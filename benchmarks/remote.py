"""Packs and databases in a bucket, counted in requests, and timed over a line that takes 20 ms for each."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import sqlite_s3vfs

from benchmarks import servers
from benchmarks.timing import Row
from vfsloader import Layer, Store, open_layer, packs
from vfsloader.compat.sqlite_s3vfs import S3VFS
from vfsloader.packs.publish import publish
from vfsloader.remote.opening import published_at

FILES, BYTES, LATENCY = 5_000, 8_600, 0.02
#: Files that the slow baseline reads; its time for all files is computed from these.
SAMPLE = 10


def rows(at: Path) -> Iterator[Row]:
    """Measure."""
    chance = random.Random(1)
    tree = {f"/d{n % 50}/f{n}.bin": chance.randbytes(BYTES) for n in range(FILES)}
    pack = build_pack(tree, at / "p.pack")
    os.environ.update(AWS_ACCESS_KEY_ID=servers.KEY, AWS_SECRET_ACCESS_KEY=servers.SECRET)
    os.environ.update(AWS_DEFAULT_REGION="us-east-1")
    with servers.moto() as address, contextlib.closing(servers.BadLine(address)) as line:
        os.environ["AWS_ENDPOINT_URL"] = line.address
        bucket = servers.resource(line.address).Bucket("bench")
        bucket.create()
        theirs = sqlite_s3vfs.S3VFS(bucket)
        line.requests.clear()
        with open(pack, "rb") as file:
            theirs.deserialize_iter("theirs", iter(lambda: file.read(1 << 20), b""))
        their_puts = counted(line)["PUT"]
        place = "s3://bench/ours"
        publish(pack, published_at(place))
        puts = counted(line)["PUT"]
        yield Row("publish a pack of 5,000 files, in PUTs", "15 PUTs", puts / 15, 1.0)
        yield Row("publish a pack of 5,000 files, in PUTs", "sqlite-s3vfs", puts / their_puts, None)
        yield from reading(at, tree, place, line, theirs)
        yield from writing(bucket, line, theirs)
        yield from level(at, tree, pack)
        os.environ["AWS_ENDPOINT_URL"] = line.address
        changed = tree | {path: chance.randbytes(BYTES) for path in chance.sample(sorted(tree), FILES // 100)}
        report = publish(build_pack(changed, at / "new.pack"), published_at(place))
        yield Row("publish again, 1 % changed, in bytes", "3 % of the pack", report.uploaded / report.size / 0.03, 1.0)


def reading(at: Path, tree: dict[str, bytes], place: str, line: servers.BadLine, theirs: Any) -> Iterator[Row]:
    """Measure opening and reading."""
    paths = sorted(tree)
    cold(at, 0)
    line.requests.clear()
    layer = open_layer(place)
    read(layer, paths[2_000])
    first = counted(line)["GET"]
    read(layer, paths[4_000])
    following = counted(line)["GET"]
    read(layer, paths[4_000])
    warm = counted(line)["GET"]
    layer.close()
    connection = apsw.Connection("theirs", apsw.SQLITE_OPEN_READONLY, vfs=theirs.name)
    read_theirs(connection, paths[2_000])
    their_first = counted(line)["GET"]
    read_theirs(connection, paths[4_000])
    their_following = counted(line)["GET"]
    yield Row("open it and read a file, in GETs", "4 GETs", first / 4, 1.0)
    yield Row("open it and read a file, in GETs", "sqlite-s3vfs", first / their_first, None)
    yield Row("read the next file, in GETs", "1 GET", following, 1.0)
    yield Row("read the next file, in GETs", "sqlite-s3vfs", following / their_following, None)
    yield Row("read it once more, in GETs", "1 GET", warm, 0.5)
    line.delay = LATENCY
    cold(at, 1)
    with open_layer(place) as layer:
        start = time.perf_counter()
        for path in paths:
            assert read(layer, path) == tree[path]
        ours = time.perf_counter() - start
    start = time.perf_counter()
    for path in random.Random(2).sample(paths, SAMPLE):
        read_theirs(connection, path)
    baseline = (time.perf_counter() - start) / SAMPLE * len(paths)
    yield Row("read the whole pack, 20 ms away", "sqlite-s3vfs", ours / baseline, 1 / 50)
    line.delay = 0.0


def level(at: Path, tree: dict[str, bytes], pack: Path) -> Iterator[Row]:
    """Measure a level that is fetched at once, from a real object store if one is installed."""
    wanted = random.Random(3).sample(sorted(tree), 200)
    real = shutil.which("radosgw") is not None
    took = []
    server = servers.ceph(at / "ceph") if real else servers.moto()
    with server as address, contextlib.closing(servers.BadLine(address)) as line:
        os.environ["AWS_ENDPOINT_URL"] = line.address
        servers.resource(line.address).Bucket("level").create()
        publish(pack, published_at("s3://level/pack"))
        line.delay = LATENCY
        for turn in range(5):
            cold(at, 10 + turn)
            with open_layer("s3://level/pack") as layer:
                entries = [entry for entry in map(layer.find, wanted) if entry is not None]
                start = time.perf_counter()
                layer.prefetch(entries)  # type: ignore[attr-defined]
                for path in wanted:
                    assert read(layer, path) == tree[path]
                took.append(time.perf_counter() - start)
    yield Row("a level of 200 files, 20 ms away", "400 ms", sorted(took)[2] / 0.4, 1.0)


def writing(bucket: Any, line: servers.BadLine, theirs: Any) -> Iterator[Row]:
    """Measure a transaction."""
    counts: list[Counter[str]] = []
    for vfs in (S3VFS(bucket), theirs):
        connection = apsw.Connection(f"written by {vfs.name}", vfs=vfs.name)
        connection.execute("CREATE TABLE t(a, b)")
        connection.close()
        line.requests.clear()
        connection = apsw.Connection(f"written by {vfs.name}", vfs=vfs.name)
        with connection:
            for number in range(1_000):
                connection.execute("INSERT INTO t VALUES(?, ?)", (number, "x" * 2_000))
        connection.close()
        counts.append(counted(line))
    yield Row("1,000 inserts in one transaction, in PUTs", "4 PUTs", counts[0]["PUT"] / 4, 1.0)
    yield Row("1,000 inserts in one transaction, in PUTs", "sqlite-s3vfs", counts[0]["PUT"] / counts[1]["PUT"], None)
    yield Row("1,000 inserts in one transaction, in GETs", "2 GETs", counts[0]["GET"] / 2, 1.0)


def build_pack(tree: dict[str, bytes], file: Path) -> Path:
    """Build a pack."""
    store = Store(":memory:")
    for path, data in tree.items():
        store.write(path, data)
    packs.build(store, file)
    return file


def read(layer: Layer, path: str) -> bytes:
    """Read a file of ours."""
    entry = layer.find(path)
    assert entry is not None
    return layer.read(entry)


def read_theirs(connection: apsw.Connection, path: str) -> bytes:
    """Read the same file of the same database, by SQL."""
    statement = "SELECT data FROM chunk WHERE id = (SELECT content - 1 FROM node WHERE path = ?)"
    return bytes(connection.execute(statement, (path,)).get)


def counted(line: servers.BadLine) -> Counter[str]:
    """Return how often each method was requested since the last call."""
    methods = Counter(method for method, _ in line.requests)
    line.requests.clear()
    return methods


def cold(at: Path, number: int) -> None:
    """Use another, empty cache from now on."""
    os.environ["VFSLOADER_CACHE"] = str(at / f"cache {number}")
