"""What the layers' parts of a data file come to, who wrote each value, and who overwrote whom.

Pure. A whole file takes the place of all before it; a ``.merge`` is applied as its kind of file says (JSON: RFC 7396,
an object is merged key by key, ``null`` removes a key, anything else replaces), a ``.patch`` by RFC 6902.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from vfsloader.datamerge.formats import JSON, DataKind
from vfsloader.datamerge.json_patch import PatchError, apply_patch, same

MERGE_SUFFIX, PATCH_SUFFIX = ".merge", ".patch"


@dataclass(frozen=True, slots=True)
class Step:
    """One layer's part in a data file."""

    layer: str
    kind: Literal["whole", "merge", "patch"]
    data: Any


@dataclass(frozen=True, slots=True)
class Conflict:
    """A value that two mods set differently."""

    pointer: str
    """Where it is, as RFC 6901 writes it."""
    layers: tuple[str, ...]
    """Who set it, in load order: the last one's counts. A whole file sets all that it says otherwise."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A list of operations that was not applied, and why."""

    layer: str
    reason: str


@dataclass(frozen=True, slots=True)
class Merged:
    """What came of all layers' parts."""

    data: Any
    sources: dict[str, str]
    """The layer that wrote each value, by its pointer; for values that are no table or list with members."""
    conflicts: tuple[Conflict, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    shadowed: tuple[str, ...] = ()
    """Layers whose changes count for nothing: they lie below the whole file that was taken."""
    wholes: tuple[str, ...] = ()
    """Layers that have the whole file, in load order: the last one's was taken."""


def merge(steps: Sequence[Step], kind: DataKind = JSON, shadowed: Sequence[str] = ()) -> Merged:
    """Apply the layers' parts in load order.

    Parameters
    ----------
    steps
        A whole file, then what changes it or takes its place.
    kind
        How such files are merged.
    shadowed
        Layers that change a lower file than the one taken; only handed on.

    Examples
    --------
    >>> found = merge([Step("base", "whole", {"a": 1, "b": 2}), Step("mod", "merge", {"b": 3})])
    >>> found.data, found.sources
    ({'a': 1, 'b': 3}, {'/a': 'base', '/b': 'mod'})
    """
    whole = steps[0]
    data = whole.data
    sources = dict.fromkeys(_leaves(data), whole.layer)
    touched: dict[str, list[str]] = {}
    refusals: list[Refusal] = []
    for step in steps[1:]:
        changed = _applied(data, step, kind, refusals)
        before, after = _leaves(data), _leaves(changed)
        kept = {} if step.kind == "whole" else sources
        sources = {pointer: kept.get(pointer, step.layer) for pointer in after}
        for pointer in before.keys() | after.keys():
            both = pointer in before and pointer in after
            if not both or not same(before[pointer], after[pointer]):
                writers = touched.setdefault(pointer, [])
                if step.layer not in writers:
                    writers.append(step.layer)
                if pointer in after:
                    sources[pointer] = step.layer
        data = changed
    conflicts = [Conflict(pointer, tuple(layers)) for pointer, layers in sorted(touched.items()) if len(layers) > 1]
    wholes = tuple(step.layer for step in steps if step.kind == "whole")
    return Merged(data, dict(sorted(sources.items())), tuple(conflicts), tuple(refusals), tuple(shadowed), wholes)


def _applied(data: Any, step: Step, kind: DataKind, refusals: list[Refusal]) -> Any:
    if step.kind == "whole":
        return step.data
    if step.kind == "merge":
        try:
            return kind.merge(data, step.data)
        except ValueError as error:
            refusals.append(Refusal(step.layer, str(error)))
            return data
    for operations in _lists(step, refusals):
        try:
            data = apply_patch(data, operations)
        except PatchError as error:
            refusals.append(Refusal(step.layer, str(error)))
    return data


def _lists(step: Step, refusals: list[Refusal]) -> list[list[Any]]:
    """Give the lists of a patch file: one, or several, each applied whole or not at all."""
    data = step.data
    if isinstance(data, list) and all(isinstance(one, list) for one in data):
        return data
    if isinstance(data, list):
        return [data]
    refusals.append(Refusal(step.layer, "a patch is a list of operations"))
    return []


def _leaves(data: Any) -> dict[str, Any]:
    """Give every value that has no members, by its pointer."""
    return dict(_walk(data, ""))


def _walk(data: Any, at: str) -> Iterator[tuple[str, Any]]:
    members: Iterator[tuple[Any, Any]] = iter(())
    if isinstance(data, dict):
        members = iter(data.items())
    elif isinstance(data, list):
        members = iter(enumerate(data))
    if not isinstance(data, (dict, list)) or not data:
        yield at, data
    for key, value in members:
        token = str(key).replace("~", "~0").replace("/", "~1")
        yield from _walk(value, f"{at}/{token}")
