"""Many layers seen as one tree: who wins a path, what a folder holds.

Later layer wins. A union never changes its list of layers; mounting another list is making another
union, which costs nothing, because a path is only resolved when someone asks for it.

How a path is resolved: the layers that contribute to its folder are known (and remembered, a folder at
a time), and the first of them that has the path wins. A layer's file hides all that lower layers have
there; so does a whiteout; an opaque folder hides the folders below it. Answers are remembered until a
layer's version says that it changed.
"""

from __future__ import annotations

import bisect
import difflib
import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any, BinaryIO, NamedTuple

from vfsloader import paths
from vfsloader.errors import IsAFolderError, NotAFolderError, PathNotFoundError
from vfsloader.layers.listeners import Listener, Listeners
from vfsloader.layers.protocol import ROOT_ENTRY, BaseLayer, Entry, Layer, Remote

#: Of how many folders the merged names are remembered.
REMEMBERED_FOLDERS = 256


class Mount(NamedTuple):
    """A layer in a union, under the name by which the union calls it."""

    name: str
    layer: Layer


class Found(NamedTuple):
    """What stands at a path, and the layer that provides it."""

    name: str
    layer: Layer
    entry: Entry


class _Answers:
    """What was found out while the layers were at `versions`."""

    __slots__ = ("cut", "files", "folders", "names", "versions")

    def __init__(self, versions: Hashable) -> None:
        self.versions = versions
        self.files: dict[str, tuple[Layer, Any]] = {}
        self.folders: dict[str, tuple[Mount, ...]] = {}
        self.names: dict[str, list[str]] = {}
        #: Folders of which some layer hides what lies further down.
        self.cut: set[str] = set()


