"""Deleting a mod that a player put into the mods folder by hand."""

from __future__ import annotations

import shutil
from pathlib import Path

from vfsloader.runtime.disk_names import delete, move


def delete_by_hand(path: Path) -> None:
    """Delete a file, a folder or a link. A folder is renamed first: half of a mod is never seen by a game."""
    if path.is_symlink() or not path.is_dir():
        delete(path)
        return
    hidden = path.with_name(f".{path.name}.deleted")
    move(path, hidden)
    shutil.rmtree(hidden)
