"""The items of a game's registries: gathered from all layers, named, validated and linked with one another.

What cannot be used is left out, and listed with its file, its key and the reason. The same layers give the same items
everywhere. An item's id is in the namespace of the mod that first had it; see ``docs/declarations.md``.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from vfsloader import globs, paths
from vfsloader.assets.snapshots import UNSETTLED_NS
from vfsloader.datamerge.formats import kind_of
from vfsloader.datamerge.gather import MAX_DATA_BYTES, MERGE_SUFFIX, PATCH_SUFFIX, Part, gather, read_parts
from vfsloader.datamerge.merge import DOES_NOT_FIT, Role
from vfsloader.datamerge.parsing import parse_limited
from vfsloader.datamerge.schemas import SchemaError
from vfsloader.errors import BudgetError, ConfigError, FileLeftOutError, PathNotFoundError, VFSError
from vfsloader.layers.circumstances import circumstances_of
from vfsloader.layers.protocol import digest_of
from vfsloader.layers.union import Union
from vfsloader.mods.declarations import Declarations, RegistryRule, named_in
from vfsloader.quoting import plain, quoted
from vfsloader.runtime.budget import DEFAULT_LIMITS, Budget, Limits

#: An id, with or without the namespace of its mod before it.
ID = re.compile(r"(?:[^:\s]{1,100}:)?[^:\s]{1,200}")
#: Limits for the game's own files, which are trusted.
_WITHOUT_LIMITS = replace(DEFAULT_LIMITS, steps=1 << 60, nodes=1 << 60, members=1 << 60, depth=10_000)


class RawItem(NamedTuple):
    """An item as a file has it."""

    id: str
    """With the namespace."""
    namespace: str
    """The id of the mod that first had it; empty for the game's own."""
    data: Any
    path: str
    pointer: str
    """Where the item is in its file."""
    layer: str
    """Which layer it comes from."""
    writers: Mapping[str, str]
    """By pointer into the file, the layer that wrote each value."""
    payer: str
    """The mod whose budget pays for checking it: the highest one that contributes to the file."""


class RefusedItem(NamedTuple):
    """An item, or a value of one, that cannot be used."""

    layer: str
    path: str
    key: str
    """A pointer into the file; empty for all of it."""
    reason: str
    is_left_out: bool = True
    """Whether the item is left out; else it is there, and names a file that is not."""

    def __str__(self) -> str:
        return f"{plain(self.key, 200)}: {self.reason}" if self.key else self.reason


class Item(NamedTuple):
    """An item that a game can use."""

    id: str
    value: Any
    path: str
    pointer: str
    layer: str
    namespace: str


@dataclass
class Content:
    """What a registry contains."""

    items: dict[str, Item] = field(default_factory=dict)
    refused: list[RefusedItem] = field(default_factory=list)


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
    data: Any
    value: Any
    steps: int


class _Named(NamedTuple):
    """A place in an item that names another item."""

    pointer: str
    target: tuple[str, str] | None
    """The registry and the id; None if there is no such item."""
    value: Any
    is_optional: bool
    registry: str


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
        linked = _Links(union, declared, found, contents, namespace_of)
        built = {}
        for name, rule in declared.registries.items():
            budgets = _Budgets(name, self._limits)
            for id, raw in linked.left(name):
                made = self._build(rule, raw, linked.data_of(name, raw), budgets, contents[name])
                if made is not None:
                    built[name, id] = made
        linked.drop({(name, id) for name in found for id in found[name] if (name, id) not in built})
        for name in declared.registries:
            for id, raw in linked.left(name):
                value = built[name, id].value
                contents[name].items[id] = Item(id, value, raw.path, raw.pointer, raw.layer, raw.namespace)
        self._built = built
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
        for path in sorted(union.glob(rule.files), key=paths.natural_key):
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

    def _build(self, rule: RegistryRule, raw: RawItem, data: Any, budgets: _Budgets, content: Content) -> _Built | None:
        known = self._built.get((rule.name, raw.id))
        budget = budgets.of(raw.payer)
        try:
            if known is not None and known.data == data and repr(known.data) == repr(data):
                budget.spend("steps", known.steps)
                return known
            before = budget.left("steps")
            value = rule.schema.build(_copied(data), budget)
            return _Built(data, value, before - budget.left("steps"))
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
    if entry.digest is None and time.time_ns() - entry.mtime_ns > UNSETTLED_NS:
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
    for name, layer in union.mounts:
        for entry in layer.list(folder):
            role: Role = "merge" if entry.path.endswith(MERGE_SUFFIX) else "patch"
            path = entry.path.removesuffix(MERGE_SUFFIX).removesuffix(PATCH_SUFFIX)
            if not entry.is_folder and wanted.fullmatch(path):
                found[path].append(Part(name, layer, entry, "whole" if path == entry.path else role))
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


