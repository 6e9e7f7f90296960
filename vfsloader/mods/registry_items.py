"""The items of a game's registries: gathered from all layers, named, validated and linked with one another.

What cannot be used is left out, and listed with its file, its key and the reason. The same layers give the same items
everywhere. An item's id is in the namespace of the mod that first had it; see ``docs/declarations.md``.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from vfsloader import globs, paths
from vfsloader.assets.snapshots import is_settled
from vfsloader.datamerge.formats import kind_of
from vfsloader.datamerge.gather import MAX_DATA_BYTES, MERGE_SUFFIX, PATCH_SUFFIX, Part, gather, read_parts
from vfsloader.datamerge.merge import DOES_NOT_FIT, Role
from vfsloader.datamerge.parsing import parse_limited
from vfsloader.datamerge.schemas import SchemaError
from vfsloader.errors import BudgetError, FileLeftOutError, PathNotFoundError, VFSError
from vfsloader.layers.circumstances import circumstances_of
from vfsloader.layers.protocol import Layer, digest_of
from vfsloader.layers.union import Union
from vfsloader.mods.declarations import Declarations, RegistryRule
from vfsloader.mods.registry_links import Links, NamedPlaces
from vfsloader.mods.registry_values import ID, Content, Item, RawItem, RefusedItem, copied
from vfsloader.quoting import plain, quoted
from vfsloader.runtime.budget import DEFAULT_LIMITS, Budget, Limits

#: Limits for the game's own files, which are trusted.
_WITHOUT_LIMITS = replace(DEFAULT_LIMITS, steps=1 << 60, nodes=1 << 60, members=1 << 60, depth=10_000)


class _File(NamedTuple):
    """The items of one file, and what they were read from."""

    signature: object
    items: list[RawItem]
    refused: list[RefusedItem]
    values: int


#: The rules and the files that items were read from.
_ReadFrom = tuple[dict[str, RegistryRule], dict[tuple[str, str], _File]]


def _is_same(one: _ReadFrom, other: _ReadFrom) -> bool:
    """Return whether the rules and the files are the very same objects."""
    return one[0] == other[0] and list(map(id, one[1].values())) == list(map(id, other[1].values()))


class _Built(NamedTuple):
    raw: RawItem
    whole: dict[str, str]
    """The ids that it names, as far as it writes them otherwise."""
    data: Any
    value: Any
    steps: int


class RegistryReader:
    """Reads registries. What has not changed since the last time is not read again.

    Parameters
    ----------
    limits
        What the items of each mod in each registry may cost together.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._files: dict[tuple[str, str], _File] = {}
        self._built: dict[tuple[str, str], _Built] = {}
        self._places = NamedPlaces()
        self._rules: dict[str, RegistryRule] = {}
        self._last: tuple[_ReadFrom, dict[str, Content]] | None = None

    def read(
        self,
        union: Union,
        declared: Declarations,
        namespace_of: Callable[[str], str],
        languages: Sequence[str] = (),
    ) -> dict[str, Content]:
        """Return what each registry contains.

        Parameters
        ----------
        union
            The layers.
        declared
            What the game declares.
        namespace_of
            Returns the id of the mod that a layer belongs to, or an empty text for the game's own layers.
        languages
            The languages of the game.
        """
        contents = {name: Content() for name in declared.registries}
        found: dict[str, dict[str, RawItem]] = {}
        used: set[tuple[str, str]] = set()
        for name, rule in declared.registries.items():
            budgets = _Budgets(name, self._limits)
            found[name] = self._collect(union, rule, contents[name], budgets, namespace_of, languages, used)
        self._files = {key: file for key, file in self._files.items() if key in used}
        # Nothing else counts, unless items name files, which may be anywhere.
        read_from = declared.registries.copy(), self._files.copy()
        names_files = any(each.is_path for rule in declared.registries.values() for each in rule.references)
        if not names_files and self._last is not None and _is_same(self._last[0], read_from):
            return self._last[1]
        self._places.begin(declared.registries)
        linked = Links(union, declared, found, contents, namespace_of, self._places)
        built = {}
        for name, rule in declared.registries.items():
            budgets = _Budgets(name, self._limits)
            for id, raw in linked.left(name):
                made = self._build(rule, raw, linked, budgets, contents[name])
                if made is not None:
                    built[name, id] = made
        linked.drop({(name, id) for name in found for id in found[name] if (name, id) not in built})
        for name in declared.registries:
            for id, raw in linked.left(name):
                value = built[name, id].value
                contents[name].items[id] = Item(id, value, raw.path, raw.pointer, raw.layer, raw.namespace)
        self._built = built
        self._rules = declared.registries.copy()
        self._last = read_from, contents
        return contents

    def _collect(
        self,
        union: Union,
        rule: RegistryRule,
        content: Content,
        budgets: _Budgets,
        namespace_of: Callable[[str], str],
        languages: Sequence[str],
        used: set[tuple[str, str]],
    ) -> dict[str, RawItem]:
        """Return the items of a registry by id, before anything but their ids is checked."""
        ranks = {mount.name: rank for rank, mount in enumerate(reversed(union.mounts))}
        candidates: list[RawItem] = []
        contributors = None if languages or union.case_insensitive else _contributors(union, rule.files)
        matching = union.glob(rule.files) if contributors is None else list(contributors)
        for path in sorted(matching, key=paths.natural_key):
            parts = _parts(union, path, languages, contributors)
            if not any(part.role == "whole" for part in parts):
                continue
            payer = namespace_of(parts[0].name)
            try:
                budgets.of(payer).spend("members")
                file = self._read(union, path, parts, rule, languages, namespace_of)
                budgets.of(payer).spend("nodes", file.values)
            except BudgetError as error:
                if budgets.is_first(payer):
                    content.refused.append(RefusedItem(parts[0].name, path, "", f"{error}; items are left out"))
                continue
            used.add((rule.name, path))
            candidates += file.items
            content.refused += file.refused
        items: dict[str, RawItem] = {}
        for raw in sorted(candidates, key=lambda item: ranks.get(item.layer, 0)):
            first = items.setdefault(raw.id, raw)
            if first is not raw:
                where = f"{plain(first.path)} has one already; choose another id, or change that one by a .merge"
                reason = f"there are two items {quoted(raw.id, 200)}: {where}"
                content.refused.append(RefusedItem(raw.layer, raw.path, _id_pointer(rule, raw.pointer), reason))
        order = {raw.id: index for index, raw in enumerate(candidates)}
        return dict(sorted(items.items(), key=lambda pair: order[pair[0]]))

    def _read(
        self,
        union: Union,
        path: str,
        parts: list[Part],
        rule: RegistryRule,
        languages: Sequence[str],
        namespace_of: Callable[[str], str],
    ) -> _File:
        signature = _signature(parts)
        known = self._files.get((rule.name, path))
        if known is None or signature is None or known.signature != signature:
            known = _read_file(union, path, parts, rule, languages, self._limits, namespace_of)
            self._files[rule.name, path] = known._replace(signature=signature)
        return known

    def _build(
        self, rule: RegistryRule, raw: RawItem, linked: Links, budgets: _Budgets, content: Content
    ) -> _Built | None:
        known = self._built.get((rule.name, raw.id))
        if known is not None and self._rules.get(rule.name) != rule:
            known = None
        budget = budgets.of(raw.payer)
        whole = linked.whole_ids(rule.name, raw)
        try:
            if known is not None and known.raw is raw and known.whole == whole:
                budget.spend("steps", known.steps)
                return known
            data = linked.data_of(rule.name, raw, whole)
            if known is not None and known.data == data and repr(known.data) == repr(data):
                budget.spend("steps", known.steps)
                return known._replace(raw=raw, whole=whole)
            before = budget.left("steps")
            value = rule.schema.build(copied(data), budget)
            return _Built(raw, whole, data, value, before - budget.left("steps"))
        except SchemaError as error:
            for fault in error.faults:
                pointer = raw.pointer + fault.pointer
                layer = raw.writers.get(pointer, raw.layer)
                content.refused.append(RefusedItem(layer, raw.path, pointer, fault.reason))
        except BudgetError as error:
            if budgets.is_first(raw.payer):
                content.refused.append(RefusedItem(raw.layer, raw.path, "", f"{error}; items are left out"))
        return None


