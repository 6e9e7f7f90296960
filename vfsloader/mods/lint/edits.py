"""What a mod's edits of pictures, maps and XML files do, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from vfsloader.assets.edits.apply import Editing
from vfsloader.assets.edits.canvas import Canvas
from vfsloader.assets.edits.compose import Picture
from vfsloader.assets.edits.gather import EditFile, EditStack, edit_files
from vfsloader.assets.edits.names import EDIT_SUFFIX
from vfsloader.assets.edits.parse import MAX_BYTES, Fault, parse_edits
from vfsloader.assets.edits.plain_pictures import load_plain
from vfsloader.assets.loader import Asset
from vfsloader.datamerge.gather import PATCH_SUFFIX
from vfsloader.datamerge.maps import is_map, read_edited
from vfsloader.datamerge.maps.edited import is_xml
from vfsloader.errors import VFSError
from vfsloader.layers.circumstances import Circumstances
from vfsloader.layers.protocol import Layer
from vfsloader.layers.union import Union
from vfsloader.mods.conditions import parse_condition
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits


class EveryCase(NamedTuple):
    """Lets every condition hold, so that all edits are checked."""

    options: Mapping[str, object]

    def holds(self, condition: object) -> bool:
        """Return True for every condition; raise ValueError if it is not one."""
        parse_condition(condition)
        return True


class EditFault(NamedTuple):
    """An edit that an author should fix."""

    file: str
    label: str
    reason: str


class EditPictures(NamedTuple):
    """What the edits of one file do to a picture."""

    path: str
    """The picture."""
    before: Canvas
    after: Canvas
    difference: Picture
    """Magenta where they differ; everything else is transparent."""


def picture_faults(layer: Layer, files: Sequence[str], circumstances: Circumstances) -> Iterator[EditFault]:
    """Yield the edits of pictures that are wrong by themselves.

    Parameters
    ----------
    layer
        The mod's own files.
    files
        Their paths.
    circumstances
        The options, and that every condition holds.
    """
    for path in files:
        entry = layer.find(path)
        is_picture = path.endswith(EDIT_SUFFIX) and not is_map(path.removesuffix(EDIT_SUFFIX))
        if not is_picture or entry is None or entry.size > MAX_BYTES:
            continue
        try:
            edits = parse_edits(layer.read(entry), circumstances)
        except (OSError, VFSError):
            continue  # that has its own finding
        yield from (EditFault(path, edit.label, edit.reason) for edit in edits if isinstance(edit, Fault))


def map_faults(whole: Union, mod: str, files: Sequence[str], limits: Limits = DEFAULT_LIMITS) -> Iterator[EditFault]:
    """Yield the edits of maps, and the patches of XML files, that do not fit.

    Parameters
    ----------
    whole
        The game with the mod as its highest layer; conditions are those of the layer.
    mod
        The name of the mod's layer.
    files
        The mod's files.
    limits
        What each file may cost.
    """
    edited = {path.removesuffix(EDIT_SUFFIX) for path in files if path.endswith(EDIT_SUFFIX)}
    patched = {path.removesuffix(PATCH_SUFFIX) for path in files if path.endswith(PATCH_SUFFIX)}
    for target in sorted({*filter(is_map, edited), *filter(is_xml, patched)}):
        try:
            report = read_edited(whole, target, limits=limits)
        except (VFSError, OSError):
            continue  # there is no such file, or it is wrong: that has its own finding
        for edit in report.refusals:
            reason = edit.reason or ""
            if edit.mod == mod and (is_xml(target) or edit.path.endswith(EDIT_SUFFIX)):
                yield EditFault(edit.path, edit.key, reason.removeprefix(f"{edit.key}: "))


def draw_edits(whole: Union, layers: Collection[str], files: Iterable[str]) -> Iterator[EditPictures]:
    """Yield what each picture that a mod edits is before and after its edits.

    Parameters
    ----------
    whole
        The game with the mod's layers above all others; conditions are those of the layers.
    layers
        The names of the mod's layers.
    files
        The mod's files.

    Raises
    ------
    MissingExtraError
        No library is installed that decodes pictures.
    """
    for file in files:
        path = file.removesuffix(EDIT_SUFFIX)
        if path == file or is_map(path) or whole.find(path) is None:
            continue
        before, after = _drawn(whole, path, without=layers), _drawn(whole, path)
        if before is not None and after is not None:
            yield EditPictures(path, before, after, _difference(before, after))


def _drawn(union: Union, path: str, without: Collection[str] = ()) -> Canvas | None:
    """Return a picture with its edits, except those of some layers; None if it cannot be decoded."""
    lowest = union.mounts[-1].layer

    def stack_of(picture: str) -> EditStack:
        files: tuple[EditFile, ...] = edit_files(union, picture)
        return EditStack(tuple(edits for edits in files if edits.layer not in without))

    def limits_of(layer: str) -> Limits | None:
        return None if any(mount.name == layer and mount.layer is lowest for mount in union.mounts) else DEFAULT_LIMITS

    def provider(other: str) -> tuple[str, Limits | None]:
        found = union.find(other)
        name = "" if found is None else found.name
        return name, limits_of(name)

    found = union.find(path)
    if found is None or found.entry.is_folder:
        return None
    editing = Editing(stack_of, limits_of, lambda _, make: make())
    limits = limits_of(found.name)
    try:
        asset = Asset(
            path,
            union.read(path),
            found.name,
            union.read,
            is_trusted=limits is None,
            limits=limits,
            provider=provider,
            editing=editing,
        )
        return editing.compose(asset, load_plain(asset), load_plain)[0]
    except ModuleNotFoundError:
        raise
    except (VFSError, OSError, ValueError):
        return None


def _difference(before: Canvas, after: Canvas) -> Picture:
    old = Picture(before.width, before.height, bytearray(before.pixels))
    old.grow(after.width, after.height)
    new = after.pixels
    out = bytearray(len(new))
    row = after.width * 4
    for start in range(0, len(out), row):
        if old.pixels[start : start + row] == new[start : start + row]:
            continue
        for at in range(start, start + row, 4):
            if old.pixels[at : at + 4] != new[at : at + 4]:
                out[at : at + 4] = b"\xff\x00\xff\xff"
    return Picture(after.width, after.height, out)
