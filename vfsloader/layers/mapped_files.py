"""The plain files of a pack that is mapped into memory, by the slices of the mapping that they are.

A game reads a file that it read before through one look into a dictionary and one slice of the mapping. A call between
the two would take as long as either, even one of the mapping's own method.
"""

from __future__ import annotations

import contextlib
import mmap
from collections.abc import Callable
from typing import Any, BinaryIO, NoReturn


class _Closed:
    """Takes the place of a mapping that is closed."""

    __slots__ = ("_refuse",)

    def __init__(self, refuse: Callable[..., Any]) -> None:
        self._refuse = refuse

    def __getitem__(self, part: slice) -> NoReturn:
        self._refuse(part)
        raise ValueError("it is closed")  # `refuse` has raised that already


class MappedFiles:
    """Reads slices.

    Parameters
    ----------
    mapping
        The mapped pack.
    open_slice
        Opens a slice as a stream, which is called by a path.

    Attributes
    ----------
    mapping
        The bytes of the pack; a slice of them is a copy.

    Examples
    --------
    >>> import io, tempfile
    >>> with tempfile.TemporaryFile() as file:
    ...     _ = file.write(b"0123456789")
    ...     file.flush()
    ...     mapping = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    >>> files = MappedFiles(mapping, lambda part, path: io.BytesIO(mapping[part]))
    >>> files.mapping[slice(2, 5)], bytes(files.view(slice(5, 7)))
    (b'234', b'56')
    """

    __slots__ = ("mapping", "open", "view")

    def __init__(self, mapping: mmap.mmap, open_slice: Callable[[slice, str], BinaryIO]) -> None:
        self.mapping: mmap.mmap | _Closed = mapping
        self.view: Callable[[slice], memoryview] = self._view
        self.open = open_slice

    def close(self, refuse: Callable[..., Any]) -> None:
        """Read nothing any more; views keep the mapping until they are gone.

        Parameters
        ----------
        refuse
            Is called instead from now on; raises the error.
        """
        self.view = self.open = refuse
        mapping, self.mapping = self.mapping, _Closed(refuse)
        if isinstance(mapping, mmap.mmap):
            with contextlib.suppress(BufferError):
                mapping.close()

    def _view(self, part: slice) -> memoryview:
        assert isinstance(self.mapping, mmap.mmap)
        return memoryview(self.mapping)[part]
