"""Any guest and any host: the guest has exactly the host's set, or an error and its own; afterwards always its own."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.distribution.test_joining import Party, tree, yes
from vfsloader.errors import VFSError
from vfsloader.game.manager import ResourceManager

IDS = ("alpha", "beta", "gamma", "delta")
rarely = st.sampled_from((False, False, False, False, True))
mod = st.fixed_dictionaries(
    {
        "version": st.sampled_from(("1.0", "2.0")),
        "text": st.sampled_from(("x", "", "y" * 70_000)),
        "sent": st.sampled_from((True, True, True, True, False)),
        "cosmetic": rarely,
        "requires": st.sampled_from((None, None, None, *IDS)),
        "is_off": rarely,
        "deep": st.booleans(),
    }
)
sets = st.fixed_dictionaries({}, optional=dict.fromkeys(IDS, mod))


def fill(party: Party, who: str, world: dict[str, dict[str, Any]], order: list[str]) -> ResourceManager:
    for mod, facts in world.items():
        sharing = {"redistribute": facts["sent"], "binding": "cosmetic" if facts["cosmetic"] else "gameplay"}
        more = {"requires": {facts["requires"]: "*"}} if facts["requires"] not in (None, mod) else {}
        files = {"f.txt": f"{mod}{facts['version']}{facts['text']}", f"{mod}/own.txt": facts["text"]}
        options = {"deep": {"type": "bool", "default": False}}
        party.mod(who, mod, files, facts["version"], sharing=sharing, options=options, **more)
    game = party.game(who)
    for mod in order:
        if mod in world and order[0] in world and mod != order[0]:
            try:
                game.mods.move(mod, after=order[0])
            except VFSError:
                pass
    for mod, facts in world.items():
        if facts["deep"]:
            game.mods.set_option(mod, "deep", True)
        if facts["is_off"]:
            game.mods.disable(mod)
    return game


def picture(game: ResourceManager) -> tuple[object, ...]:
    """Everything that a player sees of the set."""
    game.update()
    profile = game.mods.profiles[game.mods.profile]
    ids = [mod.id for mod in game.mods.enabled]
    text = game.read("/f.txt") if game.exists("/f.txt") else b""
    return ids, [game.mods.options(mod) for mod in ids], text, profile, [str(found) for found in game.mods.problems]


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(own=sets, hosts=sets, order=st.permutations(IDS), ends=st.booleans())
def test_after_leaving_everything_is_as_before(
    own: dict[str, Any], hosts: dict[str, Any], order: list[str], ends: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        party = Party(Path(folder))
        host, guest = fill(party, "host", hosts, order), fill(party, "guest", own, list(reversed(order)))
        before, files = picture(guest), tree(party.folder / "guest")
        cosmetic = [mod.id for mod in guest.mods.enabled if mod.manifest.sharing[0] == "cosmetic"]
        server = host.mods.serve()
        try:
            joined = guest.mods.join(server.join_address, confirm=yes)
            assert joined is not None
        except VFSError:  # its author does not let the host pass a mod on, or it cannot load here
            joined = None
        else:
            guest.update()
            assert guest.mods.fingerprint().digest == host.mods.fingerprint().digest
            for mod in host.mods.fingerprint().mods:
                path = f"/{mod.id}/own.txt"
                assert guest.read(path) == host.read(path)
            here = {mod.id for mod in guest.mods.enabled}
            lost = {mod for mod in cosmetic if mod not in here and own[mod]["requires"] in (None, mod)}
            assert not lost - set(hosts), "a skin of the guest is gone"
            if ends:  # as if the game was killed: another one starts
                again = party.game("guest")
                assert picture(again) == before
            joined.leave()
        server.close()
        assert picture(guest) == before
        assert tree(party.folder / "guest") == files
        for game in party.games:
            game.close()
