"""Writes a large file until killed: ``python staging_writer.py STORE``; says on its output when parts are stored."""

from __future__ import annotations

import sys

from vfsloader import VirtualFileSystem
from vfsloader.store import store


def main(place: str) -> None:
    """Write without end, with little in memory."""
    store.SPILL_BYTES = 1 << 20
    with VirtualFileSystem(place) as vfs, vfs.open("/large", "wb", buffering=0) as file:
        for n in range(1 << 30):
            file.write(bytes([n % 256]) * (1 << 18))
            if n == 20:
                print("stored", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
