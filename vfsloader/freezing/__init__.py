"""For PyInstaller: finds the hook beside this file, by the entry point ``pyinstaller40``."""

from __future__ import annotations

from pathlib import Path


def hook_dirs() -> list[str]:
    """Give the folders that hold hooks."""
    return [str(Path(__file__).parent)]
