"""Packs made by someone who means harm: each is refused with the reason, or read as if nothing were in it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from tests.packs.trees import files_in, sample, write_tree
from vfsloader import ModManager, Store, VFSError, open_layer, packs
from vfsloader.errors import DamagedError, NotAStoreError, UnsafeArchiveError
from vfsloader.store import schema
from vfsloader.store.pack import inspection
from vfsloader.store.pack.compression import compress


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    packs.build(write_tree(tmp_path / "src", sample(large=300_000)), tmp_path / "x.pack")
    return tmp_path / "x.pack"


def change(pack: Path, *statements: str, values: tuple[object, ...] = ()) -> None:
    connection = apsw.Connection(str(pack))
    connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 0)
    for statement in statements:
        connection.execute(statement, values if "?" in statement else ())
    connection.close()


def test_one_bad_file_spoils_no_other(pack: Path) -> None:
    """A blob handle that could not be moved is closed by SQLite: the next file is read by another."""
    change(pack, "DELETE FROM chunk WHERE id = (SELECT content - 1 FROM node WHERE path = '/readme.txt')")
    with open_layer(pack) as layer:
        good = layer.find("/sprites/noise.png")
        for _ in range(2):
            assert len(layer.read(good)) == 40_000
            with pytest.raises(DamagedError):
                layer.read(layer.find("/readme.txt"))


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
        "ALTER TABLE chunk ADD COLUMN evil DEFAULT 1",
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
    connection = apsw.Connection(str(tmp_path / "x.pack"))
    connection.pragma("writable_schema", 1)
    connection.pragma("synchronous", "off")
    with connection:
        connection.executemany(
            "INSERT INTO sqlite_schema VALUES('table', ?, ?, 0, ?)",
            ((f"t{n}", f"t{n}", f"CREATE TABLE t{n}(x)") for n in range(100_000)),
        )
    connection.close()
    calls: list[int] = []
    with inspection.limited(counted := apsw.Connection(str(tmp_path / "x.pack"))):
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
        "UPDATE node SET content = -1 WHERE path = '/readme.txt'",
        "UPDATE node SET content = content | 1 << 23 WHERE path = '/readme.txt'",
        "UPDATE node SET content = content + 100000 WHERE path = '/readme.txt'",
        "UPDATE node SET content = 1 WHERE path = '/sprites'",
        "UPDATE node SET digest = 'text' WHERE path = '/readme.txt'",
        "UPDATE node SET digest = zeroblob(1000000) WHERE path = '/readme.txt'",
        "UPDATE node SET mtime_ns = 'yesterday' WHERE path = '/readme.txt'",
        "DELETE FROM node WHERE path = '/'",
        "UPDATE node SET kind = 0 WHERE path = '/'",
        "DELETE FROM meta WHERE name = 'chunk_size'",
        "UPDATE meta SET value = 0 WHERE name = 'chunk_size'",
        "UPDATE meta SET value = -65536 WHERE name = 'chunk_size'",
        "UPDATE meta SET value = 1 << 40 WHERE name = 'chunk_size'",
        "UPDATE meta SET value = 'many' WHERE name = 'chunk_size'",
        "UPDATE meta SET value = 'yes' WHERE name = 'sealed'",
        "UPDATE meta SET value = 1e100 WHERE name = 'clock'",
        "UPDATE meta SET value = zeroblob(20000000) WHERE name = 'clock'",
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


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE chunk SET data = zeroblob(9e7) WHERE id = (SELECT content - 1 FROM node WHERE path = '/readme.txt')",
        "UPDATE chunk SET data = zeroblob(10) WHERE id = (SELECT content - 2 FROM node WHERE path = '/large.bin')",
        "UPDATE chunk SET data = zeroblob(65537) WHERE id = (SELECT content - 2 FROM node WHERE path = '/large.bin')",
        "UPDATE chunk SET data = x'' WHERE id = (SELECT content - 1 FROM node WHERE path = '/large.bin')",
        "UPDATE chunk SET data = 5 WHERE id = (SELECT content - 1 FROM node WHERE path = '/readme.txt')",
        "DELETE FROM chunk WHERE id = (SELECT content - 1 FROM node WHERE path = '/readme.txt')",
        "DELETE FROM chunk WHERE id = (SELECT content - 2 FROM node WHERE path = '/large.bin')",
        "DELETE FROM chunk",
        "UPDATE node SET content = 5000 << 24 | content & 8388607 WHERE path = '/large.bin'",
    ],
)
def test_chunks_that_lie_are_told_when_they_are_read(pack: Path, statement: str) -> None:
    change(pack, statement)
    with pytest.raises(VFSError):
        use(pack)
    assert not packs.verify(pack).ok
    with pytest.raises(VFSError):
        packs.extract(pack, pack.with_name("out"))


def test_overlapping_contents_read_as_what_they_are(pack: Path) -> None:
    change(
        pack,
        "UPDATE node SET content = (SELECT content - 1 FROM node WHERE path = '/large.bin'), size = 262144,"
        " digest = NULL WHERE path = '/sprites/noise.png'",
    )
    found = files_in(pack)
    assert found["/sprites/noise.png"] == found["/large.bin"][:262144]
    assert any("overlap" in fault for fault in packs.verify(pack).faults)


def make_compressed(path: Path, frames: list[bytes], size: int, chunk_size: int = 65536) -> Path:
    """Write a pack with one file whose chunks are these bytes."""
    with Store(path, chunk_size=chunk_size) as store:
        store.write("/x", bytes(min(size, 10)))
        store.seal()
    content = 7 << schema.NUMBER_SHIFT | schema.COMPRESSED | -(-size // chunk_size)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE node SET content = ?, size = ?, digest = NULL WHERE path = '/x'", (content, size))
    connection.executemany(
        "INSERT INTO chunk VALUES(?, ?)", [((7 << schema.NUMBER_SHIFT) + at, frame) for at, frame in enumerate(frames)]
    )
    connection.execute("PRAGMA user_version = 2")
    connection.commit()
    connection.close()
    return path


def test_frames_that_lie_are_told(tmp_path: Path) -> None:
    good = compress(bytes(65536), 3)
    assert files_in(make_compressed(tmp_path / "good.pack", [good, good], 131072)) == {"/x": bytes(131072)}
    for place, frame in enumerate(
        [
            b"",
            b"no frame",
            good[:-1],
            good + b"x",
            good + good,
            compress(bytes(65535), 3),
            compress(bytes(65537), 3),
            compress(bytes(50_000_000), 3),
            b"\x28\xb5\x2f\xfd\xe0" + b"\xff" * 8 + good[9:],
        ]
    ):
        pack = make_compressed(tmp_path / f"{place}.pack", [frame, good], 131072)
        with pytest.raises(VFSError):
            use(pack)


def test_a_bomb_of_frames_is_not_unpacked_into_memory(tmp_path: Path) -> None:
    count = 2_000
    pack = make_compressed(tmp_path / "x.pack", [compress(bytes(65536), 19)] * count, 65536 * count)
    assert pack.stat().st_size < 1 << 20
    with open_layer(pack) as layer:
        entry = layer.find("/x")
        with pytest.raises(UnsafeArchiveError, match="times its size"):
            layer.read(entry)
        with layer.open(entry) as stream:  # a stream unpacks a chunk at a time
            stream.seek(65536 * (count - 1))
            assert len(stream.read()) == 65536
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
