"""Recording which files a game loads, and in which order: ``VFSLOADER_TRACE=order.txt``, for ``pack build --order``."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from typing import BinaryIO

from vfsloader.layers.protocol import Entry, Layer
from vfsloader.layers.wrapper import LayerWrapper
from vfsloader.runtime.forking import renew_in_child

VARIABLE = "VFSLOADER_TRACE"


class Trace:
    """Writes each path once, when it is first read.

    Parameters
    ----------
    file
        Receives one path on each line; an existing file is replaced.
    """

    def __init__(self, file: str) -> None:
        self._file = open(file, "w", encoding="utf-8", buffering=1)  # noqa: SIM115 - closed by `close`
        self._lock = threading.Lock()
        renew_in_child(self, "_lock")
        self._seen: set[str] = set()

    def add(self, path: str) -> None:
        """Record a path."""
        with self._lock:
            if path not in self._seen and not self._file.closed:
                self._seen.add(path)
                self._file.write(f"{path}\n")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._file.close()


class TracedLayer(LayerWrapper):
    """A view of a layer that records what is read from it.

    Parameters
    ----------
    layer
        The inner layer.
    trace
        Records the paths.
    """

    def __init__(self, layer: Layer, trace: Trace) -> None:
        super().__init__(layer)
        self._trace = trace

    def find(self, path: str) -> Entry | None:
        """Find what the layer finds."""
        return self.layer.find(path)

    def list(self, path: str) -> Iterable[Entry]:
        """List what the layer lists."""
        return self.layer.list(path)

    def hides(self, path: str) -> bool:
        """Hide what the layer hides."""
        return self.layer.hides(path)

    def read(self, entry: Entry) -> bytes:
        """Read from the layer, and record it."""
        self._trace.add(entry.path)
        return self.layer.read(entry)

    def view(self, entry: Entry) -> memoryview:
        """View a file of the layer, and record it."""
        self._trace.add(entry.path)
        return self.layer.view(entry)

    def open(self, entry: Entry) -> BinaryIO:
        """Open from the layer, and record it."""
        self._trace.add(entry.path)
        return self.layer.open(entry)

    def disk_path(self, entry: Entry) -> str | None:
        """Return the layer's own file, and record it, as the caller is going to read it."""
        disk_path = self.layer.disk_path(entry)
        if disk_path is not None:
            self._trace.add(entry.path)
        return disk_path


def requested_trace() -> Trace | None:
    """Return a trace if the environment asks for one."""
    file = os.environ.get(VARIABLE)
    return Trace(file) if file else None
