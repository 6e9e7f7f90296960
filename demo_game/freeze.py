"""``python -m demo_game.freeze FOLDER``: make Moonmoth one file, as a game is given to players.

Its own files go inside; mods, save and profiles are beside it. Needs PyInstaller, and vfsloader installed from a wheel.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

GAME = Path(__file__).parent


def freeze(out: Path) -> None:
    """Write the program ``moonmoth`` into a folder."""
    from PyInstaller.__main__ import run

    with tempfile.TemporaryDirectory(prefix="moonmoth-freeze-") as folder:
        start = Path(folder, "moonmoth.py")
        start.write_text("from demo_game.__main__ import main\n\nmain()\n")
        run(
            [
                str(start),
                "--onefile",
                "--noconfirm",
                f"--distpath={out}",
                f"--workpath={folder}/work",
                f"--specpath={folder}",
                f"--paths={GAME.parent}",
                f"--add-data={GAME / 'assets'}{os.pathsep}demo_game/assets",
                f"--add-data={GAME / 'game.toml'}{os.pathsep}demo_game",
                "--log-level=WARN",
            ]
        )


if __name__ == "__main__":
    freeze(Path(sys.argv[1]).absolute())
