"""Deleting what was put into the mods folder by hand."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from vfsloader.runtime.disk_names import delete, move


def delete_by_hand(path: Path) -> None:
    """Delete a file, a folder or a link."""
    hide_by_hand(path)()


def hide_by_hand(path: Path) -> Callable[[], object]:
    """Delete a file or a link, or rename a folder; return what deletes the folder then.

    A game never sees half of a mod, and does not wait until a thousand files are deleted.
    """
    if path.is_symlink() or not path.is_dir():
        delete(path)
        return lambda: None
    hidden = path.with_name(f".{path.name}.deleted")
    move(path, hidden)
    return lambda: shutil.rmtree(hidden)
