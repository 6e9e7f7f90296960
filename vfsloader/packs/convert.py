"""Converting other formats into packs, and packs into zips."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from vfsloader import paths
from vfsloader.layers.protocol import Layer
from vfsloader.opening import Source
from vfsloader.packs.build import build
from vfsloader.packs.file_list import list_files
from vfsloader.packs.sources import opened
from vfsloader.runtime.atomic import staged
from vfsloader.runtime.progress import Progress, ignore_progress
from vfsloader.store.pack.compression import saves

#: Bytes at the start of a file that decide whether a zip stores it compressed.
_PROBE_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class ConvertReport:
    """The result of a conversion."""

    path: str
    files: int
    size: int
    """Bytes of content."""
    stored: int
    """Size of the new file in bytes."""


def convert(
    source: Source,
    out: paths.RealPath,
    *,
    overwrite: bool = False,
    compress: bool = False,
    progress: Progress | None = None,
) -> ConvertReport:
    """Convert a zip, a tar, an SQLite archive or a PyFilesystem2 tree to a pack, or any of these to a zip.

    All files are converted, with their times if the formats have them.

    Parameters
    ----------
    source
        Anything that :func:`~vfsloader.open_layer` opens.
    out
        The file to make: a zip if its name ends in ``.zip``, else a pack.
    overwrite
        Whether to replace an existing file.
    compress
        Whether to make the file small; see :func:`build`. In a zip, members that get smaller are deflated.
    progress
        Called with the bytes done, the total bytes and a path.

    Returns
    -------
    ConvertReport
        How many files and bytes.

    Raises
    ------
    PathNotFoundError, PathExistsError
        The source does not exist, or `out` does.
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
    with opened(source, "source") as layer, staged(out, overwrite=overwrite) as staged_path:
        files, size = _write_zip(layer, staged_path, compress=compress, progress=progress or ignore_progress)
        return ConvertReport(str(Path(out)), files, size, os.path.getsize(staged_path))


def _write_zip(layer: Layer, path: str, *, compress: bool, progress: Progress) -> tuple[int, int]:
    from zipfile import ZipFile

    from vfsloader.archives.zip_members import add_file, add_folder

    file_list = list_files(layer, ignore=False)
    total, done = sum(entry.size for entry in file_list.files), 0
    with ZipFile(path, "w") as archive:
        for folder in file_list.folders:
            add_folder(archive, folder[1:])
        for entry in file_list.files:
            mtime = entry.mtime_ns // 1_000_000_000 if entry.mtime_ns else None
            with layer.open(entry) as content:
                deflate = compress and saves(content.read(_PROBE_BYTES))
                content.seek(0)
                add_file(archive, entry.path[1:], content, size=entry.size, mtime=mtime, deflate=deflate)
            done += entry.size
            progress(done, total, entry.path)
    return len(file_list.files), total
