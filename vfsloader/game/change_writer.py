"""Writing what differs between a game's tree and an edited one into a mod, as small changes.

A change counts only if it makes the old file into the new one; else the mod gets the whole file. Files of the mod that
the new ones stand for are removed. Nothing outside of the mod's folder is written.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from vfsloader import globs, paths
from vfsloader.assets.edits.compose import Picture
from vfsloader.assets.edits.names import EDIT_SUFFIX
from vfsloader.assets.picture_diff import differing_rectangles, read_png, write_png
from vfsloader.datamerge.conditional import depends
from vfsloader.datamerge.diff import catalog_change, data_change, is_catalog, map_change
from vfsloader.datamerge.diff.ldtk import ldtk_change, same_ldtk
from vfsloader.datamerge.diff.maps import same_map
from vfsloader.datamerge.diff.toml_text import toml_document
from vfsloader.datamerge.diff.xml import same_xml, xml_change
from vfsloader.datamerge.formats import JSON, LINES, kind_of
from vfsloader.datamerge.gather import MERGE_SUFFIX, PATCH_SUFFIX, read_parts
from vfsloader.datamerge.maps import can_be_edited, is_map, read_edited
from vfsloader.datamerge.maps.edited import is_xml
from vfsloader.datamerge.maps.ldtk_level import LEVEL_SUFFIX
from vfsloader.datamerge.merge import DOES_NOT_FIT
from vfsloader.errors import ReadOnlyError, VFSError
from vfsloader.layers.union import Union
from vfsloader.mods.metadata.manifest import Manifest
from vfsloader.mods.metadata.removals import add_removals
from vfsloader.quoting import plain
from vfsloader.runtime.atomic import write_whole

How = Literal["edit", "patch", "merge", "messages", "whole", "removed", "same", "refused"]
_CHANGES = (MERGE_SUFFIX, PATCH_SUFFIX, EDIT_SUFFIX)
#: A picture that differs in more places becomes one rectangle around all of them.
_MAX_RECTANGLES = 64


class Written(NamedTuple):
    """What became of a changed file."""

    path: str
    how: How
    files: tuple[str, ...] = ()
    """The files that were written, relative to the mod's folder."""
    reason: str = ""
    """Why it is a whole file, or why it was not written."""

    def __str__(self) -> str:
        words = f"{plain(self.path)}: {self.how}"
        return f"{words}: {self.reason}" if self.reason else words


