"""Where a pack's contents begin: behind the index, however large it turns out to be."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from vfsloader import Store, open_layer, packs
from vfsloader.store import schema
from vfsloader.store.pack.writer import PackFacts, PackNode, PackWriter


@pytest.mark.parametrize("count", [1, 300, 3_000])
@pytest.mark.parametrize("size", [0, 7, 20_000])
def test_contents_move_back_if_the_index_does_not_fit(tmp_path: Path, count: int, size: int) -> None:
    contents = {f"/f{number:05}.bin": b"%05d" % number + b"x" * size for number in range(count)}
    if size == 20_000:  # a heap that is larger than the buffer
        contents = dict(list(contents.items())[:300])
    writer = PackWriter(str(tmp_path / "x.pack"), PackFacts(page_size=1024, heap_start=200))
    nodes = [PackNode("/", schema.FOLDER, 0, 0)]
    for path, data in contents.items():
        digest = hashlib.sha256(data).digest()
        content = writer.begin(schema.PLAIN)
        content.add(data)
        content.end(digest)
        nodes.append(PackNode(path, schema.FILE, len(data), 0, digest))
    writer.finish(nodes)
    writer.close()
    assert packs.verify(tmp_path / "x.pack").faults == ()
    for trusted in (False, True):
        with open_layer(tmp_path / "x.pack", trusted=trusted) as pack:
            assert {entry.path: pack.read(entry) for entry in pack.list("/")} == contents


def test_a_hundred_thousand_short_files_are_packed(tmp_path: Path) -> None:
    store = Store(":memory:")
    with store.transaction():
        for number in range(100_000):
            store.write(f"/d{number % 100}/f{number}.png", b"x%d" % number)
    packs.build(store, tmp_path / "x.pack")
    with open_layer(tmp_path / "x.pack") as pack:
        assert pack.read(pack.find("/d99/f99999.png")) == b"x99999"
