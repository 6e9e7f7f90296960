"""Many layers seen as one tree: which layer wins a path, what a folder contains, and how its bytes are read.

The later layer wins. A union never changes its list of layers. Mounting another list means making another union, which
costs nothing, because a path is only resolved when it is asked for.

How a path is resolved: the layers that contribute to its folder are known (and remembered, one folder at a time), and
the first of them that has the path wins. A layer's file hides everything that lower layers have there; so does a
whiteout; an opaque folder hides the folders below it. Answers are remembered until a layer reports a change, or, for
layers that cannot report changes, until their version differs.

:meth:`Union.fetch` is the only code path from a path to its bytes.
"""

from __future__ import annotations

import difflib
import functools
import operator
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import BinaryIO, NamedTuple, TypeVar

from vfsloader import globs, paths
from vfsloader.errors import (
    FileLeftOutError,
    IsAFolderError,
    NotAFolderError,
    PathNotFoundError,
    VFSError,
    named_virtually,
)
from vfsloader.layers.listeners import Listener, Listeners, Unsubscribe
from vfsloader.layers.live_lookup import find_in_turn
from vfsloader.layers.mapped_files import MappedFiles
from vfsloader.layers.name_index import LEAST_LAYERS, NameIndexes
from vfsloader.layers.protocol import ROOT_ENTRY, BaseLayer, Entry, EntryType, Layer
from vfsloader.layers.subscriptions import Subscriptions

T = TypeVar("T")
#: The number of folders whose merged names are remembered.
REMEMBERED_FOLDERS = 256


class Mount(NamedTuple):
    """A layer in a union, under the name by which the union calls it."""

    name: str
    layer: Layer


class Found(NamedTuple):
    """The entry at a path, and the layer that provides it."""

    name: str
    layer: Layer
    entry: Entry


class Answers:
    """What is known while the layers are at `versions`."""

    __slots__ = ("cut", "files", "folders", "indexes", "is_kept", "names", "slices", "trusted", "versions")

    def __init__(self, mounts: tuple[Mount, ...], versions: Hashable, *, is_asked: bool, is_kept: bool = True) -> None:
        self.versions = versions
        #: False where only looking again can tell whether they still hold: they are for one question.
        self.is_kept = is_kept
        #: The plain files of mapped packs, if no layer has to be asked for its version before they are read.
        self.slices: dict[str, tuple[MappedFiles, slice]] = {}
        #: The other files; those of `trusted` as plain tuples, which are quicker to take apart.
        self.files: dict[str, Found | tuple[str, Layer, Entry]] = {}
        #: Files that can be read without asking any layer for its version first.
        self.trusted: dict[str, Found | tuple[str, Layer, Entry]] = {} if is_asked else self.files
        #: The layers that contribute to a folder, top first; none where it is not a folder.
        self.folders: dict[str, tuple[Mount, ...]] = {paths.ROOT: mounts}
        self.names: dict[str, list[str]] = {}
        self.indexes: NameIndexes[Mount] | None = None
        #: Folders of which some layer hides what is further down.
        self.cut: set[str] = set()


