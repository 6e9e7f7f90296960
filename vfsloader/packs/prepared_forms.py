"""The forms that a pack keeps of files beside them, which loaders read faster than the files themselves.

They are made before the pack is written, as its layout needs their sizes, and kept in a folder of the disk meanwhile.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
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
        with make_pool(os.cpu_count(), "vfsloader-prepare") as workers:
            names = workers.map(lambda entry: _prepare(layer, entry, folder), wanted)
            for number, (entry, name) in enumerate(zip(wanted, names, strict=True), start=1):
                if name is not None:
                    form_of[entry.path] = name
                progress(number, len(wanted), entry.path)
        with FolderLayer(folder, name="prepared", live=False) as forms:
            listed: dict[str, Entry] = {}
            for entry in own:
                listed[entry.path] = entry
                name = form_of.get(entry.path)
                if name is not None and name not in listed:
                    form = forms.find(name)
                    assert form is not None
                    listed[name] = form._replace(mtime_ns=0)
            folders = sorted({*files.folders, PREPARED_FOLDER}) if form_of else files.folders
            yield _WithForms(layer, forms), replace(files, folders=folders, files=list(listed.values()))


def _prepare(layer: Layer, entry: Entry, folder: str) -> str | None:
    """Make the form of a file in a folder of the disk. Return its path in the pack, or None if it has none."""
    loader = loader_of(entry.path)
    assert loader is not None
    data = layer.read(entry)
    try:
        form = loader.prepare(Asset(entry.path, data, layer.name))
    except Exception as error:  # decoders raise anything; the game will report the file
        _log.warning("%s is not prepared: %s", plain(entry.path), plain(str(error), 500))
        return None
    if not form:
        return None
    name = f"{PREPARED_FOLDER}/{hashlib.sha256(data).hexdigest()}"
    file = Path(folder, name[1:])
    file.write_bytes(form)  # the same bytes, if two files are the same
    return name


def is_form(path: str) -> bool:
    """Return whether a path of a pack is that of a form, which is not listed."""
    return path.startswith(PREPARED_FOLDER)
