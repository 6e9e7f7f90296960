"""Replacing functions and classes of other modules, and putting them back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

#: Milliseconds that each frame spends on changes.
FRAME_BUDGET_MS = 4.0


class PatchedCalls:
    """Replacements that stay until :meth:`undo`. Subclasses make them."""

    def __init__(self) -> None:
        self._patches: list[tuple[Any, str, Any, Any]] = []
        self._originals: dict[tuple[int, str], Any] = {}

    def patch(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        """Replace an attribute by what `make` returns for it."""
        original = getattr(owner, name, None)
        if original is not None:  # a system may lack a call
            self.replace(owner, name, make(original), original)

    def replace(self, owner: Any, name: str, replacement: Any, original: Any) -> None:
        """Replace an attribute."""
        setattr(owner, name, replacement)
        self._patches.append((owner, name, replacement, original))
        self._originals[id(owner), name] = original

    def original(self, owner: Any, name: str) -> Any:
        """Return what was there before."""
        return self._originals[id(owner), name]

    def undo(self) -> None:
        """Put the originals back, except where somebody else replaced ours since."""
        for owner, name, replacement, original in reversed(self._patches):
            if vars(owner).get(name) is replacement:
                setattr(owner, name, original)
        self._patches.clear()


def as_plain(original: type) -> type:
    """Return a metaclass for a subclass that takes the place of a class, so that nobody can tell them apart.

    Objects of the replaced class are instances of its replacement, too: other functions still make them.
    """

    class AsPlain(type(original)):  # type: ignore[misc]
        def __new__(meta, name: str, bases: tuple[type, ...], space: dict[str, Any], **options: Any) -> Any:
            if original in bases:
                space |= {"__module__": original.__module__, "__qualname__": original.__qualname__}
            made = super().__new__(meta, name, bases, space, **options)
            made._takes_the_place = original in bases
            return made

        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, original) if cls._takes_the_place else type.__instancecheck__(cls, instance)

        def __subclasscheck__(cls, subclass: type) -> bool:
            return issubclass(subclass, original) if cls._takes_the_place else type.__subclasscheck__(cls, subclass)

    return AsPlain
