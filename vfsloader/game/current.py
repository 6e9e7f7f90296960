"""The manager of the running game, so that loaders need not be passed it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec

from vfsloader.assets.changes import Change
from vfsloader.errors import NotInitializedError
from vfsloader.game.manager import ResourceManager

P = ParamSpec("P")
_current: ResourceManager | None = None
_hooks: list[Callable[[ResourceManager], object]] = []


def _with_parameters_of(
    make: Callable[P, ResourceManager],
) -> Callable[[Callable[..., ResourceManager]], Callable[P, ResourceManager]]:
    """Say that a function takes what `make` takes: for type checkers, editors and ``help``."""

    def decorate(function: Callable[..., ResourceManager]) -> Callable[P, ResourceManager]:
        return functools.wraps(make, assigned=(), updated=())(function)

    return decorate


@_with_parameters_of(ResourceManager)
def init(*values: Any, **options: Any) -> ResourceManager:
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
    return use(ResourceManager(*values, **options))


def use(manager: ResourceManager) -> ResourceManager:
    """Let the loaders use a manager that was made elsewhere, as by ``ResourceManager.from_config``."""
    global _current
    _current = manager
    for hook in _hooks:
        hook(manager)
    return manager


def on_current_changed(hook: Callable[[ResourceManager], object]) -> None:
    """Call a function with each manager that becomes current, and with the present one, if there is one."""
    _hooks.append(hook)
    if _current is not None:
        hook(_current)


def current() -> ResourceManager:
    """Return the manager that :func:`init` made.

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
    """Bring the current game's resources up to date; see :meth:`ResourceManager.update`."""
    return current().update(budget_ms)
