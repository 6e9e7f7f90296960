"""What an author should mend in a mod: ``mods check``.

A finding is about one file and says what is wrong with it. Some can only be found where the game is at hand: what a
mod replaces, hides, requires or names must be there.
"""

from __future__ import annotations

import difflib
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vfsloader import paths
from vfsloader.datamerge.gather import MERGE_SUFFIX, PATCH_SUFFIX, read_all
from vfsloader.errors import ManifestError, PathNotFoundError, ResourceError, VFSError
from vfsloader.layers.folder import FolderLayer
from vfsloader.layers.mounted import MountedLayer
from vfsloader.layers.protocol import Layer
from vfsloader.layers.union import Mount, Union
from vfsloader.mods.lint import content
from vfsloader.mods.metadata.discovery import Mod, read_mod
from vfsloader.mods.metadata.formats import FOR_PEOPLE, FORMATS, MARKERS

_JUNK_NAMES = {"thumbs.db", "desktop.ini", "ehthumbs.db", "__macosx"}
_JUNK_SUFFIXES = ("~", ".bak", ".orig", ".rej", ".swp", ".swo", ".tmp", ".part", ".psd.tmp")
_NO_NAMES_ON_WINDOWS = {"con", "prn", "aux", "nul", *(f"{word}{n}" for word in ("com", "lpt") for n in range(1, 10))}
_NO_CHARACTERS_ON_WINDOWS = set('<>:"|?*')


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that an author should mend."""

    kind: str
    """``manifest``, ``case``, ``unloaded``, ``reference``, ``whiteout``, ``type``, ``name`` or ``order``."""
    file: str
    """The file in the mod, or the mod's own name."""
    key: str
    """The key in the file, where it is about one."""
    sentence: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.key, self.sentence) if part)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The game around a mod that is checked."""

    below: Sequence[Mount]
    """The layers that the mod lies on, lowest first."""
    ids: Sequence[str]
    """Ids of the mods that are installed, and what they and the game provide."""


def check_mod(path: Path, game: Surroundings | None = None) -> list[Finding]:
    r"""Look for what an author should mend.

    Parameters
    ----------
    path
        The mod: a folder, zip or pack.
    game
        What is around it; None: what can only be told with the game at hand is not looked at.

    Returns
    -------
    list[Finding]
        By file.

    Raises
    ------
    OSError
        There is no such file or folder.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> _ = pathlib.Path(folder.name, "mod.toml").write_text('id = "winter"\nname = "W"\nversion = "1"\n')
    >>> _ = pathlib.Path(folder.name, "p.png").write_text("no picture")
    >>> print(*check_mod(pathlib.Path(folder.name)))
    /p.png: this is no .png: it starts otherwise than any of them
    >>> folder.cleanup()
    """
    try:
        mod = read_mod(path)
    except ManifestError as error:
        where = str(error.filename)
        return [Finding("manifest", where, "", str(error).removeprefix(f"{where}: "))]
    except VFSError as error:
        if isinstance(error, FileNotFoundError):
            raise
        return [Finding("type", "", "", str(error))]
    try:
        return sorted(set(_Check(mod, game).findings()), key=lambda one: (one.file, one.kind, one.key))
    finally:
        mod.close()


class _Check:
    def __init__(self, mod: Mod, game: Surroundings | None) -> None:
        self.mod = mod
        self.manifest = mod.manifest
        self.game = game
        view = mod.layer
        assert isinstance(view, MountedLayer), "discovery shows every mod through one"
        self.view = view
        self.raw: Layer = view.layer
        self.top = view.root.removesuffix(self.manifest.root) or paths.ROOT
        at_top = {entry.name for entry in self.raw.list(self.top)}
        self.manifest_file = next((form.marker for form in FORMATS if form.marker in at_top), "")
        own = Mount(mod.id, view)
        self.files = [path for folder, _, names in Union([own]).walk(paths.ROOT) for path in _joined(folder, names)]
        self.below = None if game is None or not game.below else Union(game.below[::-1])
        self.whole = None if game is None else Union([own, *game.below[::-1]])

    def findings(self) -> Iterator[Finding]:
        yield from self.case_clashes()
        yield from self.never_loaded()
        yield from self.links()
        yield from self.bad_names()
        yield from self.wrong_files()
        if self.game is not None:
            yield from self.unknown_ids(self.game)
            yield from self.unused_whiteouts()
            yield from self.changes_that_do_not_fit()

    def case_clashes(self) -> Iterator[Finding]:
        by_folded: dict[str, list[str]] = defaultdict(list)
        for path in self.files:
            by_folded[path.casefold()].append(path)
        for same in by_folded.values():
            for other in same[1:]:
                yield Finding("case", other, "", f"this differs from {same[0]} only in case: Windows has one of them")
        if self.below is None:
            return
        theirs = {path.casefold(): path for folder, _, names in self.below.walk("/") for path in _joined(folder, names)}
        for path in self.files:
            there = theirs.get(path.casefold())
            if there is not None and self.below.find(path) is None:
                yield Finding("case", path, "", f"the game's file is {there}: in another case this replaces nothing")

    def never_loaded(self) -> Iterator[Finding]:
        view, manifest = self.view, self.manifest
        raw = Union([Mount(self.mod.id, self.raw)])
        for folder, folders, names in raw.walk(self.top):
            for name in [name for name in folders if name.startswith(".") or name.casefold() in _JUNK_NAMES]:
                folders.remove(name)
                yield Finding("unloaded", paths.join(folder, name), "", "this folder is no part of a mod")
            for name in names:
                path = paths.join(folder, name)
                at_top = folder == self.top
                is_for_people = at_top and name.split(".")[0].casefold() in FOR_PEOPLE
                if name.startswith(".") or name.casefold() in _JUNK_NAMES or name.lower().endswith(_JUNK_SUFFIXES):
                    yield Finding("unloaded", path, "", "an editor or the system left this: no game loads it")
                elif at_top and name in ("mod.toml", "mod.json"):
                    if name == "mod.json" and "mod.toml" in names:
                        yield Finding("unloaded", path, "", "mod.toml is there too, and only that is read")
                elif name in MARKERS and not at_top and name.startswith("mod."):
                    yield Finding("unloaded", path, "", "a manifest counts only at the mod's top")
                elif not paths.is_inside(path, view.root) and not is_for_people:
                    yield Finding("unloaded", path, "", f"this lies outside of files.root, which is {manifest.root}")

    def links(self) -> Iterator[Finding]:
        """Find links that leave the mod: the layer does not show what lies behind them."""
        if not isinstance(self.raw, FolderLayer):
            return
        root = os.path.realpath(self.raw.path)
        for folder, folders, names in os.walk(root):
            for name in (*folders, *names):
                real = os.path.join(folder, name)
                target = os.path.realpath(real)
                if os.path.islink(real) and not Path(target).is_relative_to(root):
                    yield Finding("unloaded", real[len(root) :], "", "this link leaves the mod, and is not followed")

    def bad_names(self) -> Iterator[Finding]:
        for path in self.files:
            for name in path.split("/")[1:]:
                is_taken = name.split(".")[0].casefold() in _NO_NAMES_ON_WINDOWS
                if is_taken or name.endswith((".", " ")) or not _NO_CHARACTERS_ON_WINDOWS.isdisjoint(name):
                    yield Finding("name", path, "", f"Windows can have no file of the name {name!r}")

    def wrong_files(self) -> Iterator[Finding]:
        for path in self.files:
            entry = self.view.find(path)
            if entry is None:
                continue
            try:
                with self.view.open(entry) as file:
                    start = file.read(16)
                    is_small_data = content.is_data(path) and entry.size <= content.MAX_DATA_BYTES
                    data = start + file.read() if is_small_data else b""
            except OSError as error:
                yield Finding("type", path, "", f"this cannot be read: {error}")
                continue
            if (reason := content.wrong_type(path, start)) is not None:
                yield Finding("type", path, "", reason)
            if is_small_data:
                yield from self.data_file(path, data)

    def data_file(self, path: str, data: bytes) -> Iterator[Finding]:
        try:
            value = content.parse(path, data)
        except ValueError as error:
            yield Finding("type", path, "", f"this cannot be read: {error}")
            return
        if path.endswith(PATCH_SUFFIX) and not isinstance(value, list) and self.whole is None:
            yield Finding("type", path, "", "a patch is a list of operations")
        if self.whole is not None:
            for key, named in content.named_paths(path, value):
                if not named.startswith("/") or self.whole.find(named) is None:
                    yield Finding("reference", path, key, f"there is no {named}")

    def unknown_ids(self, game: Surroundings) -> Iterator[Finding]:
        rules = self.manifest
        for key, ids in (
            ("requires", rules.requires),
            ("recommends", rules.recommends),
            ("incompatible", rules.incompatible),
            ("order.after", rules.after),
            ("order.before", rules.before),
        ):
            for mod in ids:
                near = difflib.get_close_matches(mod, game.ids, 1, 0.75)
                if mod in game.ids or not (near or key == "requires"):
                    continue  # what is not required need not be installed here
                hint = f"; did you mean {near[0]}?" if near else ""
                yield Finding(
                    "reference", self.manifest_file, f"{key}.{mod}", f"no mod of this id is installed here{hint}"
                )

    def unused_whiteouts(self) -> Iterator[Finding]:
        for glob in self.manifest.remove:
            if self.below is None or not self.below.glob(glob):
                hint = "nothing below the mod has such a path"
                yield Finding("whiteout", self.manifest_file, f"files.remove {glob}", hint)

    def changes_that_do_not_fit(self) -> Iterator[Finding]:
        assert self.whole is not None, "only asked where the game is at hand"
        for path in self.files:
            for suffix in (MERGE_SUFFIX, PATCH_SUFFIX):
                if not path.endswith(suffix):
                    continue
                target = path.removesuffix(suffix)
                try:
                    report = read_all(self.whole, target)
                except PathNotFoundError:
                    yield Finding("unloaded", path, "", f"there is no {target} that it could change")
                    continue
                except ResourceError:
                    continue  # the whole file is at fault, and is told of by itself
                if self.mod.id == report.wholes[-1]:
                    yield Finding("unloaded", path, "", f"the mod replaces {target} whole: change it there")
                for refusal in report.refusals:
                    if refusal.layer == self.mod.id and "cannot be read" not in refusal.reason:
                        yield Finding("reference", path, "", refusal.reason)


def _joined(folder: str, names: list[str]) -> list[str]:
    return [paths.join(folder, name) for name in names]
