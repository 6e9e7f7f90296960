"""The one manager of a running game, so that loaders need not be handed it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vfsloader.assets.changes import Change
from vfsloader.errors import NotInitializedError
from vfsloader.game.manager import ResourceManager
from vfsloader.opening import Source

_current: ResourceManager | None = None
_hooks: list[Callable[[ResourceManager], object]] = []


def init(base: Source, **options: Any) -> ResourceManager:
    """Make a :class:`ResourceManager` and let the loaders use it.

    Parameters
    ----------
    base
        The game's own files: a folder, archive, pack or layer.
    **options
        The other parameters of :class:`ResourceManager`.

    Returns
    -------
    ResourceManager
        The manager. One that was current before stays open; its owner closes it.

    Examples
    --------
    >>> import vfsloader
    >>> game = vfsloader.init("memory:")
    >>> vfsloader.current() is game
    True
    """
    return use(ResourceManager(base, **options))


def use(manager: ResourceManager) -> ResourceManager:
    """Let the loaders use a manager that was made elsewhere, as by ``ResourceManager.from_config``."""
    global _current
    _current = manager
    for hook in _hooks:
        hook(manager)
    return manager


def on_current_changed(hook: Callable[[ResourceManager], object]) -> None:
    """Have a function called with each manager that becomes current, and with the one that is, if there is one."""
    _hooks.append(hook)
    if _current is not None:
        hook(_current)


def current() -> ResourceManager:
    """Give the manager that :func:`init` made.

    Raises
    ------
    NotInitializedError
        There is none yet.
    """
    if _current is None:
        raise NotInitializedError(
            'no game is set up yet; call vfsloader.init(base="assets") first, with your own folder'
        )
    return _current


def update(budget_ms: float | None = None) -> list[Change]:
    """Bring the current game's resources up to date: see :meth:`ResourceManager.update`."""
    return current().update(budget_ms)
