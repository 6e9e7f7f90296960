"""Verifying packs, and checking who signed them."""

from __future__ import annotations

import os
import random
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.packs.tampering import change, change_content, seal_of
from tests.packs.trees import sample, write_tree
from vfsloader import Store, open_layer, packs
from vfsloader.errors import ConfigError, DamagedError, PathExistsError, PathNotFoundError
from vfsloader.store import schema
from vfsloader.store.pack.seal import SEAL_BYTES
from vfsloader.store.pack.writer import PackFacts, PackNode, PackWriter


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    packs.build(write_tree(tmp_path / "src", sample(large=300_000)), tmp_path / "x.pack")
    return tmp_path / "x.pack"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE node SET size = size + 1 WHERE path = '/readme.txt'", "/readme.txt"),
        ("UPDATE node SET digest = zeroblob(32) WHERE path = '/readme.txt'", "/readme.txt has other bytes"),
        ("UPDATE node SET digest = NULL WHERE path = '/readme.txt'", "has no digest"),
        ("UPDATE node SET mtime_ns = 5 WHERE path = '/readme.txt'", "digest of the tree"),
        ("UPDATE node SET path = '/other.txt' WHERE path = '/readme.txt'", "digest of the tree"),
        ("DELETE FROM node WHERE path = '/readme.txt'", "digest of the tree"),
        ("UPDATE meta SET value = zeroblob(32) WHERE name = 'digest'", "digest of the tree"),
        ("UPDATE meta SET value = 0 WHERE name = 'sealed'", "facts"),
        (
            "UPDATE node SET length = length - 1, size = size - 1 WHERE path = '/large.bin'",
            "/large.bin has other bytes",
        ),
        ("UPDATE node SET offset = offset + 1 WHERE path = '/large.bin'", "/large.bin"),
        ("UPDATE node SET offset = offset - 1 WHERE path = '/sprites/noise.png'", "overlaps"),
        ("DELETE FROM node WHERE path = '/large.bin'", "belong to no file"),
    ],
)
def test_what_is_wrong_is_said_and_where(pack: Path, statement: str, said: str) -> None:
    assert packs.verify(pack).ok
    change(pack, statement)
    faults = packs.verify(pack).faults
    assert any(said in fault for fault in faults), faults


@pytest.mark.parametrize("compress", [False, True])
def test_every_flipped_bit_is_seen(pack: Path, keys: Path, compress: bool) -> None:
    """Wherever it is: in the index, its free space, the seal, the gap, or the contents."""
    packs.build(pack.with_name("src"), pack, compress=compress, overwrite=True)
    packs.sign(pack, keys / "a.key")
    whole, seal = pack.read_bytes(), seal_of(pack)
    chance = random.Random(1)
    places = [chance.randrange(len(whole)) for _ in range(20)]
    places += [chance.randrange(seal.index_bytes) for _ in range(20)]
    places += [seal.index_bytes + chance.randrange(SEAL_BYTES) for _ in range(10)]
    places += [*range(seal.index_bytes + SEAL_BYTES, seal.heap_start)][:3]
    for place in places:
        pack.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << chance.randrange(8)]) + whole[place + 1 :])
        assert not packs.verify(pack, key=keys / "a.pub").ok, place


@pytest.mark.parametrize("harm", [lambda data: data + b"x", lambda data: data[:-1], lambda data: data + data])
def test_a_pack_that_was_extended_or_cut_off_is_refused(pack: Path, harm: Callable[[bytes], bytes]) -> None:
    pack.write_bytes(harm(pack.read_bytes()))
    assert not packs.verify(pack).ok
    with pytest.raises(DamagedError, match="its seal says"):
        open_layer(pack)


def test_bytes_between_index_and_contents_are_seen(tmp_path: Path) -> None:
    pack = tmp_path / "x.pack"
    writer = PackWriter(str(pack), PackFacts(page_size=1024, heap_start=20_000))
    writer.finish([PackNode("/", schema.FOLDER)])
    assert packs.verify(pack).ok
    with pack.open("r+b") as file:
        file.seek(19_999)
        file.write(b"x")
    assert packs.verify(pack).faults == ("there are bytes between the index and the contents",)


