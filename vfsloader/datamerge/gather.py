"""Finding the files of all layers that make up a data file, and merging them.

The highest whole file counts, and the changes above it. A mod's file that cannot be read affects only itself: it is
skipped and reported as a :class:`Refusal`.
"""

from __future__ import annotations

import collections
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeVar

from vfsloader.datamerge.conditional import depends, resolve_change
from vfsloader.datamerge.formats import DataKind, kind_of
from vfsloader.datamerge.json_pointer import leaves
from vfsloader.datamerge.merge import DOES_NOT_FIT, Merged, Refusal, Role, Step, merge
from vfsloader.datamerge.names import MERGE_SUFFIX as MERGE_SUFFIX
from vfsloader.datamerge.names import PATCH_SUFFIX as PATCH_SUFFIX
from vfsloader.datamerge.parsing import parse_json, parse_limited
from vfsloader.errors import (
    BudgetError,
    DamagedError,
    FileLeftOutError,
    ResourceError,
    UnsafeArchiveError,
    VFSError,
    named_virtually,
)
from vfsloader.layers.circumstances import circumstances_of
from vfsloader.layers.protocol import Entry, Layer
from vfsloader.layers.union import Mount, Union
from vfsloader.quoting import plain
from vfsloader.runtime.budget import DEFAULT_LIMITS, Budget, Limits

T = TypeVar("T")
#: Larger files of mods are not read as data.
MAX_DATA_BYTES = 64 << 20
#: From the top: of one layer the patch counts after the merge, and both after the whole file.
_ROLES: tuple[tuple[str, Role], ...] = ((PATCH_SUFFIX, "patch"), (MERGE_SUFFIX, "merge"), ("", "whole"))


class Part(NamedTuple):
    """A file that contributes to a data file."""

    name: str
    """The layer's name."""
    layer: Layer
    entry: Entry
    role: Role


def gather(mounts: Sequence[Mount], path: str, languages: Sequence[str] = ()) -> Iterator[Part]:
    """Yield the parts of a data file, the highest first.

    Parameters
    ----------
    mounts
        The layers, the highest first.
    path
        The data file, normalised.
    languages
        Files below ``/tl/<language>`` count above all others, in whatever layer they are; those of the first language
        most.
    """
    for whole in (*(f"/tl/{language}{path}" for language in languages), path):
        for name, layer in mounts:
            for suffix, role in _ROLES:
                entry = layer.find(whole + suffix)
                if entry is not None and not entry.is_folder:
                    yield Part(name, layer, entry, role)
            if layer.may_hide and layer.hides(whole):
                break


def read_parts(
    union: Union, path: str, languages: Sequence[str] = (), limits: Limits = DEFAULT_LIMITS
) -> tuple[Merged, list[Part]]:
    """Merge the highest whole file with its changes; also return the parts on which the result depends.

    Parameters
    ----------
    union
        The layers. The lowest one is the game's own, and trusted.
    path, languages
        As for :func:`gather`.
    limits
        What each file of the other layers may cost. A file that needs more is skipped, and reported as a refusal.

    Raises
    ------
    PathNotFoundError
        No layer has the whole file.
    ResourceError
        No whole file can be read; the error is about the highest.
    """
    return _while_files_vanish(union, path, lambda: _read_parts(union, path, languages, limits))


def read_all(union: Union, path: str, limits: Limits = DEFAULT_LIMITS) -> Merged:
    """Merge all whole files and all changes, from the lowest up, which shows who overwrote whose values.

    Parameters
    ----------
    union, path, limits
        As for :func:`read_parts`.

    Raises
    ------
    PathNotFoundError, ResourceError
        As :func:`read_parts`.
    """
    return _while_files_vanish(union, path, lambda: _read_all(union, path, limits))


def read_by_file(
    union: Union, path: str, languages: Sequence[str] = (), limits: Limits = DEFAULT_LIMITS
) -> tuple[Merged, Mapping[str, Part]]:
    """Merge all whole files and all changes, from the lowest up, and report what each *file* changed.

    Parameters
    ----------
    union, path, languages, limits
        As for :func:`read_parts`.

    Returns
    -------
    tuple
        The report, in which numbers are in place of the layers' names, and the file for each number.

    Raises
    ------
    PathNotFoundError, ResourceError
        As :func:`read_parts`.
    """

    def read() -> tuple[Merged, Mapping[str, Part]]:
        kind = kind_of(path)
        refusals: list[Refusal] = []
        parts: dict[str, Part] = {}
        steps: list[Step] = []
        for number, part in enumerate(gather(union.mounts, path, languages)):
            parts[str(number)] = part
            step = _read(part, kind, refusals, _budget(union, part, limits))
            if step is not None:
                steps.append(replace(step, layer=str(number)))
        while steps and steps[-1].role != "whole":
            steps.pop()  # it changes a file that no layer below has
        if not steps:
            raise _no_whole(union, path, refusals)
        return _merge(steps, kind, [], ()), parts

    return _while_files_vanish(union, path, read)


