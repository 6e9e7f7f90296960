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
