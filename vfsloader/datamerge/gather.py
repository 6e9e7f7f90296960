"""Finding the parts of a data file in a tree, and reading what they come to.

The highest whole file counts, and what lies above it. A stranger's file that cannot be read costs itself only: it
is passed over, and said (:class:`Refusal`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal, NamedTuple

from vfsloader.datamerge.formats import DataKind, kind_of, parse_json
from vfsloader.datamerge.merge import Merged, Refusal, Step, merge
from vfsloader.errors import ResourceError
from vfsloader.layers.protocol import Entry, Layer
from vfsloader.layers.union import Mount, Union

MERGE_SUFFIX, PATCH_SUFFIX = ".merge", ".patch"
_Role = Literal["whole", "merge", "patch"]
#: From the top: of one layer the patch counts after the merge, and both after the whole file.
_ROLES: tuple[tuple[str, _Role], ...] = ((PATCH_SUFFIX, "patch"), (MERGE_SUFFIX, "merge"), ("", "whole"))


class Part(NamedTuple):
    """A file that has a part in a data file."""

    name: str
    """The layer's name."""
    layer: Layer
    entry: Entry
    role: _Role


def gather(mounts: Sequence[Mount], path: str, language: str | None = None) -> Iterator[Part]:
    """Give the parts of a data file, the highest first.

    Parameters
    ----------
    mounts
        The layers, the highest first.
    path
        The data file, normalised.
    language
        What lies below ``/tl/<language>``, in whatever layer, counts above all else.
    """
    for place in (path,) if language is None else (f"/tl/{language}{path}", path):
        for name, layer in mounts:
            for suffix, role in _ROLES:
                entry = layer.find(place + suffix)
                if entry is not None and not entry.is_folder:
                    yield Part(name, layer, entry, role)
            if layer.may_hide and layer.hides(place):
                break


def read_parts(union: Union, path: str, language: str | None = None) -> tuple[Merged, list[Part]]:
    """Read the highest whole file with what changes it; give the parts on which the result depends, too.

    Raises
    ------
    PathNotFoundError
        No layer has the whole file.
    ResourceError
        None of the whole files can be read; the highest is told.
    """
    kind, steps, seen = kind_of(path), [], []
    refusals: list[Refusal] = []
    parts = gather(union.mounts, path, language)
    for part in parts:
        seen.append(part)
        step = _step(part, path, kind, refusals)
        if step is not None:
            steps.append(step)
            if part.role == "whole":
                break
    if not steps or steps[-1].kind != "whole":
        raise _nothing_whole(union, path, refusals)
    shadowed = dict.fromkeys(part.name for part in parts if part.role != "whole")
    merged = merge(steps[::-1], kind, tuple(shadowed))
    return replace(merged, refusals=(*refusals, *merged.refusals), data=kind.result(merged.data)), seen


def read_all(union: Union, path: str) -> Merged:
    """Read all whole files and all that changes them, from the lowest on: tells who overwrote whose values.

    Raises
    ------
    PathNotFoundError, ResourceError
        As :func:`read_parts`.
    """
    kind = kind_of(path)
    refusals: list[Refusal] = []
    steps = [step for part in gather(union.mounts, path) if (step := _step(part, path, kind, refusals)) is not None]
    while steps and steps[-1].kind != "whole":
        steps.pop()  # changes of a file that is not there
    if not steps:
        raise _nothing_whole(union, path, refusals)
    last = next(place for place, step in enumerate(steps) if step.kind == "whole")
    shadowed = dict.fromkeys(step.layer for step in steps[last:] if step.kind != "whole")
    merged = merge(steps[::-1], kind, tuple(shadowed))
    return replace(merged, refusals=(*refusals, *merged.refusals), data=kind.result(merged.data))


def _step(part: Part, path: str, kind: DataKind, refusals: list[Refusal]) -> Step | None:
    parse = parse_json if part.role == "patch" else kind.parse
    if part.role == "merge" and kind.parse_merge is not None:
        parse = kind.parse_merge
    try:
        data: Any = parse(part.layer.read(part.entry))
    except ValueError as error:
        refusals.append(Refusal(part.name, f"{part.entry.path} in {part.name} cannot be read: {error}"))
        return None
    return Step(part.name, part.role, data)


def _nothing_whole(union: Union, path: str, refusals: Sequence[Refusal]) -> Exception:
    found = union.find(path)
    reasons = [one.reason for one in refusals if found is not None and one.layer == found.name]
    return ResourceError.at(path, reasons[-1]) if reasons else union.not_found(path)
