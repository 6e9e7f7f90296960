"""A whole game with its mods, checked: ``vfsloader check-all``.

It finds names of files that are not there, changes without effect, files that nobody can reach, and options without
use. What follows from formats and from the game's own declarations is certain; everything else is a guess, and says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vfsloader import paths
from vfsloader.assets.edits.names import EDIT_SUFFIX
from vfsloader.assets.edits.parse import MAX_BYTES as MAX_EDIT_BYTES
from vfsloader.assets.edits.parse import Fault, parse_edits
from vfsloader.datamerge.conditional import depends
from vfsloader.datamerge.formats import JSON, LINES, kind_of
from vfsloader.datamerge.gather import MERGE_SUFFIX, PATCH_SUFFIX, read_all, read_parts
from vfsloader.datamerge.maps import can_be_edited, is_map, read_edited
from vfsloader.datamerge.merge import Merged
from vfsloader.errors import VFSError
from vfsloader.layers.union import Mount, Union
from vfsloader.mods.declarations import Declarations
from vfsloader.mods.lint.content import MAX_DATA_BYTES
from vfsloader.mods.lint.declared import condition_faults
from vfsloader.mods.lint.edits import EveryCase
from vfsloader.mods.lint.named_files import NamedFile, exactly_named, guessed_in_data
from vfsloader.mods.metadata.mod import Mod
from vfsloader.mods.registry_faults import data_faults, id_faults
from vfsloader.mods.registry_items import RegistryReader
from vfsloader.quoting import plain, quoted
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits

_CHANGES = (MERGE_SUFFIX, PATCH_SUFFIX, EDIT_SUFFIX)
#: Text that may name a file in passing.
_TEXTS = (".json", ".toml", ".csv", ".tsv", ".txt", ".yaml", ".yml", ".xml", ".tmx", ".tsx", ".tmj", ".ldtk", ".ini",
          ".py", ".lua", ".md", ".edit", ".merge", ".patch", ".fnt", ".meta")  # fmt: skip
#: Maps, and what they consist of; other JSON may be a map, and is read as data.
_MAPS = (".tmx", ".tsx", ".tx", ".tmj", ".ldtk", ".ldtkl", ".xml")
#: What players and translators read, and not the game.
_FOR_PEOPLE = ("readme", "license", "licence", "credits", "changelog", "copying", "authors")


@dataclass(frozen=True, slots=True)
class SetFinding:
    """Something that is wrong in a game or one of its mods."""

    kind: str
    """``reference``, ``item``, ``schema``, ``dead``, ``unreachable``, ``option``, ``condition`` or ``whiteout``."""
    layer: str
    """The mod, or the layer of the game."""
    file: str
    key: str
    sentence: str
    is_guess: bool = False
    """Whether it may be right even so."""

    def __str__(self) -> str:
        where = ": ".join(plain(part, 300) for part in (self.layer, self.file, self.key) if part)
        return f"{where}: {'perhaps: ' if self.is_guess else ''}{plain(self.sentence, 1000)}"


def check_set(
    mounts: Sequence[Mount],
    mods: Sequence[Mod],
    declared: Declarations,
    mod_of: Callable[[str], str],
    limits: Limits = DEFAULT_LIMITS,
) -> list[SetFinding]:
    """Return what is wrong.

    Parameters
    ----------
    mounts
        The layers of the game and of its enabled mods, the highest first.
    mods
        The enabled mods.
    declared
        What the game declares.
    mod_of
        Returns the id of the mod that a layer belongs to, or an empty text.
    limits
        What each file may cost.

    Returns
    -------
    list[SetFinding]
        What is certain first, sorted by layer, file and key.
    """
    check = _SetCheck(mounts, mods, declared, mod_of, limits)
    found = dict.fromkeys(check.findings())
    return sorted(found, key=lambda each: (each.is_guess, each.layer, each.file, each.key, each.sentence))


class _SetCheck:
    def __init__(
        self,
        mounts: Sequence[Mount],
        mods: Sequence[Mod],
        declared: Declarations,
        mod_of: Callable[[str], str],
        limits: Limits,
    ) -> None:
        self.union = Union(mounts)
        self.mods = mods
        self.declared = declared
        self.mod_of = mod_of
        self.limits = limits
        self.files = [
            paths.join(folder, name) for folder, _, names in self.union.walk(paths.ROOT) for name in sorted(names)
        ]
        self.suffixes = {path.rpartition(".")[2].lower() for path in self.files if "." in path.rpartition("/")[2]}
        self.named: set[str] = set()
        self.merged: dict[str, Merged] = {}

    def findings(self) -> Iterator[SetFinding]:
        yield from self.names_of_files()
        yield from self.declared_faults()
        yield from self.dead_changes()
        yield from self.whiteouts()
        yield from self.unused_options()
        yield from self.unreachable_files()

    def finding(
        self, kind: str, layer: str, file: str, key: str, sentence: str, *, is_guess: bool = False
    ) -> SetFinding:
        """Return a finding, under the id of the mod that a layer belongs to."""
        return SetFinding(kind, self.mod_of(layer) or layer, file, key, sentence, is_guess)

    # --- names of files ------------------------------------------------------------------------------

    def names_of_files(self) -> Iterator[SetFinding]:
        guesses: dict[tuple[str, str], list[tuple[str, str, NamedFile, bool]]] = defaultdict(list)
        for path in self.files:
            if path.endswith(_CHANGES):
                continue
            data, value, sources = self.read(path)
            winner = self.union.find(path)
            if data is None or winner is None:
                continue
            for found in exactly_named(path, data, value):
                there = [each for each in found.candidates if self.union.find(each) is not None]
                self.named.update(there)
                if not there:
                    layer = self.writer(path, found.key, sources) or winner.name
                    where = found.candidates[0] if found.candidates else f"{quoted(found.name)} in the tree"
                    yield self.finding("reference", layer, path, found.key, f"there is no {where}")
            if value is None or any(rule.references for rule in self.declared.rules_for(path)):
                continue
            folder = paths.parent(path)
            for found in guessed_in_data(path, value, self.suffixes):
                there = self.meant(found)
                self.named.update(there)
                layer = sources.get(found.key, winner.name)
                guesses[folder, found.form].append((layer, path, found, bool(there)))
        for same_key in guesses.values():
            known = sum(is_there for *_, is_there in same_key)
            missing = [each for each in same_key if not each[-1]]
            for layer, path, found, _ in missing:
                if found.name.startswith("/") or known > len(missing):
                    sentence = f"there is no {quoted(found.name, 200)}"
                    yield self.finding("reference", layer, path, found.key, sentence, is_guess=True)

    def meant(self, found: NamedFile) -> list[str]:
        """Return the files that a guess may mean: a game may put any folder before a name."""
        there = [path for path in found.candidates if self.union.find(path) is not None]
        if there:
            return there
        end = "/" + found.name.lstrip("./")
        return [path for path in self.by_name(end.rpartition("/")[2]) if path.endswith(end)]

    def by_name(self, name: str) -> list[str]:
        """Return the files with a name, wherever they are."""
        if not hasattr(self, "_by_name"):
            self._by_name: dict[str, list[str]] = defaultdict(list)
            for path in self.files:
                self._by_name[path.rpartition("/")[2]].append(path)
        return self._by_name.get(name, [])

    def read(self, path: str) -> tuple[bytes | None, Any, Mapping[str, str]]:
        """Return the bytes, the data and the writers of a file; None for what it does not have."""
        found = self.union.find(path)
        if found is None or found.entry.size > MAX_DATA_BYTES or not path.lower().endswith(_TEXTS):
            return None, None, {}
        try:
            if path.lower().endswith(_MAPS) and can_be_edited(path):
                return read_edited(self.union, path, (), self.limits).data, None, {}
            data = self.union.read(path)
            kind = kind_of(path)
            if kind is LINES or (kind is JSON and not path.lower().endswith((".json", ".tmj", ".tsj", ".tj"))):
                return data, None, {}
            self.merged[path] = merged = read_parts(self.union, path, (), self.limits)[0]
        except (VFSError, OSError):
            return None, None, {}
        return data, merged.data, merged.sources

    def writer(self, path: str, key: str, sources: Mapping[str, str]) -> str | None:
        if key in sources:
            return sources[key]
        edits = [mount.name for mount in self.union.mounts if mount.layer.find(path + EDIT_SUFFIX) is not None]
        return edits[0] if edits else None

    # --- what the game declares ----------------------------------------------------------------------

    def declared_faults(self) -> Iterator[SetFinding]:
        if not self.declared:
            return
        contents = RegistryReader(self.limits).read(self.union, self.declared, self.mod_of)
        for content in contents.values():
            for each in content.refused:
                yield self.finding("item", each.layer, each.path, each.key, each.reason)
        for path in self.files:
            faults = [
                *data_faults(self.union, self.declared, path, self.limits),
                *id_faults(self.union, self.declared, path, contents, self.mod_of, self.limits),
            ]
            for each in faults:
                yield self.finding("schema", each.layer, each.path, each.key, each.reason)
        for mod in self.mods:
            for fault in condition_faults(self.declared, mod, _files_of(mod)):
                yield self.finding("condition", mod.id, fault.file, fault.key, fault.sentence)

    # --- changes without effect ----------------------------------------------------------------------

    def dead_changes(self) -> Iterator[SetFinding]:
        for rank, (name, layer) in enumerate(self.union.mounts):
            for folder, _, names in Union([Mount(name, layer)]).walk(paths.ROOT):
                for file in sorted(names):
                    path = paths.join(folder, file)
                    if path.endswith(_CHANGES):
                        yield from self.dead_change(rank, Mount(name, layer), path)

    def dead_change(self, rank: int, mount: Mount, path: str) -> Iterator[SetFinding]:
        suffix = path[path.rfind(".") :]
        target = _without_language(path.removesuffix(suffix))
        if self.union.find(target) is None:
            yield self.finding("dead", mount.name, path, "", f"there is no {target} to change")
            return
        above = [each.name for each in self.union.mounts[:rank] if each.layer.find(target) is not None]
        if above:
            who = self.mod_of(above[-1]) or above[-1]
            yield self.finding(
                "dead", mount.name, path, "", f"{who} replaces the whole of {target}, so it has no effect"
            )
            return
        entry = mount.layer.find(path)
        try:
            content = mount.layer.read(entry) if entry is not None else b""
            if suffix == EDIT_SUFFIX and not is_map(target):
                yield from self.picture_edits(mount, path, content)
            elif suffix == EDIT_SUFFIX or (target.lower().endswith(_MAPS) and can_be_edited(target)):
                for edit in read_edited(self.union, target, (), self.limits).refusals:
                    if edit.mod == mount.name and edit.path == path:
                        yield self.finding("dead", mount.name, path, edit.key, edit.reason or "")
            else:
                yield from self.data_change(mount, path, target, content)
        except (VFSError, OSError, ValueError) as error:
            yield self.finding("dead", mount.name, path, "", str(error))

    def data_change(self, mount: Mount, path: str, target: str, content: bytes) -> Iterator[SetFinding]:
        merged = self.merged.get(target) or read_parts(self.union, target, (), self.limits)[0]
        reasons = [refusal.reason for refusal in merged.refusals if refusal.layer == mount.name]
        for reason in reasons:
            yield self.finding("dead", mount.name, path, "", reason)
        has_other = any(mount.layer.find(target + other) for other in ("", *_CHANGES) if target + other != path)
        if reasons or has_other or depends(content):
            return
        changes = [change for change in read_all(self.union, target, self.limits).changes if change.layer == mount.name]
        if not changes:
            yield self.finding("dead", mount.name, path, "", f"{target} is the same without it")

    def picture_edits(self, mount: Mount, path: str, content: bytes) -> Iterator[SetFinding]:
        mod = next((mod for mod in self.mods if mod.id == self.mod_of(mount.name)), None)
        options = {} if mod is None else {name: each.default for name, each in mod.manifest.options.items()}
        if len(content) > MAX_EDIT_BYTES:
            return
        for edit in parse_edits(content, EveryCase(options)):
            if isinstance(edit, Fault):
                yield self.finding("dead", mount.name, path, edit.label, edit.reason)
                continue
            source = getattr(edit, "source", None)
            if isinstance(source, str) and source:
                where = paths.normalise(source if source.startswith("/") else paths.join(paths.parent(path), source))
                self.named.add(where)
                if self.union.find(where) is None:
                    yield self.finding("reference", mount.name, path, edit.label, f"there is no {where}")

    def whiteouts(self) -> Iterator[SetFinding]:
        for mod in self.mods:
            below = [mount for mount in self.union.mounts if self.mod_of(mount.name) != mod.id]
            for glob in mod.manifest.remove:
                if below and not any(list(mount.layer.glob(glob)) for mount in below):
                    yield SetFinding("whiteout", mod.id, "mod.toml", f"files.remove {glob}", "no layer has such a path")

    # --- what nobody uses ----------------------------------------------------------------------------

    def unused_options(self) -> Iterator[SetFinding]:
        for mod in self.mods:
            used: set[str] = set()
            conditions = [part.when for part in mod.manifest.part]
            conditions += [option.when for option in mod.manifest.options.values()]
            used.update(test.name for condition in conditions for test in condition.tests if test.key == "option")
            texts = []
            for layer in (mod.layer, *mod.parts):
                for path in _layer_files(layer):
                    entry = layer.find(path)
                    if path.endswith(_TEXTS) and entry is not None and entry.size <= MAX_DATA_BYTES:
                        texts.append(layer.read(entry))
            for name in mod.manifest.options:
                if name not in used and not any(name.encode() in text for text in texts):
                    sentence = "nothing in the mod depends on it; only the game itself can read it"
                    yield SetFinding("option", mod.id, "mod.toml", f"options.{name}", sentence, is_guess=True)

    def unreachable_files(self) -> Iterator[SetFinding]:
        own = [mount for mount in self.union.mounts if not self.mod_of(mount.name)]
        if not own or not self.mods:
            return
        game = Union(own)
        game_files = [paths.join(folder, name) for folder, _, names in game.walk(paths.ROOT) for name in names]
        kinds = {(paths.parent(path), path.rpartition(".")[2].lower()) for path in game_files}
        words = b"\n".join(self.texts())
        for mount in self.union.mounts:
            if not self.mod_of(mount.name):
                continue
            for path in _layer_files(mount.layer):
                target = _without_language(path)
                name = target.rpartition("/")[2]
                kind = paths.parent(target), name.rpartition(".")[2].lower()
                if (
                    path.endswith((*_CHANGES, ".meta"))
                    or target in self.named
                    or kind in kinds
                    or game.find(target) is not None
                    or self.declared.rules_for(target)
                    or target.startswith("/locale/")
                    or name.lower().startswith(_FOR_PEOPLE)
                    or name.encode() in words
                    or name.rpartition(".")[0].encode() in words
                ):
                    continue
                sentence = "nothing names it, and the game has no such files in this folder"
                yield self.finding("unreachable", mount.name, path, "", sentence, is_guess=True)

    def texts(self) -> Iterator[bytes]:
        """Yield everything in which a file may be named."""
        for mount in self.union.mounts:
            for path in _layer_files(mount.layer):
                entry = mount.layer.find(path)
                if path.lower().endswith(_TEXTS) and entry is not None and entry.size <= MAX_DATA_BYTES:
                    try:
                        yield mount.layer.read(entry)
                    except (VFSError, OSError):
                        continue


def _layer_files(layer: Any) -> list[str]:
    walked = Union([Mount("layer", layer)]).walk(paths.ROOT)
    return [paths.join(folder, name) for folder, _, names in walked for name in sorted(names)]


def _files_of(mod: Mod) -> list[str]:
    return _layer_files(mod.layer)


def _without_language(path: str) -> str:
    """Return the path that a file of a language stands for."""
    return "/" + path.split("/", 3)[3] if path.startswith("/tl/") and path.count("/") > 2 else path
