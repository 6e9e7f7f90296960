"""An index in a bucket."""

from __future__ import annotations

import pytest

from benchmarks import servers
from tests.distribution.world import World
from tests.mods.making import add
from tests.remote.fixtures import credentials, moto_server
from vfsloader.distribution import IndexFolder
from vfsloader.distribution.publish import publish_index
from vfsloader.errors import ConfigError, ConflictError, DamagedError, PathNotFoundError, RemoteError
from vfsloader.remote.s3 import Bucket

__all__ = ["credentials", "moto_server"]


@pytest.fixture
def address(world: World, moto_server: str, credentials: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the address of an index in a bucket."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_server)
    world.release("winter", "1.0", {"big.txt": "x" * 100_000, "f.txt": "1"})
    bucket = servers.resource(moto_server).Bucket("mods")
    bucket.create()
    for file in world.public.rglob("*"):
        if file.is_file():
            bucket.put_object(Key=f"of/game/{file.relative_to(world.public).as_posix()}", Body=file.read_bytes())
    return "s3://mods/of/game"


def test_a_bucket_is_a_source(world: World, address: str, moto_server: str) -> None:
    game = world.game(source=False)
    game.mods.sources.add(f"{address}/", world.key)
    seen: list[int] = []
    parts = game.mods.folder / ".getting" / "parts"  # type: ignore[operator]
    parts.mkdir(parents=True, exist_ok=True)
    (blob,) = (world.public / "by-hash").glob("*.zip")
    (parts / blob.name).write_bytes(blob.read_bytes()[:100])
    game.mods.install("winter", lambda done, total, name: seen.append(done))
    game.update()
    assert game.read("/f.txt") == b"1"
    assert seen[-1] == blob.stat().st_size
    assert [record.source for record in game.mods.installer.files.records().values()] == [address]
    other = world.game("other", source=False)
    other.mods.install(f"{address}/by-hash/{blob.name}")
    assert [mod.id for mod in other.mods.enabled] == ["winter"]
    bucket = servers.resource(moto_server).Bucket("mods")
    bucket.put_object(Key=f"of/game/by-hash/{blob.name}", Body=b"x" * blob.stat().st_size * 2)
    with pytest.raises(RemoteError, match="were expected"):
        third = world.game("third", source=False)
        third.mods.sources.add(address, world.key)
        third.mods.install("winter")
    for wrong, error in (("s3://", ConfigError), ("s3://mods/nothing", PathNotFoundError)):
        with pytest.raises(error):
            game.mods.sources.add(wrong, world.key)


def test_an_index_is_published_head_last(
    world: World, address: str, moto_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    real = Bucket.put

    def put(self: Bucket, key: str, data: bytes, *, only_new: bool = False) -> None:
        if len(sent) == broken_after:
            raise RemoteError.at(key, "the line is cut")
        sent.append(key)
        real(self, key, data, only_new=only_new)

    monkeypatch.setattr(Bucket, "put", put)
    broken_after = -1
    assert publish_index(world.public, address).uploaded == 0  # all is there
    game = world.game(source=False)
    target = "s3://mods/other/place"
    first = publish_index(world.public, f"{target}/")
    assert (first.version, first.uploaded, first.present) == (1, len(sent), 0)
    assert sent[-1] == "other/place/index.json"
    assert sorted(sent) == sorted(
        f"other/place/{file.relative_to(world.public).as_posix()}" for file in world.public.rglob("*") if file.is_file()
    )
    game.mods.sources.add(target, world.key)
    game.mods.install("winter")
    old = world.copy_index("old")
    world.release("winter", "2.0", {"f.txt": "2"})
    sent.clear()
    broken_after = 1
    with pytest.raises(RemoteError, match="the line is cut"):
        publish_index(world.public, target)
    assert game.mods.update() == []  # the old index is whole
    broken_after, before = -1, len(sent)
    second = publish_index(world.public, target)
    assert second.uploaded == len(sent) - before
    assert len(sent) == len(set(sent))  # what an interrupted upload has sent is not sent again
    assert [str(change) for change in game.mods.update()] == ["winter 1.0 -> 2.0"]
    with pytest.raises(ConflictError, match="has version 2 of the index, and this is version 1"):
        publish_index(old, target)
    fork = IndexFolder(old)
    fork.add(add(world.folder / "sent", "summer"))
    fork.publish([world.private_key])
    with pytest.raises(ConflictError, match="has another version 2"):
        publish_index(old, target)
    (world.public / "by-hash" / IndexFolder(world.public).mods["winter"].releases[0].file).write_bytes(b"x")
    with pytest.raises(DamagedError, match="is not published: winter"):
        publish_index(world.public, target)
    with pytest.raises(ConfigError, match="s3://bucket/some/prefix"):
        publish_index(world.public, "https://example.org")