def _copied(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _copied(value) for key, value in data.items()}
    return [_copied(value) for value in data] if isinstance(data, list) else data


class _Links:
    """What items name, and which of them are left once those that name nothing are left out."""

    def __init__(
        self,
        union: Union,
        declared: Declarations,
        found: dict[str, dict[str, RawItem]],
        contents: dict[str, Content],
        namespace_of: Callable[[str], str],
    ) -> None:
        self._declared = declared
        self._found = found
        self._contents = contents
        self._namespace_of = namespace_of
        self._named: dict[tuple[str, str], list[_Named]] = {}
        self._naming: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
        self._dropped: set[tuple[str, str]] = set()
        self._fresh: list[tuple[str, str]] = []
        for name, rule in declared.registries.items():
            for id, raw in found[name].items():
                self._find_named(union, name, rule, id, raw)
        self._drop_those_that_name_nothing()

    def left(self, name: str) -> list[tuple[str, RawItem]]:
        """Return the items of a registry that are not left out, with their ids."""
        return [(id, raw) for id, raw in self._found[name].items() if (name, id) not in self._dropped]

    def data_of(self, name: str, raw: RawItem) -> Any:
        """Return the data of an item with whole ids in it: its own, and those that it names."""
        rule = self._declared.registries[name]
        whole = {named.pointer: named.target[1] for named in self._named[name, raw.id] if named.target is not None}
        data = _copied(raw.data)
        for _, at, _, replace_by in named_in(data, rule.references):
            if at in whole:
                replace_by(whole[at])
        if rule.id is not None:
            data[rule.id] = raw.id
        return data

    def drop(self, items: set[tuple[str, str]]) -> None:
        """Leave out more items, and those that name them."""
        self._fresh = sorted(items - self._dropped)
        self._dropped |= items
        self._drop_those_that_name_nothing()

    def _find_named(self, union: Union, name: str, rule: RegistryRule, id: str, raw: RawItem) -> None:
        named: list[_Named] = []
        for reference, at, value, _ in named_in(raw.data, rule.references):
            if value is None or value == "":
                continue
            writer = raw.writers.get(raw.pointer + at, raw.layer)
            if reference.is_path:
                if (reason := path_fault(union, reference.path_of, value, raw.path)) is not None:
                    self._contents[name].refused.append(
                        RefusedItem(writer, raw.path, raw.pointer + at, reason, is_left_out=False)
                    )
                continue
            target = self._target(reference.target, value, (self._namespace_of(writer), raw.namespace))
            named.append(_Named(at, target, value, reference.is_optional, reference.target))
            if target is None:
                self._refuse(name, raw, named[-1])
                if not reference.is_optional and (name, id) not in self._dropped:
                    self._dropped.add((name, id))
                    self._fresh.append((name, id))
            else:
                self._naming[target].append((name, id))
        self._named[name, id] = named

    def _target(self, registry: str, value: Any, namespaces: tuple[str, ...]) -> tuple[str, str] | None:
        if registry not in self._found or not isinstance(value, str):
            return None
        for candidate in (*(f"{space}:{value}" for space in namespaces if space and ":" not in value), value):
            if candidate in self._found[registry]:
                return registry, candidate
        return None

    def _drop_those_that_name_nothing(self) -> None:
        while self._fresh:
            gone = self._fresh.pop()
            for name, id in self._naming[gone]:
                if (name, id) in self._dropped:
                    continue
                raw = self._found[name][id]
                named = next(each for each in self._named[name, id] if each.target == gone)
                self._refuse(name, raw, named, is_left_out_itself=True)
                if not named.is_optional:
                    self._dropped.add((name, id))
                    self._fresh.append((name, id))

    def _refuse(self, name: str, raw: RawItem, named: _Named, *, is_left_out_itself: bool = False) -> None:
        pointer = raw.pointer + named.pointer
        writer = raw.writers.get(pointer, raw.layer)
        shown = quoted(named.value, 200)
        if is_left_out_itself:
            reason = f"it names {shown} of {named.registry}, which is left out itself: fix that first"
        else:
            near = _near(named.value, self._found.get(named.registry, {}))
            reason = f"there is no {shown} in {named.registry}{near}"
        self._contents[name].refused.append(
            RefusedItem(writer, raw.path, pointer, reason, is_left_out=not named.is_optional)
        )