class _Budgets:
    """What each mod may spend in a registry."""

    def __init__(self, registry: str, limits: Limits) -> None:
        self._registry = registry
        self._limits = limits
        self._known: dict[str, Budget] = {}
        self._exceeded: set[str] = set()

    def of(self, mod: str) -> Budget:
        """Return the budget of a mod."""
        if mod not in self._known:
            limits = self._limits if mod else _WITHOUT_LIMITS
            self._known[mod] = Budget(f"the registry {self._registry} of {mod}", limits)
        return self._known[mod]

    def is_first(self, mod: str) -> bool:
        """Return whether a mod has used up its budget for the first time: one report is enough."""
        is_first = mod not in self._exceeded
        self._exceeded.add(mod)
        return is_first


def _signature(parts: Iterable[Part]) -> object:
    """Return what the items of a file depend on; None if that is more than the bytes of its parts."""
    found = []
    for part in parts:
        if part.role != "whole" and circumstances_of(part.layer) is not None:
            return None
        if part.entry.size > MAX_DATA_BYTES:
            found.append((part.name, part.role, str(part.entry.mtime_ns).encode()))
            continue
        try:
            found.append((part.name, part.role, _state_of(part)))
        except (FileLeftOutError, OSError):
            return None
    return tuple(found)


def _state_of(part: Part) -> bytes:
    """Return a value that differs when a file does, without reading it if its times say enough."""
    entry = part.entry
    if entry.digest is None and is_settled(entry.mtime_ns, time.time_ns()):
        return f"{entry.size} {entry.mtime_ns}".encode()
    return digest_of(part.layer, entry)


