"""What PyInstaller cannot see: adapters are imported on first use, and the command line asks for our version.

References
----------
PyInstaller manual, "Understanding PyInstaller Hooks".
"""

from __future__ import annotations

from typing import Any

from PyInstaller.utils.hooks import copy_metadata

datas = copy_metadata("vfsloader")
# What only builds packs, or looks into them in a terminal, is no part of a game.
excludedimports = ["cryptography", "pathspec", "rich", "tomli_w"]


def hook(hook_api: Any) -> None:
    """Take along the adapters of the engines that the game imports."""
    for engine in ("pygame", "pyglet", "arcade"):
        if hook_api.graph.find_node(engine) is not None:
            hook_api.add_imports(f"vfsloader.{engine}")