def _near(value: Any, known: Iterable[str]) -> str:
    import difflib

    names = list(known)[:2000]
    near = difflib.get_close_matches(value, names, 1) if isinstance(value, str) and len(value) < 100 else []
    return f"; did you mean {plain(near[0])}?" if near else ""


def path_fault(union: Union, path_of: Callable[[str, str], str], value: Any, file: str) -> str | None:
    """Return why a value does not name a file; None if it does."""
    if not isinstance(value, str):
        return f"this must be the path of a file, not {quoted(value)}"
    try:
        path = path_of(value, file)
    except ValueError as error:
        return f"{quoted(value, 200)} is not a path of the tree: {plain(str(error), 200)}"
    return None if union.find(path) is not None else f"there is no {plain(path)}"


def data_faults(
    union: Union, declared: Declarations, path: str, limits: Limits = DEFAULT_LIMITS, languages: Sequence[str] = ()
) -> Iterator[RefusedItem]:
    """Yield what is wrong with a data file that is not part of a registry: its schema, and the files that it names.

    Names of items are checked by :func:`id_faults`, which needs the registries.
    """
    for rule in declared.data:
        if not rule.matches(path):
            continue
        try:
            merged, parts = read_parts(union, path, languages, limits)
        except PathNotFoundError:
            continue
        except (VFSError, OSError) as error:
            copies = union.copies(path)
            yield RefusedItem(copies[0].name if copies else "", path, "", plain(str(error), 500))
            continue
        winner = parts[-1].name
        try:
            rule.schema.build(_copied(merged.data), Budget(path, limits))
        except SchemaError as error:
            for fault in error.faults:
                yield RefusedItem(
                    merged.sources.get(fault.pointer, winner), path, fault.pointer, fault.reason, is_left_out=False
                )
        except (BudgetError, ConfigError) as error:
            yield RefusedItem(winner, path, "", str(error), is_left_out=False)
        for reference, at, value, _ in named_in(merged.data, rule.references):
            if reference.is_path and value not in (None, ""):
                reason = path_fault(union, reference.path_of, value, path)
                if reason is not None:
                    yield RefusedItem(merged.sources.get(at, winner), path, at, reason, is_left_out=False)


def id_faults(
    union: Union,
    declared: Declarations,
    path: str,
    contents: Mapping[str, Content],
    namespace_of: Callable[[str], str],
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[RefusedItem]:
    """Yield the names of items in a data file that no registry has."""
    for rule in declared.data:
        if not rule.matches(path) or all(reference.is_path for reference in rule.references):
            continue
        try:
            merged, parts = read_parts(union, path, (), limits)
        except (VFSError, OSError):
            continue  # that is another fault
        for reference, at, value, _ in named_in(merged.data, rule.references):
            if reference.is_path or value in (None, ""):
                continue
            writer = merged.sources.get(at, parts[-1].name)
            items = contents[reference.target].items if reference.target in contents else {}
            space = namespace_of(writer)
            if not isinstance(value, str) or not (value in items or (space and f"{space}:{value}" in items)):
                reason = f"there is no {quoted(value, 200)} in {reference.target}{_near(value, items)}"
                yield RefusedItem(writer, path, at, reason, is_left_out=False)