def _contributors(union: Union, pattern: str) -> dict[str, list[Part]] | None:
    """Return, by path, the files that a data file may be made of: listing a folder is quicker than asking for each.

    None where files may be in several folders.
    """
    folder = paths.parent(pattern)
    if not globs.has_magic(pattern) or globs.has_magic(folder):
        return None
    wanted = globs.glob_pattern(pattern)
    found: dict[str, list[Part]] = defaultdict(list)
    hiding: list[Layer] = []
    for name, layer in union.providers(folder):
        for entry in layer.list(folder):
            role: Role = "merge" if entry.path.endswith(MERGE_SUFFIX) else "patch"
            path = entry.path.removesuffix(MERGE_SUFFIX).removesuffix(PATCH_SUFFIX)
            if entry.is_folder or not wanted.fullmatch(path) or any(upper.hides(path) for upper in hiding):
                continue
            found[path].append(Part(name, layer, entry, "whole" if path == entry.path else role))
        if layer.may_hide:
            hiding.append(layer)
    return found


def _parts(
    union: Union, path: str, languages: Sequence[str], contributors: Mapping[str, list[Part]] | None
) -> list[Part]:
    """Return the files that a data file is made of, the highest first."""
    only = [] if contributors is None else contributors.get(path, [])
    return only if len(only) == 1 else list(gather(union.mounts, path, languages))


def _read_file(
    union: Union,
    path: str,
    parts: list[Part],
    rule: RegistryRule,
    languages: Sequence[str],
    limits: Limits,
    namespace_of: Callable[[str], str],
) -> _File:
    try:
        merged, _ = read_parts(union, path, languages, limits)
    except PathNotFoundError:
        return _File(None, [], [], 0)
    except (VFSError, OSError) as error:
        return _File(None, [], [RefusedItem(parts[0].name, path, "", plain(str(error), 500))], 0)
    winner = next(part.name for part in parts if part.role == "whole")
    items: list[RawItem] = []
    refused: list[RefusedItem] = []
    owners = _owners(union, path, parts, rule, limits)
    payer = namespace_of(parts[0].name)
    for pointer, id, data in _entries(merged.data, rule):
        layer = _writer(merged.sources, pointer) or winner
        if not isinstance(data, dict):
            refused.append(RefusedItem(layer, path, pointer, f"an item must be a table, not {quoted(data)}"))
            continue
        if isinstance(id, int) and not isinstance(id, bool):
            id = quoted(id)
        if not isinstance(id, str) or not ID.fullmatch(id):
            need = "an item needs an id of letters, digits, _ or - (or other characters except blanks and colons)"
            fault = need if id is None else f"{quoted(id)} is not an id: {need}"
            refused.append(RefusedItem(layer, path, _id_pointer(rule, pointer), fault))
            continue
        owner = owners.get(id) or merged.sources.get(_id_pointer(rule, pointer)) or layer
        namespace = namespace_of(owner)
        before, colon, name = id.rpartition(":")
        if namespace and colon and before != namespace:
            reason = f"{quoted(id, 200)} is in the namespace of {plain(before, 100)}: write {namespace}:{plain(name)}"
            refused.append(RefusedItem(owner, path, _id_pointer(rule, pointer), reason))
            continue
        full = f"{namespace}:{name}" if namespace else id
        items.append(RawItem(full, namespace, data, path, pointer, layer, merged.sources, payer))
    return _File(None, items, refused, len(merged.sources))


def _entries(data: Any, rule: RegistryRule) -> Iterator[tuple[str, Any, Any]]:
    """Yield the pointer, the id and the data of each item of a file."""
    if rule.id is None:
        for key, value in data.items() if isinstance(data, dict) else ():
            yield f"/{_token(key)}", key, value
        if not isinstance(data, dict):
            yield "", None, data
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield f"/{index}", value.get(rule.id) if isinstance(value, dict) else None, value
    else:
        yield "", data.get(rule.id) if isinstance(data, dict) else None, data


def _owners(union: Union, path: str, parts: list[Part], rule: RegistryRule, limits: Limits) -> dict[Any, str]:
    """Return, by id, the lowest layer whose whole file has the item, if several have the file or change it."""
    wholes = [part for part in parts if part.role == "whole" and part.entry.path == path]
    if len(parts) == 1:
        return {}
    owners: dict[Any, str] = {}
    kind = kind_of(path)
    for part in reversed(wholes):
        is_own = part.layer is union.mounts[-1].layer
        try:
            if part.entry.size > MAX_DATA_BYTES:
                continue
            content = part.layer.read(part.entry)
            data = kind.result(parse_limited(kind.parse, content, None if is_own else Budget(path, limits)))
        except (*DOES_NOT_FIT, OSError):
            continue
        for _, id, _ in _entries(data, rule):
            if isinstance(id, (str, int)):
                owners.setdefault(id, part.name)
    return owners


def _writer(sources: Mapping[str, str], pointer: str) -> str | None:
    """Return the layer that wrote the first value of an item."""
    if pointer in sources:
        return sources[pointer]
    return next((layer for at, layer in sources.items() if at.startswith(f"{pointer}/")), None) if pointer else None


def _token(key: object) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")


def _id_pointer(rule: RegistryRule, pointer: str) -> str:
    return pointer if rule.id is None else f"{pointer}/{_token(rule.id)}"
