"""A host and its guests: the same set, a part of it, and everything that can go wrong between them."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.distribution.world import World
from tests.mods.making import add
from vfsloader import ResourceManager
from vfsloader.errors import ConfigError, DamagedError, RemoteError, VFSError
from vfsloader.mods.joining import JoinPlan

SENT = {"sharing": {"redistribute": True}}


class Party:
    """A host and its guests, each with mods of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.servers: list[Any] = []
        self.games: list[ResourceManager] = []

    def mod(self, who: str, mod: str, files: dict[str, str], version: str = "1.0", **more: Any) -> Path:
        """Put a mod into somebody's mods folder."""
        made = add(self.folder / who, mod, files, version=version, **{**SENT, **more})
        target = made.with_name(f"{mod}-{version}")
        made.rename(target)
        return target

    def game(self, who: str, **options: Any) -> ResourceManager:
        base = self.folder / "base"
        base.mkdir(exist_ok=True)
        (self.folder / who).mkdir(exist_ok=True)
        game = ResourceManager(base, mods=self.folder / who, watch=False, **options)
        self.games.append(game)
        return game

    def serve(self, **options: Any) -> Any:
        """Let the host serve."""
        server = self.game("host").mods.serve(**options)
        self.servers.append(server)
        return server


@pytest.fixture
def party(tmp_path: Path) -> Iterator[Party]:
    made = Party(tmp_path)
    yield made
    for server in made.servers:
        server.close()
    for game in made.games:
        game.close()


def yes(plan: JoinPlan) -> bool:
    return True


