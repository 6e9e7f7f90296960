"""What a submitted version of a mod changes, for the person who decides whether an index takes it.

A submission is untrusted: what is shown of it has limits, and the caller escapes it where it is printed.
"""

from __future__ import annotations

import contextlib
import difflib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vfsloader.distribution.authors import author_of
from vfsloader.distribution.build import IndexFolder, pack_folder, packed_suffix
from vfsloader.distribution.mod_files import ModFiles
from vfsloader.distribution.rows import Release
from vfsloader.errors import ManifestError, VFSError
from vfsloader.layers.protocol import Entry
from vfsloader.mods.lint.check import check_mod
from vfsloader.mods.metadata.discovery import read_mods
from vfsloader.mods.metadata.formats import MARKERS
from vfsloader.mods.metadata.mod import Mod
from vfsloader.quoting import plain

#: Larger texts are not compared line by line, and of more files only the sizes are shown.
_MOST_TEXT_BYTES, _MOST_TEXT_LINES, _MOST_COMPARED, _MOST_SHOWN = 64 << 10, 1000, 100, 2000
_LINE = 300


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that differs between two versions of a mod."""

    path: str
    old: int | None
    """Bytes in the old version; None if the file is new."""
    new: int | None
    """Bytes in the new version; None if the file is removed."""
    lines: tuple[str, ...] = ()
    """The unified difference, if it is a small text."""


@dataclass(frozen=True, slots=True)
class Review:
    """How a submitted version differs from the one that an index has."""

    mod: str
    version: str
    old: str
    """The version that it is compared with; empty if the mod is new."""
    changes: tuple[FileChange, ...]
    findings: tuple[str, ...]
    """What its author should fix, as ``mods check`` finds it without a game."""
    warnings: tuple[str, ...]
    """What makes it another mod than it was: another author's key, content that a version must not change."""


def review_file(index: IndexFolder, file: Path) -> Review:
    """Compare a version of a mod with what an index has of it, and check it.

    Parameters
    ----------
    index
        The index, which is not changed.
    file
        A folder, zip or pack of one mod.

    Raises
    ------
    ManifestError
        It is not exactly one mod.
    DamagedError
        It has an author's signature that does not belong to it.
    """
    with contextlib.ExitStack() as stack:
        packed = file
        if file.is_dir():  # what would be added: without what is ignored
            packed = pack_folder(file, Path(stack.enter_context(tempfile.TemporaryDirectory())))
        packed_suffix(packed)
        mod = stack.enter_context(_opened(packed, file))
        present = index.mods.get(mod.id)
        release = None if present is None else _compared(present.releases, mod)
        warnings = []
        old: dict[str, tuple[ModFiles, Entry]] = {}
        if release is not None:
            blob = index.blobs / release.file
            try:
                old = _files(stack.enter_context(_opened(blob, blob)))
            except (VFSError, OSError) as error:
                warnings.append(f"{mod.id} {release.number} of the index cannot be compared: {error}")
        changes = tuple(_changes(old, _files(mod)))
        findings = tuple(str(finding) for finding in check_mod(packed) if not finding.is_note)
        author = author_of(packed)
        if release is not None:
            warnings += _warnings(release, mod, author, changes)
        number = "" if release is None else release.number
        return Review(mod.id, str(mod.version), number, changes, findings, tuple(warnings))


@contextlib.contextmanager
def _opened(packed: Path, named: Path) -> Iterator[Mod]:
    mods = read_mods(packed)[0]
    try:
        if len(mods) != 1:
            raise ManifestError.at(str(named), f"{named} contains {len(mods)} mods; an index needs one in each file")
        yield mods[0]
    finally:
        for mod in mods:
            mod.close()


def _compared(releases: tuple[Release, ...], mod: Mod) -> Release | None:
    """Return the newest version up to the submitted one: a fix of an old version is compared with the old one."""
    ordered = sorted(releases, key=lambda one: one.version, reverse=True)
    return next((one for one in ordered if one.version <= mod.version), ordered[0] if ordered else None)


def _warnings(release: Release, mod: Mod, author: str, changes: tuple[FileChange, ...]) -> list[str]:
    warnings = []
    if release.version == mod.version and changes:
        warnings.append(f"the index has another {mod.id} {mod.version}; give the changed mod a new version")
    if release.author and release.author != author:
        now = f"signed by another key ({author[:16]})" if author else "not signed"
        warnings.append(f"{mod.id} {mod.version} is {now}; {release.number} is signed by {release.author[:16]}")
    return warnings


def _files(mod: Mod) -> dict[str, tuple[ModFiles, Entry]]:
    files = ModFiles(mod)
    return {path: (files, entry) for path, entry in files.entries()}


def _changes(old: dict[str, tuple[ModFiles, Entry]], new: dict[str, tuple[ModFiles, Entry]]) -> Iterator[FileChange]:
    compared = shown = 0
    for path in sorted({*old, *new}, key=lambda path: (path[1:] not in MARKERS, path)):  # the manifest first
        before, after = old.get(path), new.get(path)
        sizes = [None if side is None else side[1].size for side in (before, after)]
        if before is not None and after is not None and _is_same(before, after):
            continue
        lines: tuple[str, ...] = ()
        if (old or path[1:] in MARKERS) and compared < _MOST_COMPARED and shown < _MOST_SHOWN:
            compared += 1
            lines = _difference(path, before, after)[: _MOST_SHOWN - shown]
            shown += len(lines)
        yield FileChange(path, sizes[0], sizes[1], lines)


def _is_same(before: tuple[ModFiles, Entry], after: tuple[ModFiles, Entry]) -> bool:
    (old, old_entry), (new, new_entry) = before, after
    return old_entry.size == new_entry.size and old.digest(old_entry) == new.digest(new_entry)


def _difference(
    path: str, before: tuple[ModFiles, Entry] | None, after: tuple[ModFiles, Entry] | None
) -> tuple[str, ...]:
    texts = []
    for side in (before, after):
        lines = _lines(*side) if side is not None else []
        if lines is None:
            return ()
        texts.append(lines)
    return tuple(
        plain(line, _LINE) for line in difflib.unified_diff(texts[0], texts[1], f"a{path}", f"b{path}", lineterm="")
    )


def _lines(files: ModFiles, entry: Entry) -> list[str] | None:
    """Return the lines of a small text; None of anything else."""
    if entry.size > _MOST_TEXT_BYTES:
        return None
    try:
        with files.open(entry) as stream:
            text = stream.read(_MOST_TEXT_BYTES + 1).decode()
    except (VFSError, OSError, UnicodeDecodeError):
        return None
    lines = text.expandtabs(4).splitlines()
    return None if "\0" in text or len(lines) > _MOST_TEXT_LINES else lines
