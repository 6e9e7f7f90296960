"""Telling those who remember a layer's answers that they changed."""

from __future__ import annotations

import weakref
from collections.abc import Callable

Listener = Callable[[], None]


class Listeners:
    """Bound methods to be called at each change; they are held weakly, so that a union can simply be dropped."""

    def __init__(self) -> None:
        self._references: list[weakref.WeakMethod[Listener]] = []

    def add(self, listener: Listener) -> None:
        """Call `listener`, a bound method, from now on, as long as its object lives."""
        self._references = [*(one for one in self._references if one() is not None), weakref.WeakMethod(listener)]

    def tell(self) -> None:
        """Call everyone."""
        for reference in self._references:
            listener = reference()
            if listener is not None:
                listener()
