"""Files that are made of the files of several layers, and that a game has read: a change in one of them is reported."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable
from typing import Generic, NamedTuple, TypeVar

from vfsloader.assets.changes import Change
from vfsloader.errors import PathNotFoundError, VFSError
from vfsloader.layers.union import Union
from vfsloader.quoting import message
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits

T = TypeVar("T")


class Refused(NamedTuple):
    """A change that does not fit."""

    layer: str
    reason: str


class FileState(NamedTuple, Generic[T]):
    """A file as it was read."""

    content: T
    signature: Hashable
    """Something that differs when the file does."""
    layer: str
    """The layer with the highest part of it."""
    refused: tuple[Refused, ...]


class ReadFiles(ABC, Generic[T]):
    """The files of one kind in use.

    Parameters
    ----------
    limits
        What each file of a mod may cost.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self.limits = limits
        self.languages: tuple[str, ...] = ()
        #: By path, what :attr:`FileState.signature` was; None for a missing file.
        self._known: dict[str, Hashable | None] = {}
        self._refused: dict[str, tuple[Refused, ...]] = {}

    @abstractmethod
    def look(self, union: Union, path: str) -> FileState[T]:
        """Read a file.

        Raises
        ------
        PathNotFoundError, ResourceError
            There is none, or it cannot be read.
        """

    @abstractmethod
    def failure(self, union: Union, path: str, error: Exception) -> Hashable:
        """Return a signature for a file that cannot be read."""

    def refused(self) -> list[tuple[str, str, str]]:
        """Return the changes that do not fit: the layer, the path and the reason."""
        return [(one.layer, path, one.reason) for path, found in list(self._refused.items()) for one in found]

    def read(self, union: Union, path: str) -> T:
        """Read a file, and remember it, even a missing one."""
        self._known.setdefault(path, None)
        state = self.look(union, path)
        self._known[path], self._refused[path] = state.signature, state.refused
        return state.content

    def changes(self, union: Union) -> list[Change]:
        """Return which of the files differ now."""
        changes = (self._check(union, path) for path in sorted(self._known))
        return [change for change in changes if change is not None]

    def _check(self, union: Union, path: str) -> Change | None:
        old = self._known[path]
        try:
            state = self.look(union, path)
        except PathNotFoundError:
            self._known[path] = None
            self._refused.pop(path, None)
            return None if old is None else Change(path, "removed")
        except (VFSError, OSError) as error:
            new = self._known[path] = self.failure(union, path, error)
            return None if new == old else Change(path, "failed", error=message(str(error)))
        self._known[path], self._refused[path] = state.signature, state.refused
        if state.signature == old:
            return None
        refused = message("; ".join(one.reason for one in state.refused)) or None
        return Change(path, "added" if old is None else "changed", state.layer, refused)
