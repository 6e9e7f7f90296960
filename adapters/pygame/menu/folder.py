"""Opening a folder in the system's own file manager."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path


def open_folder(folder: Path) -> bool:
    """Show a folder in the system's file manager, and make it first if it is missing.

    Returns
    -------
    bool
        Whether a file manager was started. If not, show the player the path instead.

    Raises
    ------
    OSError
        The folder is missing and cannot be made, or the file manager cannot be started.
    """
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    if sys.platform == "win32":
        os.startfile(folder)  # noqa: S606 # a folder, which Windows shows and does not run
        return True
    command = "open" if sys.platform == "darwin" else "xdg-open"
    program = shutil.which(command)
    if program is None or (command == "xdg-open" and not _has_display()):
        return False
    quiet = subprocess.DEVNULL
    process = subprocess.Popen([program, str(folder)], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
    threading.Thread(target=process.wait, name="vfsloader-folder", daemon=True).start()  # so that no zombie is left
    return True


def _has_display() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