def test_names_that_make_trouble_are_noted(tmp_path: Path) -> None:
    store = Store(":memory:")
    for name in ("/AUX.txt", "/a:b", "/dot.", "/Readme", "/readme", "/fine.txt"):
        store.write(name, b"x")
    packs.build(store, tmp_path / "x.pack")
    verification = packs.verify(tmp_path / "x.pack")
    assert verification.ok
    assert sorted(warning.split(" ")[0].rstrip(":") for warning in verification.warnings) == [
        "/AUX.txt",
        "/Readme",
        "/a:b",
        "/dot.",
    ]


@pytest.mark.parametrize("content", [b"text", b""])
def test_what_is_not_a_pack_is_a_fault(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.pack").write_bytes(content)
    assert len(packs.verify(tmp_path / "x.pack").faults) == 1


def test_a_missing_pack(tmp_path: Path) -> None:
    with pytest.raises(PathNotFoundError):
        packs.verify(tmp_path / "nope.pack")


# --- signatures ----------------------------------------------------------------------------------------


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """Return a folder with the keys of two studios, a and b."""
    (tmp_path / "keys").mkdir()
    for name in "ab":
        packs.keygen(tmp_path / "keys" / f"{name}.key", tmp_path / "keys" / f"{name}.pub")
    return tmp_path / "keys"


def test_an_unsigned_pack_fails_a_check_for_a_signature(pack: Path, keys: Path) -> None:
    assert packs.verify(pack).signer is None
    assert packs.verify(pack, key=keys / "a.pub").faults == ("it is not signed",)


def test_a_signature_is_checked_against_a_key(pack: Path, keys: Path) -> None:
    signer = packs.sign(pack, keys / "a.key")
    assert packs.verify(pack).signer == signer == (keys / "a.pub").read_text().strip()
    assert packs.verify(pack, key=keys / "a.pub").ok
    assert packs.verify(pack, key=bytes.fromhex(signer)).ok
    assert not packs.verify(pack, key=keys / "b.pub").ok


def test_a_new_signature_replaces_the_old_one(pack: Path, keys: Path, tmp_path: Path) -> None:
    packs.sign(pack, keys / "a.key")
    packs.sign(pack, keys / "b.key")
    assert packs.verify(pack, key=keys / "b.pub").ok
    assert not packs.verify(pack, key=keys / "a.pub").ok
    assert sorted(os.listdir(tmp_path)) == ["keys", "src", "x.pack"]


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
        lambda pack: change(pack, "UPDATE meta SET value = 7 WHERE name = 'layout'"),
        lambda pack: change(pack, "UPDATE node SET mtime_ns = 9 WHERE path = '/empty'"),
        lambda pack: change_content(pack, "/readme.txt", bytes(5)),
    ],
)
def test_what_was_changed_after_signing_is_seen(pack: Path, tmp_path: Path, tamper: Callable[[Path], None]) -> None:
    packs.keygen(tmp_path / "a.key", tmp_path / "a.pub")
    packs.sign(pack, tmp_path / "a.key")
    tamper(pack)
    assert not packs.verify(pack, key=tmp_path / "a.pub").ok
    assert not packs.verify(pack).ok


def test_a_private_key_is_for_its_owner_only(keys: Path) -> None:
    if os.name == "posix":
        assert stat.S_IMODE((keys / "a.key").stat().st_mode) == 0o600
    assert len((keys / "a.key").read_text().strip()) == 64


def test_a_key_is_never_replaced(keys: Path) -> None:
    before = (keys / "a.key").read_bytes()
    with pytest.raises(PathExistsError):
        packs.keygen(keys / "a.key", keys / "c.pub")
    assert (keys / "a.key").read_bytes() == before
    assert not (keys / "c.pub").exists()


def test_a_missing_key(pack: Path, keys: Path) -> None:
    with pytest.raises(PathNotFoundError) as raised:
        packs.sign(pack, keys / "nope.key")
    assert raised.value.filename == str(keys / "nope.key")


@pytest.mark.parametrize("text", ["not a key", "abcd", "\u00e9"])
def test_a_file_without_a_key(pack: Path, keys: Path, text: str) -> None:
    (keys / "bad.key").write_text(text)
    with pytest.raises(ConfigError) as raised:
        packs.sign(pack, keys / "bad.key")
    assert raised.value.filename == str(keys / "bad.key")


def test_a_pack_with_a_wrong_digest_is_not_signed(pack: Path, keys: Path) -> None:
    change(pack, "UPDATE meta SET value = zeroblob(32) WHERE name = 'digest'")
    before = pack.read_bytes()
    with pytest.raises(DamagedError):
        packs.sign(pack, keys / "a.key")
    assert pack.read_bytes() == before
