"""Building a pack out of any layer."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from vfsloader import paths
from vfsloader.errors import PathExistsError
from vfsloader.layers import Layer
from vfsloader.sources import Source, open_layer
from vfsloader.store import Store
from vfsloader.union import Mount, Union


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What went into a pack."""

    path: str
    files: int
    size: int
    """Bytes of content."""


def build(source: Source, out: paths.RealPath, *, overwrite: bool = False) -> BuildReport:
    """Build a pack.

    The pack appears whole, under its name, when it is finished; a build that fails leaves nothing.

    Parameters
    ----------
    source
        A folder, archive, pack or layer.
    out
        The file to make.
    overwrite
        Replace one that is there.

    Returns
    -------
    BuildReport
        How many files, how many bytes.

    Raises
    ------
    PathExistsError
        `out` is there, and `overwrite` is not given.
    VFSError
        The source cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> from vfsloader import Store, open_layer
    >>> store = Store(":memory:")
    >>> store.write("/sprites/p.png", b"pixels")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     report = build(store, f"{folder}/base.pack")
    ...     with open_layer(f"{folder}/base.pack") as pack:
    ...         report.files, pack.read(pack.find("/sprites/p.png").key)
    (1, b'pixels')
    """
    target = Path(out)
    if target.exists() and not overwrite:
        raise PathExistsError.at(str(target), f"{target} exists already; give overwrite to replace it")
    layer = open_layer(source, name="source")
    # In the same folder, so that the last step is a rename, which is one step.
    handle, draft = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    os.close(handle)
    try:
        report = _fill(layer, draft, target)
        os.replace(draft, target)
    except BaseException:
        for leftover in (draft, f"{draft}-wal", f"{draft}-shm"):
            Path(leftover).unlink(missing_ok=True)
        raise
    finally:
        if layer is not source:
            layer.close()
    return report


def _fill(layer: Layer, draft: str, target: Path) -> BuildReport:
    tree = Union([Mount(layer.name, layer)])
    files = size = 0
    with Store(draft) as store:
        with store.transaction():
            for folder, folders, names in tree.walk(paths.ROOT):
                for name in folders:
                    store.make_folder(paths.join(folder, name))
                for name in names:
                    path = paths.join(folder, name)
                    with tree.open(path) as content:
                        files, size = files + 1, size + store.write_stream(path, content)
        store.seal()
    umask = os.umask(0)
    os.umask(umask)
    os.chmod(draft, 0o666 & ~umask)  # mkstemp makes it private; a pack is for everyone
    return BuildReport(str(target), files, size)
