"""Every error that this library raises on purpose.

Each is a builtin kind too, with ``errno`` and ``filename`` where the builtin has them, so that
``except FileNotFoundError`` works as it does for ``open``; :class:`VFSError` catches all of ours.
The text of an error is one sentence: what was asked, what was found, what to do.
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable
from typing import ClassVar, Self


class VFSError(Exception):
    """Any error of vfsloader: the mixin of all classes below.

    Examples
    --------
    >>> from vfsloader import VFSError, VirtualFileSystem
    >>> try:
    ...     VirtualFileSystem().read_bytes("/sprites/plyer.png")
    ... except VFSError as error:
    ...     print(isinstance(error, FileNotFoundError))
    True
    """

    def __str__(self) -> str:
        sentence = getattr(self, "strerror", None)
        return str(sentence) if sentence else super().__str__()


class PathError(VFSError, OSError):
    """An error about one path: ``filename`` holds it, ``errno`` says its kind."""

    number: ClassVar[int] = errno.EIO

    @classmethod
    def at(cls, path: str, sentence: str) -> Self:
        """Make the error for `path`, saying `sentence`."""
        return cls(cls.number, sentence, path)


class InvalidPathError(PathError, ValueError):
    """The text is no path of a virtual tree: it leaves the root, holds a NUL, is too long."""

    number = errno.EINVAL


class PathNotFoundError(PathError, FileNotFoundError):
    """No layer has the path."""

    number = errno.ENOENT
    _hint: Callable[[], str] | None = None

    def hinted(self, hint: Callable[[], str]) -> Self:
        """Add a sentence that is only worked out when someone reads the error.

        A game that tries a path and catches the error should not pay for the search of near names.
        """
        self._hint = hint
        return self

    def __str__(self) -> str:
        self.settle()
        return super().__str__()

    def settle(self) -> None:
        """Work the hint out now, while the layers that it looks at are still open."""
        if self._hint is not None:
            hint, self._hint = self._hint, None
            with contextlib.suppress(OSError, ValueError):  # closed meanwhile: then there is no hint
                self.strerror = f"{self.strerror}{hint()}"

    def __reduce__(self) -> tuple[type[Self], tuple[int, str, str]]:
        return type(self), (self.number, str(self), str(self.filename))


class PathExistsError(PathError, FileExistsError):
    """The path is taken already."""

    number = errno.EEXIST


class NotAFolderError(PathError, NotADirectoryError):
    """A folder was asked for, and the path is a file."""

    number = errno.ENOTDIR


class IsAFolderError(PathError, IsADirectoryError):
    """A file was asked for, and the path is a folder."""

    number = errno.EISDIR


class FolderNotEmptyError(PathError):
    """A folder that still holds something cannot be removed by ``rmdir``."""

    number = errno.ENOTEMPTY


class ReadOnlyError(PathError, PermissionError):
    """The layer or the whole file system is open for reading only."""

    number = errno.EROFS


class LockedError(PathError, BlockingIOError):
    """Another thread or process kept the store for longer than the timeout."""

    number = errno.EAGAIN


class AccessDeniedError(PathError, PermissionError):
    """The operating system refuses access to the file behind a path."""

    number = errno.EACCES


class NotAStoreError(PathError):
    """The file is no store or pack of ours, or one of a newer version."""

    number = errno.EINVAL


class UnknownFormatError(PathError):
    """The source is no folder, archive, store or pack that can be opened as a layer."""

    number = errno.EINVAL


class DamagedError(PathError):
    """The bytes of a store, pack or archive contradict themselves."""

    number = errno.EIO


class UnsafeArchiveError(PathError):
    """An archive holds members that leave its root, or more than any game needs."""

    number = errno.EPERM


class WrongPackError(PathError, ValueError):
    """A patch is for another pack than the one it was to be applied to."""

    number = errno.EINVAL


class ConfigError(PathError, ValueError):
    """``game.toml`` or ``mods.json`` cannot be used as it is."""

    number = errno.EINVAL


class ManifestError(PathError, ValueError):
    """A mod's manifest breaks a rule; the sentence names the key."""

    number = errno.EINVAL


class ResourceError(PathError, ValueError):
    """The bytes at the path cannot be made into the picture, sound or object asked for."""

    number = errno.EINVAL


class UnknownModError(VFSError, KeyError):
    """No mod with this id was found."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class ModOrderError(VFSError, ValueError):
    """A rule of the mods forbids an order that the player wants; `rules` names it."""

    def __init__(self, sentence: str, rules: str) -> None:
        super().__init__(sentence, rules)
        self.rules = rules

    def __str__(self) -> str:
        return str(self.args[0])


class NotInitializedError(VFSError, RuntimeError):
    """A loader was used before :func:`vfsloader.init` made a manager."""


class MissingExtraError(VFSError, ImportError):
    """Something asked for needs a library that only an extra installs; the sentence names it."""

    @classmethod
    def of(cls, what: str, library: str, extra: str) -> Self:
        """Say that `what` needs `library`, which comes with `extra`."""
        return cls(f"{what} needs {library}; run: pip install vfsloader[{extra}]", name=library)


class QuotaExceededError(PathError):
    """A write needs more bytes than the store may hold; nothing of it was stored."""

    number = errno.ENOSPC

    def __init__(self, requested: int, available: int, path: str | None = None, sentence: str | None = None) -> None:
        told = sentence or f"the quota has {available:,} bytes left, and {requested:,} more are needed"
        super().__init__(self.number, told, path)
        self.requested = requested
        self.available = available

    def __reduce__(self) -> tuple[type[Self], tuple[object, ...]]:
        return type(self), (self.requested, self.available, self.filename, self.strerror)


class NodeLimitExceededError(QuotaExceededError):
    """A store may not hold more files and folders; nothing was made."""

    def __init__(self, current: int, limit: int, path: str | None = None, sentence: str | None = None) -> None:
        told = sentence or f"the store holds {current:,} files and folders, and may hold {limit:,}"
        super().__init__(current + 1, limit - current, path, told)
        self.current = current
        self.limit = limit

    def __reduce__(self) -> tuple[type[Self], tuple[object, ...]]:
        return type(self), (self.current, self.limit, self.filename, self.strerror)


class RemoteError(PathError):
    """A server did not answer, or not with what it should; what is cached can still be read."""

    number = errno.EIO


class ConflictError(LockedError):
    """Someone else has published meanwhile; nothing of theirs is lost, and nothing was written. Begin anew."""


def named_virtually(error: OSError, path: str, layer: str) -> PathError:
    """Return an error of the operating system as one about a virtual path.

    Parameters
    ----------
    error
        What reading a file of the disk raised.
    path
        The virtual path that was asked for.
    layer
        The name of the layer that provides it.

    Examples
    --------
    >>> str(named_virtually(PermissionError(13, "Permission denied", "/home/me/x.png"), "/x.png", "base"))
    'cannot read /x.png in base: Permission denied'
    """
    kind = AccessDeniedError if isinstance(error, PermissionError) else PathError
    reason = error.strerror or type(error).__name__
    return kind(error.errno or kind.number, f"cannot read {path} in {layer}: {reason}", path)
