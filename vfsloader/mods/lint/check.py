"""What an author should fix in a mod: ``mods check``.

A finding is about one file and says what is wrong with it. Some findings need the game: whether the paths and ids that
a mod replaces, hides, requires or names exist.
"""

from __future__ import annotations

import difflib
import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vfsloader import paths
from vfsloader.assets.edits.names import EDIT_SUFFIX
from vfsloader.datamerge.gather import MERGE_SUFFIX, PATCH_SUFFIX, read_all
from vfsloader.datamerge.maps.edited import is_xml
from vfsloader.datamerge.parsing import json_extras
from vfsloader.errors import BudgetError, ManifestError, PathNotFoundError, ResourceError, VFSError
from vfsloader.layers.folder import FolderLayer
from vfsloader.layers.listed import ListedLayer
from vfsloader.layers.mounted import MountedLayer
from vfsloader.layers.protocol import Layer
from vfsloader.layers.union import Mount, Union
from vfsloader.mods import messages
from vfsloader.mods.declarations import Declarations
from vfsloader.mods.lint import content
from vfsloader.mods.lint.declared import declared_faults
from vfsloader.mods.lint.edits import EditPictures, EveryCase, draw_edits, map_faults, picture_faults
from vfsloader.mods.lint.layout import find_misplaced, folders_in_other_case, target_of
from vfsloader.mods.metadata.clutter import is_for_people, is_junk, is_leftover
from vfsloader.mods.metadata.discovery import read_mods
from vfsloader.mods.metadata.formats import FORMATS, is_marker
from vfsloader.mods.metadata.mod import Mod
from vfsloader.mods.metadata.shape import OWN_MARKERS
from vfsloader.mods.metadata.unusable import why_not_a_mod
from vfsloader.quoting import plain


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that an author should fix."""

    kind: str
    """``manifest``, ``case``, ``depth``, ``unloaded``, ``reference``, ``whiteout``, ``type``, ``name``, ``order``,
    ``schema``, ``item``, ``condition`` or ``note``."""
    file: str
    """The file in the mod, or the mod's own name."""
    key: str
    """The key in the file that it is about, or an empty text."""
    sentence: str

    @property
    def is_note(self) -> bool:
        """Whether the mod works as its author wants it; the author should know it even so."""
        return self.kind == "note"

    def __str__(self) -> str:
        return ": ".join(plain(part, 1000) for part in (self.file, self.key, self.sentence) if part)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The game around a mod that is checked."""

    below: Sequence[Mount]
    """The game's layers, lowest first. Those from an installed copy of the mod upwards are not below it."""
    ids: Sequence[str]
    """Ids of the installed mods, and those that they and the game provide."""
    own: int = 1
    """How many of the layers are the game's own."""
    declared: Declarations | None = None
    """What the game declares about its data and its context."""


