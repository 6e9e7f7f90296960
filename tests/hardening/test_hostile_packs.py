"""Packs made by someone who means harm: each is refused with the reason, or read as if nothing were in it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from tests.packs.tampering import change, seal_of
from tests.packs.trees import files_in, sample, write_tree
from vfsloader import ModManager, Store, VFSError, open_layer, packs
from vfsloader.errors import DamagedError, NotAStoreError, UnsafeArchiveError
from vfsloader.store import schema
from vfsloader.store.pack import inspection
from vfsloader.store.pack.compression import FRAME_BYTES, compress, seek_table
from vfsloader.store.pack.seal import Seal
from vfsloader.store.pack.writer import PackFacts, PackNode, PackWriter


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    packs.build(write_tree(tmp_path / "src", sample(large=300_000)), tmp_path / "x.pack")
    return tmp_path / "x.pack"


def use(pack: Path) -> None:
    """Do with a pack what a game does, and what its owner does."""
    with open_layer(pack) as layer:
        folders = ["/"]
        while folders:
            for entry in layer.list(folders.pop()):
                if entry.is_folder:
                    folders.append(entry.path)
                else:
                    layer.read(entry)
                    with layer.open(entry) as stream:
                        stream.read()
        list(layer.glob("/**"))


# --- the schema ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER evil AFTER INSERT ON node BEGIN DELETE FROM node; END",
        "CREATE VIEW evil AS SELECT * FROM node",
        "CREATE TABLE evil(x)",
        "CREATE INDEX evil ON node(size)",
        "ALTER TABLE node ADD COLUMN evil GENERATED ALWAYS AS (zeroblob(1000000)) VIRTUAL",
        "ALTER TABLE meta ADD COLUMN evil DEFAULT 1",
        "CREATE VIRTUAL TABLE evil USING fts5(x)",
        "DROP TABLE meta",
        "DROP INDEX node_parent",
    ],
)
def test_only_our_own_schema_is_read(pack: Path, statement: str) -> None:
    change(pack, statement)
    with pytest.raises(NotAStoreError, match="unexpected table or index"):
        open_layer(pack)
    assert not packs.verify(pack).ok


def test_a_view_in_the_place_of_a_table_runs_no_sql(pack: Path) -> None:
    rewritten = "CREATE VIEW node AS SELECT 1 AS id"
    change(
        pack,
        "PRAGMA writable_schema = 1",
        f"UPDATE sqlite_schema SET type = 'view', rootpage = 0, sql = '{rewritten}' WHERE name = 'node'",
    )
    with pytest.raises(VFSError):
        open_layer(pack)


def test_a_schema_of_a_hundred_thousand_tables_takes_no_time(tmp_path: Path) -> None:
    store = Store(":memory:")
    packs.build(store, tmp_path / "x.pack")
    change(
        tmp_path / "x.pack",
        "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 100000) INSERT INTO sqlite_schema "
        "SELECT 'table', 't' || n, 't' || n, 0, 'CREATE TABLE t' || n || '(x)' FROM n",
    )
    calls: list[int] = []
    address = f"{(tmp_path / 'x.pack').as_uri()}?immutable=1"
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    with inspection.limited(counted := apsw.Connection(address, flags=flags)):
        counted.set_progress_handler(lambda: bool(calls.append(1)) or len(calls) > 100, 1_000)
        with pytest.raises(apsw.Error):
            counted.execute("SELECT * FROM meta")
    with pytest.raises(VFSError):
        open_layer(tmp_path / "x.pack")


def test_one_of_a_newer_version_says_so(pack: Path) -> None:
    change(pack, "PRAGMA user_version = 3")
    with pytest.raises(NotAStoreError, match=r"format 3, .* update vfsloader"):
        open_layer(pack)


def test_a_journal_that_lies_beside_a_pack_is_not_played(pack: Path) -> None:
    """A hot journal's pages would be written into the file, and it may name another file to delete."""
    before = pack.read_bytes()
    precious = pack.with_name("precious")
    precious.write_text("mine")
    journal = Path(f"{pack}-journal")
    name = str(precious).encode()
    tail = len(name).to_bytes(4, "big") + sum(name).to_bytes(4, "big") + bytes.fromhex("d9d505f920a163d7")
    journal.write_bytes(bytes.fromhex("d9d505f920a163d7") + (1).to_bytes(4, "big") + bytes(2048) + name + tail)
    Path(f"{pack}-wal").write_bytes(os.urandom(5000))
    assert files_in(pack) == sample(large=300_000)
    assert pack.read_bytes() == before
    assert precious.read_text() == "mine"


