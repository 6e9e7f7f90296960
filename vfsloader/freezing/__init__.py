"""Games as executables: `app_path`, and the hook that PyInstaller finds by the entry point ``pyinstaller40``."""

from __future__ import annotations

from pathlib import Path


def hook_dirs() -> list[str]:
    """Return the folders that hold hooks."""
    return [str(Path(__file__).parent)]
