"""A game's registries while it runs: the items of all mods, validated, which follow every change.

What the items are is decided in :mod:`vfsloader.mods.registry_items`. Here they are kept as objects that the game
holds: an item that changes stays the same object where its type allows it.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypeVar

from vfsloader.assets.changes import Change
from vfsloader.layers.union import Union
from vfsloader.mods.declarations import Declarations, RegistryRule, check_targets
from vfsloader.quoting import message
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from vfsloader.mods.registry_items import RegistryReader
    from vfsloader.mods.registry_values import Content, RefusedItem

T = TypeVar("T")


@dataclasses.dataclass(frozen=True, slots=True)
class MissingItem:
    """Stands for an item that is not there now, as its mod is disabled or gone, or the item is left out.

    It is false, so ``if item:`` asks whether an item is there.
    """

    id: str
    mod: str
    """The mod that the id belongs to; empty for the game's own."""
    reason: str
    """Why it is not there, for a player."""

    def __bool__(self) -> bool:
        return False


class ItemChange(NamedTuple):
    """An item of a registry that differs since the last update."""

    id: str
    kind: Literal["added", "changed", "removed"]


class ItemHandle(Generic[T]):
    """An item by its id: ``.value`` is always the present one, or what stands for it.

    :meth:`Registry.handle` makes it.
    """

    __slots__ = ("_registry", "id")

    def __init__(self, registry: Registry[T], id: str) -> None:
        self._registry = registry
        self.id = id

    @property
    def value(self) -> T | Any:
        """The item, or its placeholder while it is missing."""
        return self._registry.resolve(self.id)

    @property
    def is_missing(self) -> bool:
        """Whether the item is not there now."""
        return self.id not in self._registry

    def __repr__(self) -> str:
        return f"ItemHandle({self.id!r}{', missing' if self.is_missing else ''})"