# --- rows ----------------------------------------------------------------------------------------------

PATHS = {
    "a path that leaves the root": "/../etc/passwd",
    "a path in another folder": "/sprites/deeper/x",
    "a dot": "/.",
    "an empty name": "/",
    "no slash": "passwd",
    "two slashes": "//x",
    "a backslash": "/..\\x",
    "a NUL": "/a\0b",
    "a decomposed accent": "/cafe\u0301",
    "a name of 300 bytes": "/" + "x" * 300,
    "a path of 5,000 bytes": "/" + "x/" * 2500,
}


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_a_path_that_no_tree_can_have_is_refused(pack: Path, path: str) -> None:
    change(pack, "UPDATE OR REPLACE node SET path = ? WHERE path = '/readme.txt'", values=(path,))
    with pytest.raises(DamagedError, match="damaged or malicious"):
        open_layer(pack)
    assert not packs.verify(pack).ok


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE node SET path = CAST(x'2fff' AS TEXT) WHERE path = '/readme.txt'",
        "UPDATE node SET path = x'2f61' WHERE path = '/readme.txt'",
        "UPDATE node SET path = 5 WHERE path = '/readme.txt'",
        "UPDATE node SET parent = id WHERE path = '/sprites'",
        "UPDATE node SET parent = (SELECT id FROM node WHERE path = '/copy/of') WHERE path = '/copy'",
        "UPDATE node SET parent = 999 WHERE path = '/readme.txt'",
        "UPDATE node SET parent = (SELECT id FROM node WHERE path = '/empty') WHERE path = '/readme.txt'",
        "UPDATE node SET kind = 9 WHERE path = '/readme.txt'",
        "UPDATE node SET kind = 'file' WHERE path = '/readme.txt'",
        "UPDATE node SET kind = 0 WHERE path = '/sprites'",
        "UPDATE node SET size = -1 WHERE path = '/readme.txt'",
        "UPDATE node SET size = 1 << 62 WHERE path = '/readme.txt'",
        "UPDATE node SET size = 1e300 WHERE path = '/readme.txt'",
        "UPDATE node SET size = 9223372036854775807 WHERE path = '/large.bin'",
        "UPDATE node SET offset = -1 WHERE path = '/readme.txt'",
        "UPDATE node SET offset = 0 WHERE path = '/readme.txt'",
        "UPDATE node SET offset = 100 WHERE path = '/readme.txt'",
        "UPDATE node SET offset = 1 << 40 WHERE path = '/readme.txt'",
        "UPDATE node SET offset = 9223372036854775807 WHERE path = '/readme.txt'",
        "UPDATE node SET offset = 'here' WHERE path = '/readme.txt'",
        "UPDATE node SET offset = offset + 1000000 WHERE path = '/readme.txt'",
        "UPDATE node SET length = length + 1 WHERE path = '/readme.txt'",
        "UPDATE node SET length = 1 << 40, size = 1 << 40 WHERE path = '/readme.txt'",
        "UPDATE node SET length = -1, size = -1 WHERE path = '/readme.txt'",
        "UPDATE node SET offset = 5 WHERE path = '/empty'",
        "UPDATE node SET encoding = 1 WHERE path = '/readme.txt'",
        "UPDATE node SET encoding = 1, stored = digest WHERE path = '/empty'",
        "UPDATE node SET encoding = 2 WHERE path = '/readme.txt'",
        "UPDATE node SET stored = digest WHERE path = '/readme.txt'",
        "UPDATE node SET length = 1 WHERE path = '/sprites'",
        "UPDATE node SET digest = 'text' WHERE path = '/readme.txt'",
        "UPDATE node SET digest = zeroblob(1000000) WHERE path = '/readme.txt'",
        "UPDATE node SET mtime_ns = 'yesterday' WHERE path = '/readme.txt'",
        "DELETE FROM node WHERE path = '/'",
        "UPDATE node SET kind = 0 WHERE path = '/'",
        "DELETE FROM meta WHERE name = 'digest'",
        "UPDATE meta SET value = 'yes' WHERE name = 'sealed'",
        "UPDATE meta SET value = 0 WHERE name = 'sealed'",
        "UPDATE meta SET value = zeroblob(20000000) WHERE name = 'digest'",
        "UPDATE meta SET value = zeroblob(20000000) WHERE name = 'layout'",
    ],
)
def test_a_row_that_lies_is_refused(pack: Path, statement: str) -> None:
    change(pack, statement)
    with pytest.raises(VFSError):
        open_layer(pack)
    assert not packs.verify(pack).ok


