"""Moves files between folders, and publishes each step once it is done: ``python rename_writer.py PLACE SLOT STEPS``.

PLACE has a folder for each layer, SLOT is a file of 8 bytes. After step *n*, ``x`` in the tree of all layers has a
number of at least *n*.
"""

from __future__ import annotations

import mmap
import os
import random
import shutil
import sys
from pathlib import Path


def main(place: Path, slot: str, steps: int) -> None:
    """Put a newer file above the one that is seen, or a newer one below it and take the one above away."""
    chance = random.Random(1)
    layers = sorted(place.iterdir())
    with Path(slot).open("r+b") as file:
        published = mmap.mmap(file.fileno(), 8)
    for step in range(1, steps + 1):
        at = chance.randrange(len(layers))
        folder = layers[at] / "a" / "b"
        if not folder.is_dir():
            folder.mkdir(parents=True)
        (folder / "new").write_bytes(step.to_bytes(8, "big"))
        os.replace(folder / "new", folder / "x")
        for above in layers[at + 1 :]:
            if chance.random() < 0.5:
                (above / "a" / "b" / "x").unlink(missing_ok=True)
            elif (above / "a").is_dir():
                os.replace(above / "a", above / "gone")
                shutil.rmtree(above / "gone")
        published[:] = step.to_bytes(8, "big")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
