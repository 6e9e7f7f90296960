"""What a data file and the layers' changes to it add up to, who wrote each value, and who overwrote whom.

Pure. A whole file replaces everything before it. A ``.merge`` is applied as its kind of file defines (JSON: RFC 7396,
an object is merged key by key, ``null`` removes a key, anything else replaces), a ``.patch`` by RFC 6902.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from vfsloader.datamerge.formats import JSON, DataKind
from vfsloader.datamerge.history import ABSENT, History, ValueChange
from vfsloader.datamerge.json_patch import PatchError, apply_patch, operation_lists
from vfsloader.errors import BudgetError
from vfsloader.quoting import message, plain
from vfsloader.runtime.budget import Budget

__all__ = ["ABSENT", "Conflict", "Merged", "Refusal", "Step", "ValueChange", "merge"]

#: What a layer's file does: be the data, be merged into it, patch it, or edit a map; edits are not data, see `maps`.
Role = Literal["whole", "merge", "patch", "edit"]
#: What a game's own kind may raise if a mod's data has an unexpected form.
DOES_NOT_FIT = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, BudgetError)


@dataclass(frozen=True, slots=True)
class Step:
    """One layer's file, read."""

    layer: str
    role: Role
    data: Any
    budget: Budget | None = None
    """What limits its work. With None, a change has the usual limits, and the first whole file none."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A value that two mods set differently."""

    pointer: str
    """Where it is, as in RFC 6901."""
    layers: tuple[str, ...]
    """The layers that set it, in load order; the last one wins. A whole file sets each value that it changes."""
    values: tuple[Any, ...] = field(default=(), compare=False)
    """What each of them set it to; :data:`~vfsloader.datamerge.merge.ABSENT` for one that removed it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A change that was not applied, and why."""

    layer: str
    reason: str


@dataclass(frozen=True, slots=True)
class Merged:
    """The result of merging a data file."""

    data: Any
    sources: dict[str, str]
    """The layer that wrote each value, by its pointer; values are those that have no members."""
    conflicts: tuple[Conflict, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    shadowed: tuple[str, ...] = ()
    """Layers whose changes have no effect, because they are below the whole file that was used."""
    wholes: tuple[str, ...] = ()
    """Layers that have the whole file, in load order; the last one was used."""
    changes: tuple[ValueChange, ...] = field(default=(), compare=False)
    """What each layer above the lowest changed, by pointer and in load order."""


def merge(steps: Sequence[Step], kind: DataKind = JSON, shadowed: Sequence[str] = ()) -> Merged:
    """Apply the layers' files in load order.

    Parameters
    ----------
    steps
        A whole file, then files that change or replace it.
    kind
        How such files are merged.
    shadowed
        Layers that change a lower file than the one used; only passed on.

    Examples
    --------
    >>> merged = merge([Step("base", "whole", {"a": 1, "b": 2}), Step("mod", "merge", {"b": 3})])
    >>> merged.data, merged.sources
    ({'a': 1, 'b': 3}, {'/a': 'base', '/b': 'mod'})
    """
    history = History(steps[0].layer, steps[0].data)
    data = steps[0].data
    refusals: list[Refusal] = []
    for step in steps[1:]:
        budget = step.budget or Budget(f"a change of {step.layer}")
        changed = _apply(data, step, kind, budget, refusals)
        try:
            history.add(step.layer, changed, budget, is_whole=step.role == "whole")
        except BudgetError as error:
            refusals.append(Refusal(step.layer, message(str(error))))
            continue
        data = changed
    changes = history.changes()
    by_pointer: dict[str, list[ValueChange]] = {}
    for change in changes:
        by_pointer.setdefault(change.pointer, []).append(change)
    conflicts = [
        Conflict(pointer, tuple(change.layer for change in made), tuple(change.after for change in made))
        for pointer, made in by_pointer.items()
        if len(made) > 1
    ]
    wholes = tuple(step.layer for step in steps if step.role == "whole")
    sources = dict(sorted(history.sources.items()))
    return Merged(data, sources, tuple(conflicts), tuple(refusals), tuple(shadowed), wholes, changes)


def _apply(data: Any, step: Step, kind: DataKind, budget: Budget, refusals: list[Refusal]) -> Any:
    """Return the data after a step; a change that does not fit is refused, and leaves it as it was."""
    if step.role == "whole":
        return step.data
    try:
        changes = [step.data] if step.role == "merge" else operation_lists(step.data)
    except PatchError as error:
        refusals.append(Refusal(step.layer, message(str(error))))
        return data
    for part in changes:
        try:
            data = kind.merge(data, part) if step.role == "merge" else apply_patch(data, part, budget)
        except DOES_NOT_FIT as error:
            refusals.append(Refusal(step.layer, plain(str(error), 1000)))
    return data
