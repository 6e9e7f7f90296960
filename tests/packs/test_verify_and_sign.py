"""Verifying packs, and telling who made them."""

from __future__ import annotations

import os
import random
import stat
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from tests.packs.trees import sample, write_tree
from vfsloader import Store, packs
from vfsloader.errors import ConfigError, DamagedError, PathExistsError, PathNotFoundError


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    packs.build(write_tree(tmp_path / "src", sample(large=300_000)), tmp_path / "x.pack")
    return tmp_path / "x.pack"


def change(pack: Path, statement: str, values: tuple[object, ...] = ()) -> None:
    """Change a pack as a stranger would."""
    connection = apsw.Connection(str(pack))
    connection.pragma("writable_schema", 1)
    connection.execute(statement, values)
    connection.close()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE node SET size = size + 1 WHERE path = '/readme.txt'", "/readme.txt"),
        ("UPDATE node SET digest = zeroblob(32) WHERE path = '/readme.txt'", "/readme.txt has other bytes"),
        ("UPDATE node SET digest = NULL WHERE path = '/readme.txt'", "/readme.txt has no digest"),
        ("UPDATE node SET mtime_ns = 5 WHERE path = '/readme.txt'", "digest of the whole"),
        ("UPDATE node SET path = '/other.txt' WHERE path = '/readme.txt'", "digest of the whole"),
        ("DELETE FROM node WHERE path = '/readme.txt'", "digest of the whole"),
        ("UPDATE chunk SET data = zeroblob(length(data)) WHERE id = 16777216", "has other bytes"),
        ("UPDATE chunk SET data = x'00' WHERE id = 16777216", "size"),
        ("DELETE FROM chunk WHERE id = 16777216", "missing chunks"),
        ("INSERT INTO chunk VALUES(5, x'00')", "chunk 5 belongs to no file"),
        ("UPDATE meta SET value = zeroblob(32) WHERE name = 'digest'", "digest of the whole"),
        ("UPDATE meta SET value = 0 WHERE name = 'sealed'", "not sealed"),
        ("UPDATE node SET content = content + 1 WHERE path = '/large.bin'", "/large.bin"),
        ("UPDATE node SET content = 99 << 24 | 1 WHERE path = '/readme.txt'", "/readme.txt"),
    ],
)
def test_what_is_wrong_is_said_and_where(pack: Path, statement: str, said: str) -> None:
    assert packs.verify(pack).ok
    change(pack, statement)
    found = packs.verify(pack)
    assert not found.ok
    assert any(said in fault for fault in found.faults), found.faults


def test_every_flipped_bit_is_seen(pack: Path) -> None:
    """Of the bytes that carry anything: SQLite's free space in pages carries nothing."""
    whole = pack.read_bytes()
    chance = random.Random(1)
    content = packs.verify(pack).size
    seen = 0
    for _ in range(60):
        place = chance.randrange(len(whole))
        pack.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << chance.randrange(8)]) + whole[place + 1 :])
        seen += not packs.verify(pack).ok
    assert seen >= 60 * content / len(whole) * 0.9


def test_names_that_make_trouble_are_noted(tmp_path: Path) -> None:
    store = Store(":memory:")
    for name in ("/AUX.txt", "/a:b", "/dot.", "/Readme", "/readme", "/fine.txt"):
        store.write(name, b"x")
    packs.build(store, tmp_path / "x.pack")
    found = packs.verify(tmp_path / "x.pack")
    assert found.ok
    assert sorted(warning.split(" ")[0].rstrip(":") for warning in found.warnings) == [
        "/AUX.txt",
        "/Readme",
        "/a:b",
        "/dot.",
    ]


def test_what_is_no_pack_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "text.pack").write_text("text")
    assert "not a vfsloader store" in packs.verify(tmp_path / "text.pack").faults[0]
    (tmp_path / "empty.pack").touch()
    assert not packs.verify(tmp_path / "empty.pack").ok
    with pytest.raises(PathNotFoundError):
        packs.verify(tmp_path / "nope.pack")


# --- signatures ----------------------------------------------------------------------------------------


def test_a_signature_tells_who_built_it(pack: Path, tmp_path: Path) -> None:
    packs.keygen(tmp_path / "a.key", tmp_path / "a.pub")
    packs.keygen(tmp_path / "b.key", tmp_path / "b.pub")
    unsigned = packs.verify(pack, key=tmp_path / "a.pub")
    assert unsigned.faults == ("nobody signed it",)
    signer = packs.sign(pack, tmp_path / "a.key")
    assert packs.verify(pack).signer == signer == (tmp_path / "a.pub").read_text().strip()
    assert packs.verify(pack, key=tmp_path / "a.pub").ok
    assert packs.verify(pack, key=bytes.fromhex(signer)).ok
    assert "not by" in packs.verify(pack, key=tmp_path / "b.pub").faults[0]
    packs.sign(pack, tmp_path / "b.key")
    assert packs.verify(pack, key=tmp_path / "b.pub").ok
    assert sorted(os.listdir(tmp_path)) == ["a.key", "a.pub", "b.key", "b.pub", "src", "x.pack"]


def test_signing_twice_gives_the_same_bytes(pack: Path, tmp_path: Path) -> None:
    packs.keygen(tmp_path / "a.key", tmp_path / "a.pub")
    packs.sign(pack, tmp_path / "a.key")
    once = pack.read_bytes()
    packs.build(tmp_path / "src", pack, overwrite=True)
    packs.sign(pack, tmp_path / "a.key")
    packs.sign(pack, tmp_path / "a.key")
    assert pack.read_bytes() == once


@pytest.mark.parametrize(
    "tamper",
    [
        lambda pack: change(pack, "UPDATE meta SET value = zeroblob(64) WHERE name = 'signature'"),
        lambda pack: change(pack, "UPDATE node SET mtime_ns = 9 WHERE path = '/empty'"),
        lambda pack: change(pack, "UPDATE chunk SET data = zeroblob(length(data)) WHERE id = 16777216"),
    ],
)
def test_what_was_changed_after_signing_is_seen(pack: Path, tmp_path: Path, tamper: Callable[[Path], None]) -> None:
    packs.keygen(tmp_path / "a.key", tmp_path / "a.pub")
    packs.sign(pack, tmp_path / "a.key")
    tamper(pack)
    assert not packs.verify(pack, key=tmp_path / "a.pub").ok
    assert not packs.verify(pack).ok


def test_keys_are_kept(tmp_path: Path, pack: Path) -> None:
    packs.keygen(tmp_path / "a.key", tmp_path / "a.pub")
    secret = (tmp_path / "a.key").read_bytes()
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "a.key").stat().st_mode) == 0o600
    with pytest.raises(PathExistsError):
        packs.keygen(tmp_path / "a.key", tmp_path / "c.pub")
    assert (tmp_path / "a.key").read_bytes() == secret
    with pytest.raises(PathNotFoundError, match="keygen"):
        packs.sign(pack, tmp_path / "nope.key")
    (tmp_path / "bad.key").write_text("no key")
    with pytest.raises(ConfigError, match="64 hexadecimal digits"):
        packs.sign(pack, tmp_path / "bad.key")
    change(pack, "UPDATE meta SET value = zeroblob(32) WHERE name = 'digest'")
    with pytest.raises(DamagedError, match="build it anew"):
        packs.sign(pack, tmp_path / "a.key")
