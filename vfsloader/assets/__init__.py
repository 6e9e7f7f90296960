"""Assets: making objects out of files, and keeping them up to date. Knows layers only."""

from typing import TYPE_CHECKING

from vfsloader.runtime.lazy_names import lazy_names

if TYPE_CHECKING:
    from vfsloader.assets.changes import Change
    from vfsloader.assets.loader import Asset, Handle, Loader, register_loader
    from vfsloader.assets.preload import Preload, progress_bar

__all__ = [
    "Asset",
    "Change",
    "Handle",
    "Loader",
    "Preload",
    "progress_bar",
    "register_loader",
]

if not TYPE_CHECKING:  # type checkers see the imports above, and so find a misspelt name
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "Asset": "loader",
            "Change": "changes",
            "Handle": "loader",
            "Loader": "loader",
            "Preload": "preload",
            "progress_bar": "preload",
            "register_loader": "loader",
        },
    )