class Union:
    """A fixed list of layers as one tree.

    Parameters
    ----------
    mounts
        At least one, top first: the first layer that has a path wins it.
    case_insensitive
        The layers find names in any case (:class:`~vfsloader.layers.CaseInsensitiveLayer`), so names that differ
        only in case are one.
    listeners
        Notified after each change that the layers report; its own if left out.
    after
        The union whose place this one will take. What it subscribed to is kept for the layers that both have.

    Attributes
    ----------
    answers
        What is known so far. It is replaced and never emptied: a thread that resolves a path while a layer changes
        writes into the old answers, where nobody looks.
    """

    def __init__(
        self,
        mounts: Sequence[Mount],
        *,
        case_insensitive: bool = False,
        listeners: Listeners | None = None,
        after: Union | None = None,
    ) -> None:
        self.mounts = tuple(mounts)
        self.case_insensitive = case_insensitive
        self._top = self.mounts[0].layer
        self._only = self.mounts[0] if len(self.mounts) == 1 else None
        self._listeners = Listeners() if listeners is None else listeners
        # Layers that change without notice, as another process may change them, are asked each time.
        self._asked = [mount.layer for mount in self.mounts if not mount.layer.reports_changes]
        self.answers = Answers(self.mounts, None, is_asked=bool(self._asked))
        # The top layer is the one that is written, and notifies without another call in between.
        self._leave_top = self._top.subscribe(self.forget, self.forget_uncommitted)
        self._subscriptions: Subscriptions = Subscriptions() if after is None else after._subscriptions
        self._subscriptions.add(self)

    @functools.cached_property
    def rank(self) -> dict[int, int]:
        """By the identity of each layer, its place in the list."""
        return {id(mount.layer): at for at, mount in enumerate(self.mounts)}

    # --- changes -------------------------------------------------------------------------------------

    @property
    def reports_changes(self) -> bool:
        """Whether every layer reports its changes; see :class:`~vfsloader.layers.Layer`."""
        return not self._asked

    def subscribe(self, listener: Listener, uncommitted: Listener | None = None) -> Unsubscribe:
        """Call `listener` after each change that the layers report; see :meth:`Layer.subscribe`."""
        return self._listeners.add(listener, uncommitted)

    def forget(self) -> None:
        """Resolve everything again: a layer has changed."""
        self.answers = Answers(self.mounts, None, is_asked=bool(self._asked))
        self._listeners.notify()

    def forget_uncommitted(self) -> None:
        """Resolve everything again: a transaction that runs has changed a layer."""
        self.answers = Answers(self.mounts, None, is_asked=bool(self._asked))
        self._listeners.notify_uncommitted()

    def detach(self) -> None:
        """Stop listening to the layers, as another union takes this one's place."""
        self._leave_top()
        self._subscriptions.remove(self)

    def version(self) -> Hashable | None:
        """Return a value that changes with the tree; None where only looking again can tell."""
        versions = tuple([mount.layer.version() for mount in self.mounts])
        return None if None in versions else versions

    # --- from a path to its bytes --------------------------------------------------------------------

    def read(self, path: paths.PathLike) -> bytes:
        """Return the content of the winning file."""
        path = paths.normalise(path)
        part = self.answers.slices.get(path)
        return self.fetch(path, _read)[1] if part is None else part[0].mapping[part[1]]

    def view(self, path: paths.PathLike) -> memoryview:
        """Return the content of the winning file as a view."""
        path = paths.normalise(path)
        part = self.answers.slices.get(path)
        return self.fetch(path, _view)[1] if part is None else part[0].view(part[1])

    def open(self, path: paths.PathLike) -> BinaryIO:
        """Open the winning file for reading."""
        part = self.answers.slices.get(path)  # type: ignore[arg-type] # others are normalised below
        if part is not None:
            return part[0].open(part[1], path)  # type: ignore[arg-type]
        found = self.answers.trusted.get(path)  # type: ignore[arg-type]
        if found is not None:
            _, layer, entry = found
            try:
                return layer.open(entry)
            except FileNotFoundError:  # it has gone since
                pass
        return self.fetch(paths.normalise(path), _open)[1]

    def fetch(self, path: str, how: Callable[[Layer, Entry], T], found: Found | None = None) -> tuple[Found, T]:
        """Find the file that wins a path, and read it.

        A file that vanishes between being found and being read is looked for again: the next layer may have it.

        Parameters
        ----------
        path
            A normalised path.
        how
            Called with a layer and its entry; returns what is wanted of the file.
        found
            The file, if it has just been found.

        Returns
        -------
        tuple
            The file, and what `how` returned for it.

        Raises
        ------
        PathNotFoundError, IsAFolderError, NotAFolderError
            No layer has such a file.
        OSError
            The file cannot be read. The error names the virtual path.
        """
        if found is None:
            found = self._file(path)
        left_out: FileLeftOutError | None = None
        for _ in range(len(self.mounts) + 1):
            try:
                return found, how(found.layer, found.entry)
            except FileNotFoundError as error:
                if isinstance(error, FileLeftOutError):
                    left_out = left_out or error
                self.answers = Answers(self.mounts, None, is_asked=bool(self._asked))
                again = self.find(path)
                if again is None and left_out is not None:  # no other layer has the file
                    raise left_out.__cause__ or left_out from None
                found = self.need_file(path)
            except VFSError:
                raise
            except OSError as error:
                raise named_virtually(error, path, found.name) from error
        raise self.not_found(path)

    def _file(self, path: str) -> Found:
        """Find the file that wins a path, and remember it."""
        answers = self._current()
        known = answers.files.get(path)
        if known is not None:
            return known if isinstance(known, Found) else Found(*known)
        found = self.need_file(path)
        name, layer, entry = found
        # Of each file ever read, only what reading takes is kept, and one copy of the path: games read thousands.
        mapped = layer.mapped if isinstance(layer, BaseLayer) else None
        # No layer is above the top layer, which can only lose the file. Then reading raises.
        is_trusted = layer is self._top or answers.trusted is answers.files
        if is_trusted and mapped is not None and isinstance(entry.locator, slice):
            answers.slices[path] = mapped, entry.locator
            return found
        kept = name, layer, Entry(path, entry.kind, entry.size, 0, 0, entry.locator, None, entry.generation)
        if is_trusted:
            answers.trusted[path] = kept
        if answers.trusted is not answers.files:
            answers.files[path] = Found(*kept)
        return found

    @property
    def is_remote(self) -> bool:
        """Whether a layer is on another machine."""
        return any(mount.layer.is_remote for mount in self.mounts)

    def prefetch(self, wanted: Iterable[str]) -> None:
        """Let layers on other machines fetch files that will be read soon, many at once."""
        by_layer: dict[int, tuple[Layer, list[Entry]]] = {}
        for path in wanted:
            found = self.find(path)
            if found is not None and found.layer.is_remote and not found.entry.is_folder:
                by_layer.setdefault(id(found.layer), (found.layer, []))[1].append(found.entry)
        for layer, entries in by_layer.values():
            layer.prefetch(entries)

    # --- finding -------------------------------------------------------------------------------------

    def find(self, path: str, answers: Answers | None = None) -> Found | None:
        """Return the winner of a normalised path, or None; `answers` are those that hold now, if they are known."""
        if path == paths.ROOT:
            name, layer = self.mounts[0]
            return Found(name, layer, layer.find(path) or ROOT_ENTRY)
        if self._only is not None:  # a layer's own tree is consistent: no folder has to be asked first
            entry = self._only.layer.find(path)
            return None if entry is None else Found(*self._only, entry)
        if answers is None:
            answers = self._current() if self._asked else self.answers
        if not answers.is_kept:
            winner = find_in_turn(self.mounts, path, answers.cut)
            return None if winner is None else Found(*winner[0], winner[1])
        folder = path[: path.rfind("/")] or paths.ROOT
        mounts = answers.folders.get(folder)
        if mounts is None:
            mounts = self._resolve(answers, folder)
        if len(mounts) > LEAST_LAYERS:
            if answers.indexes is None:
                answers.indexes = NameIndexes()
            mounts = answers.indexes.candidates(folder, path, mounts)
        for name, layer in mounts:
            entry = layer.find(path)
            if entry is not None:
                return Found(name, layer, entry)
            if layer.may_hide and layer.hides(path):
                return None
        return None

    def expect_many(self, folder: str) -> None:
        """Prepare for many questions about one folder: with many layers, their names are gathered at once."""
        answers = self._current()
        if answers.is_kept and self._only is None:
            mounts = self.providers(folder)
            if len(mounts) > LEAST_LAYERS:
                if answers.indexes is None:
                    answers.indexes = NameIndexes()
                answers.indexes.gather(folder, mounts)

    def copies(self, path: str) -> list[Found]:
        """Return what every layer has at `path`, the winner first, hidden copies included."""
        entries = ((mount, mount.layer.find(path)) for mount in self.mounts)
        return [Found(mount.name, mount.layer, entry) for mount, entry in entries if entry is not None]

    def need_file(self, path: str) -> Found:
        """Find a file, or raise what ``open`` would."""
        found = self.find(path)
        if found is None:
            raise self.not_found(path)
        if found.entry.is_folder:
            raise IsAFolderError.at(path, f"{path} is a folder, not a file")
        return found

    def need_folder(self, path: str) -> Found:
        """Find a folder, or raise what ``os.listdir`` would."""
        found = self.find(path)
        if found is None:
            raise self.not_found(path)
        if not found.entry.is_folder:
            raise NotAFolderError.at(path, f"{path} is a file, not a folder")
        return found

    def file_above(self, path: str) -> str | None:
        """Return the file that is where `path` needs a folder, or None."""
        above = paths.parent(path)
        while above != paths.ROOT:
            found = self.find(above)
            if found is not None:
                return None if found.entry.is_folder else above
            above = paths.parent(above)
        return None

    def find_target(self, path: str) -> Found | None:
        """Return the winner of a path that is to be written, or None where a new file can be made.

        Raises
        ------
        NotAFolderError
            A file is where `path` needs a folder.
        """
        answers = self._current() if self._asked and self._only is None else self.answers
        found = self.find(path, answers)
        if found is None:
            file = None
            above = path[: path.rfind("/")]
            if self._only is not None:
                find = self._only.layer.find
                while above and (entry := find(above)) is None:
                    above = above[: above.rfind("/")]
                if above and entry is not None and entry.kind is EntryType.FILE:
                    file = above
            elif above in answers.cut:
                file = self.file_above(path)  # `find` has noted that something cuts the folder off
            if file is not None:
                raise NotAFolderError.at(path, f"cannot write {path}: {file} is a file, not a folder")
        return found

    def not_found(self, path: str) -> PathNotFoundError | NotAFolderError:
        """Make the error for a path that no layer has."""
        file = self.file_above(path)
        if file is not None:
            return NotAFolderError.at(path, f"there is no {path}: {file} is a file, not a folder")
        names = ", ".join(mount.name for mount in self.mounts[:8]) + (", …" if len(self.mounts) > 8 else "")
        return PathNotFoundError.at(path, f"no layer has {path} (looked in {names})").hinted(lambda: self._near(path))

    def _near(self, path: str) -> str:
        """Say which paths are spelled like a missing one."""
        folder, name = paths.split(path)
        siblings = list(self.children(folder))
        same = [sibling for sibling in siblings if sibling.casefold() == name.casefold()]
        close = same or difflib.get_close_matches(name, siblings, 3, 0.75)
        near = [paths.join(folder, sibling) for sibling in close]
        if not near:  # the right name in another folder
            for top, _, files in self.walk(paths.ROOT):
                near += [paths.join(top, file) for file in files if file.casefold() == name.casefold()]
                if len(near) >= 3:
                    break
        if len(same) == 1:
            return f"; the file is {near[0]}: the case of letters matters, on Linux players would not find it"
        return f"; did you mean {' or '.join(near[:3])}?" if near else ""

    # --- folders -------------------------------------------------------------------------------------

    def children(self, path: str) -> dict[str, Found]:
        """Return the names in a folder with their entries, sorted; empty where it is not a folder."""
        names: dict[str, Found] = {}
        spellings: dict[str, str] = {}
        for mount, layer in reversed(self.providers(path)):
            if layer.may_hide:
                for name in [name for name in names if layer.hides(paths.join(path, name))]:
                    del names[name]
            for entry in layer.list(path):
                name = entry.name
                if self.case_insensitive:
                    name = spellings.setdefault(name.casefold(), name)
                    entry = entry._replace(path=paths.join(path, name))
                names[name] = Found(mount, layer, entry)
        return dict(sorted(names.items()))

    def walk(self, top: str) -> Iterator[tuple[str, list[str], list[str]]]:
        """Yield (folder, names of folders, names of files), top down; the caller may prune the folders."""
        waiting = [top]
        while waiting:
            folder = waiting.pop()
            children = self.children(folder)
            folders = [name for name, found in children.items() if found.entry.is_folder]
            files = [name for name, found in children.items() if not found.entry.is_folder]
            yield folder, folders, files
            waiting += [paths.join(folder, name) for name in reversed(folders)]

    def names(self, path: str) -> list[str]:
        """Return the names in a folder, sorted; empty where it is not a folder."""
        answers = self._current()
        known = answers.names.get(path)
        if known is None:
            if len(answers.names) >= REMEMBERED_FOLDERS:
                answers.names.clear()
            known = answers.names[path] = list(self.children(path))
        return known.copy()

    def glob(self, pattern: str) -> list[str]:
        """Return the paths, files and folders, that a normalised pattern matches, sorted."""
        if not globs.has_magic(pattern):
            return [pattern] if self.find(pattern) else []
        if self.case_insensitive:
            return self._glob_in_any_case(pattern)
        matches: set[str] = set()
        for mount in self.mounts:
            by_folder: dict[str, list[str]] = defaultdict(list)
            for path in mount.layer.glob(pattern):
                by_folder[path[: path.rfind("/")] or paths.ROOT].append(path)
            for folder, inside in by_folder.items():
                providers = self.providers(folder)
                if mount in providers:
                    hiding = [upper.layer for upper in providers[: providers.index(mount)] if upper.layer.may_hide]
                    matches.update(path for path in inside if not any(layer.hides(path) for layer in hiding))
        return sorted(matches)

    def spelling(self, path: str) -> str:
        """Return a path in the case in which the tree shows it, as far as it exists."""
        folder = paths.ROOT
        for part in path.split("/")[1:]:
            names = self.names(folder)
            same = [name for name in names if name.casefold() == part.casefold()] if part not in names else [part]
            folder = paths.join(folder, same[0] if same else part)
        return folder

    def _glob_in_any_case(self, pattern: str) -> list[str]:
        matches = globs.glob_pattern(pattern, case_insensitive=True).fullmatch
        matching = []
        for folder, folders, files in self.walk(self.spelling(globs.glob_root(pattern))):
            matching += [path for name in (*folders, *files) if matches(path := paths.join(folder, name))]
        return sorted(matching)

    def providers(self, folder: str) -> tuple[Mount, ...]:
        """Return the layers that contribute to a folder or hide files in it, top first."""
        answers = self._current()
        known = answers.folders.get(folder)
        return self._resolve(answers, folder) if known is None else known

    @staticmethod
    def _resolve(answers: Answers, folder: str) -> tuple[Mount, ...]:
        """Find out which layers contribute to a folder, from the nearest folder whose layers are known on down."""
        unknown = []
        while (providers := answers.folders.get(folder)) is None:
            unknown.append(folder)
            folder = folder[: folder.rfind("/")] or paths.ROOT
        for below in reversed(unknown):
            contributing = []
            cut = False
            for mount in providers:
                layer = mount.layer
                entry = layer.find(below)
                is_file = entry is not None and not entry.is_folder
                if (entry is None and getattr(layer, "hides_by_pattern", False)) or (entry is not None and not is_file):
                    contributing.append(mount)
                cut = is_file or (layer.may_hide and layer.hides(below))
                if cut:
                    break
            if cut or folder in answers.cut:
                answers.cut.add(below)
            providers = answers.folders[below] = tuple(contributing)
            folder = below
        return providers

    def _current(self) -> Answers:
        """Return the answers that still hold."""
        if not self._asked:
            return self.answers
        versions = tuple(map(_version_of, self._asked))
        if None in versions:
            return Answers(self.mounts, None, is_asked=True, is_kept=False)
        known = self.answers.versions
        if known != versions:
            self.answers = Answers(self.mounts, versions, is_asked=True)
            if known is not None:  # else a layer has reported the change
                self._listeners.notify()
        return self.answers


#: Calls the method without a frame of its own: a live tree is asked at each read.
_version_of = operator.methodcaller("version")


def _read(layer: Layer, entry: Entry) -> bytes:
    return layer.read(entry)


def _view(layer: Layer, entry: Entry) -> memoryview:
    return layer.view(entry)


def _open(layer: Layer, entry: Entry) -> BinaryIO:
    return layer.open(entry)