def check_mod(path: Path, game: Surroundings | None = None, inner: str | None = None) -> list[Finding]:
    r"""Return what an author should fix.

    Parameters
    ----------
    path
        The mod: a folder, zip or pack. If it contains several mods, all are checked.
    game
        The game around it. With None, the checks that need the game are left out.
    inner
        Of several mods in one archive, check only the one that starts at this folder.

    Returns
    -------
    list[Finding]
        Sorted by file.

    Raises
    ------
    OSError
        There is no such file or folder.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> _ = pathlib.Path(folder.name, "mod.toml").write_text('id = "winter"\nname = "W"\nversion = "1"\n')
    >>> _ = pathlib.Path(folder.name, "p.png").write_text("not a picture")
    >>> print(*check_mod(pathlib.Path(folder.name)))
    /p.png: this is not a .png file: its first bytes are not a .png signature
    >>> folder.cleanup()
    """
    names = () if game is None else {entry.name for mount in game.below for entry in mount.layer.list(paths.ROOT)}
    try:
        mods, faults = read_mods(path, names)
    except ManifestError as error:
        where = str(error.filename)
        return [Finding("manifest", where, "", str(error).removeprefix(f"{where}: "))]
    except (VFSError, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        fault = why_not_a_mod(str(path), path.name, error)
        return [Finding("type", "", "", f"{path.name}: {fault.why}" if fault else str(error))]
    try:
        findings = {Finding("manifest", fault.mod, "", fault.why) for fault in faults if inner in (None, paths.ROOT)}
        for mod in mods:
            if inner in (None, mod.inner):
                found = _Check(mod, game).findings()
                prefix = mod.inner if len(mods) > 1 and mod.inner != paths.ROOT else ""
                findings |= {replace(finding, file=_prefixed(finding.file, prefix)) for finding in found}
        return sorted(findings, key=lambda finding: (finding.file, finding.kind, finding.key))
    finally:
        for mod in mods:
            mod.close()


def draw_mod(path: Path, game: Surroundings, inner: str | None = None) -> Iterator[EditPictures]:
    """Yield what a mod's edits of pictures do, each picture before and after them.

    Parameters
    ----------
    path, game, inner
        As for :func:`check_mod`.

    Raises
    ------
    MissingExtraError
        No library is installed that decodes pictures.
    VFSError
        It is not a mod.
    """
    mods, _ = read_mods(path, {entry.name for mount in game.below for entry in mount.layer.list(paths.ROOT)})
    try:
        for mod in mods:
            if inner in (None, mod.inner):
                yield from _Check(mod, game).pictures()
    finally:
        for mod in mods:
            mod.close()


def _prefixed(file: str, prefix: str) -> str:
    return file if not prefix or paths.is_inside(file, prefix) else f"{prefix}/{file.lstrip('/')}"


class _Check:
    def __init__(self, mod: Mod, game: Surroundings | None) -> None:
        self.mod = mod
        self.manifest = mod.manifest
        self.game = game
        mounted = mod.layer
        assert isinstance(mounted, MountedLayer), "discovery mounts every mod"
        self.mounted = mounted
        self.raw: Layer = mounted.layer
        self.top = mounted.root.removesuffix(self.manifest.root) or paths.ROOT
        at_top = {entry.name for entry in self.raw.list(self.top)}
        folded = {name.casefold(): name for name in at_top}
        self.manifest_file = next((folded[known.marker] for known in FORMATS if known.marker in folded), "")
        self.every_case = EveryCase({name: option.default for name, option in self.manifest.options.items()})
        for layer in (mod.layer, *mod.parts):
            layer.circumstances = self.every_case
        own = Mount(mod.id, mounted)
        self.files = list(_files(Union([own])))
        self.unreadable: list[str] = []
        below = [] if game is None else list(itertools.takewhile(lambda mount: mount.name != mod.id, game.below))
        self.below = Union(below[::-1]) if below else None
        own_layers = [] if game is None else below[: game.own]
        self.game_only = Union(own_layers[::-1]) if own_layers else None
        self.whole = None if game is None else Union([own, *below[::-1]])

    def findings(self) -> Iterator[Finding]:
        yield from self.case_clashes()
        yield from self.too_deep()
        yield from self.never_loaded()
        yield from self.left_out()
        yield from self.bad_names()
        yield from self.wrong_files()
        yield from self.relaxed_manifest()
        if self.game is not None and self.whole is not None:
            yield from self.unknown_ids(self.game.ids)
            yield from self.unused_whiteouts()
            yield from self.changes_that_do_not_fit(self.whole)
            yield from self.wrong_edits(self.whole)
            yield from self.undeclared(self.game, self.whole)

    def case_clashes(self) -> Iterator[Finding]:
        by_folded: dict[str, list[str]] = defaultdict(list)
        for path in self.files:
            by_folded[path.casefold()].append(path)
        for first, *others in by_folded.values():
            for path in others:
                yield Finding("case", path, "", messages.fill(messages.DIFFERS_IN_CASE, other=first))
        if self.below is None or self.game_only is None:
            return
        game_files = list(_files(self.game_only))
        folded = {path.casefold(): path for path in game_files}
        for path in self.files:
            target = target_of(path)
            game_file = folded.get(path.casefold()) or folded.get(target.casefold())
            if game_file is not None and self.below.find(path) is None and self.below.find(target) is None:
                yield Finding("case", path, "", messages.fill(messages.MISSES_IN_CASE, other=game_file))
        others = [path for path in self.files if target_of(path).casefold() not in folded]
        for folder, other in folders_in_other_case(others, game_files):
            yield Finding("case", folder, "", messages.fill(messages.FOLDER_CASE, other=other))

    def too_deep(self) -> Iterator[Finding]:
        if self.game_only is not None:
            for folder, _, found in find_misplaced(self.files, self.game_only):
                yield Finding("depth", folder, "", messages.fill(messages.TOO_DEEP, found=found, folder=folder))

    def never_loaded(self) -> Iterator[Finding]:
        for folder, folders, names in Union([Mount(self.mod.id, self.raw)]).walk(self.top):
            for name in [name for name in folders if name.startswith(".") or is_junk(name)]:
                folders.remove(name)
                yield Finding("unloaded", paths.join(folder, name), "", messages.JUNK_FOLDER)
            for name in names:
                if sentence := self.why_never_loaded(folder, name, names):
                    yield Finding("unloaded", paths.join(folder, name), "", sentence)

    def why_never_loaded(self, folder: str, name: str, names: Sequence[str]) -> str | None:
        """Return why the game never loads a file, or None if it does or need not."""
        is_at_top = folder == self.top
        if is_leftover(name):
            return messages.JUNK_FILE
        if is_at_top and name.casefold() in OWN_MARKERS:
            return None if name == self.manifest_file else messages.SECOND_MANIFEST
        if is_marker(name) and name.casefold().startswith("mod.") and not is_at_top:
            return messages.INNER_MANIFEST
        if paths.is_inside(paths.join(folder, name), self.mounted.root) or (is_at_top and is_for_people(name)):
            return None
        return messages.fill(messages.OUTSIDE_ROOT, root=self.manifest.root)

    def left_out(self) -> Iterator[Finding]:
        """Find what the layer does not show, such as links that leave the mod, and pipes."""
        if isinstance(self.raw, ListedLayer):
            for name, reason in self.raw.left_out:
                yield Finding("unloaded", plain(name), "", reason)
        elif isinstance(self.raw, FolderLayer):
            for folder, _, _ in Union([Mount(self.mod.id, self.raw)]).walk(paths.ROOT):
                for path, reason in self.raw.left_out(folder):
                    yield Finding("unloaded", plain(path), "", reason)

    def bad_names(self) -> Iterator[Finding]:
        for path in self.files:
            if (fault := paths.name_fault(path)) is not None:
                yield Finding("name", path, "", fault.removeprefix(f"{paths.shown(path)}: "))

    def wrong_files(self) -> Iterator[Finding]:
        for path in self.files:
            entry = self.mounted.find(path)
            if entry is None:
                continue
            try:
                with self.mounted.open(entry) as file:
                    start = file.read(16)
                    is_small_data = content.is_data(path) and entry.size <= content.MAX_DATA_BYTES
                    data = start + file.read() if is_small_data else b""
            except OSError as error:
                yield Finding("type", path, "", messages.fill(messages.UNREADABLE, error=error))
                continue
            if (reason := content.wrong_type(path, start)) is not None:
                yield Finding("type", path, "", reason)
            if is_small_data:
                yield from self.data_file(path, data)

    def relaxed_manifest(self) -> Iterator[Finding]:
        entry = self.raw.find(paths.join(self.top, self.manifest_file)) if self.manifest_file else None
        is_json = entry is not None and self.manifest_file.casefold().endswith(".json")
        if entry is not None and is_json and (extras := json_extras(self.raw.read(entry))):
            yield Finding("note", self.manifest_file, "", messages.fill(messages.NOT_STRICT_JSON, extras=extras))

    def data_file(self, path: str, data: bytes) -> Iterator[Finding]:
        try:
            value = content.parse(path, data)
        except (ValueError, BudgetError) as error:
            self.unreadable.append(path)
            yield Finding("type", path, "", messages.fill(messages.UNREADABLE, error=error))
            return
        if content.is_json(path) and (extras := json_extras(data)):
            yield Finding("note", path, "", messages.fill(messages.NOT_STRICT_JSON, extras=extras))
        if path.endswith(PATCH_SUFFIX) and not isinstance(value, list) and self.whole is None:
            yield Finding("type", path, "", messages.PATCH_NOT_A_LIST)
        if self.whole is not None:
            for key, named in content.named_paths(path, value):
                if not named.startswith("/") or self.whole.find(named) is None:
                    yield Finding("reference", path, key, messages.fill(messages.NO_SUCH_PATH, path=named))

    def unknown_ids(self, known: Sequence[str]) -> Iterator[Finding]:
        rules = self.manifest
        for key, ids in (
            ("requires", rules.requires),
            ("recommends", rules.recommends),
            ("incompatible", rules.incompatible),
            ("order.after", rules.after),
            ("order.before", rules.before),
        ):
            for mod in ids:
                near = difflib.get_close_matches(mod, known, 1, 0.75)
                if mod in known or not (near or key == "requires"):
                    continue  # what is not required need not be installed here
                sentence = messages.fill(messages.NO_SUCH_ID_NEAR, near=near[0]) if near else messages.NO_SUCH_ID
                yield Finding("reference", self.manifest_file, f"{key}.{mod}", sentence)

    def unused_whiteouts(self) -> Iterator[Finding]:
        for glob in self.manifest.remove:
            if self.below is None or not self.below.glob(glob):
                yield Finding("whiteout", self.manifest_file, f"files.remove {glob}", messages.NOTHING_TO_REMOVE)

    def undeclared(self, game: Surroundings, whole: Union) -> Iterator[Finding]:
        """Find what does not fit what the game declares."""
        if game.declared:
            own = {mount.name for mount in game.below[: game.own]}
            for fault in declared_faults(game.declared, whole, self.mod, self.files, own):
                yield Finding(fault.kind, fault.file, fault.key, fault.sentence)

    def wrong_edits(self, whole: Union) -> Iterator[Finding]:
        """Find edits that have nothing to change, are wrong by themselves, or do not fit their map."""
        for path in self.files:
            target = path.removesuffix(EDIT_SUFFIX)
            if target != path and whole.find(target) is None:
                yield Finding("unloaded", path, "", messages.fill(messages.NOTHING_TO_CHANGE, path=target))
        faults = picture_faults(self.mounted, self.files, self.every_case)
        for file, label, reason in itertools.chain(faults, map_faults(whole, self.mod.id, self.files)):
            yield Finding("type", file, label, reason)

    def pictures(self) -> Iterator[EditPictures]:
        """Draw what the edits of pictures do, those of all parts too, while all conditions hold."""
        parts = [Mount(part.name, part) for part in self.mod.parts]
        own = [Mount(self.mod.id, self.mounted), *parts]
        below = () if self.below is None else self.below.mounts
        files = dict.fromkeys(file for mount in own for file in _files(Union([mount])))
        return draw_edits(Union([*own[::-1], *below]), [mount.name for mount in own], files)

    def changes_that_do_not_fit(self, whole: Union) -> Iterator[Finding]:
        for path in self.files:
            suffix = next((suffix for suffix in (MERGE_SUFFIX, PATCH_SUFFIX) if path.endswith(suffix)), None)
            if suffix is None or (suffix == PATCH_SUFFIX and is_xml(path.removesuffix(suffix))):
                continue
            target = path.removesuffix(suffix)
            try:
                report = read_all(whole, target)
            except PathNotFoundError:
                yield Finding("unloaded", path, "", messages.fill(messages.NOTHING_TO_CHANGE, path=target))
                continue
            except ResourceError:
                continue  # the whole file is wrong, and has its own finding
            if self.mod.id == report.wholes[-1]:
                yield Finding("unloaded", path, "", messages.fill(messages.REPLACED_WHOLE, path=target))
            for refusal in report.refusals:
                has_finding = any(unreadable in refusal.reason for unreadable in self.unreadable)
                if refusal.layer == self.mod.id and not has_finding:
                    yield Finding("reference", path, "", refusal.reason)


def _files(tree: Union) -> Iterator[str]:
    for folder, _, names in tree.walk(paths.ROOT):
        for name in names:
            yield paths.join(folder, name)
