"""The exceptions of this library.

Each is also a builtin exception, shown in brackets, so ``except FileNotFoundError`` works as it does for ``open``.
``except VFSError`` catches all of them. A message says what was asked, what was found and what to do. It is one line of
bounded length without control characters, whatever names it contains. ::

    VFSError
    ├── PathError (OSError)
    │   ├── PathNotFoundError (FileNotFoundError)
    │   │   └── FileLeftOutError
    │   ├── PathExistsError (FileExistsError)
    │   ├── NotAFolderError (NotADirectoryError)
    │   ├── IsAFolderError (IsADirectoryError)
    │   ├── FolderNotEmptyError
    │   ├── InvalidPathError (ValueError)
    │   ├── ReadOnlyError (PermissionError)
    │   ├── AccessDeniedError (PermissionError)
    │   ├── LockedError (BlockingIOError)
    │   │   └── ConflictError
    │   ├── QuotaExceededError
    │   │   └── NodeLimitExceededError
    │   ├── NotAStoreError
    │   ├── UnknownFormatError
    │   ├── DamagedError
    │   ├── UnsafeArchiveError
    │   ├── BudgetError
    │   ├── RemoteError
    │   ├── WrongPackError (ValueError)
    │   ├── ConfigError (ValueError)
    │   ├── ManifestError (ValueError)
    │   ├── OptionError (ValueError)
    │   └── ResourceError (ValueError)
    ├── UnknownModError (KeyError)
    ├── ModOrderError (ValueError)
    ├── NotInitializedError (RuntimeError)
    ├── SourceTypeError (TypeError)
    └── MissingExtraError (ModuleNotFoundError)
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable
from typing import ClassVar, Self

from vfsloader.quoting import message


class VFSError(Exception):
    """The base class of all exceptions of this library.

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
        return message(str(sentence) if sentence else super().__str__())


class PathError(VFSError, OSError):
    """An error about one path: ``filename`` is the path, and ``errno`` is set as in builtin exceptions."""

    number: ClassVar[int] = errno.EIO

    @classmethod
    def at(cls, path: str, sentence: str) -> Self:
        """Make the error for `path` with the message `sentence`."""
        return cls(cls.number, sentence, path)


class InvalidPathError(PathError, ValueError):
    """Not a valid virtual path: it leaves the root, contains a NUL character, or is too long."""

    number = errno.EINVAL


class PathNotFoundError(PathError, FileNotFoundError):
    """No layer has the path."""

    number = errno.ENOENT
    _hint: Callable[[], str] | None = None

    def hinted(self, hint: Callable[[], str]) -> Self:
        """Add a hint to the message, computed only when the message is read.

        A game that tries a path and catches the error should not pay for a search for similar names.
        """
        self._hint = hint
        return self

    def __str__(self) -> str:
        self.settle()
        return super().__str__()

    def settle(self) -> None:
        """Compute the hint now, while the layers that it needs are still open."""
        if self._hint is not None:
            hint, self._hint = self._hint, None
            with contextlib.suppress(OSError, ValueError):  # the layers are closed: no hint
                self.strerror = f"{self.strerror}{hint()}"

    def __reduce__(self) -> tuple[type[Self], tuple[int, str, str]]:
        return type(self), (self.number, str(self), str(self.filename))


class FileLeftOutError(PathNotFoundError):
    """A mod's file is damaged or too large, and so counts as missing. ``__cause__`` is the error that says why."""


class PathExistsError(PathError, FileExistsError):
    """Something already exists at the path."""

    number = errno.EEXIST


class NotAFolderError(PathError, NotADirectoryError):
    """A folder is needed, and the path is a file."""

    number = errno.ENOTDIR


class IsAFolderError(PathError, IsADirectoryError):
    """A file is needed, and the path is a folder."""

    number = errno.EISDIR


class FolderNotEmptyError(PathError):
    """``rmdir`` was called for a folder that is not empty."""

    number = errno.ENOTEMPTY


class ReadOnlyError(PathError, PermissionError):
    """The layer, or the whole file system, is read-only."""

    number = errno.EROFS


class LockedError(PathError, BlockingIOError):
    """Another thread or process held the lock of a store for longer than the timeout."""

    number = errno.EAGAIN


class AccessDeniedError(PathError, PermissionError):
    """The operating system denied access to the file behind a path."""

    number = errno.EACCES


class NotAStoreError(PathError):
    """The file is not a store or pack, or is in the format of a newer version."""

    number = errno.EINVAL


class UnknownFormatError(PathError):
    """The source is not a folder, archive, store or pack, so it cannot be opened as a layer."""

    number = errno.EINVAL


