"""Checking an index before it is published: every file that it names is there, whole, and signed."""

from __future__ import annotations

from pathlib import Path

from vfsloader import paths
from vfsloader.distribution.build import IndexFolder, file_digest
from vfsloader.distribution.build_patches import patches_of
from vfsloader.distribution.head import NAME, read_head
from vfsloader.errors import PathNotFoundError, VFSError
from vfsloader.packs.sign import Key, public_key


def check_index(public: paths.RealPath, key: Key | None = None) -> list[str]:
    """Return what is wrong with an index, as sentences.

    Parameters
    ----------
    public
        The folder that is published.
    key
        The public key that must have signed it.

    Raises
    ------
    PathNotFoundError
        There is no index.
    """
    folder = Path(public)
    if not (folder / NAME).exists():
        raise PathNotFoundError.at(str(public), f"there is no index in {public}; vfsloader index build makes one")
    try:
        index = IndexFolder(folder)
        head = index.head
        assert head is not None
        trusted = list(head.keys) if key is None else [public_key(key)]
        read_head((folder / NAME).read_bytes(), str(folder / NAME), trusted)
    except (VFSError, OSError) as error:
        return [str(error)]
    wrong = [f"the head expired on {head.expires:%Y-%m-%d}; build it again"] if head.is_expired() else []
    if file_digest(folder / head.path) != head.sha256:
        wrong.append(f"{head.path} is damaged")
    for mod in index.mods.values():
        for name in (mod.icon, mod.details, *(release.file for release in mod.releases)):
            wrong += _wrong_with(index.blobs / name, mod.id) if name else []
        for name, size in patches_of(mod):
            patch = index.blobs / name
            if not patch.is_file() or patch.stat().st_size != size:
                wrong.append(f"{mod.id}: by-hash/{name} is missing or damaged")
        for release in mod.releases:
            try:
                _ = release.manifest
            except VFSError as error:
                wrong.append(str(error))
    return wrong


def _wrong_with(file: Path, mod: str) -> list[str]:
    if not file.is_file():
        return [f"{mod}: by-hash/{file.name} is missing"]
    if file_digest(file) != file.name[:64]:
        return [f"{mod}: by-hash/{file.name} is damaged"]
    return []