class _VanishedError(Exception):
    """A file was removed between being found and being read."""


def _while_files_vanish(union: Union, path: str, read: Callable[[], T]) -> T:
    """Gather and read again after a file vanished, as :meth:`Union.fetch` does; each layer has few files to lose."""
    for _ in range(len(union.mounts) * len(_ROLES) + 1):
        try:
            return read()
        except _VanishedError:
            continue
    raise union.not_found(path)


def _read_parts(union: Union, path: str, languages: Sequence[str], limits: Limits) -> tuple[Merged, list[Part]]:
    kind, steps, used = kind_of(path), [], []
    refusals: list[Refusal] = []
    parts = gather(union.mounts, path, languages)
    for part in parts:
        used.append(part)
        step = _read(part, kind, refusals, _budget(union, part, limits))
        if step is not None:
            steps.append(step)
            if step.role == "whole":
                break
    if not steps or steps[-1].role != "whole":
        raise _no_whole(union, path, refusals)
    return _merge(steps, kind, refusals, (part.name for part in parts if part.role != "whole")), used


def _read_all(union: Union, path: str, limits: Limits) -> Merged:
    kind = kind_of(path)
    refusals: list[Refusal] = []
    read = (_read(part, kind, refusals, _budget(union, part, limits)) for part in gather(union.mounts, path))
    steps = [step for step in read if step is not None]
    while steps and steps[-1].role != "whole":
        steps.pop()  # it changes a file that no layer below has
    if not steps:
        raise _no_whole(union, path, refusals)
    highest = next(index for index, step in enumerate(steps) if step.role == "whole")
    return _merge(steps, kind, refusals, (step.layer for step in steps[highest:] if step.role != "whole"))


def _budget(union: Union, part: Part, limits: Limits) -> Budget | None:
    """Return what a part may cost: its own budget, so that one mod cannot use up what others need."""
    return None if part.layer is union.mounts[-1].layer else Budget(f"{part.entry.path} in {part.name}", limits)


def _read(part: Part, kind: DataKind, refusals: list[Refusal], budget: Budget | None) -> Step | None:
    parse = kind.parse
    if part.role == "patch":
        parse = parse_json
    elif part.role == "merge" and kind.parse_merge is not None:
        parse = kind.parse_merge
    try:
        if budget is not None and part.entry.size > MAX_DATA_BYTES:
            raise ValueError(f"it has {part.entry.size:,} bytes; at most {MAX_DATA_BYTES:,} are read as data")
        content = part.layer.read(part.entry)
        data = parse_limited(parse, content, budget)
        if part.role != "whole" and depends(content):
            circumstances = circumstances_of(part.layer)
            if circumstances is not None:
                data = resolve_change(data, circumstances, is_patch=part.role == "patch")
        if budget is not None and part.role == "whole":
            collections.deque(leaves(data, budget), maxlen=0)  # a change is checked where it is applied
        return Step(part.name, part.role, data, budget)
    except FileLeftOutError as error:
        reason: Exception = error
    except FileNotFoundError as error:
        raise _VanishedError from error
    except VFSError as error:
        if budget is None or not isinstance(error, (BudgetError, DamagedError, UnsafeArchiveError)):
            raise
        reason = error
    except OSError as error:
        raise named_virtually(error, part.entry.path, part.name) from error
    except DOES_NOT_FIT as error:
        reason = error
    refusals.append(
        Refusal(part.name, f"{plain(part.entry.path)} in {part.name} cannot be read: {plain(str(reason), 1000)}")
    )
    return None


def _merge(steps: list[Step], kind: DataKind, refusals: list[Refusal], shadowed: Iterable[str]) -> Merged:
    """Merge the steps, the highest first."""
    merged = merge(steps[::-1], kind, tuple(dict.fromkeys(shadowed)))
    return replace(merged, refusals=(*refusals, *merged.refusals), data=kind.result(merged.data))


def _no_whole(union: Union, path: str, refusals: Sequence[Refusal]) -> Exception:
    winner = union.find(path)
    reasons = [refusal.reason for refusal in refusals if winner is not None and refusal.layer == winner.name]
    return ResourceError.at(path, reasons[-1]) if reasons else union.not_found(path)