class DamagedError(PathError):
    """A store, pack or archive is corrupted."""

    number = errno.EIO


class UnsafeArchiveError(PathError):
    """An archive has members outside its root, or unpacks to more than a game needs."""

    number = errno.EPERM


class WrongPackError(PathError, ValueError):
    """A patch was made for a different pack than the one that it was applied to."""

    number = errno.EINVAL


class ConfigError(PathError, ValueError):
    """``game.toml`` or ``mods.json`` is invalid."""

    number = errno.EINVAL


class ManifestError(PathError, ValueError):
    """A mod's manifest is invalid. The message names the key."""

    number = errno.EINVAL


class OptionError(PathError, ValueError):
    """A mod has no such option, or it cannot have the value."""

    number = errno.EINVAL


class ResourceError(PathError, ValueError):
    """The file cannot be decoded as a picture, sound or whatever its loader expects."""

    number = errno.EINVAL


class UnknownModError(VFSError, KeyError):
    """There is no mod with this id."""

    def __str__(self) -> str:
        return message(str(self.args[0])) if self.args else ""


class ModOrderError(VFSError, ValueError):
    """The mods' own rules forbid the load order that the player asked for.

    Attributes
    ----------
    rules
        The rules that forbid it.
    """

    def __init__(self, sentence: str, rules: str) -> None:
        super().__init__(sentence, rules)
        self.rules = rules

    def __str__(self) -> str:
        return message(str(self.args[0]))


class NotInitializedError(VFSError, RuntimeError):
    """A loader was used before :func:`vfsloader.init` was called."""


class SourceTypeError(VFSError, TypeError):
    """A game's base, expansion or other layer is a value that cannot be opened as one, such as None."""


class MissingExtraError(VFSError, ModuleNotFoundError):
    """A feature needs a library that is not installed. The message names the extra that installs it."""

    @classmethod
    def of(cls, what: str, library: str, extra: str) -> Self:
        """Make the error for a feature that needs `library`, which `extra` installs."""
        return cls(f'{what} needs {library}; run: pip install "vfsloader[{extra}]"', name=library)


class QuotaExceededError(PathError):
    """A write would exceed the quota of the store. Nothing was written.

    Attributes
    ----------
    requested
        Bytes that the write needs.
    available
        Bytes that are left.
    """

    number = errno.ENOSPC

    def __init__(self, requested: int, available: int, path: str | None = None, sentence: str | None = None) -> None:
        text = sentence or f"the quota has {available:,} bytes left, and {requested:,} more are needed"
        super().__init__(self.number, text, path)
        self.requested = requested
        self.available = available

    def __reduce__(self) -> tuple[type[Self], tuple[object, ...]]:
        return type(self), (self.requested, self.available, self.filename, self.strerror)


class NodeLimitExceededError(QuotaExceededError):
    """A new file or folder would exceed the limit of the store. Nothing was made.

    Attributes
    ----------
    current
        Files and folders in the store.
    limit
        How many it may have.
    """

    def __init__(self, current: int, limit: int, path: str | None = None, sentence: str | None = None) -> None:
        text = sentence or f"the store has {current:,} files and folders, and its limit is {limit:,}"
        super().__init__(current + 1, limit - current, path, text)
        self.current = current
        self.limit = limit

    def __reduce__(self) -> tuple[type[Self], tuple[object, ...]]:
        return type(self), (self.current, self.limit, self.filename, self.strerror)


class BudgetError(PathError):
    """An untrusted file needs more work than its budget allows; the message names the limit and how to raise it."""

    number = errno.EPERM


class RemoteError(PathError):
    """A server did not answer, or answered wrongly. What is cached can still be read."""

    number = errno.EIO


class ConflictError(LockedError):
    """Another publisher was faster. Nothing was written and nothing of theirs was lost; try again."""


def named_virtually(error: OSError, path: str, layer: str) -> PathError:
    """Return an error of the operating system as an error about a virtual path.

    Parameters
    ----------
    error
        What was raised when a file on the disk was read.
    path
        The virtual path.
    layer
        The name of the layer that provides the file.

    Examples
    --------
    >>> str(named_virtually(PermissionError(13, "Permission denied", "/home/me/x.png"), "/x.png", "base"))
    'cannot read /x.png in base: Permission denied'
    """
    error_type = AccessDeniedError if isinstance(error, PermissionError) else PathError
    reason = error.strerror or type(error).__name__
    return error_type(error.errno or error_type.number, f"cannot read {path} in {layer}: {reason}", path)
