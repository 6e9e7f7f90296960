"""Adopting the processes that an adopted game starts by ``multiprocessing``.

A process that is forked has everything already. One that is spawned starts with an empty interpreter and gets a pickled
dictionary before it imports the game's main module. That dictionary carries an object whose unpickling adopts.
"""

from __future__ import annotations

import functools
import multiprocessing.spawn
import os
import pickle
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vfsloader.pygame.patched_calls import PatchedCalls

import vfsloader
from vfsloader import paths


class PatchedProcesses(PatchedCalls):
    """Adopts spawned processes until :meth:`undo`.

    Parameters
    ----------
    folders, mods, options
        As for :func:`vfsloader.pygame.adopt`.
    """

    def __init__(self, folders: Sequence[str], mods: paths.RealPath | None, options: Mapping[str, Any]) -> None:
        super().__init__()
        # What cannot be pickled, such as a layer that the game made itself, stays behind. Only one process watches.
        kept = {name: value for name, value in options.items() if _can_be_pickled(value)} | {"watch": False}
        whole = None if mods is None else os.path.abspath(mods)
        self._again = _AdoptAgain((list(folders), whole, kept))
        self.patch(multiprocessing.spawn, "get_preparation_data", self._prepared)

    def _prepared(self, original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
        again = self._again

        @functools.wraps(original)
        def replacement(*args: Any, **options: Any) -> dict[str, Any]:
            return {**original(*args, **options), "vfsloader": again}

        return replacement


class _AdoptAgain:
    def __init__(self, how: tuple[Any, ...]) -> None:
        self._how = pickle.dumps(how)

    def __reduce__(self) -> tuple[Any, ...]:
        # The new process has not been given the game's sys.path yet, so it may not find this package by itself.
        home = os.path.dirname(os.path.dirname(os.path.abspath(vfsloader.__file__)))
        code = (
            f"import sys; kept = sys.path.copy(); sys.path[:] = [*{sys.path!r}, {home!r}]\n"
            "import vfsloader.pygame.adopting; from vfsloader.pygame.adopted_processes import adopt_again\n"
            f"sys.path[:] = kept; adopt_again({self._how!r})"
        )
        return exec, (code, {})


def adopt_again(how: bytes) -> None:
    """Adopt this process as the one that started it was."""
    from vfsloader.pygame.adopting import adopt

    folders, mods, options = pickle.loads(how)  # noqa: S301 - made by the process that started this one
    _kept.append(adopt(folders, mods, **options))


#: The adoption of this process, which lasts until it ends.
_kept: list[object] = []


def _can_be_pickled(value: object) -> bool:
    try:
        pickle.dumps(value)
    except Exception:
        return False
    return True
