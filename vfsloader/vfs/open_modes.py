"""The modes of ``open`` and the wrappers that Python puts around a raw file."""

from __future__ import annotations

import contextlib
import functools
import io
from dataclasses import dataclass
from typing import IO, Any, BinaryIO, Protocol, cast


@dataclass(frozen=True, slots=True)
class OpenMode:
    """The parts of a mode such as ``"r+b"``."""

    base: str
    """One of r, w, a, x."""
    binary: bool
    update: bool
    """Whether there is a ``+``."""
    text: str = ""
    """The mode as it was written."""

    @property
    def reading(self) -> bool:
        """Whether the caller may read."""
        return self.base == "r" or self.update

    @property
    def raw(self) -> str:
        """The mode of the binary file, as the builtin ``open`` shows it: ``w+`` becomes ``rb+``."""
        return ("r" if self.base == "w" and self.update else self.base) + "b" + "+" * self.update

    @property
    def writing(self) -> bool:
        """Whether the caller may write."""
        return self.base != "r" or self.update


@functools.cache
def parse_mode(mode: str) -> OpenMode:
    """Parse a mode.

    Raises
    ------
    ValueError
        The mode is invalid for the builtin ``open`` too.

    Examples
    --------
    >>> parse_mode("r+b")
    OpenMode(base='r', binary=True, update=True, text='r+b')
    """
    base = [char for char in mode if char in "rwax"]
    if len(base) != 1 or len(set(mode)) != len(mode) or set(mode) - set("rwaxbt+") or {"b", "t"} <= set(mode):
        raise ValueError(f"invalid mode {mode!r}: use one of r, w, a and x, add + to read and write, add b for bytes")
    return OpenMode(base[0], "b" in mode, "+" in mode, mode)


def refuse_options(
    mode: OpenMode, buffering: int, encoding: str | None, errors: str | None, newline: str | None
) -> None:
    """Raise ValueError if an option does not fit the mode: an encoding for bytes, or text without a buffer."""
    if buffering == 0 and not mode.binary:
        raise ValueError("can't have unbuffered text I/O")
    if mode.binary and not encoding is errors is newline is None:
        for name, value in (("encoding", encoding), ("errors", errors), ("newline", newline)):
            if value is not None:
                raise ValueError(f"{name} is an option of text mode, not of binary mode")


class _Staged(Protocol):
    """What :meth:`~vfsloader.layers.protocol.WritableLayer.open_for_writing` returns, as far as it is used here."""

    def discard(self) -> None: ...
    def close(self) -> None: ...
    def tell(self) -> int: ...
    def seek(self, offset: int, whence: int, /) -> int: ...
    def truncate(self, size: int, /) -> int: ...


def preallocate(raw: io.RawIOBase, size: int) -> None:
    """Lengthen a staged file with zeros to `size` bytes. If that fails, the file keeps its old content."""
    staged = cast("_Staged", raw)
    try:
        position = staged.tell()
        if staged.seek(0, io.SEEK_END) < size:
            staged.truncate(size)
        staged.seek(position, io.SEEK_SET)
    except BaseException:
        staged.discard()
        staged.close()
        raise


class _AllOrNothing:
    """Discards what was written if the ``with`` ends by an exception: the file keeps its old content."""

    #: Closing stores the file, so what it flushes need not be published before.
    _is_closing = False

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if kind is not None:
            self._staged().discard()
        self.close()

    def _staged(self) -> _Staged:
        return cast("_Staged", self.raw)  # type: ignore[attr-defined]

    def close(self) -> None:
        if not self.closed:  # type: ignore[attr-defined]
            self._begin_close()
            try:
                self.flush()  # type: ignore[attr-defined]
            except BaseException:
                # The rest of the buffer could not be written: keep the old content rather than half of the new one.
                self._staged().discard()
                with contextlib.suppress(OSError):
                    super().close()  # type: ignore[misc]
                raise
        super().close()  # type: ignore[misc]

    def _begin_close(self) -> None:
        self._is_closing = True


class _Writer(_AllOrNothing, io.BufferedWriter):
    def flush(self) -> None:
        """Write the buffer, and let others see it where the file may change before it is closed."""
        super().flush()
        if not self._is_closing:
            self.raw.flush()


class _ReaderWriter(_AllOrNothing, io.BufferedRandom):
    def flush(self) -> None:
        """Write the buffer, and let others see it where the file may change before it is closed."""
        super().flush()
        if not self._is_closing:
            self.raw.flush()


class _TextWriter(_AllOrNothing, io.TextIOWrapper):
    def _staged(self) -> _Staged:
        return cast("_Staged", self.buffer.raw)  # type: ignore[attr-defined]

    def _begin_close(self) -> None:
        self.buffer._is_closing = True  # type: ignore[attr-defined]


def for_writing(raw: io.RawIOBase, mode: OpenMode, buffering: int) -> IO[bytes]:
    """Wrap a staged file in the buffer that the builtin ``open`` would use."""
    raw.mode = mode.raw  # type: ignore[attr-defined]
    if buffering == 0:
        return cast("IO[bytes]", raw)
    size = buffering if buffering > 1 else io.DEFAULT_BUFFER_SIZE
    return _ReaderWriter(cast("Any", raw), size) if mode.reading else _Writer(raw, size)


def unbuffered(file: BinaryIO) -> BinaryIO:
    """Return a file that was opened for reading without its buffer, if it has one."""
    from vfsloader.layers.bytes_file import BytesFile

    return cast("BinaryIO", file.detach()) if isinstance(file, (io.BufferedReader, BytesFile)) else file


def as_text(
    file: IO[bytes], mode: OpenMode, buffering: int, encoding: str | None, errors: str | None, newline: str | None
) -> io.TextIOWrapper:
    """Wrap a binary file as text. The encoding is UTF-8 by default, on every platform."""
    wrapper = _TextWriter if mode.writing else io.TextIOWrapper
    try:
        text = wrapper(cast("Any", file), encoding or "utf-8", errors, newline, line_buffering=buffering == 1)
    except BaseException:  # there is no such encoding
        if isinstance(file, _AllOrNothing):
            file._staged().discard()
        file.close()
        raise
    text.mode = mode.text  # type: ignore[misc]
    return text
