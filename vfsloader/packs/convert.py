"""From other formats into packs, and out of packs into a zip."""

from __future__ import annotations

import shutil
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vfsloader import paths
from vfsloader.layers.protocol import Entry, Layer
from vfsloader.opening import Source, open_layer
from vfsloader.packs.build import build
from vfsloader.packs.file_list import gather
from vfsloader.runtime.atomic import draft
from vfsloader.store.pack.compression import saves

_COPY_BYTES = 1 << 20
#: The first of these bytes say whether a member of a zip is worth compressing.
_PROBE_BYTES = 64 << 10
#: What a zip can say: two-second steps from 1980 on.
_FIRST_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_FILE_MODE, _FOLDER_MODE = 0o100644 << 16, (0o40755 << 16) | 0x10


@dataclass(frozen=True, slots=True)
class ConvertReport:
    """What was converted."""

    path: str
    files: int
    size: int
    """Bytes of content."""
    stored: int
    """Bytes of the file that was made."""


def convert(
    source: Source,
    out: paths.RealPath,
    *,
    overwrite: bool = False,
    compress: bool = False,
    progress: Callable[[int, int, str], object] | None = None,
) -> ConvertReport:
    """Make a pack of a zip, a tar, an SQLite archive or a tree of PyFilesystem2; or a zip of any of these.

    Nothing is left out, and files keep their times, as far as the formats have them.

    Parameters
    ----------
    source
        What :func:`~vfsloader.open_layer` opens.
    out
        The file to make; a zip if its name ends in ``.zip``, else a pack.
    overwrite
        Replace a file that is there.
    compress
        Make what is made small; see :func:`build`. The members of a zip are then deflated, where that saves.
    progress
        Called with the bytes done, the bytes in all, and a path.

    Returns
    -------
    ConvertReport
        How many files, how many bytes.

    Raises
    ------
    PathNotFoundError, PathExistsError
        There is no source, or `out` is there.
    VFSError
        The source cannot be read.

    Examples
    --------
    >>> import tempfile, zipfile
    >>> from vfsloader import Store
    >>> store = Store()
    >>> store.write("/sprites/p.png", b"pixels")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = convert(store, f"{folder}/x.zip")
    ...     zipfile.ZipFile(f"{folder}/x.zip").read("sprites/p.png")
    b'pixels'
    """
    if Path(out).suffix.lower() != ".zip":
        report = build(
            source, out, overwrite=overwrite, compress=compress, ignore=False, keep_times=True, progress=progress
        )
        return ConvertReport(report.path, report.files, report.size, report.stored)
    layer = open_layer(source, name="source")
    try:
        with draft(out, overwrite=overwrite) as made:
            files, size = _write_zip(layer, made, compress=compress, progress=progress)
            stored = Path(made).stat().st_size
    finally:
        if layer is not source:
            layer.close()
    return ConvertReport(str(Path(out)), files, size, stored)


def _write_zip(
    layer: Layer, made: str, *, compress: bool, progress: Callable[[int, int, str], object] | None
) -> tuple[int, int]:
    gathered = gather(layer, ignore=False, order=())
    total, done = sum(entry.size for entry in gathered.files), 0
    with zipfile.ZipFile(made, "w") as archive:
        for folder in gathered.folders:
            info = zipfile.ZipInfo(folder[1:] + "/", _FIRST_ZIP_TIME)
            info.external_attr = _FOLDER_MODE
            archive.writestr(info, b"")
        for entry in gathered.files:
            with layer.open(entry) as content:
                info = _member(entry, deflate=compress and saves(content.read(_PROBE_BYTES)))
                content.seek(0)
                with archive.open(info, "w", force_zip64=entry.size >= 1 << 31) as member:
                    shutil.copyfileobj(content, member, _COPY_BYTES)
            done += entry.size
            if progress is not None:
                progress(done, total, entry.path)
    return len(gathered.files), total


def _member(entry: Entry, *, deflate: bool) -> zipfile.ZipInfo:
    when = time.gmtime(entry.mtime_ns // 1_000_000_000)[:6] if entry.mtime_ns else _FIRST_ZIP_TIME
    info = zipfile.ZipInfo(entry.path[1:], when if 1980 <= when[0] < 2108 else _FIRST_ZIP_TIME)
    info.external_attr = _FILE_MODE
    info.compress_type = zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED
    return info
