"""Finding the files of all layers that make up a data file, and merging them.

The highest whole file counts, and the changes above it. A mod's file that cannot be read affects only itself: it is
skipped and reported as a :class:`Refusal`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeVar

from vfsloader.datamerge.formats import DataKind, kind_of, parse_json
from vfsloader.datamerge.merge import Merged, Refusal, Role, Step, merge
from vfsloader.errors import ResourceError, VFSError, named_virtually
from vfsloader.layers.protocol import Entry, Layer
from vfsloader.layers.union import Mount, Union

T = TypeVar("T")
MERGE_SUFFIX, PATCH_SUFFIX = ".merge", ".patch"
#: From the top: of one layer the patch counts after the merge, and both after the whole file.
_ROLES: tuple[tuple[str, Role], ...] = ((PATCH_SUFFIX, "patch"), (MERGE_SUFFIX, "merge"), ("", "whole"))


class Part(NamedTuple):
    """A file that contributes to a data file."""

    name: str
    """The layer's name."""
    layer: Layer
    entry: Entry
    role: Role


def gather(mounts: Sequence[Mount], path: str, language: str | None = None) -> Iterator[Part]:
    """Yield the parts of a data file, the highest first.

    Parameters
    ----------
    mounts
        The layers, the highest first.
    path
        The data file, normalised.
    language
        Files below ``/tl/<language>`` count above all others, in whatever layer they are.
    """
    for whole in (path,) if language is None else (f"/tl/{language}{path}", path):
        for name, layer in mounts:
            for suffix, role in _ROLES:
                entry = layer.find(whole + suffix)
                if entry is not None and not entry.is_folder:
                    yield Part(name, layer, entry, role)
            if layer.may_hide and layer.hides(whole):
                break


def read_parts(union: Union, path: str, language: str | None = None) -> tuple[Merged, list[Part]]:
    """Merge the highest whole file with its changes; also return the parts on which the result depends.

    Raises
    ------
    PathNotFoundError
        No layer has the whole file.
    ResourceError
        No whole file can be read; the error is about the highest.
    """
    return _while_files_vanish(union, path, lambda: _read_parts(union, path, language))


def read_all(union: Union, path: str) -> Merged:
    """Merge all whole files and all changes, from the lowest up, which shows who overwrote whose values.

    Raises
    ------
    PathNotFoundError, ResourceError
        As :func:`read_parts`.
    """
    return _while_files_vanish(union, path, lambda: _read_all(union, path))


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


def _read_parts(union: Union, path: str, language: str | None) -> tuple[Merged, list[Part]]:
    kind, steps, used = kind_of(path), [], []
    refusals: list[Refusal] = []
    parts = gather(union.mounts, path, language)
    for part in parts:
        used.append(part)
        step = _read(part, kind, refusals)
        if step is not None:
            steps.append(step)
            if step.role == "whole":
                break
    if not steps or steps[-1].role != "whole":
        raise _no_whole(union, path, refusals)
    return _merge(steps, kind, refusals, (part.name for part in parts if part.role != "whole")), used


def _read_all(union: Union, path: str) -> Merged:
    kind = kind_of(path)
    refusals: list[Refusal] = []
    steps = [step for part in gather(union.mounts, path) if (step := _read(part, kind, refusals)) is not None]
    while steps and steps[-1].role != "whole":
        steps.pop()  # it changes a file that no layer below has
    if not steps:
        raise _no_whole(union, path, refusals)
    highest = next(index for index, step in enumerate(steps) if step.role == "whole")
    return _merge(steps, kind, refusals, (step.layer for step in steps[highest:] if step.role != "whole"))


def _read(part: Part, kind: DataKind, refusals: list[Refusal]) -> Step | None:
    parse = kind.parse
    if part.role == "patch":
        parse = parse_json
    elif part.role == "merge" and kind.parse_merge is not None:
        parse = kind.parse_merge
    try:
        return Step(part.name, part.role, parse(part.layer.read(part.entry)))
    except ValueError as error:
        refusals.append(Refusal(part.name, f"{part.entry.path} in {part.name} cannot be read: {error}"))
        return None
    except FileNotFoundError as error:
        raise _VanishedError from error
    except VFSError:
        raise
    except OSError as error:
        raise named_virtually(error, part.entry.path, part.name) from error


def _merge(steps: list[Step], kind: DataKind, refusals: list[Refusal], shadowed: Iterable[str]) -> Merged:
    """Merge the steps, the highest first."""
    merged = merge(steps[::-1], kind, tuple(dict.fromkeys(shadowed)))
    return replace(merged, refusals=(*refusals, *merged.refusals), data=kind.result(merged.data))


def _no_whole(union: Union, path: str, refusals: Sequence[Refusal]) -> Exception:
    winner = union.find(path)
    reasons = [refusal.reason for refusal in refusals if winner is not None and refusal.layer == winner.name]
    return ResourceError.at(path, reasons[-1]) if reasons else union.not_found(path)