class Union:
    """A fixed list of layers as one tree.

    Parameters
    ----------
    mounts
        At least one, top first: the first layer that has a path wins it.
    fold
        The layers find names in any case (:class:`~vfsloader.layers.CaseInsensitiveLayer`), so names that differ in
        case only are one.
    previous
        The union that this one takes the place of: what it knows of folders is taken over as far as it holds.
    """

    def __init__(self, mounts: Sequence[Mount], *, fold: bool = False, previous: Union | None = None) -> None:
        self.mounts = tuple(mounts)
        self.fold = fold
        self._top = self.mounts[0].layer
        self._only = self.mounts[0] if len(self.mounts) == 1 else None
        self._listeners = Listeners()
        self._answers = _Answers(None)
        # Those that change unseen, as another process may change them, are asked each time.
        self._asked = [mount.layer for mount in self.mounts if not mount.layer.notify(self.forget)]
        if previous is not None and not fold and not self._asked and not previous._asked:
            self._take_over(previous)

    def forget(self) -> None:
        """Resolve everything anew: a layer has changed.

        The answers are replaced and never emptied: a thread that resolves a path meanwhile then writes into
        the old ones, where no one looks.
        """
        self._answers = _Answers(None)
        self._listeners.tell()

    def notify(self, listener: Listener) -> bool:
        """Call `listener` at each change; False where a layer can change unseen. See :meth:`Layer.notify`."""
        self._listeners.add(listener)
        return not self._asked

    def version(self) -> Hashable | None:
        """Give a value that changes with the tree; None where only looking again can tell."""
        versions = tuple([mount.layer.version() for mount in self.mounts])
        return None if None in versions else versions

    def read(self, path: paths.PathLike) -> bytes:
        """Give the content of the winning file."""
        layer, key = self._locate(path)
        try:
            return layer.read(key)
        except FileNotFoundError:
            return self._once_more(path).read()

    def open(self, path: paths.PathLike) -> BinaryIO:
        """Open the winning file for reading."""
        layer, key = self._locate(path)
        try:
            return layer.open(key)
        except FileNotFoundError:
            return self._once_more(path)

    def _locate(self, path: paths.PathLike) -> tuple[Layer, Any]:
        """Give the layer that wins a file, and its key there."""
        # Nothing stands above the top layer: what it had it can only lose, and then reading says so.
        hit = self._answers.files.get(path)  # type: ignore[arg-type] # an unknown one is normalised below
        if hit is not None and (not self._asked or hit[0] is self._top):
            return hit
        answers = self._current()
        clean = paths.normalise(path)
        hit = answers.files.get(clean)
        if hit is None:
            _, layer, entry = self.need_file(clean)
            hit = answers.files[clean] = (layer, entry.key)
        return hit

    def _once_more(self, path: paths.PathLike) -> BinaryIO:
        """Open a file that went between being found and being read: another layer may have it."""
        self.forget()
        _, layer, entry = self.need_file(paths.normalise(path))
        return layer.open(entry.key)

    @property
    def is_remote(self) -> bool:
        """Whether a layer lies on another machine."""
        return any(isinstance(mount.layer, Remote) and mount.layer.is_remote for mount in self.mounts)

    def prefetch(self, wanted: Iterable[str]) -> None:
        """Let layers on other machines fetch files that will be read soon, many at once."""
        by_layer: dict[int, tuple[Remote, list[Any]]] = {}
        for path in wanted:
            found = self.find(path)
            if found is None or found.entry.is_folder:
                continue
            if isinstance(found.layer, Remote) and found.layer.is_remote:
                by_layer.setdefault(id(found.layer), (found.layer, []))[1].append(found.entry.key)
        for layer, keys in by_layer.values():
            layer.prefetch(keys)

    def find(self, path: str) -> Found | None:
        """Give what stands at a normalised path, or None."""
        if path == paths.ROOT:
            name, layer = self.mounts[0]
            return Found(name, layer, layer.find(path) or ROOT_ENTRY)
        if self._only is not None:  # a layer's own tree holds together: no folder has to be asked first
            entry = self._only.layer.find(path)
            return None if entry is None else Found(*self._only, entry)
        for name, layer in self._providers(paths.parent(path)):
            entry = layer.find(path)
            if entry is not None:
                return Found(name, layer, entry)
            if layer.may_hide and layer.hides(path):
                return None
        return None

    def children(self, path: str) -> dict[str, Found]:
        """Give the names in a folder with what stands there, sorted; empty where it is no folder."""
        names: dict[str, Found] = {}
        spellings: dict[str, str] = {}
        for mount, layer in reversed(self._providers(path)):
            if layer.may_hide:
                for name in [name for name in names if layer.hides(paths.join(path, name))]:
                    del names[name]
            for entry in layer.list(path):
                name = entry.name
                if self.fold:
                    name = spellings.setdefault(name.casefold(), name)
                    entry = entry._replace(path=paths.join(path, name))
                names[name] = Found(mount, layer, entry)
        return dict(sorted(names.items()))

    def walk(self, top: str) -> Iterator[tuple[str, list[str], list[str]]]:
        """Give (folder, names of folders, names of files), top down; the caller may prune the folders."""
        names = self.children(top)
        folders = [name for name, found in names.items() if found.entry.is_folder]
        files = [name for name, found in names.items() if not found.entry.is_folder]
        yield top, folders, files
        for name in folders:
            yield from self.walk(paths.join(top, name))

    def names(self, path: str) -> list[str]:
        """Give the names in a folder, sorted; empty where it is no folder."""
        answers = self._current()
        known = answers.names.get(path)
        if known is None:
            if len(answers.names) >= REMEMBERED_FOLDERS:
                answers.names.clear()
            known = answers.names[path] = list(self.children(path))
        return known.copy()

    def glob(self, pattern: str) -> list[str]:
        """Give the paths, files and folders, that a normalised pattern matches, sorted."""
        if not paths.has_magic(pattern):
            return [pattern] if self.find(pattern) else []
        if self.fold:
            return self._glob_in_any_case(pattern)
        found: set[str] = set()
        for mount in self.mounts:
            by_folder: dict[str, list[str]] = defaultdict(list)
            for path in mount.layer.glob(pattern):
                by_folder[path[: path.rfind("/")] or paths.ROOT].append(path)
            for folder, inside in by_folder.items():
                providers = self._providers(folder)
                if mount in providers:
                    above = [one.layer for one in providers[: providers.index(mount)] if one.layer.may_hide]
                    found.update(path for path in inside if not any(layer.hides(path) for layer in above))
        return sorted(found)

    def spelling(self, path: str) -> str:
        """Give a path in the case in which the tree shows it, as far as it has it."""
        folder = paths.ROOT
        for part in path.split("/")[1:]:
            names = self.names(folder)
            same = [name for name in names if name.casefold() == part.casefold()] if part not in names else [part]
            folder = paths.join(folder, same[0] if same else part)
        return folder

    def _glob_in_any_case(self, pattern: str) -> list[str]:
        matches = re.compile(paths.glob_pattern(pattern).pattern, re.DOTALL | re.IGNORECASE).fullmatch
        found = []
        for folder, folders, files in self.walk(self.spelling(paths.glob_root(pattern))):
            found += [path for name in (*folders, *files) if matches(path := paths.join(folder, name))]
        return sorted(found)

    def copies(self, path: str) -> list[Found]:
        """Give what every layer has at `path`, the winner first, hidden copies included."""
        found = ((mount, mount.layer.find(path)) for mount in self.mounts)
        return [Found(mount.name, mount.layer, entry) for mount, entry in found if entry is not None]

    def need_file(self, path: str) -> Found:
        """Find a file, or raise what ``open`` would."""
        found = self.find(path)
        if found is None:
            raise self.not_found(path)
        if found.entry.is_folder:
            raise IsAFolderError.at(path, f"{path} is a folder, not a file")
        return found

    def has_folder(self, path: str) -> bool:
        """Tell whether a folder stands at a normalised path; more quickly than :meth:`find`."""
        if self._only is None or path == paths.ROOT:
            return bool(self._providers(path))
        entry = self._only.layer.find(path)
        return entry is not None and entry.is_folder

    def need_folder(self, path: str) -> Found:
        """Find a folder, or raise what ``os.listdir`` would."""
        found = self.find(path)
        if found is None:
            raise self.not_found(path)
        if not found.entry.is_folder:
            raise NotAFolderError.at(path, f"{path} is a file, not a folder")
        return found

    def not_found(self, path: str) -> PathNotFoundError | NotAFolderError:
        """Make the error for a path that no layer has."""
        above = paths.parent(path)
        while above != paths.ROOT:
            found = self.find(above)
            if found is not None:
                if not found.entry.is_folder:
                    return NotAFolderError.at(path, f"there is no {path}: {above} is a file, not a folder")
                break
            above = paths.parent(above)
        names = ", ".join(mount.name for mount in self.mounts[:8]) + (", …" if len(self.mounts) > 8 else "")
        return PathNotFoundError.at(path, f"no layer has {path} (looked in {names})").hinted(lambda: self._near(path))

    def _near(self, path: str) -> str:
        """Say which paths are spelled like a missing one."""
        folder, name = paths.split(path)
        siblings = list(self.children(folder))
        same = [other for other in siblings if other.casefold() == name.casefold()]
        close = same or difflib.get_close_matches(name, siblings, 3, 0.75)
        near = [paths.join(folder, other) for other in close]
        if not near:  # the right name in another folder
            for top, _, files in self.walk(paths.ROOT):
                near += [paths.join(top, file) for file in files if file.casefold() == name.casefold()]
                if len(near) >= 3:
                    break
        return f"; did you mean {' or '.join(near[:3])}?" if near else ""

    def _providers(self, folder: str) -> tuple[Mount, ...]:
        """Give the layers that contribute to a folder, top first; empty where it is no folder."""
        answers = self._current()
        known = answers.folders.get(folder)
        if known is not None:
            return known
        if folder == paths.ROOT:
            return self.mounts
        providers = []
        above = paths.parent(folder)
        cut = above in answers.cut
        for mount in self._providers(above):
            layer = mount.layer
            entry = layer.find(folder)
            if entry is not None and entry.is_folder:
                providers.append(mount)
            cut = (entry is not None and not entry.is_folder) or (layer.may_hide and layer.hides(folder))
            if cut:
                break
        if cut or above in answers.cut:
            answers.cut.add(folder)
        answers.folders[folder] = tuple(providers)
        return answers.folders[folder]

    def changed_layers(self, other: Union) -> list[Layer] | None:
        """Give the layers that only one of two unions has; None where the others stand in another order."""
        ours, theirs = set(self.mounts), set(other.mounts)
        if [mount for mount in self.mounts if mount in theirs] != [mount for mount in other.mounts if mount in ours]:
            return None
        return [mount.layer for mount in (*self.mounts, *other.mounts) if (mount in ours) != (mount in theirs)]

    def _take_over(self, previous: Union) -> None:
        """Take over which layers contribute to which folder, where the layers that came or went allow it."""
        if self.changed_layers(previous) is None:
            return
        known = previous._answers
        before, after = set(previous.mounts), set(self.mounts)
        gone = [mount for mount in previous.mounts if mount not in after]
        new = [mount for mount in self.mounts if mount not in before]
        gone_layers = [mount.layer for mount in gone]
        places = {id(mount.layer): place for place, mount in enumerate(self.mounts)}
        if len(places) < len(self.mounts) or any(mount.layer.may_hide for mount in (*gone, *new)):
            return  # a layer that is mounted twice, or that hides: too rare to be worth a thought
        for folder, providers in known.folders.copy().items():  # each stands behind the folder that holds it
            above = paths.parent(folder)
            if above != paths.ROOT and above not in self._answers.folders:
                continue
            # A file in the way cuts off what lies below; who knows which layers it cut off?
            found = [mount.layer.find(folder) for mount in new]
            if folder not in known.cut and not any(entry is not None and not entry.is_folder for entry in found):
                added = [mount for mount, entry in zip(new, found, strict=True) if entry is not None]
                for layer in gone_layers:
                    providers = tuple([mount for mount in providers if mount[1] is not layer])
                for mount in added:
                    at = bisect.bisect_left(providers, places[id(mount.layer)], key=lambda one: places[id(one.layer)])
                    providers = (*providers[:at], mount, *providers[at:])
                self._answers.folders[folder] = providers

    def _current(self) -> _Answers:
        """Give the answers that still hold."""
        if not self._asked:
            return self._answers
        versions = tuple([layer.version() for layer in self._asked])
        if None in versions:
            return _Answers(None)
        if self._answers.versions != versions:
            self._answers = _Answers(versions)
            self._listeners.tell()
        return self._answers