def tree(folder: Path) -> dict[str, bytes]:
    """What a player has on the disk, without what is kept of hosts and without the cache of digests."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and ".getting" not in file.parts and file.name != ".digests.json"
    }


def shown(game: ResourceManager) -> list[tuple[str, str]]:
    game.update()
    return [(mod.id, str(mod.version)) for mod in game.mods.enabled]


def test_a_guest_plays_with_exactly_the_set_of_the_host_and_returns(party: Party) -> None:
    party.mod("host", "lib", {"lib.txt": "new"}, "2.0")
    party.mod(
        "host",
        "winter",
        {"f.txt": "snow", "same.txt": "x" * 5_000},
        options={"deep": {"type": "bool", "default": False}},
    )
    party.mod("guest", "winter", {"f.txt": "old snow", "same.txt": "x" * 5_000}, "0.9")
    party.mod("guest", "lib", {"lib.txt": "old"}, "1.0")
    party.mod("guest", "owls", {"f.txt": "owls"})
    host, guest = party.game("host"), party.game("guest")
    host.mods.move("winter", before="lib")
    host.mods.set_option("winter", "deep", True)
    guest.mods.disable("lib")
    before, own = tree(party.folder / "guest"), shown(guest)
    seen: list[JoinPlan] = []
    with host.mods.serve(name="Ada") as server:
        joined = guest.mods.join(server.join_address, confirm=lambda plan: seen.append(plan) or True)
    assert (seen[0].host, seen[0].fetched) == ("Ada", ("winter", "lib"))
    assert seen[0].size < 1_000, "the content that is here already is not fetched"
    assert {difference.kind for difference in seen[0].differences} == {"disabled", "version", "extra", "option"}
    assert shown(guest) == [("winter", "1.0"), ("lib", "2.0")]
    assert guest.mods.options("winter") == {"deep": True}
    assert (guest.read("/f.txt"), guest.read("/lib.txt")) == (b"snow", b"new")
    assert guest.mods.fingerprint().digest == host.mods.fingerprint().digest
    with pytest.raises(VFSError, match="leave"):
        guest.mods.disable("winter")
    assert guest.mods.joined is joined
    guest.mods.rescan()
    assert shown(guest) == [("winter", "1.0"), ("lib", "2.0")]
    joined.leave()  # type: ignore[union-attr]
    assert shown(guest) == own
    assert guest.read("/f.txt") == b"old snow"
    assert tree(party.folder / "guest") == before


def test_the_same_set_is_one_small_request(party: Party) -> None:
    for who in ("host", "guest"):
        party.mod(who, "winter", {"f.txt": "snow"})
    server = party.serve()
    asked = []
    with party.game("guest").mods.join(server.join_address, confirm=lambda plan: asked.append(plan) or True) as joined:  # type: ignore[union-attr]
        assert joined.plan.is_same
        assert str(asked[0]) == "You have the same mods."
    assert len(server.hosted.head.to_json()) < 400


def test_nothing_is_installed_while_a_host_is_joined(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        world.release("winter", "1.0")
        world.release("owls", "1.0")
        host, guest = world.game("host"), world.game("guest")
        host.mods.install("winter")
        with host.mods.serve() as server, guest.mods.join(server.join_address, confirm=yes):  # type: ignore[union-attr]
            for change in (
                lambda: guest.mods.install("owls"),
                lambda: guest.mods.use_profile("other"),
                lambda: guest.mods.join(server.join_address, confirm=yes),
            ):
                with pytest.raises(VFSError, match="you play with the mods of a host"):
                    change()
            guest.mods.forget_set("none")
            assert shown(guest) == [("winter", "1.0")]
        assert guest.mods.installer.installed() == []
        guest.mods.install("owls")


def test_of_a_large_file_only_what_differs_is_fetched(party: Party) -> None:
    whole = random.Random(7).randbytes(3 << 20)
    changed = whole[:1_000_000] + b"something new" + whole[1_000_000:2_000_000] + whole[2_000_100:]
    for who, data in (("host", changed), ("guest", whole)):
        (party.mod(who, "winter", {}) / "map.bin").write_bytes(data)
    guest, plans = party.game("guest"), []
    with guest.mods.join(party.serve().join_address, confirm=lambda plan: plans.append(plan) or True):  # type: ignore[union-attr]
        guest.update()
        assert guest.read("/map.bin") == changed
    assert plans[0].size < 200_000
    assert str(plans[0]) == "The host has other files in winter 1.0."


def test_a_game_joins_without_stopping(party: Party) -> None:
    party.mod("host", "winter", {"f.txt": "snow"})
    guest, address = party.game("guest"), party.serve().join_address
    present = guest.mods.fingerprint()
    plan = guest.mods.in_background(lambda installer, _: installer.joiner().plan(address, present)).result()
    folder = guest.mods.in_background(lambda installer, progress: installer.joiner().fetch(plan, progress)).result()
    assert shown(guest) == []
    guest.mods.show_joined(folder, plan.fingerprint)
    assert shown(guest) == [("winter", "1.0")]
    guest.mods.leave()
    assert shown(guest) == []


def test_no_means_no(party: Party) -> None:
    party.mod("host", "winter", {"f.txt": "snow"})
    guest = party.game("guest")
    assert guest.mods.join(party.serve().join_address, confirm=lambda plan: False) is None
    assert shown(guest) == []
    assert not (party.folder / "guest" / ".getting" / "joined" / "sets").exists()


def test_cosmetic_mods_stay_as_the_guest_has_them(party: Party) -> None:
    skin = {"sharing": {"binding": "cosmetic", "redistribute": True}}
    party.mod("host", "winter", {"f.txt": "snow"})
    party.mod("host", "red-hat", {"hat.txt": "red"}, **skin)
    party.mod("guest", "blue-hat", {"hat.txt": "blue"}, **skin)
    party.mod("guest", "owls", {"f.txt": "owls"})
    guest = party.game("guest")
    with guest.mods.join(party.serve().join_address, confirm=yes):  # type: ignore[union-attr]
        assert sorted(shown(guest)) == [("blue-hat", "1.0"), ("winter", "1.0")]
        assert guest.read("/hat.txt") == b"blue"
    assert sorted(shown(guest)) == [("blue-hat", "1.0"), ("owls", "1.0")]


def test_a_host_passes_on_only_what_the_author_allows(party: Party) -> None:
    party.mod("host", "winter", {"f.txt": "snow"}, sharing={})
    party.mod("host", "lib", {"lib.txt": "lib"})
    guest = party.game("guest")
    server = party.serve()
    plans = []
    with pytest.raises(VFSError, match=r"winter 1\.0 cannot be had here: its author does not let the host pass it on"):
        guest.mods.join(server.join_address, confirm=lambda plan: plans.append(plan) or True)
    assert "winter 1.0 cannot be had" in str(plans[0])
    assert shown(guest) == []
    content = next(mod.sha256 for mod in plans[0].fingerprint.mods if mod.id == "winter")
    assert server.hosted.list_of(content) is None
    assert server.hosted.contents(content, "0") is None


def test_what_a_host_may_not_pass_on_comes_from_the_sources(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        world.release("winter", "1.0", {"f.txt": "snow"})
        host, guest = world.game("host"), world.game("guest")
        host.mods.install("winter")
        with host.mods.serve() as server, guest.mods.join(server.join_address, confirm=yes):  # type: ignore[union-attr]
            guest.update()
            assert guest.read("/f.txt") == b"snow"
        assert guest.mods.enabled == []
        assert guest.mods.installer.installed() == []


def test_two_guests_join_and_leave_at_once(party: Party) -> None:
    party.mod("host", "winter", {f"{n}.txt": f"snow {n}" for n in range(50)})
    party.mod("guest", "owls", {"f.txt": "owls"})
    party.mod("other", "winter", {f"{n}.txt": f"snow {n}" for n in range(49)}, "0.9")
    server = party.serve()
    guest, other = party.game("guest"), party.game("other")
    with guest.mods.join(server.join_address, confirm=yes), other.mods.join(server.join_address, confirm=yes):  # type: ignore[union-attr]
        assert shown(guest) == shown(other) == [("winter", "1.0")]
        assert guest.mods.fingerprint() == other.mods.fingerprint()
        server.close()  # the host leaves: the guests play on
        assert other.read("/49.txt") == b"snow 49"
    assert shown(guest) == [("owls", "1.0")]
    assert shown(other) == [("winter", "0.9")]


def test_a_host_that_was_joined_before_sends_nothing_again(party: Party) -> None:
    party.mod("host", "winter", {"f.txt": "snow"})
    server, guest = party.serve(), party.game("guest")
    guest.mods.join(server.join_address, confirm=yes).leave()  # type: ignore[union-attr]
    sizes = []
    guest.mods.join(server.join_address, confirm=lambda plan: sizes.append(plan.size) or True).leave()  # type: ignore[union-attr]
    assert sizes == [0]


def test_a_copy_of_the_same_version_with_other_content_is_not_used(party: Party) -> None:
    party.mod("host", "winter", {"f.txt": "snow"})
    party.mod("guest", "winter", {"f.txt": "changed"})
    party.mod("guest", "winter", {"f.txt": "newer"}, "2.0")
    guest = party.game("guest")
    assert guest.read("/f.txt") == b"newer"
    with guest.mods.join(party.serve().join_address, confirm=yes):  # type: ignore[union-attr]
        guest.update()
        assert guest.read("/f.txt") == b"snow"
    guest.update()
    assert guest.read("/f.txt") == b"newer"


def test_another_version_of_the_game_is_said_and_refused(party: Party) -> None:
    party.mod("host", "winter", {"f.txt": "snow"})
    host, guest = party.game("host", game_version="1.0"), party.game("guest", game_version="2.0")
    with host.mods.serve() as server:
        plans = []
        with pytest.raises(VFSError, match="the host's set cannot be shown"):
            guest.mods.join(server.join_address, confirm=lambda plan: plans.append(plan) or True)
        assert plans[0].differences[0].kind == "game"
    assert shown(guest) == []
    guest.mods.disable_all()  # nothing is left behind


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("192.168.1.5:8000", "the part after #"),
        ("http://example.org", "the part after #"),
        ("http://example.org#0123456789abcdef0123", "not encrypted"),
        ("127.0.0.1:1#12", "is not one of 20 characters"),
        ("ftp://x#0123456789abcdef0123", "not an https address"),
        ("http://[::1", "not the address of a host"),
    ],
)
def test_addresses_that_are_not_safe(party: Party, address: str, error: str) -> None:
    with pytest.raises(ConfigError, match=error):
        party.game("guest").mods.join(address, confirm=yes)


def test_an_address_of_another_set_is_noticed(party: Party) -> None:
    party.mod("host", "winter", {"f.txt": "snow"})
    address = party.serve().join_address
    with pytest.raises(DamagedError, match="another set than its address says"):
        party.game("guest").mods.join(f"{address[:-1]}{'0' if address[-1] != '0' else '1'}", confirm=yes)


def test_a_host_that_ends_meanwhile_changes_nothing(party: Party) -> None:
    party.mod("host", "winter", {f"{n}.bin": f"{n}" * 300_000 for n in range(9)})
    server, guest = party.serve(), party.game("guest")

    def leave(plan: JoinPlan) -> bool:
        server.close()
        return True

    with pytest.raises(RemoteError):
        guest.mods.join(server.join_address, confirm=leave)
    assert shown(guest) == []
    assert guest.mods.joined is None


def test_a_file_of_the_host_that_changed_meanwhile_is_refused(party: Party) -> None:
    mod = party.mod("host", "winter", {"f.txt": "snow"})
    server, guest = party.serve(), party.game("guest")

    def change(plan: JoinPlan) -> bool:
        (mod / "f.txt").write_text("rain")
        return True

    with pytest.raises(DamagedError, match="sent other bytes"):
        guest.mods.join(server.join_address, confirm=change)
    assert shown(guest) == []


def test_an_assembled_mod_has_the_bytes_of_the_hosts(party: Party) -> None:
    files = {"a/b.txt": "1", "a/c/ü.txt": "2", "empty.txt": "", "twice.txt": "1", ".hidden": "h"}
    mod = party.mod("host", "winter", files)
    manifest = {"id": "winter", "name": "Winter", "version": "1.0", "files": {"root": "a"}, "part": [{"root": "more"}]}
    (mod / "mod.json").write_text(json.dumps({**manifest, **SENT}))
    (mod / "more").mkdir()
    (mod / "more" / "m.txt").write_text("more")
    guest = party.game("guest")
    with guest.mods.join(party.serve().join_address, confirm=yes):  # type: ignore[union-attr]
        guest.update()
        assert (guest.read("/b.txt"), guest.read("/c/ü.txt"), guest.read("/m.txt")) == (b"1", b"2", b"more")


def test_the_set_of_a_command_is_shown_at_the_start(party: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    party.mod("host", "winter", {"f.txt": "snow"})
    party.mod("guest", "owls", {"f.txt": "owls"})
    guest = party.game("guest")
    joiner = guest.mods.installer.joiner()
    plan = joiner.plan(party.serve().join_address, guest.mods.fingerprint())
    file = joiner.file_of(joiner.fetch(plan))
    with monkeypatch.context() as changed:
        changed.setenv("VFSLOADER_JOINED", str(file))
        assert shown(party.game("guest")) == [("winter", "1.0")]
        file.write_text("{}")
        with pytest.raises(ConfigError, match="does not name a set that was joined"):
            party.game("guest")
    assert shown(party.game("guest")) == [("owls", "1.0")]


def test_a_killed_guest_has_its_own_set_again(party: Party) -> None:
    party.mod("host", "winter", {"f.txt": "snow"})
    for when in ("early", "late"):
        party.mod(when, "owls", {"f.txt": "owls"})
        party.game(when).mods.disable("owls")
    script = (
        "import os, signal, sys, vfsloader\n"
        "game = vfsloader.ResourceManager(sys.argv[1], mods=sys.argv[2], watch=False)\n"
        "die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "progress = die if sys.argv[4] == 'early' else print\n"
        "joined = game.mods.join(sys.argv[3], confirm=lambda plan: True, progress=progress)\n"
        "game.update()\n"
        "assert game.read('/f.txt') == b'snow'\n"
        "die()\n"
    )
    address = party.serve().join_address
    running = {}
    for when in ("early", "late"):
        before = tree(party.folder / when)
        command = [sys.executable, "-c", script, str(party.folder / "base"), str(party.folder / when), address, when]
        running[when] = subprocess.Popen(command, stderr=subprocess.PIPE), before
    for when, (process, before) in running.items():
        _, complaints = process.communicate()
        assert process.returncode == -9, complaints
        assert tree(party.folder / when) == before
        guest = party.game(when)
        assert (shown(guest), guest.mods.is_disabled("owls")) == ([], True)


def test_what_is_kept_of_hosts_is_small(party: Party) -> None:
    party.mod("host", "winter", {"f.txt": "snow" * 1_000})
    guest = party.game("guest")
    guest.mods.join(party.serve().join_address, confirm=yes).leave()  # type: ignore[union-attr]
    home = party.folder / "guest" / ".getting" / "joined"
    assert list((home / "contents").iterdir()) == []
    kept = list((home / "mods").iterdir())
    assert len(kept) == 1
    assert json.loads(next((home / "sets").glob("*.json")).read_bytes())["folder"].endswith(
        next(folder.name for folder in (home / "sets").iterdir() if folder.is_dir())
    )
