"""The forms that a pack keeps of files beside them, which loaders read faster than the files themselves.

They are made before the pack is written, as its layout needs their sizes, and kept in a folder of the disk meanwhile.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from vfsloader.assets.loader import Asset, any_uses_prepared, loader_of
from vfsloader.layers.folder import FolderLayer
from vfsloader.layers.protocol import Entry, Layer
from vfsloader.layers.wrapper import LayerWrapper
from vfsloader.packs.file_list import FileList
from vfsloader.quoting import plain
from vfsloader.runtime.logs import logger
from vfsloader.runtime.progress import Progress
from vfsloader.runtime.threads import make_pool
from vfsloader.store.schema import PREPARED_FOLDER

_log = logger("vfsloader.packs")
#: Files that are prepared together, and the bytes of files after which no other joins them.
_BATCH_FILES = 16
_BATCH_BYTES = 256 << 10


class _WithForms(LayerWrapper):
    """A layer with the forms of its files."""

    def __init__(self, layer: Layer, forms: Layer) -> None:
        super().__init__(layer)
        self._forms = forms

    def find(self, path: str) -> Entry | None:
        return (self._forms if is_form(path) else self.layer).find(path)

    def read(self, entry: Entry) -> bytes:
        return (self._forms if is_form(entry.path) else self.layer).read(entry)

    def open(self, entry: Entry) -> BinaryIO:
        return (self._forms if is_form(entry.path) else self.layer).open(entry)


@contextlib.contextmanager
def with_prepared_forms(layer: Layer, files: FileList, progress: Progress) -> Iterator[tuple[Layer, FileList]]:
    """Make the forms of all files whose loaders have some. Return the layer and the list with them.

    A form follows the first file that it was made of.

    Parameters
    ----------
    layer
        The layer that has the files.
    files
        What is to be packed.
    progress
        Called with the files done, the number of files and the path.

    Raises
    ------
    ValueError
        No loader has such forms: the engine's adapter is not imported.
    """
    if not any_uses_prepared():
        raise ValueError("nothing can prepare files; import the engine's adapter first, such as vfsloader.pygame")
    own = [entry for entry in files.files if not is_form(entry.path)]
    wanted = [entry for entry in own if (loader := loader_of(entry.path)) is not None and loader.uses_prepared]
    with tempfile.TemporaryDirectory(prefix="vfsloader-prepared-") as folder:
        Path(folder, PREPARED_FOLDER[1:]).mkdir()
        form_of: dict[str, str] = {}
        done = 0
        with make_pool(os.cpu_count(), "vfsloader-prepare") as workers:
            prepared = workers.map(lambda numbered: _prepare(layer, numbered[1], Path(folder, str(numbered[0]))),
                                   enumerate(_batches(wanted)))  # fmt: skip
            for batch, (digests, forms_of_batch) in zip(_batches(wanted), prepared, strict=True):
                for entry, digest in zip(batch, digests, strict=True):
                    form = forms_of_batch.get(digest)
                    name = f"{PREPARED_FOLDER}/{digest.hex()}"
                    # The first batch with a file decides, so that the same tree gives the same pack.
                    if form is not None and not os.path.exists(folder + name):
                        shutil.copyfile(form, folder + name)
                    if os.path.exists(folder + name):
                        form_of[entry.path] = name
                    done += 1
                    progress(done, len(wanted), entry.path)
                for form in set(forms_of_batch.values()):
                    form.unlink()
        with FolderLayer(folder, name="prepared", live=False) as forms:
            listed: dict[str, Entry] = {}
            for entry in own:
                listed[entry.path] = entry
                named = form_of.get(entry.path)
                if named is not None and named not in listed:
                    found = forms.find(named)
                    assert found is not None
                    listed[named] = found._replace(mtime_ns=0)
            folders = sorted({*files.folders, PREPARED_FOLDER}) if form_of else files.folders
            yield _WithForms(layer, forms), replace(files, folders=folders, files=list(listed.values()))


def _batches(wanted: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Yield files that follow each other and have one loader, a few at a time: they are all in memory at once."""
    batch: list[Entry] = []
    for entry in wanted:
        is_full = len(batch) >= _BATCH_FILES or sum(one.size for one in batch) > _BATCH_BYTES
        if batch and (is_full or loader_of(batch[0].path) is not loader_of(entry.path)):
            yield batch
            batch = []
        batch.append(entry)
    if batch:
        yield batch


def _prepare(layer: Layer, batch: Sequence[Entry], folder: Path) -> tuple[list[bytes], dict[bytes, Path]]:
    """Make the forms of files in a new folder of the disk. Return the files' digests, and the forms by digest."""
    loader = loader_of(batch[0].path)
    assert loader is not None
    assets = [Asset(entry.path, layer.read(entry), layer.name) for entry in batch]
    try:
        forms = loader.prepare(assets)
    except Exception as error:  # a loader may raise anything
        _log.warning("%s and the next files are not prepared: %s", plain(batch[0].path), plain(str(error), 500))
        forms = {}
    written: dict[bytes, Path] = {}
    places: dict[bytes, Path] = {}
    folder.mkdir()
    for digest, form in forms.items():
        if form not in places:
            places[form] = folder / str(len(places))
            places[form].write_bytes(form)
        written[digest] = places[form]
    return [asset.digest for asset in assets], written


def is_form(path: str) -> bool:
    """Return whether a path of a pack is that of a form, which is not listed."""
    return path.startswith(PREPARED_FOLDER)
