"""The plain files of a pack that is mapped into memory, by the slices of the mapping that they are.

A game reads a file that it read before through one look into a dictionary and one call of the mapping. A method of ours
between the two would take as long as either.
"""

from __future__ import annotations

import contextlib
import mmap
from collections.abc import Callable
from typing import Any, BinaryIO


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
    read, view
        Return the bytes of a slice, copied or not.

    Examples
    --------
    >>> import io, tempfile
    >>> with tempfile.TemporaryFile() as file:
    ...     _ = file.write(b"0123456789")
    ...     file.flush()
    ...     mapping = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    >>> files = MappedFiles(mapping, lambda part, path: io.BytesIO(mapping[part]))
    >>> files.read(slice(2, 5)), bytes(files.view(slice(5, 7)))
    (b'234', b'56')
    """

    __slots__ = ("_mapping", "open", "read", "view")

    def __init__(self, mapping: mmap.mmap, open_slice: Callable[[slice, str], BinaryIO]) -> None:
        self._mapping: mmap.mmap | None = mapping
        self.read: Callable[[slice], bytes] = mapping.__getitem__
        self.view: Callable[[slice], memoryview] = self._view
        self.open = open_slice

    def close(self, refuse: Callable[..., Any]) -> None:
        """Read nothing any more; views keep the mapping until they are gone.

        Parameters
        ----------
        refuse
            Is called instead from now on; raises the error.
        """
        self.read = self.view = self.open = refuse
        mapping, self._mapping = self._mapping, None
        if mapping is not None:
            with contextlib.suppress(BufferError):
                mapping.close()

    def _view(self, part: slice) -> memoryview:
        assert self._mapping is not None
        return memoryview(self._mapping)[part]
