"""What mods change in parts of pictures, maps, XML files and catalogs of texts, and where two of them clash."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vfsloader import paths
from vfsloader.assets.edits.gather import edit_files
from vfsloader.assets.edits.names import EDIT_SUFFIX
from vfsloader.assets.edits.parse import Edit, Fault
from vfsloader.assets.edits.places import Places
from vfsloader.datamerge.catalogs import CONTEXT_MARK, SUFFIXES
from vfsloader.datamerge.gather import PATCH_SUFFIX
from vfsloader.datamerge.maps import MapEdit, is_map, read_edited
from vfsloader.datamerge.maps.edited import is_xml
from vfsloader.datamerge.translated import FOLDER, CatalogReader
from vfsloader.errors import VFSError
from vfsloader.layers.union import Mount, Union
from vfsloader.mods import messages
from vfsloader.quoting import plain
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits


@dataclass(frozen=True, slots=True)
class EditChange:
    """What a layer changes in a part of a file. ``str(change)`` says it in a player's words."""

    path: str
    layer: str
    words: str
    is_used: bool = True
    """Whether any of it counts."""

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True, slots=True)
class PlaceConflict:
    """A place that several mods change, so that only one of them is seen there."""

    path: str
    place: str
    """In words: ``tile 3, 4 of ground``."""
    mods: tuple[str, ...]
    """The last one counts. In load order, unless the lower one counts."""
    is_first: bool = False
    """Whether the lower one counts: it replaces a color, and nothing is left of that for the others."""


@dataclass(frozen=True, slots=True)
class EditChanges:
    """What the layers change in parts of files."""

    changes: tuple[EditChange, ...] = ()
    conflicts: tuple[PlaceConflict, ...] = ()
    refusals: tuple[tuple[str, str, str], ...] = ()
    """What does not fit: the layer, the file and the reason."""
    covered: tuple[tuple[str, str, str], ...] = ()
    """Edits below a whole file, which have no effect: the layer, the file that they change, and the whole file's
    layer."""


def find_edit_changes(mounts: Sequence[Mount], limits: Limits = DEFAULT_LIMITS) -> EditChanges:
    """Compare what layers change in parts of pictures, maps, XML files and catalogs.

    No picture is decoded: two edits that paint the same rectangle clash, unless they are the same.

    Parameters
    ----------
    mounts
        The layers, lowest first.
    limits
        What each file of a mod may cost.

    Examples
    --------
    >>> from vfsloader import Store
    >>> base, one, two = Store(), Store(), Store()
    >>> base.write("/locale/fi/game.json", b'{"Hello": "Hei"}')
    >>> one.write("/locale/fi/game.json", b'{"Hello": "Moi"}'), two.write("/locale/fi/game.json", b'{"Hello": "Terve"}')
    (None, None)
    >>> found = find_edit_changes([Mount("base", base), Mount("one", one), Mount("two", two)])
    >>> [(conflict.place, conflict.mods) for conflict in found.conflicts]
    [("the text 'Hello' in fi", ('one', 'two'))]
    """
    if not mounts:
        return EditChanges()
    search = _Search(Union(mounts[::-1]), limits)
    search.files()
    search.catalogs()
    return EditChanges(tuple(search.changes), tuple(search.conflicts), tuple(search.refusals), tuple(search.covered))


def is_catalog(path: str) -> bool:
    """Return whether a file is a catalog of texts, by its place: those of all layers are merged.

    Examples
    --------
    >>> is_catalog("/locale/fi/LC_MESSAGES/game.po"), is_catalog("/locale/map.json")
    (True, False)
    """
    folder, name = paths.split(path)
    where = folder.removeprefix(f"{FOLDER}/").split("/")
    is_in = folder.startswith(f"{FOLDER}/") and (len(where) == 1 or where[1:] == ["LC_MESSAGES"])
    return is_in and name.endswith(SUFFIXES)


