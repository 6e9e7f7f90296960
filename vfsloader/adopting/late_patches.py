"""Replacing what is in a module when the game imports it, and not before.

An engine may read options and variables of the environment when it is imported, which the game sets first. So an
adoption must not import it earlier than the game does.
"""

from __future__ import annotations

import importlib.machinery
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

Action = Callable[[Any], None]


class LatePatches:
    """Calls functions with modules when these have been imported, until :meth:`end`.

    Examples
    --------
    >>> seen = []
    >>> late = LatePatches()
    >>> late.when_imported("json", lambda module: seen.append(module.__name__))
    >>> import json
    >>> seen
    ['json']
    >>> late.end()
    """

    def __init__(self) -> None:
        self._waiting: dict[str, list[Action]] = {}

    def when_imported(self, name: str, action: Action) -> None:
        """Call a function with a module: at once if it has been imported, else as soon as it is."""
        module = sys.modules.get(name)
        if module is not None and not getattr(module.__spec__, "_initializing", False):
            action(module)
            return
        self._waiting.setdefault(name, []).append(action)
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def end(self) -> None:
        """Wait for no more modules."""
        self._waiting.clear()
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Let the other finders find the module, and take note of its end; Python's import calls this."""
        if name not in self._waiting:
            return None
        for finder in list(sys.meta_path):
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                if spec.loader is not None:
                    self._act_after(spec.loader, name)
                return spec
        return None

    def _act_after(self, loader: Any, name: str) -> None:
        """Let a module's loader call the functions when it has run the module."""
        run = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            del loader.exec_module  # the module's loader is as before
            run(module)
            for action in self._waiting.pop(name, ()):
                action(module)

        loader.exec_module = exec_module
