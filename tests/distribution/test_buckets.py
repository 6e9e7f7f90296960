"""An index in a bucket."""

from __future__ import annotations

import pytest

from benchmarks import servers
from tests.distribution.world import World
from tests.remote.fixtures import credentials, moto_server
from vfsloader.errors import ConfigError, PathNotFoundError, RemoteError

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