class _Search:
    def __init__(self, union: Union, limits: Limits) -> None:
        self._union = union
        self._limits = limits
        self._places = Places(union, limits)
        self.changes: list[EditChange] = []
        self.conflicts: list[PlaceConflict] = []
        self.refusals: list[tuple[str, str, str]] = []
        self.covered: list[tuple[str, str, str]] = []

    def files(self) -> None:
        targets = {path.removesuffix(EDIT_SUFFIX) for path in self._union.glob(f"/**/*{EDIT_SUFFIX}")}
        patched = {path.removesuffix(PATCH_SUFFIX) for path in self._union.glob(f"/**/*{PATCH_SUFFIX}")}
        targets |= {path for path in patched if is_xml(path)}
        for path in sorted(targets - {paths.ROOT}):
            whole = self._union.find(path)
            if whole is None or whole.entry.is_folder:
                continue
            try:
                found = self._map(path) if is_map(path) or is_xml(path) else self._picture(path)
            except (VFSError, OSError):
                continue  # the whole file cannot be read
            suffixes = (EDIT_SUFFIX, PATCH_SUFFIX) if is_xml(path) else (EDIT_SUFFIX,)
            above = {mount.name for mount in self._above(whole.name)}
            for layer in dict.fromkeys(copy.name for suffix in suffixes for copy in self._union.copies(path + suffix)):
                if layer not in above and layer not in found:
                    self.covered.append((layer, path, whole.name))

    def _above(self, layer: str) -> Iterator[Mount]:
        for mount in self._union.mounts:
            yield mount
            if mount.name == layer:
                return

    def _picture(self, path: str) -> set[str]:
        files = edit_files(self._union, path)
        for file in files:
            edits = [edit for edit in file.edits if isinstance(edit, Edit)]
            for fault in file.edits:
                if isinstance(fault, Fault):
                    label = f"{fault.label}: " if fault.label else ""
                    self.refusals.append((file.layer, file.path, f"{label}{fault.reason}"))
            if edits:
                self._change(file.layer, path, messages.CHANGES_PICTURE, len(edits))
        for overlap in self._places.overlaps(path, files):
            x, y, width, height = overlap.area
            place = messages.fill(messages.PIXELS, x=x, y=y, width=width, height=height)
            if overlap.color:
                place = messages.fill(messages.COLOR, color=overlap.color, place=place)
                self.conflicts.append(PlaceConflict(path, place, (overlap.upper, overlap.lower), is_first=True))
            else:
                self.conflicts.append(PlaceConflict(path, place, (overlap.lower, overlap.upper)))
        return {file.layer for file in files}

    def _map(self, path: str) -> set[str]:
        report = read_edited(self._union, path, limits=self._limits)
        tiles: Counter[str] = Counter()
        others: Counter[str] = Counter()
        for edit in report.edits:
            if not (is_xml(path) or edit.path.endswith(EDIT_SUFFIX)):
                continue  # that is a change of data
            if edit.reason is not None:
                self.refusals.append((edit.mod, edit.path, edit.reason))
            else:
                _count(edit, tiles, others)
        for layer in dict.fromkeys((*tiles, *others)):
            if tiles[layer]:
                self._change(layer, path, messages.CHANGES_TILES, tiles[layer])
            if others[layer]:
                self._change(layer, path, messages.CHANGES_PLACES, others[layer])
        self.conflicts += [PlaceConflict(path, conflict.place, conflict.mods) for conflict in report.conflicts]
        return {edit.mod for edit in report.edits}

    def _change(self, layer: str, path: str, sentence: str, count: int) -> None:
        words = messages.fill(sentence, count=f"{count:,}", s="" if count == 1 else "s", name=paths.split(path)[1])
        self.changes.append(EditChange(path, layer, words))

    def catalogs(self) -> None:
        reader = CatalogReader(self._limits)
        found: dict[tuple[str, str], None] = {}
        for path in self._union.glob(f"{FOLDER}/**/*"):
            if is_catalog(path):
                found[path.split("/")[2], paths.split(path)[1].rpartition(".")[0]] = None
        lowest = self._union.mounts[-1].name
        for language, domain in sorted(found):
            translated = reader.translate(self._union, domain, [language])
            path = f"{FOLDER}/{language}/{domain}"
            counts: dict[str, int] = defaultdict(int)
            for layer, of in translated.sources.values():
                if of == language and layer != lowest:
                    counts[layer] += 1
            for layer, count in counts.items():
                self._change(layer, path, messages.CHANGES_TEXTS, count)
            for key, layers in translated.overridden.items():
                if translated.sources[key][1] == language:
                    text = plain(key.rpartition(CONTEXT_MARK)[2], 60)
                    place = messages.fill(messages.TEXT, text=text, language=language)
                    mods = tuple(layer for layer in layers if layer != lowest)
                    if len(mods) > 1:
                        self.conflicts.append(PlaceConflict(path, place, mods))
            self.refusals += [(refusal.layer, path, refusal.reason) for refusal in translated.refusals]


def _count(edit: MapEdit, tiles: Counter[str], others: Counter[str]) -> None:
    if edit.tiles:
        tiles[edit.mod] += len(edit.tiles)
    else:
        others[edit.mod] += 1
