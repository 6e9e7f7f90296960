"""Adopting the processes that an adopted game starts by ``multiprocessing``.

A process that is forked has everything already. One that is spawned starts with an empty interpreter and gets a pickled
dictionary before it imports the game's main module. That dictionary carries an object whose unpickling adopts.
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import vfsloader
from vfsloader import paths
from vfsloader.adopting.late_patches import LatePatches
from vfsloader.adopting.patched_calls import PatchedCalls


class PatchedProcesses(PatchedCalls):
    """Adopts spawned processes until :meth:`undo`.

    Parameters
    ----------
    adapter
        The module whose ``adopt`` is called in the new process.
    folders, mods, options
        What it is called with.
    """

    def __init__(
        self, adapter: str, folders: Sequence[str], mods: paths.RealPath | None, options: Mapping[str, Any]
    ) -> None:
        super().__init__()
        whole = None if mods is None else os.path.abspath(mods)
        self._how = adapter, list(folders), whole, dict(options)
        self._late = LatePatches()
        self._late.when_imported(
            "multiprocessing.spawn", lambda spawn: self.patch(spawn, "get_preparation_data", self._prepared)
        )

    def undo(self) -> None:
        """Adopt no more processes."""
        self._late.end()
        super().undo()

    def _prepared(self, original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
        adapter, folders, mods, options = self._how
        # What cannot be pickled, such as a layer that the game made itself, stays behind. Only one process watches.
        kept = {name: value for name, value in options.items() if _can_be_pickled(value)} | {"watch": False}
        again = _AdoptAgain(adapter, (folders, mods, kept))

        @functools.wraps(original)
        def replacement(*args: Any, **options: Any) -> dict[str, Any]:
            return {**original(*args, **options), "vfsloader": again}

        return replacement


class _AdoptAgain:
    def __init__(self, adapter: str, how: tuple[Any, ...]) -> None:
        self._adapter = adapter
        import pickle

        self._how = pickle.dumps(how)

    def __reduce__(self) -> tuple[Any, ...]:
        # The new process has not been given the game's sys.path yet, so it may not find this package by itself.
        home = os.path.dirname(os.path.dirname(os.path.abspath(vfsloader.__file__)))
        code = (
            f"import sys; kept = sys.path.copy(); sys.path[:] = [*{sys.path!r}, {home!r}]\n"
            f"import {self._adapter}.adopting; from vfsloader.adopting.adopted_processes import adopt_again\n"
            f"sys.path[:] = kept; adopt_again({self._adapter!r}, {self._how!r})"
        )
        return exec, (code, {})


def adopt_again(adapter: str, how: bytes) -> None:
    """Adopt this process as the one that started it was."""
    import pickle

    adopt = importlib.import_module(adapter).adopt
    folders, mods, options = pickle.loads(how)  # noqa: S301 - made by the process that started this one
    _kept.append(adopt(folders, mods, **options))


#: The adoption of this process, which lasts until it ends.
_kept: list[object] = []


def _can_be_pickled(value: object) -> bool:
    import pickle

    try:
        pickle.dumps(value)
    except Exception:
        return False
    return True