def test_more_files_than_any_game_needs_are_refused(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "MAX_NODES", 5)
    with pytest.raises(UnsafeArchiveError, match="more than 5 files"):
        open_layer(pack)


# --- content -------------------------------------------------------------------------------------------


def test_a_pack_that_is_cut_off_while_it_is_open_is_an_error(pack: Path) -> None:
    """An untrusted pack is not mapped, so it can change under a game without killing it."""
    with open_layer(pack) as layer:
        entry, large = layer.find("/sprites/noise.png"), layer.find("/large.txt")
        assert len(layer.read(entry)) == 40_000
        os.truncate(pack, entry.locator.start + 10)
        with pytest.raises(DamagedError, match="cut off"):
            layer.read(entry)
        with pytest.raises(DamagedError, match="cut off"), layer.open(entry) as stream:
            stream.read()
        with pytest.raises(DamagedError, match="cut off"):
            layer.view(entry)
        if large.locator.start < entry.locator.start:
            assert len(layer.read(large)) == large.size


def test_overlapping_contents_read_as_what_they_are(pack: Path) -> None:
    change(
        pack,
        "UPDATE node SET (offset, length, size, digest) = (SELECT offset + 7, 262144, 262144, digest FROM node WHERE"
        " path = '/large.bin') WHERE path = '/sprites/noise.png'",
    )
    found = files_in(pack)
    assert found["/sprites/noise.png"] == found["/large.bin"][7 : 262144 + 7]
    assert any("overlap" in fault for fault in packs.verify(pack).faults)


@pytest.mark.parametrize(
    "harm",
    [
        lambda seal: {"heap_start": seal.heap_start + 1, "heap_bytes": seal.heap_bytes - 1},
        lambda seal: {"heap_start": 1 << 63, "heap_bytes": (1 << 64) - (1 << 63)},
        lambda seal: {"heap_start": 100, "heap_bytes": seal.end - 100},
        lambda seal: {"heap_bytes": (1 << 64) - 1},
    ],
)
def test_a_seal_that_lies_is_refused(pack: Path, harm: Callable[[Seal], dict[str, int]]) -> None:
    seal = seal_of(pack)
    with pack.open("r+b") as file:
        file.seek(seal.index_bytes)
        file.write(replace(seal, **harm(seal)).encode())
    with pytest.raises(DamagedError):
        open_layer(pack)
    assert not packs.verify(pack).ok


@pytest.mark.parametrize("place", [16, 24, 28, 92])
def test_a_header_that_lies_about_the_seals_place_is_refused(pack: Path, place: int) -> None:
    data = bytearray(pack.read_bytes())
    data[place] ^= 0x7F
    pack.write_bytes(data)
    with pytest.raises(VFSError):
        open_layer(pack)


def make_compressed(path: Path, content: bytes, size: int) -> Path:
    """Write a pack with one file that is stored as these bytes."""
    writer = PackWriter(str(path), PackFacts(1024, 20_000))
    stored = writer.begin(schema.ZSTD)
    stored.add(content)
    stored.end(bytes(32))
    writer.finish([PackNode("/", schema.FOLDER), PackNode("/x", schema.FILE, size, 0, bytes(32))])
    return path


