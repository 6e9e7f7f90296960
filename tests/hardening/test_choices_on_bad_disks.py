"""The player's choice of mods on a disk that is full or read-only: the game goes on, memory and disk agree."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hardening.test_read_only_places import folder, make_read_only, run_unprivileged

__all__ = ["folder"]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="this system has no POSIX limits and permissions")

CHANGES = {
    "disable": 'mods.disable("a")',
    "enable": 'mods.enable("c")',
    "move": 'mods.move("a", after="b")',
    "rules": 'mods.override_rules("a", {"game_version": "*"})',
    "use_profile": 'mods.use_profile("other")',
    "copy_profile": 'mods.copy_profile("third")',
    "delete_profile": 'mods.delete_profile("spare")',
    "import_profile": "mods.import_profile(exported)",
    "apply": 'mods.apply(mods.plan_disable("a"))',
}

#: The limit of a file's size has the effect of a full disk: a write is taken in part, or not at all.
ON_A_FULL_DISK = """
import json, resource, signal, sys
from vfsloader import ModManager
from vfsloader.errors import PathError

folder, exported, change = sys.argv[1:]
mods = ModManager(folder)

def seen():
    return (
        [mod.id for mod in mods.enabled], mods.profile, sorted(mods.profiles), str(mods.profiles), mods.revision,
        mods.state_file.read_bytes(), sorted(path.name for path in mods.folder.iterdir()),
    )

before = seen()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (8, resource.RLIM_INFINITY))
try:
    exec(change)
except PathError as error:
    assert "nothing was changed" in str(error), error
else:
    raise SystemExit("no error")
after = seen()
assert after == before, (before, after)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
exec(change)
assert seen()[:5] != before[:5] or "rules" in change or seen()[5] != before[5]
"""


@pytest.fixture
def mods(tmp_path: Path) -> Path:
    """Three mods, of which one is disabled, with two profiles beside the one in use."""
    folder = tmp_path / "mods"
    for mod in "abc":
        (folder / mod).mkdir(parents=True)
        (folder / mod / "mod.json").write_text(json.dumps({"id": f"m{mod}", "name": mod, "version": "1"}))
    state = {"disabled": ["mc"], "order": ["ma", "mb", "mc"], "overrides": {}}
    profiles = dict.fromkeys(("default", "spare"), state)
    (folder / "mods.json").write_text(json.dumps({"version": 1, "current": "default", "profiles": profiles}))
    return folder


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_full_disk_changes_nothing(mods: Path, tmp_path: Path, change: str) -> None:
    from vfsloader import ModManager

    manager = ModManager(mods)
    manager.copy_profile("other")
    manager.export_profile(tmp_path / "exported.json")
    change = change.replace('"a"', '"ma"').replace('"b"', '"mb"').replace('"c"', '"mc"')
    done = subprocess.run(
        [sys.executable, "-c", ON_A_FULL_DISK, str(mods), str(tmp_path / "exported.json"), change],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_damaged_choice_in_a_read_only_folder_starts_the_game(folder: Path) -> None:
    (folder / "mods").mkdir()
    (folder / "mods" / "a").mkdir()
    (folder / "mods" / "mods.json").write_text("{damaged")
    (folder / "base").mkdir()
    (folder / "base" / "t.txt").write_text("base")
    make_read_only(folder / "mods")
    os.chmod(folder, 0o755)
    os.chmod(folder / "mods" / "a", 0o555)
    try:
        printed = run_unprivileged(
            folder,
            """
            from vfsloader import ResourceManager
            with ResourceManager(folder + "/base", mods=folder + "/mods", watch=False) as game:
                print([problem.kind for problem in game.mods.problems], game.read("/t.txt"))
                try:
                    game.mods.disable(game.mods.enabled[0].id)
                except errors.ReadOnlyError:
                    print([mod.path.name for mod in game.mods.enabled])
            """,
        )
    finally:
        os.chmod(folder / "mods", 0o755)
        os.chmod(folder / "mods" / "a", 0o755)
    assert printed.splitlines() == ["['state_kept'] b'base'", "['a']"]


def test_a_save_that_cannot_be_made_starts_the_game_without_one(folder: Path) -> None:
    (folder / "base").mkdir()
    (folder / "base" / "t.txt").write_text("base")
    os.chmod(folder / "base", 0o755)
    os.chmod(folder, 0o555)
    printed = run_unprivileged(
        folder,
        """
        from vfsloader import ResourceManager
        with ResourceManager(folder + "/base", save=folder + "/saves/one.db", watch=False) as game:
            print([problem.kind for problem in game.mods.problems], game.read("/t.txt"))
            try:
                game.vfs.write_bytes("/new.txt", b"x")
            except errors.ReadOnlyError:
                print("read-only")
        """,
    )
    assert printed.splitlines() == ["['save'] b'base'", "read-only"]
