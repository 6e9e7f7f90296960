"""Finding a path in layers that may change between two questions.

A union that remembers answers asks folder by folder: which layers have ``/a``, which of these have ``/a/b``. Without
memory that is slow, and it is wrong while files move: a layer that had no ``/a`` when it was asked may have got the
file before the layer above it is asked for ``/a/b`` and has just lost its own. Here each layer gives its whole answer
before the next one is asked. A file that is written below before its older copy above is removed is therefore always
found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vfsloader.layers.protocol import Entry
    from vfsloader.layers.union import Mount


def find_in_turn(mounts: tuple[Mount, ...], path: str, cut: set[str]) -> tuple[Mount, Entry] | None:
    """Return the winner of a path.

    Parameters
    ----------
    mounts
        The layers, top first.
    path
        A normalised path other than the root.
    cut
        The folder of the path is added if a file may be where it, or a folder above it, would have to be.

    Returns
    -------
    tuple or None
        The layer and its entry; None where no layer has the path, or one hides it.
    """
    folders = []
    end = path.find("/", 1)
    while end > 0:
        folders.append(path[:end])
        end = path.find("/", end + 1)
    for mount in mounts:
        layer = mount.layer
        is_hiding, by_pattern = False, getattr(layer, "hides_by_pattern", False)
        for folder in folders:
            entry = layer.find(folder)
            if entry is not None and not entry.is_folder:
                cut.add(folders[-1])
                return None
            is_hiding = is_hiding or (layer.may_hide and layer.hides(folder))
            if entry is None and (is_hiding or not by_pattern):
                break
        else:
            entry = layer.find(path)
            if entry is not None:
                return mount, entry
            is_hiding = is_hiding or (layer.may_hide and layer.hides(path))
        if is_hiding:
            cut.update(folders[-1:])
            return None
    return None