class UnionLayer(BaseLayer):
    """A whole union as one layer of another.

    Parameters
    ----------
    union
        Gives the union as it is at the moment.
    name
        What messages call the layer.
    path
        Where its writable layer lies.
    notify
        Registers a listener for changes, as :meth:`Layer.notify` does.
    """

    def __init__(self, union: Callable[[], Union], name: str, path: str, notify: Callable[[Listener], bool]) -> None:
        self.name = name
        self.path = path
        self._union = union
        self._notify = notify

    def find(self, path: str) -> Entry | None:
        """Find the winner of a path."""
        found = self._union().find(path)
        return None if found is None else found.entry._replace(key=(found.layer, found.entry.key))

    def list(self, path: str) -> Iterator[Entry]:
        """List a merged folder."""
        for found in self._union().children(path).values():
            yield found.entry._replace(key=(found.layer, found.entry.key))

    def read(self, key: tuple[Layer, Any]) -> bytes:
        """Read from the layer that provides the file."""
        return key[0].read(key[1])

    def open(self, key: tuple[Layer, Any]) -> BinaryIO:
        """Open from the layer that provides the file."""
        return key[0].open(key[1])

    def version(self) -> Hashable | None:
        """Give the union's version."""
        union = self._union()
        version = union.version()
        return None if version is None else (id(union), version)

    def notify(self, listener: Listener) -> bool:
        """Let the union call."""
        return self._notify(listener)
