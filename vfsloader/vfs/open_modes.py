"""The modes of ``open`` and the wrappers that Python puts around a raw file."""

from __future__ import annotations

import contextlib
import functools
import io
from dataclasses import dataclass
from typing import IO, Any, Protocol, cast


@dataclass(frozen=True, slots=True)
class OpenMode:
    """A mode such as ``"r+b"``, taken apart."""

    base: str
    """One of r, w, a, x."""
    binary: bool
    update: bool
    """Whether there is a ``+``."""

    @property
    def reading(self) -> bool:
        """Whether the caller may read."""
        return self.base == "r" or self.update

    @property
    def writing(self) -> bool:
        """Whether the caller may write."""
        return self.base != "r" or self.update


@functools.cache
def parse_mode(mode: str) -> OpenMode:
    """Take a mode apart.

    Raises
    ------
    ValueError
        The builtin ``open`` would refuse it too.

    Examples
    --------
    >>> parse_mode("r+b")
    OpenMode(base='r', binary=True, update=True)
    """
    base = [char for char in mode if char in "rwax"]
    if len(base) != 1 or len(set(mode)) != len(mode) or set(mode) - set("rwaxbt+") or {"b", "t"} <= set(mode):
        raise ValueError(f"{mode!r} is no mode: one of r, w, a or x, then + to do both, b for bytes")
    return OpenMode(base[0], "b" in mode, "+" in mode)


def refuse_text_options(mode: OpenMode, encoding: str | None, errors: str | None, newline: str | None) -> None:
    """Raise ValueError for options that only text has."""
    if mode.binary and not encoding is errors is newline is None:
        for name, value in (("encoding", encoding), ("errors", errors), ("newline", newline)):
            if value is not None:
                raise ValueError(f"binary mode takes no {name}")


class _Draft(Protocol):
    def discard(self) -> None: ...
    def close(self) -> None: ...
    def tell(self) -> int: ...
    def seek(self, offset: int, whence: int, /) -> int: ...
    def truncate(self, size: int, /) -> int: ...


def preallocate(raw: io.RawIOBase, size: int) -> None:
    """Lengthen a draft with zeros to `size` bytes, or leave its file as it was."""
    draft = cast("_Draft", raw)
    try:
        at = draft.tell()
        if draft.seek(0, io.SEEK_END) < size:
            draft.truncate(size)
        draft.seek(at, io.SEEK_SET)
    except BaseException:
        draft.discard()
        draft.close()
        raise


class _OldOrNew:
    """An exception inside the ``with`` leaves a file that is being written as it was."""

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if kind is not None:
            self._draft().discard()
        self.close()

    def _draft(self) -> _Draft:
        return cast("_Draft", self.raw)  # type: ignore[attr-defined]

    def close(self) -> None:
        if not self.closed:  # type: ignore[attr-defined]
            try:
                self.flush()  # type: ignore[attr-defined]
            except BaseException:
                # What is left in the buffer did not fit: then the file stays as it was, and is not cut short.
                self._draft().discard()
                with contextlib.suppress(OSError):
                    super().close()  # type: ignore[misc]
                raise
        super().close()  # type: ignore[misc]


class _Writer(_OldOrNew, io.BufferedWriter):
    pass


class _ReaderWriter(_OldOrNew, io.BufferedRandom):
    pass


class _TextWriter(_OldOrNew, io.TextIOWrapper):
    def _draft(self) -> _Draft:
        return cast("_Draft", self.buffer.raw)  # type: ignore[attr-defined]


def for_writing(raw: io.RawIOBase, mode: OpenMode, buffering: int) -> IO[bytes]:
    """Put the buffer around a draft that the builtin ``open`` would put around a file."""
    if buffering == 0:
        refuse_unbuffered_text(mode)
        return cast("IO[bytes]", raw)
    size = buffering if buffering > 1 else io.DEFAULT_BUFFER_SIZE
    return _ReaderWriter(cast("Any", raw), size) if mode.reading else _Writer(raw, size)


def refuse_unbuffered_text(mode: OpenMode) -> None:
    """Raise the builtin's error for text without a buffer."""
    if not mode.binary:
        raise ValueError("can't have unbuffered text I/O")


def as_text(
    file: IO[bytes], mode: OpenMode, buffering: int, encoding: str | None, errors: str | None, newline: str | None
) -> io.TextIOWrapper:
    """Decode a binary file; UTF-8 unless told otherwise, on every platform."""
    wrapper = _TextWriter if mode.writing else io.TextIOWrapper
    text = wrapper(cast("Any", file), encoding or "utf-8", errors, newline, line_buffering=buffering == 1)
    text.mode = mode.base + "+" * mode.update  # type: ignore[misc]
    return text
