"""``python -m demo_game.freeze FOLDER``: makes Moonmoth one file, as a game is given to players.

Its own files go inside; mods, save and profiles lie beside it. Needs PyInstaller, and vfsloader installed from a wheel.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

GAME = Path(__file__).parent


def serialize(out: Path) -> None:
    """Write the program ``moonmoth`` into a folder."""
    from PyInstaller.__main__ import run

    with tempfile.TemporaryDirectory(prefix="moonmoth-freeze-") as folder:
        start = Path(folder, "moonmoth.py")
        start.write_text("from demo_game.__main__ import main\n\nmain()\n")
        carried = [f"{GAME / name}{os.pathsep}demo_game/{name}" for name in ("assets",)]
        carried.append(f"{GAME / 'game.toml'}{os.pathsep}demo_game")
        run(
            [
                str(start),
                "--onefile",
                "--noconfirm",
                f"--distpath={out}",
                f"--workpath={folder}/work",
                f"--specpath={folder}",
                f"--paths={GAME.parent}",
                *(f"--add-data={one}" for one in carried),
                "--log-level=WARN",
            ]
        )


if __name__ == "__main__":
    serialize(Path(sys.argv[1]).absolute())
