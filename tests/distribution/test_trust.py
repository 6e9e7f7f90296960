"""The attacks that TUF's specification lists, against a source."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.distribution.world import World
from tests.remote.bad_servers import ScriptedServer
from vfsloader import packs
from vfsloader.distribution import IndexFolder
from vfsloader.distribution.head import NAME
from vfsloader.distribution.sources import Sources
from vfsloader.errors import ConfigError, DamagedError, RemoteError, VFSError
from vfsloader.packs.sign import public_key
from vfsloader.runtime.budget import Limits


def replace_index(world: World, other: Path) -> None:
    shutil.rmtree(world.public)
    shutil.copytree(other, world.public)


def sources(world: World, **limits: float) -> Sources:
    return Sources(world.folder / "state", Limits.of(limits))


def test_a_source_needs_a_yes(world: World) -> None:
    world.release("winter", "1.0")
    mine = sources(world)
    with pytest.raises(ConfigError, match=r"is signed by .*; pass its key, or trust it"):
        mine.add(world.server.address)
    assert list(mine) == []
    assert mine.add(world.server.address, trust=True).keys == (public_key(world.key),)
    with pytest.raises(ConfigError, match="not encrypted"):
        mine.add("http://mods.example")


def test_another_key_is_refused(world: World) -> None:
    world.release("winter", "1.0")
    mine = sources(world)
    source = mine.add(world.server.address, world.key)
    with World(fresh(world.folder / "thief")) as thief:
        thief.release("winter", "2.0")
        thief.release("hud", "2.0")
        replace_index(world, thief.public)
    with pytest.raises(DamagedError, match="not signed by a key that you trust"):
        mine.refresh(source)
    assert [mod.version for mod in world.game(source=False).mods.search("")] == []


def test_an_old_index_is_refused(world: World) -> None:
    world.release("winter", "1.0")
    old = world.copy_index("old")
    world.release("winter", "2.0")
    mine = sources(world)
    source = mine.add(world.server.address, world.key)
    replace_index(world, old)
    with pytest.raises(DamagedError, match="an old index was put back"):
        mine.refresh(source)


def test_a_frozen_index_expires(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1600000000")
    world.release("winter", "1.0")
    with pytest.raises(DamagedError, match=r"expired on 2020-12-12.*clock"):
        sources(world).add(world.server.address, world.key)


def test_new_and_old_files_are_not_mixed(world: World) -> None:
    world.release("winter", "1.0")
    head = IndexFolder(world.public).head
    assert head is not None
    old = (world.public / head.path).read_bytes()
    world.release("winter", "2.0")
    new = IndexFolder(world.public).head
    assert new is not None
    (world.public / new.path).write_bytes(old)
    with pytest.raises(DamagedError, match="is not the one that its head names"):
        sources(world).add(world.server.address, world.key)


def test_a_mod_with_other_bytes_is_refused_and_nothing_changes(world: World) -> None:
    world.release("winter", "1.0")
    game = world.game()
    blob = next((world.public / "by-hash").glob("*.zip"))
    data = blob.read_bytes()
    blob.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    with pytest.raises(DamagedError, match="sends other bytes"):
        game.mods.install("winter")
    blob.write_bytes(data + b"more")
    with pytest.raises(VFSError):
        game.mods.install("winter")
    assert game.mods.available == []
    blob.write_bytes(data)
    game.mods.install("winter")
    assert len(game.mods.enabled) == 1


def test_keys_rotate(world: World) -> None:
    world.release("winter", "1.0")
    mine = sources(world)
    source = mine.add(world.server.address, world.key)
    packs.keygen(world.folder / "new.key", world.folder / "new.pub")
    new = public_key(world.folder / "new.pub")
    IndexFolder(world.public).publish([world.private_key], next_keys=[new])
    source = mine.refresh(source).source
    assert list(mine) == [source]
    assert source.keys == (new,)
    IndexFolder(world.public).publish([world.folder / "new.key"], name="renamed")
    source = mine.refresh(source).source
    IndexFolder(world.public).publish([world.private_key], name="stolen")
    with pytest.raises(DamagedError, match="not signed by a key that you trust"):
        mine.refresh(source)


def answer(body: bytes, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode() + body


@pytest.mark.parametrize(
    "body",
    [
        b"<html>login</html>",
        b"[" * 10_000,
        b'{"signed": "{}", "signatures": []}',
        b'{"signed": 5, "signatures": {}}',
        json.dumps({"signed": '{"format": "vfsloader index", "schema": 1}', "signatures": [5]}).encode(),
        b"\xff" * 100,
    ],
    ids=range(6),
)
def test_what_is_not_a_head(world: World, body: bytes) -> None:
    with ScriptedServer(lambda _: [answer(body)]) as server, pytest.raises(DamagedError):
        sources(world).add(server.address, trust=True)


def test_answers_that_are_too_long_or_cut_short_end(world: World) -> None:
    mine = sources(world, seconds=0.5)
    with (
        ScriptedServer(lambda _: [answer(b"x" * 20_000)]) as endless,
        pytest.raises(RemoteError, match="at most 16,384 were expected"),
    ):
        mine.add(endless.address, trust=True)
    with ScriptedServer(lambda _: [answer(b"", 5000)]) as short, pytest.raises(RemoteError, match="cannot be reached"):
        mine.add(short.address, trust=True)


def test_a_download_continues_where_it_was_interrupted(world: World) -> None:
    world.release("winter", "1.0")
    game = world.game()
    blob = next((world.public / "by-hash").glob("*.zip"))
    parts = game.mods.folder / ".getting" / "parts"  # type: ignore[operator]
    parts.mkdir(parents=True)
    (parts / blob.name).write_bytes(blob.read_bytes()[:100])
    seen: list[int] = []
    game.mods.install("winter", lambda done, total, name: seen.append(done))
    assert seen[-1] == blob.stat().st_size
    assert game.mods.enabled[0].id == "winter"


def test_the_index_offers_nothing_but_its_files(world: World) -> None:
    from vfsloader.distribution.origin import WebOrigin

    world.release("winter", "1.0")
    assert json.loads(WebOrigin(world.server.address).read(NAME, 16384))["signatures"]
    for path in ("../studio.key", "studio.key", "by-hash/../../studio.key", "by-hash/"):
        with pytest.raises(FileNotFoundError):
            WebOrigin(world.server.address).read(path, 16384)


def fresh(folder: Path) -> Path:
    folder.mkdir()
    return folder
