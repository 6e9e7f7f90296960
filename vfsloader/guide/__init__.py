"""A modder's guide for one game: its paths, sizes, data, conditions and the mod format, as pages that a game ships.

:func:`build_guide` looks at the game's own files and at what it declares in ``game.toml``, and writes static pages.
They make no request to other hosts, and whatever comes from a file or a mod is text in them, never markup.
"""

from __future__ import annotations

from vfsloader.guide.build import GuideBuild, build_guide

__all__ = ["GuideBuild", "build_guide"]
