"""Recording what a game loads, and in which order: ``VFSLOADER_TRACE=order.txt``, for ``pack build --order``."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import Any, BinaryIO

from vfsloader.layers.protocol import Entry, Layer
from vfsloader.layers.wrapper import LayerWrapper

VARIABLE = "VFSLOADER_TRACE"


class Trace:
    """Writes each path once, when it is first read.

    Parameters
    ----------
    file
        Takes a path on each line; one that is there is replaced.
    """

    def __init__(self, file: str) -> None:
        self._file = open(file, "w", encoding="utf-8", buffering=1)  # noqa: SIM115 - closed by `close`
        self._lock = threading.Lock()
        self._seen: set[str] = set()

    def add(self, path: str) -> None:
        """Take note of a path."""
        with self._lock:
            if path not in self._seen and not self._file.closed:
                self._seen.add(path)
                self._file.write(f"{path}\n")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._file.close()


class TracedLayer(LayerWrapper):
    """A layer that tells what is read from it.

    Parameters
    ----------
    layer
        The layer.
    trace
        Is told.
    """

    def __init__(self, layer: Layer, trace: Trace) -> None:
        super().__init__(layer)
        self._trace = trace

    def find(self, path: str) -> Entry | None:
        """Find what the layer finds."""
        entry = self.layer.find(path)
        return None if entry is None else entry._replace(key=(path, entry.key))

    def list(self, path: str) -> Iterator[Entry]:
        """List what the layer lists."""
        return (entry._replace(key=(entry.path, entry.key)) for entry in self.layer.list(path))

    def hides(self, path: str) -> bool:
        """Hide what the layer hides."""
        return self.layer.hides(path)

    def read(self, key: tuple[str, Any]) -> bytes:
        """Read from the layer, and tell."""
        self._trace.add(key[0])
        return self.layer.read(key[1])

    def open(self, key: tuple[str, Any]) -> BinaryIO:
        """Open from the layer, and tell."""
        self._trace.add(key[0])
        return self.layer.open(key[1])


def trace_asked_for() -> Trace | None:
    """Give a trace if the environment asks for one."""
    file = os.environ.get(VARIABLE)
    return Trace(file) if file else None
