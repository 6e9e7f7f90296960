"""Making the patches of an index: from the versions before to the newest one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from vfsloader.distribution.head import Head
from vfsloader.distribution.patches import SAVES, make_patch, patch_between, patch_name
from vfsloader.distribution.rows import IndexedMod, Release
from vfsloader.runtime.atomic import write_whole
from vfsloader.runtime.zstd import zstd

#: The versions from which most players come.
FROM_VERSIONS = 2
#: The indexes before the present one that are kept: somebody may be reading them, and patches lead from them.
KEPT_INDEXES = 5


def add_patches(mods: Mapping[str, IndexedMod], blobs: Path, changed: Collection[str]) -> dict[str, IndexedMod]:
    """Return the mods with patches to their newest versions.

    Parameters
    ----------
    mods
        What the index has.
    blobs
        The folder of its files.
    changed
        Ids of the mods whose versions changed; the others keep the patches that they have.
    """
    return {mod.id: _with_patches(mod, blobs) if mod.id in changed else mod for mod in mods.values()}


def patch_index(blobs: Path, head: Head, raw: bytes) -> None:
    """Make patches from the indexes before to the present one, and delete what is older.

    Parameters
    ----------
    blobs
        The folder of the index's files.
    head
        The present head.
    raw
        The present index, unpacked.
    """
    files = sorted(blobs.glob("*.json.zst"), key=lambda file: (file.stat().st_mtime_ns, file.name), reverse=True)
    older = [file for file in files if file.name != f"{head.sha256}.json.zst"]
    for file in older[KEPT_INDEXES:]:
        file.unlink()
    for file in older[:KEPT_INDEXES]:
        patch = blobs / patch_name(file.name[:64], head.sha256)
        if not patch.exists():
            data = patch_between(zstd().decompress(file.read_bytes()), raw)
            if len(data) * SAVES <= head.size:
                write_whole(patch, data)


def delete_old_patches(mods: Mapping[str, IndexedMod], blobs: Path, head: Head) -> None:
    """Delete the patches that no version names any more, and those to older indexes."""
    used = {name for mod in mods.values() for name, _ in patches_of(mod)}
    used |= {file.name for file in blobs.glob(f"*-{head.sha256}.patch")}
    for file in blobs.glob("*.patch"):
        if file.name not in used:
            file.unlink()


def patches_of(mod: IndexedMod) -> list[tuple[str, int]]:
    """Return the names and sizes of a mod's patches."""
    files = {release.number: release for release in mod.releases}
    return [
        (patch_name(files[old].sha256, release.sha256), size)
        for release in mod.releases
        for old, size in release.patches.items()
        if old in files
    ]


def _with_patches(mod: IndexedMod, blobs: Path) -> IndexedMod:
    releases = [replace(release, patches={}) if release.patches else release for release in mod.releases]
    newest = next((at for at, release in enumerate(releases) if not release.withdrawn), None)
    if newest is not None:
        new = releases[newest]
        sizes = {old.number: _make(old, new, blobs) for old in releases[newest + 1 :][:FROM_VERSIONS]}
        releases[newest] = replace(new, patches={number: size for number, size in sizes.items() if size})
    return replace(mod, releases=tuple(releases))


def _make(old: Release, new: Release, blobs: Path) -> int:
    """Make a patch, and return its size; 0 if none helps."""
    if old.suffix != new.suffix or not (blobs / old.file).exists():
        return 0
    data = make_patch(blobs / old.file, blobs / new.file)
    if data is None:
        return 0
    write_whole(blobs / patch_name(old.sha256, new.sha256), data)
    return len(data)
