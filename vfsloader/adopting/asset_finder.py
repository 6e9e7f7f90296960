"""Finding out in which folders a game keeps its assets: it is run for some seconds, and what it reads is noted."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable, Sequence

from vfsloader.adopting.game_starter import Game
from vfsloader.quoting import message

SECONDS = 10.0
#: The seconds count from the first file of assets that the game reads, for which it may take so many times as long.
_TIMES_TO_START = 6
_SECONDS_TO_END = 1.0
#: Files that are not assets wherever they are.
_CODE = (".py", ".pyc", ".pyo", ".pyd", ".so", ".dll", ".dylib", ".pth", ".egg-info", ".dist-info", ".cfg")
#: Folders of the system in which a game's assets are not.
_SYSTEM = ("/etc", "/proc", "/dev", "/sys", "/run", "/lib", "/usr/lib/locale", "/usr/share/fonts", "/usr/share/locale",
           "/usr/share/zoneinfo", "/usr/share/X11", "/usr/share/fontconfig", "/var", tempfile.gettempdir())  # fmt: skip


def find_assets(adapter: str, game: Game, seconds: float = SECONDS) -> int:
    """Run a game, and print which folders of assets it reads, and how to adopt it.

    Parameters
    ----------
    adapter
        The package with the command that adopts it.
    game
        The game.
    seconds
        How long it runs.

    Returns
    -------
    int
        The exit status: 1 if the game read no assets.
    """
    with tempfile.TemporaryDirectory(prefix="vfsloader-") as folder:
        record = os.path.join(folder, "reads")
        status = _run(adapter, game, record, seconds)
        read = _recorded(record)
    folders = asset_folders(read, game.folder)
    if not folders:
        if status is None:
            ending = f"; it was ended after {seconds:g} seconds"
        else:
            ending = f"; it ended with exit status {status}"
        print(f"The game read no assets{ending}.", file=sys.stderr)
        return 1
    encoding = sys.stdout.encoding or "utf-8"  # a name may have characters that a code page lacks
    print(proposal(adapter, folders, game.words).encode(encoding, "backslashreplace").decode(encoding))
    return 0


def asset_folders(read: Iterable[str], home: str) -> list[str]:
    """Return the folders that contain the files that a game read.

    Parameters
    ----------
    read
        Absolute paths of files.
    home
        The game's own folder. Files elsewhere count, too, unless they belong to Python or to the system.

    Examples
    --------
    >>> asset_folders(["/g/img/a.png", "/g/img/b/c.png", "/g/snd/d.wav", "/g/main.py"], "/g")
    ['/g/img', '/g/snd']
    >>> asset_folders(["/g/title.png", "/g/img/a.png"], "/g")
    ['/g']
    """
    files = sorted({file for file in read if _is_asset(file, home)})
    parents = {os.path.dirname(file) for file in files}
    if home in parents:
        outside = [folder for folder in parents if not _is_below(folder, home)]
        return sorted([home, *_outermost(outside)])
    return _joined(_outermost(parents), home)


def proposal(adapter: str, folders: Sequence[str], words: Sequence[str]) -> str:
    """Return what a developer can copy: the command, and a ``game.toml`` for ``vfsloader.init`` and the tools."""
    shown = [os.path.relpath(folder) if _is_below(folder, os.getcwd()) else folder for folder in folders]
    options = " ".join(f"--assets {_quoted(folder)}" for folder in shown)
    game = " ".join(map(_quoted, words))
    lines = [
        "The game reads its assets from:",
        *(f"    {folder}" for folder in shown),
        "",
        "Run it with mods:",
        f"    python -m {adapter} adopt {options} --mods mods {game}",
        "",
        "game.toml, for the vfsloader command:",
    ]
    top = shown[0] if len(shown) == 1 else os.path.commonpath([os.path.abspath(folder) for folder in folders])
    if len(shown) > 1 and _is_below(top, os.getcwd()):
        top = os.path.relpath(top)
    lines += [f"    base = {json.dumps(top.replace(os.sep, '/'), ensure_ascii=False)}", '    mods = "mods"']
    return "\n".join(map(message, lines))


def _run(adapter: str, game: Game, record: str, seconds: float) -> int | None:
    """Run the game for some seconds, and return its exit status; None if it had to be ended."""
    command = [sys.executable, "-m", f"{adapter}.read_recorder", record, *game.words]
    process = subprocess.Popen(command)
    try:
        waited = 0.0
        while waited < seconds * _TIMES_TO_START and not _has_begun(record, game.folder):
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.wait(0.1)
            waited += 0.1
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.terminate()  # which SDL turns into an event that the game may ignore
        try:
            process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        return None


def _has_begun(record: str, home: str) -> bool:
    """Return whether the game has read any assets."""
    return any(_is_asset(file, home) for file in _recorded(record))


def _recorded(record: str) -> list[str]:
    try:
        with open(record, encoding="utf-8", errors="surrogateescape") as lines:
            return [json.loads(line) for line in lines if line.endswith("\n")]
    except FileNotFoundError:
        return []


def _is_asset(file: str, home: str) -> bool:
    if file.endswith(_CODE) or "__pycache__" in file or not os.path.isabs(file):
        return False
    if _is_below(file, home):
        return True
    places = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    user = os.path.expanduser("~")
    hidden = any(part.startswith(".") for part in os.path.relpath(file, user).split(os.sep)) and _is_below(file, user)
    parts = file.split(os.sep)
    return (
        not hidden
        and not any(_is_below(file, place) for place in (*places, *_SYSTEM) if place)
        and not {"site-packages", "dist-packages"} & set(parts)
    )


def _outermost(folders: Iterable[str]) -> list[str]:
    """Leave out folders that are inside of others."""
    kept: list[str] = []
    for folder in sorted(folders):
        if not any(_is_below(folder, known) for known in kept):
            kept.append(folder)
    return kept


def _joined(folders: list[str], home: str) -> list[str]:
    """Replace several folders in one folder by that one, unless it is the game's own, which has more than assets."""
    while True:
        above: dict[str, list[str]] = {}
        for folder in folders:
            above.setdefault(os.path.dirname(folder), []).append(folder)
        crowded = [parent for parent, inside in above.items()
                   if len(inside) > 1 and parent != home and not _is_below(home, parent)
                   and len(parent.split(os.sep)) > 3]  # fmt: skip
        if not crowded:
            return folders
        folders = _outermost([*folders, *crowded])


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _quoted(word: str) -> str:
    return f'"{word}"' if " " in word else word