class Registry(Mapping[str, T]):
    """The items of all layers, by id. :meth:`ResourceManager.registry` makes it.

    It changes in place when a mod is toggled or a file is edited, at the next :meth:`ResourceManager.update`.

    Attributes
    ----------
    name
        What references call it.
    refused
        What is left out, each with ``.layer``, ``.path``, ``.key`` and ``.reason``.
    """

    def __init__(self, name: str, placeholder: Callable[[str], Any] | None = None) -> None:
        from vfsloader.mods.registry_values import Content

        self.name = name
        self.refused: tuple[RefusedItem, ...] = ()
        self.placeholder = placeholder
        self._items: dict[str, T] = {}
        self._content = Content()
        self._missing: dict[str, Any] = {}
        self._listeners: list[Callable[[list[ItemChange]], None]] = []

    def __repr__(self) -> str:
        return f"Registry({self.name!r}, items={len(self)}, refused={len(self.refused)})"

    def __getitem__(self, id: str) -> T:
        return self._items[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def resolve(self, id: str) -> T | Any:
        """Return an item, or what stands for it: a save that names it can be loaded without its mod.

        Returns
        -------
        object
            The item; while it is missing what the game's `placeholder` returns for the id, else a
            :class:`MissingItem`. The same placeholder each time.
        """
        if id in self._items:
            return self._items[id]
        if id not in self._missing:
            self._missing[id] = self._missing_item(id) if self.placeholder is None else self.placeholder(id)
        return self._missing[id]

    def handle(self, id: str) -> ItemHandle[T]:
        """Return a handle whose ``.value`` is always the present item, or its placeholder."""
        return ItemHandle(self, id)

    def source(self, id: str) -> tuple[str, str, str]:
        """Return the layer, the file and the pointer in it that an item comes from.

        Raises
        ------
        KeyError
            There is no such item.
        """
        item = self._content.items[id]
        return item.layer, item.path, item.pointer

    def subscribe(self, callback: Callable[[list[ItemChange]], None]) -> Callable[[], None]:
        """Call a function with the items that differ after each update, on the game's own thread.

        Returns
        -------
        callable
            Ends the subscription.
        """
        self._listeners.append(callback)

        def end() -> None:
            if callback in self._listeners:
                self._listeners.remove(callback)

        return end

    def _missing_item(self, id: str) -> MissingItem:
        mod, colon, name = id.rpartition(":")
        left_out = [each for each in self.refused if each.is_left_out and name in each.path]
        if colon:
            reason = f"it belongs to the mod {mod}, which is not enabled or does not have it"
        else:
            reason = "the game does not have it"
        return MissingItem(id, mod, message(f"{reason}; {left_out[0]}" if left_out else reason))

    def _show(self, content: Content) -> list[ItemChange]:
        """Take over what the registry contains now. Return what differs."""
        before, self._content = self._content, content
        self.refused = tuple(content.refused)
        changes: list[ItemChange] = []
        items: dict[str, T] = {}
        for id, item in content.items.items():
            old = before.items.get(id)
            if old is None:
                changes.append(ItemChange(id, "added"))
                items[id] = item.value
            elif old.value is item.value:
                items[id] = self._items[id]
            else:
                changes.append(ItemChange(id, "changed"))
                known = self._items[id]
                items[id] = known if _take_over(known, item.value) else item.value
        changes += [ItemChange(id, "removed") for id in before.items if id not in content.items]
        self._items = items
        for change in changes:
            self._missing.pop(change.id, None)
        return changes

    def _notify(self, changes: list[ItemChange]) -> None:
        for callback in self._listeners.copy():
            callback(changes)


class GameRegistries:
    """What a game declares, and its registries.

    Parameters
    ----------
    declared
        What its ``game.toml`` declares.
    namespace_of
        Returns the id of the mod that a layer belongs to, or an empty text.
    limits
        What the items of each mod may cost.
    """

    def __init__(
        self, declared: Declarations, namespace_of: Callable[[str], str], limits: Limits = DEFAULT_LIMITS
    ) -> None:
        self.declared = declared
        self.languages: tuple[str, ...] = ()
        self._namespace_of = namespace_of
        self._limits = limits
        self._used: dict[str, Registry[Any]] = {}
        self._contents: dict[str, Content] = {}
        self._checked: dict[str, list[RefusedItem]] = {}

    @functools.cached_property
    def _reader(self) -> RegistryReader:
        from vfsloader.mods.registry_items import RegistryReader

        return RegistryReader(self._limits)

    def registry(self, union: Union, rule: RegistryRule, placeholder: Callable[[str], Any] | None) -> Registry[Any]:
        """Return a registry: the same one for the same name."""
        known = self._used.get(rule.name)
        if known is not None and placeholder is not None:
            known.placeholder = placeholder
            known._missing.clear()
        if known is not None and self.declared.registries.get(rule.name) == rule:
            return known
        before = self.declared.registries.get(rule.name)
        self.declared.registries[rule.name] = rule
        try:
            check_targets(self.declared)
        except ValueError:
            del self.declared.registries[rule.name]
            if before is not None:
                self.declared.registries[rule.name] = before
            raise
        self._used[rule.name] = known or Registry(rule.name, placeholder)
        self._read(union)
        return self._used[rule.name]

    def refused(self) -> list[tuple[str, str, str]]:
        """Return what is left out or wrong: the layer, the path and the reason."""
        found = [each for content in self._contents.values() for each in content.refused]
        found += [each for faults in self._checked.values() for each in faults]
        return [(each.layer, each.path, str(each)) for each in dict.fromkeys(found)]

    def check_data(self, union: Union, path: str) -> None:
        """Compare a data file that the game has read with its schema."""
        from vfsloader.mods.registry_faults import data_faults

        if any(rule.matches(path) for rule in self.declared.data):
            self._checked[path] = list(data_faults(union, self.declared, path, self._limits, self.languages))

    def changes(self, union: Union) -> list[Change]:
        """Bring the registries in use up to date. Return which of their files differ."""
        for path in self._checked:
            self.check_data(union, path)
        if not self._used:
            return []
        before = self._contents
        differ = self._read(union)
        changed = [change for name in differ for change in self._by_file(before[name], name, differ[name])]
        for name, changes in differ.items():
            if changes:
                self._used[name]._notify(changes)
        return sorted({change.path: change for change in changed}.values(), key=lambda change: change.path)

    def _by_file(self, before: Content, name: str, changes: list[ItemChange]) -> list[Change]:
        """Return the files whose items differ."""
        old, new = before.items, self._contents[name].items
        had, has = {item.path for item in old.values()}, {item.path for item in new.values()}
        by_path: dict[str, list[ItemChange]] = {}
        for change in changes:
            by_path.setdefault((new.get(change.id) or old[change.id]).path, []).append(change)
        found = []
        for path, differ in by_path.items():
            kind: Literal["added", "changed", "removed"]
            kind = "removed" if path not in has else "changed" if path in had else "added"
            present = [change.id for change in differ if change.id in new]
            resources = tuple(self._used[name][id] for id in present)
            found.append(Change(path, kind, new[present[-1]].layer if present else None, resources=resources))
        return found

    def _read(self, union: Union) -> dict[str, list[ItemChange]]:
        self._contents = self._reader.read(union, self.declared, self._namespace_of, self.languages)
        return {name: registry._show(self._contents[name]) for name, registry in self._used.items()}


def _take_over(old: Any, new: Any) -> bool:
    """Make an object that the game holds equal to a new one. Return False if its type does not allow that."""
    if type(old) is not type(new):
        return False
    if isinstance(old, dict):
        old.clear()
        old.update(new)
        return True
    if dataclasses.is_dataclass(old):
        names: tuple[str, ...] = tuple(each.name for each in dataclasses.fields(old))
        is_frozen = bool(getattr(type(old), "__dataclass_params__").frozen)  # noqa: B009
    elif hasattr(old, "__struct_fields__"):
        names, is_frozen = old.__struct_fields__, old.__struct_config__.frozen
    elif hasattr(type(old), "model_fields"):
        names, is_frozen = tuple(type(old).model_fields), bool(old.model_config.get("frozen"))
    else:
        return False
    if is_frozen:
        return False
    if hasattr(type(old), "model_fields"):  # pydantic checks what is set, and both are valid already
        old.__dict__.update(new.__dict__)
        return True
    for name in names:
        object.__setattr__(old, name, getattr(new, name))
    return True
