"""Declare what PyInstaller cannot see: adapters are imported on first use, and the command line needs our version.

References
----------
PyInstaller manual, "Understanding PyInstaller Hooks".
"""

from __future__ import annotations

from typing import Any

from PyInstaller.utils.hooks import copy_metadata

datas = copy_metadata("vfsloader")
# Games do not need the libraries that build packs or print them in a terminal.
excludedimports = ["cryptography", "pathspec", "rich", "tomli_w"]


def hook(hook_api: Any) -> None:
    """Include the adapters of the engines that the game imports."""
    for engine in ("pygame", "pyglet", "arcade"):
        if hook_api.graph.find_node(engine) is not None:
            hook_api.add_imports(f"vfsloader.{engine}")
