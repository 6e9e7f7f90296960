"""A game that does not get ready starts with the last good set of mods: with real processes that end badly."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.mods.making import add
from vfsloader import ResourceManager, Store

GAME = """
import os, signal, sys
from vfsloader import ResourceManager, Store
with ResourceManager(Store(), mods=sys.argv[1], watch=False, safe_mode=sys.argv[2]) as game:
    if game.exists("/bad.txt"):
        if sys.argv[3] == "exit": os._exit(3)
        if sys.argv[3] == "abort": os.abort()
        if sys.argv[3] == "error": raise KeyError("bad")
        if sys.argv[3] == "hang": os.kill(os.getpid(), signal.SIGTERM)  # as a player does who ends it
        sys.exit(4)
    game.ready()
    print("ready", [mod.id for mod in game.mods.enabled], game.safe_start and game.safe_start.left_out)
"""


def start(folder: Path, mode: str, end: str) -> str:
    """Start a game, and return what it prints when it is ready."""
    done = subprocess.run(
        [sys.executable, "-c", GAME, str(folder), mode, end], capture_output=True, text=True, check=False, timeout=60
    )
    assert bool(done.stdout) == (done.returncode == 0), done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("end", ["exit", "abort", "error", "hang"])
def test_after_two_bad_starts_the_last_good_set_is_used(tmp_path: Path, end: str) -> None:
    add(tmp_path, "good")
    assert start(tmp_path, "ask", end) == "ready ['good'] None"
    add(tmp_path, "bad", {"bad.txt": "x"})
    assert start(tmp_path, "ask", end) == ""
    assert start(tmp_path, "ask", end) == ""
    for _ in range(2):  # nothing is decided for the player
        assert start(tmp_path, "ask", end) == "ready ['good'] ('bad',)"
    assert start(tmp_path, "off", end) == ""
    assert start(tmp_path, "auto", end) == "ready ['good'] ('bad',)"
    assert start(tmp_path, "ask", end) == "ready ['good'] None"


#: A game of 120 frames that a mod ends where and how it says.
FRAMES = """
import os, signal, sys
from vfsloader import ResourceManager, Store
from vfsloader.game import scripts

def end(where):
    how = game.read("/" + where + ".txt").decode() if game.exists("/" + where + ".txt") else ""
    if how == "exit": os._exit(0)
    if how in ("SIGSEGV", "SIGKILL"): os.kill(os.getpid(), getattr(signal, how))
    if how == "exception": raise KeyError(where)
    if how == "loop":
        print("hangs", flush=True)
        while True: pass

with ResourceManager(Store(), mods=sys.argv[1], watch=False, safe_mode="ask") as game:
    with scripts.install(game, "safe_start_mods"):
        if game.exists("/safe_start_mods/script.py"):
            import safe_start_mods.script
        end("load")
        for frame in range(120):
            game.update()
            end(f"frame {frame}")
    game.ready()
    print("ready", [mod.id for mod in game.mods.enabled], flush=True)
"""


def play(folder: Path) -> str:
    """Play the game, and end it if it hangs; return what it prints."""
    command = [sys.executable, "-c", FRAMES, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as game:
        assert game.stdout is not None
        out = game.stdout.readline()
        if out.startswith("hangs"):
            game.terminate()
        game.wait(60)
    return out.strip()


@pytest.mark.parametrize("where", ["import", "load", "frame 1", "frame 100"])
@pytest.mark.parametrize("how", ["exit", "SIGSEGV", "SIGKILL", "exception", "loop"])
def test_however_and_whenever_a_start_ends(tmp_path: Path, how: str, where: str) -> None:
    add(tmp_path, "good")
    assert play(tmp_path) == "ready ['good']"
    script = {"safe_start_mods/script.py": "from __main__ import end\nend('import')\n"} if where == "import" else {}
    add(tmp_path, "bad", {f"{where}.txt": how, **script})
    for _ in range(2):
        assert not play(tmp_path).startswith("ready")
    assert play(tmp_path) == "ready ['good']"


def crash(folder: Path) -> None:
    with pytest.raises(KeyError), ResourceManager(Store(), mods=folder, watch=False, safe_mode="ask"):
        raise KeyError


def test_only_starts_of_games_that_get_ready_count(tmp_path: Path) -> None:
    add(tmp_path, "bad")
    for _ in range(4):
        crash(tmp_path)
    with ResourceManager(Store(), mods=tmp_path, watch=False, safe_mode="ask") as game:
        assert game.safe_start is None
    with pytest.raises(ValueError, match="safe_mode"):
        ResourceManager(Store(), mods=tmp_path, watch=False, safe_mode="perhaps")  # type: ignore[arg-type]


@pytest.mark.parametrize("choice", ["try_again", "keep_out", "bisect", "change"])
def test_what_the_player_can_do(tmp_path: Path, choice: str) -> None:
    add(tmp_path, "good")
    with ResourceManager(Store(), mods=tmp_path, watch=False, safe_mode="ask") as game:
        game.ready()
    add(tmp_path, "bad")
    with ResourceManager(Store(), mods=tmp_path, watch=False, safe_mode="ask"):
        pass  # the player ended it: not a failure
    crash(tmp_path)
    crash(tmp_path)
    with ResourceManager(Store(), mods=tmp_path, watch=False, safe_mode="ask") as game:
        assert game.safe_start is not None
        assert game.safe_start.left_out == ("bad",)
        mods = game.mods
        assert [mod.id for mod in mods.enabled] == ["good"]
        if choice == "change":
            mods.disable("good")
            assert mods.enabled == []
        elif choice == "bisect":
            search = game.safe_start.bisect()
            while search.testing is not None:
                search.bad() if "bad" in search.testing else search.good()
            assert search.found == ("bad",)
        else:
            getattr(game.safe_start, choice)()
            assert [mod.id for mod in mods.enabled] == (["good"] if choice == "keep_out" else ["bad", "good"])
            if choice == "keep_out":
                mods.undo()
                assert [mod.id for mod in mods.enabled] == ["bad", "good"]
