"""Getting mods from nginx behind a line with 20 ms of latency, which also breaks: few requests, and repeated ones."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks import servers
from tests.distribution.world import World
from tests.remote.bad_servers import ScriptedServer
from tests.remote.fixtures import need
from vfsloader.distribution import Sources
from vfsloader.distribution.head import NAME
from vfsloader.errors import RemoteError
from vfsloader.runtime.budget import Limits


@pytest.fixture
def line(world: World) -> Iterator[servers.BadLine]:
    need("nginx")
    world.release("lib", "1.0")
    world.release("winter", "1.0", requires={"lib": "*"})
    with servers.nginx(world.folder / "nginx", world.public) as address:
        made = servers.BadLine(address)
        made.delay = 0.02
        yield made
        made.close()


def test_two_requests_for_the_first_time_and_one_if_nothing_changed(world: World, line: servers.BadLine) -> None:
    mine = Sources(world.folder / "state")
    source = mine.add(line.address, world.key)
    heads = [path for _, path in line.requests if path.endswith(NAME)]
    assert len(line.requests) - len(heads) == 1
    line.requests.clear()
    assert mine.refresh(source).mods.keys() == {"lib", "winter"}
    assert line.requests == [("GET", f"/{NAME}")]
    assert (world.public / NAME).stat().st_size < 1024


def test_an_install_over_a_broken_line(world: World, line: servers.BadLine) -> None:
    game = world.game(source=False)
    game.mods.sources.add(line.address, world.key)
    line.requests.clear()
    game.mods.install("winter")
    assert [path.rpartition(".")[2] for _, path in sorted(line.requests)] == ["zip", "zip", "json"]
    game.mods.remove("winter")
    game.mods.remove("lib")
    game.mods.undo_install()
    game.mods.undo_install()
    line.trouble = 0.3
    other = world.game("other", source=False)
    for _ in range(20):
        try:
            other.mods.sources.add(line.address, world.key)
            other.mods.install("winter")
            break
        except OSError:  # a fault that no repetition finds, such as changed bytes: nothing was changed
            assert other.mods.enabled == []
    assert [mod.id for mod in other.mods.enabled] == ["lib", "winter"]


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"], ids=["headers", "body"])
def test_a_server_that_drips_is_given_up(world: World, head: bytes) -> None:
    with ScriptedServer(lambda _: iter(())) as server:
        server._script = lambda _: (yield head) or (yield from server.drip(b"{"))  # type: ignore[assignment, misc]
        with pytest.raises(RemoteError):
            Sources(world.folder / "state", Limits.of({"seconds": 0.3})).add(server.address, trust=True)