class ChangeWriter:
    """Writes changes into a mod.

    Parameters
    ----------
    below
        The layers that the mod changes.
    folder
        The mod's folder.
    manifest
        Its manifest.

    Raises
    ------
    ReadOnlyError
        The mod is not a folder that can be written.
    """

    def __init__(self, below: Union, folder: Path, manifest: Manifest) -> None:
        if not folder.is_dir():
            raise ReadOnlyError.at(str(folder), f"{folder} is not a folder: unpack the mod to change it")
        if not os.access(folder, os.W_OK):
            raise ReadOnlyError.at(str(folder), f"{folder} cannot be written")
        self._below = below
        self._folder = folder
        self._manifest = manifest

    def write(self, changed: Mapping[str, bytes | None]) -> list[Written]:
        """Write changes.

        Parameters
        ----------
        changed
            By path, the new content; None for a file that was removed.

        Returns
        -------
        list[Written]
            What became of each, in the order of the paths.
        """
        done = [self._write(path, content) for path, content in sorted(changed.items())]
        removed = [each.path for each in done if each.how == "removed"]
        if removed and (reason := add_removals(self._folder, removed)) is not None:
            done = [each._replace(how="refused", reason=reason) if each.how == "removed" else each for each in done]
        return done

    def _write(self, path: str, content: bytes | None) -> Written:
        mount = self._manifest.mount
        if not paths.is_inside(path, mount):
            return Written(path, "refused", reason=f"the mod's files appear below {mount}")
        fault = paths.name_fault(path)
        if fault is not None:
            return Written(path, "refused", reason=fault)
        if (kept := self._conditional_file(path)) is not None:
            return Written(path, "refused", reason=f"{kept} of the mod has conditions or options: change it by hand")
        if content is None:
            self._clear(path, ())
            is_below = self._below.find(path) is not None
            return Written(path, "removed" if is_below else "same")
        how, files, reason = self._changes(path, content)
        for name, data in files.items():
            target = self._real(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            write_whole(target, data)
        self._clear(path, files)
        written = tuple(self._real(name).relative_to(self._folder).as_posix() for name in files)
        return Written(path, how, written, reason)

    def _changes(self, path: str, new: bytes) -> tuple[How, dict[str, bytes], str]:
        """Return how a file is written, the files by their paths in the tree, and why it is a whole file."""
        found = self._below.find(path)
        is_removed = any(globs.glob_pattern(glob).fullmatch(path) for glob in self._manifest.remove)
        if found is None or found.entry.is_folder or is_removed:
            return "whole", {path: new}, ""
        try:
            old = self._below.read(path)
            if is_catalog(path):
                return self._messages(path, old, new)
            if path.lower().endswith(".png"):
                return self._picture(path, old, new)
            if can_be_edited(path) and (made := self._map(path, new)) is not None:
                return made
            if self._is_data(path, old, new):
                return self._data(path, new)
        except (*DOES_NOT_FIT, VFSError, OSError) as error:
            return "whole", {path: new}, plain(str(error), 300)
        if old == new and not self._is_changed_below(path):
            return "same", {}, ""
        return "whole", {path: new}, "there is no form for a change of such a file"

    def _messages(self, path: str, old: bytes, new: bytes) -> tuple[How, dict[str, bytes], str]:
        if old == new:
            return "same", {}, ""
        change = catalog_change(path, old, new)
        if change is None:
            return "whole", {path: new}, "a catalog of a mod adds and changes messages, and cannot remove one"
        return "messages", {path: change}, ""

    def _map(self, path: str, new: bytes) -> tuple[How, dict[str, bytes], str] | None:
        """Return how a map is written; None for a file of another kind."""
        old = read_edited(self._below, path).data
        if old == new:
            return "same", {}, ""
        is_ldtk = path.lower().endswith((".ldtk", LEVEL_SUFFIX))
        if is_map(path):
            try:
                if same_ldtk(old, new) if is_ldtk else same_map(path, old, new):
                    return "same", {}, ""
            except DOES_NOT_FIT:
                pass
            edit = (ldtk_change if is_ldtk else map_change)(path, old, new, self._below.read)
            if edit is not None and len(edit) < len(new):
                return "edit", {path + EDIT_SUFFIX: edit}, ""
        if is_xml(path):
            return self._xml(path, old, new)
        if kind_of(path) is JSON:
            change = data_change(path, JSON.parse(old), JSON.parse(new))
            if change is not None and len(change[1]) < len(new):
                return "patch" if change[0] == PATCH_SUFFIX else "merge", {path + change[0]: change[1]}, ""
        return "whole", {path: new}, "edits cannot express the difference, or would be larger"

    @staticmethod
    def _xml(path: str, old: bytes, new: bytes) -> tuple[How, dict[str, bytes], str]:
        try:
            if same_xml(old, new):
                return "same", {}, ""
            change = xml_change(old, new)
        except ModuleNotFoundError as error:
            return "whole", {path: new}, str(error)
        if change is None or len(change) >= len(new):
            return "whole", {path: new}, "a patch cannot express the difference, or would be larger"
        return "patch", {path + PATCH_SUFFIX: change}, ""

    def _is_data(self, path: str, old: bytes, new: bytes) -> bool:
        kind = kind_of(path)
        if kind is LINES:  # prose is no list of lines
            return all(kind.write is not None and kind.write(kind.parse(data)) == data for data in (old, new))
        return kind is not JSON or path.lower().endswith(".json")

    def _data(self, path: str, new: bytes) -> tuple[How, dict[str, bytes], str]:
        kind = kind_of(path)
        merged = read_parts(self._below, path)[0].data
        before, after = merged, kind.parse(new)
        if kind.result(after) == merged and repr(kind.result(after)) == repr(merged):
            return "same", {}, ""
        if kind.result(after) is not after:  # a table: compare it before it becomes rows
            before = kind.parse(kind.write(merged)) if kind.write is not None else kind.parse(self._below.read(path))
        change = data_change(path, before, after)
        if change is None or len(change[1]) >= len(new):
            reason = "a change would be larger" if change is not None else "no change gives exactly this data"
            return "whole", {path: new}, reason
        return "patch" if change[0] == PATCH_SUFFIX else "merge", {path + change[0]: change[1]}, ""

    def _picture(self, path: str, old: bytes, new: bytes) -> tuple[How, dict[str, bytes], str]:
        if self._is_changed_below(path):
            return "whole", {path: new}, "a mod below edits this picture too"
        if old == new:
            return "same", {}, ""
        before, after = read_png(old), read_png(new)
        if after.width < before.width or after.height < before.height:
            return "whole", {path: new}, "the picture became smaller"
        padded = before.copy()
        if (before.width, before.height) != (after.width, after.height):
            padded.grow(after.width, after.height)
        areas = differing_rectangles(padded, after)
        if len(areas) > _MAX_RECTANGLES:
            areas = [_around(areas)]
        if not areas and before.width == after.width and before.height == after.height:
            return "same", {}, ""
        right = max([before.width, *(x + width for x, _, width, _ in areas)])
        bottom = max([before.height, *(y + height for _, y, _, height in areas)])
        if (right, bottom) != (after.width, after.height):  # what it grew by is empty: an edit has to reach it
            areas.append((after.width - 1, after.height - 1, 1, 1))
        return self._cuts(path, before, after, areas, new)

    @staticmethod
    def _cuts(
        path: str, before: Picture, after: Picture, areas: list[tuple[int, int, int, int]], new: bytes
    ) -> tuple[How, dict[str, bytes], str]:
        name = paths.split(path)[1]
        edits: list[dict[str, object]] = []
        files: dict[str, bytes] = {}
        for number, (x, y, width, height) in enumerate(areas, 1):
            cut = f"{name}.edit-{number}.png"
            files[paths.join(paths.parent(path), cut)] = write_png(width, height, after.cut((x, y, width, height)))
            grows = x + width > before.width or y + height > before.height
            edits.append({"from": cut, "to": [x, y], "mode": "replace", **({"grow": True} if grows else {})})
        files[path + EDIT_SUFFIX] = toml_document({"edit": edits})
        if sum(map(len, files.values())) >= len(new):
            return "whole", {path: new}, "an edit would be larger"
        return "edit", files, ""

    def _is_changed_below(self, path: str) -> bool:
        return any(self._below.find(path + suffix) is not None for suffix in _CHANGES)

    def _real(self, path: str) -> Path:
        root = self._manifest.root.strip("/")
        inside = paths.rebase(path, self._manifest.mount, paths.ROOT).lstrip("/")
        return self._folder / root / inside if root else self._folder / inside

    def _conditional_file(self, path: str) -> str | None:
        """Return a file of the mod that depends on something, and so must not be replaced."""
        for suffix in _CHANGES:
            file = self._real(path + suffix)
            if file.is_file():
                content = file.read_bytes()
                if depends(content) or (suffix == EDIT_SUFFIX and b"when" in content):
                    return file.name
        return None

    def _clear(self, path: str, keep: Mapping[str, bytes] | tuple[()]) -> None:
        """Remove the files of the mod that its new ones stand for."""
        folder = self._real(path).parent
        stale = [path, *(path + suffix for suffix in _CHANGES)]
        name = paths.split(path)[1]
        if folder.is_dir():
            stale += [
                paths.join(paths.parent(path), entry.name)
                for entry in folder.iterdir()
                if entry.name.startswith(f"{name}.edit-") and entry.name.endswith(".png")
            ]
        for each in stale:
            if each not in keep:
                self._real(each).unlink(missing_ok=True)


def _around(areas: list[tuple[int, int, int, int]]) -> tuple[int, int, int, int]:
    left, top = min(area[0] for area in areas), min(area[1] for area in areas)
    right, bottom = max(area[0] + area[2] for area in areas), max(area[1] + area[3] for area in areas)
    return left, top, right - left, bottom - top