def two_frames(first: bytes, second: bytes, *, size: int = 2 * FRAME_BYTES) -> bytes:
    return first + second + seek_table([len(first), len(second)], size)


def test_frames_that_lie_are_told(tmp_path: Path) -> None:
    good, size = compress(bytes(FRAME_BYTES), 3), 2 * FRAME_BYTES
    whole = two_frames(good, good)
    assert files_in(make_compressed(tmp_path / "good.pack", whole, size)) == {"/x": bytes(size)}
    assert files_in(make_compressed(tmp_path / "one.pack", good, FRAME_BYTES)) == {"/x": bytes(FRAME_BYTES)}
    for place, (content, claimed) in enumerate(
        [
            (b"no frame", 10),
            (good, FRAME_BYTES - 1),
            (good, FRAME_BYTES + 1),
            (good[:-1], FRAME_BYTES),
            (good + b"x", FRAME_BYTES),
            (good + good, size),
            (whole, size + 1),
            (whole, size - 1),
            (whole, 1 << 40),
            (whole + b"x", size),
            (whole[1:], size),
            (whole[:-20] + bytes(20), size),
            (two_frames(good[:-1], good), size),
            (two_frames(good + good, b""), size),
            (two_frames(compress(bytes(FRAME_BYTES - 1), 3), good), size),
            (two_frames(compress(bytes(50_000_000), 3), good), size),
            (b"\x28\xb5\x2f\xfd\xe0" + b"\xff" * 8 + good[9:], FRAME_BYTES),
        ]
    ):
        pack = make_compressed(tmp_path / f"{place}.pack", content, claimed)
        with pytest.raises(VFSError):
            use(pack)
        with open_layer(pack) as layer, pytest.raises(VFSError), layer.open(layer.find("/x")) as stream:
            stream.read()
        assert not packs.verify(pack).ok


def test_a_bomb_of_frames_is_not_unpacked_into_memory(tmp_path: Path) -> None:
    count = 500
    frame = compress(bytes(FRAME_BYTES), 19)
    content = frame * count + seek_table([len(frame)] * count, FRAME_BYTES * count)
    pack = make_compressed(tmp_path / "x.pack", content, FRAME_BYTES * count)
    assert pack.stat().st_size < 1 << 20
    with open_layer(pack) as layer:
        entry = layer.find("/x")
        with pytest.raises(UnsafeArchiveError, match="times its size"):
            layer.read(entry)
        with layer.open(entry) as stream:  # a stream unpacks a frame at a time
            stream.seek(FRAME_BYTES * (count - 1))
            assert len(stream.read()) == FRAME_BYTES
    with pytest.raises(UnsafeArchiveError):
        packs.extract(pack, tmp_path / "out")


# --- in a game -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "harm",
    [
        lambda pack: change(pack, "CREATE VIEW evil AS SELECT 1"),
        lambda pack: change(pack, "UPDATE node SET path = '/../x' WHERE path = '/a.txt'"),
        lambda pack: pack.write_bytes(pack.read_bytes()[:5000]),
        lambda pack: pack.write_bytes(b"SQLite format 3\0" + bytes(52) + b"VFSL" + bytes(30_000)),
        lambda pack: pack.write_bytes(b""),
    ],
    ids=["schema", "path", "cut off", "no database", "empty"],
)
def test_a_bad_pack_costs_itself_only(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    mods = tmp_path / "mods"
    for name in ("good", "bad"):
        manifest = f'id = "{name}"\nname = "{name}"\nversion = "1"\n'.encode()
        tree = write_tree(tmp_path / name, {"/mod.toml": manifest, "/a.txt": name.encode()})
        mods.mkdir(exist_ok=True)
        packs.build(tree, mods / f"{name}.pack")
    harm(mods / "bad.pack")
    manager = ModManager(mods)
    assert [mod.id for mod in manager.enabled] == ["good"]
    assert [problem for problem in manager.problems if "bad" in str(problem)]
    manager.close()
