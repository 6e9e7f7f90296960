"""Trees to pack, and ways to look at a pack."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping
from pathlib import Path

from vfsloader import Layer, open_layer, paths
from vfsloader.layers.union import Mount, Union

Files = Mapping[str, bytes]


def write_tree(at: Path, files: Files) -> Path:
    """Write files below a folder."""
    at.mkdir(parents=True, exist_ok=True)
    for path, data in files.items():
        file = at / path[1:]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return at


def files_of(layer: Layer) -> dict[str, bytes]:
    """Read all files of a layer."""
    tree = Union([Mount("x", layer)])
    files = (paths.join(folder, name) for folder, _, names in tree.walk("/") for name in names)
    return {path: tree.read(path) for path in files}


def files_in(pack: Path) -> dict[str, bytes]:
    """Read all files of a pack."""
    with open_layer(pack) as layer:
        return files_of(layer)


def sample(seed: int = 1, *, large: int = 3_000_000) -> dict[str, bytes]:
    """Return files of all sorts: empty, small, of several chunks, repeated, compressible and not."""
    chance = random.Random(seed)
    words = [chance.randbytes(6).hex().encode() for _ in range(500)]
    text = b" ".join(chance.choices(words, k=7_000))
    return {
        "/empty": b"",
        "/a/empty too": b"",
        "/readme.txt": text,
        "/copy/of/readme.txt": text,
        "/sprites/noise.png": chance.randbytes(40_000),
        "/sprites/caf\u00e9 \u2603.png": chance.randbytes(10),
        "/large.bin": chance.randbytes(large),
        "/large.txt": text * (large // len(text)),
        "/large again.txt": text * (large // len(text)),
        "/exactly one chunk": chance.randbytes(65_536),
    }


def hidden_names(folder: Path) -> list[str]:
    """Return the hidden names in a folder, such as those of staged files."""
    return [name for name in os.listdir(folder) if name.startswith(".")]
