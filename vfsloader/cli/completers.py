"""What the shell suggests for half-typed ids, paths and profiles of a game.

A completer runs while the player types. Whatever goes wrong, it suggests nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from vfsloader import paths
from vfsloader.quoting import plain

if TYPE_CHECKING:
    from cyclopts.completion import CompletionContext

    from vfsloader.game.manager import ResourceManager

#: So many suggestions help nobody.
_MOST = 1000


def complete_mods(context: CompletionContext) -> list[tuple[str, str]]:
    """Suggest the ids of the game's mods, with their names."""
    with contextlib.suppress(Exception), _game(context) as game:
        return [(mod.id, plain(mod.name)) for mod in game.mods.available[:_MOST]]
    return []


def complete_profiles(context: CompletionContext) -> list[str]:
    """Suggest the names of the game's profiles."""
    with contextlib.suppress(Exception), _game(context) as game:
        return sorted(game.mods.profiles)[:_MOST]
    return []


def complete_paths(context: CompletionContext) -> list[str]:
    """Suggest the children of the folder that is typed so far."""
    with contextlib.suppress(Exception), _game(context) as game:
        return list(_children(game, context.incomplete))[:_MOST]
    return []


def _children(game: ResourceManager, typed: str) -> Iterator[str]:
    folder = typed[: typed.rfind("/") + 1]
    for name, found in game.vfs.union.children(paths.normalise(folder or "/")).items():
        yield f"{folder or '/'}{name}{'/' * found.entry.is_folder}"


def _game(context: CompletionContext) -> ResourceManager:
    from vfsloader.cli.game import open_game

    return open_game(str(context["--game"].value))
