"""What items of registries name, and which are left once those that name nothing are left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from vfsloader.layers.union import Union
from vfsloader.mods.declarations import Declarations, Reference, RegistryRule, named_in
from vfsloader.mods.registry_values import Content, Named, RawItem, RefusedItem, copied, near_hint
from vfsloader.quoting import plain, quoted

#: So many wrong names get a hint at what may be meant: it is looked for among all ids.
_MOST_HINTS = 50


class NamedPlaces:
    """Where items name something. What has not changed is not looked through again."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], tuple[RawItem, list[tuple[Reference, str, Any]]]] = {}
        self._now: dict[tuple[str, str], tuple[RawItem, list[tuple[Reference, str, Any]]]] = {}
        self._rules: dict[str, RegistryRule] = {}

    def begin(self, rules: dict[str, RegistryRule]) -> None:
        """Forget the items that were not there the last time, and all of them if the rules differ."""
        self._last, self._now = (self._now if self._rules == rules else {}), {}
        self._rules = rules.copy()

    def of(self, name: str, rule: RegistryRule, raw: RawItem) -> list[tuple[Reference, str, Any]]:
        """Return the rule, the pointer and the value of each place in which an item names something."""
        key = name, raw.id
        known = self._last.get(key)
        if known is None or known[0] is not raw:
            known = raw, [(reference, at, value) for reference, at, value, _ in named_in(raw.data, rule.references)]
        self._now[key] = known
        return known[1]


class Links:
    """What items name, and which of them are left once those that name nothing are left out."""

    def __init__(
        self,
        union: Union,
        declared: Declarations,
        found: dict[str, dict[str, RawItem]],
        contents: dict[str, Content],
        namespace_of: Callable[[str], str],
        places: NamedPlaces,
    ) -> None:
        self._hints = 0
        self._places = places
        self._declared = declared
        self._found = found
        self._contents = contents
        self._namespace_of = namespace_of
        self._named: dict[tuple[str, str], list[Named]] = {}
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

    def whole_ids(self, name: str, raw: RawItem) -> dict[str, str]:
        """Return the whole ids that an item names, by their pointers, as far as it writes them otherwise."""
        return {
            named.pointer: named.target[1]
            for named in self._named[name, raw.id]
            if named.target is not None and named.target[1] != named.value
        }

    def data_of(self, name: str, raw: RawItem, whole: Mapping[str, str]) -> Any:
        """Return the data of an item with whole ids in it: its own, and those that it names."""
        rule = self._declared.registries[name]
        data = copied(raw.data)
        for _, at, _, replace_by in named_in(data, rule.references) if whole else ():
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
        named: list[Named] = []
        for reference, at, value in self._places.of(name, rule, raw):
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
            named.append(Named(at, target, value, reference.is_optional, reference.target))
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
        known = self._found[registry]
        for space in namespaces:
            if space and ":" not in value and f"{space}:{value}" in known:
                return registry, f"{space}:{value}"
        return (registry, value) if value in known else None

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

    def _refuse(self, name: str, raw: RawItem, named: Named, *, is_left_out_itself: bool = False) -> None:
        pointer = raw.pointer + named.pointer
        writer = raw.writers.get(pointer, raw.layer)
        shown = quoted(named.value, 200)
        if is_left_out_itself:
            reason = f"it names {shown} of {named.registry}, which is left out itself: fix that first"
        else:
            self._hints += 1
            near = near_hint(named.value, self._found.get(named.registry, {})) if self._hints <= _MOST_HINTS else ""
            reason = f"there is no {shown} in {named.registry}{near}"
        self._contents[name].refused.append(
            RefusedItem(writer, raw.path, pointer, reason, is_left_out=not named.is_optional)
        )


def path_fault(union: Union, path_of: Callable[[str, str], str], value: Any, file: str) -> str | None:
    """Return why a value does not name a file; None if it does."""
    if not isinstance(value, str):
        return f"this must be the path of a file, not {quoted(value)}"
    try:
        path = path_of(value, file)
    except ValueError as error:
        return f"{quoted(value, 200)} is not a path of the tree: {plain(str(error), 200)}"
    return None if union.find(path) is not None else f"there is no {plain(path)}"
