"""Getting the files of a plan: several at once, each checked before anything is changed."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vfsloader.distribution.authors import author_of
from vfsloader.distribution.build import file_digest, pack_folder
from vfsloader.distribution.foreign import adopted
from vfsloader.distribution.origin import Origin, fetch_whole, origin_of
from vfsloader.distribution.patches import apply_patch, patch_name
from vfsloader.distribution.rows import Release
from vfsloader.distribution.transaction import InstalledFiles, Record
from vfsloader.errors import (
    BudgetError,
    DamagedError,
    ManifestError,
    PathNotFoundError,
    RemoteError,
    UnknownFormatError,
    VFSError,
)
from vfsloader.mods.metadata.discovery import read_mods
from vfsloader.mods.metadata.manifest import Manifest
from vfsloader.remote.addresses import redacted
from vfsloader.runtime.budget import Limits
from vfsloader.runtime.progress import Progress
from vfsloader.runtime.threads import make_pool

_AT_ONCE = 4
_SUFFIXES = (".zip", ".pack")
#: Bytes of a file whose size nobody has said.
_MOST_UNANNOUNCED = 4 << 30


@dataclass(frozen=True)
class Patch:
    """What makes a new file out of one that is installed."""

    old: Record
    size: int


@dataclass(frozen=True)
class Offer:
    """A file that can be downloaded: what it has to be, and where it may be."""

    record: Record
    origins: Sequence[Callable[[], Origin]]
    patch: Patch | None = None
    release: Release | None = None
    """What the index says about it; None if it does not come out of an index."""

    @property
    def size(self) -> int:
        """The bytes to download."""
        return self.record.size if self.patch is None else self.patch.size


def patch_of(files: InstalledFiles, old: Record | None, release: Release | None) -> Patch | None:
    """Return the patch for the file that is installed, if there is one and the file is still whole."""
    if old is None or release is None or old.version not in release.patches or old.suffix != release.suffix:
        return None
    if files.stored(old.sha256, old.suffix) is None:
        return None
    return Patch(old, release.patches[old.version])


def fetch_all(files: InstalledFiles, offers: Sequence[Offer], progress: Progress) -> dict[str, Record]:
    """Download what is not in the store yet. Files that were interrupted continue.

    Returns
    -------
    dict[str, Record]
        By id, what is known of the files now that they are there, where that is more than before.

    Raises
    ------
    VFSError
        One cannot be had, or is not what it should be. What was downloaded is kept for the next attempt.
    """
    known: dict[str, Record] = {}
    missing = []
    for offer in offers:
        stored = files.stored(offer.record.sha256, offer.record.suffix)
        if stored is None:
            missing.append(offer)
        else:
            known[offer.record.id] = replace(offer.record, author=author_of(stored))
    total = sum(offer.size for offer in missing)
    files.parts.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(files.parts).free
    if total > free:
        raise BudgetError.at(
            str(files.folder), f"{total:,} bytes are needed on the disk of {files.folder}; {free:,} are free"
        )
    done: dict[str, int] = {}
    lock = threading.Lock()

    def fetch(offer: Offer) -> None:
        record = offer.record

        def on_bytes(count: int) -> None:
            with lock:
                done[record.id] = min(count, offer.size)
                progress(sum(done.values()), total, record.id)

        if not record.sha256:
            known[record.id] = fetch_foreign(files, offer, on_bytes)
            return
        part = files.parts / f"{record.sha256}{record.suffix}"
        if not _fetch_patch(files, offer, part, on_bytes):
            _fetch_from_any(offer, part, on_bytes)
        known[record.id] = check_part(part, record)
        files.keep(part, record.sha256, record.suffix)

    with make_pool(_AT_ONCE, "vfsloader-get") as pool:
        running = [pool.submit(fetch, offer) for offer in missing]
        for one in running:
            one.result()
    return known


def fetch_foreign(files: InstalledFiles, offer: Offer, on_bytes: Callable[[int], object]) -> Record:
    """Download a mod of another world, and make one of ours of it. Its digest is known only then.

    Raises
    ------
    VFSError
        It cannot be had, or is not a mod.
    """
    record, release = offer.record, offer.release
    assert release is not None, "only an index of another kind has files without digests"
    with tempfile.TemporaryDirectory(dir=files.parts) as scratch:
        arrived = Path(scratch, "arrived.zip")
        failure: Exception = PathNotFoundError.at(record.id, f"no source has {record.id} {record.version}")
        for make in offer.origins:
            try:
                path = "" if "://" in release.address else release.address
                make().download(path, arrived, record.size or _MOST_UNANNOUNCED, on_bytes)
                break
            except (PathNotFoundError, RemoteError, DamagedError) as error:
                failure = error
        else:
            raise failure
        made = adopted(arrived, Path(scratch), release)
        digest = file_digest(made)
        check_part(made, record)
        size = made.stat().st_size
        files.keep(made, digest, made.suffix)
    return replace(record, sha256=digest, size=size, suffix=".zip")


def _fetch_patch(files: InstalledFiles, offer: Offer, part: Path, on_bytes: Callable[[int], object]) -> bool:
    """Make a file out of the installed one and a patch. Return whether that gave the right file."""
    record, patch = offer.record, offer.patch
    if patch is None or part.exists():  # a download that was interrupted continues
        return False
    path = f"by-hash/{patch_name(patch.old.sha256, record.sha256)}"
    for make in offer.origins:
        try:
            data = make().read(path, patch.size)
            apply_patch(files.store / f"{patch.old.sha256}{patch.old.suffix}", data, part, record.size)
        except (VFSError, OSError):
            part.unlink(missing_ok=True)
            continue
        if file_digest(part) == record.sha256:
            on_bytes(patch.size)
            return True
        part.unlink()
    return False


def _fetch_from_any(offer: Offer, part: Path, on_bytes: Callable[[int], object]) -> None:
    record = offer.record
    failure: Exception = PathNotFoundError.at(record.id, f"no source has {record.id} {record.version}")
    for make in offer.origins:
        try:
            path = f"by-hash/{record.sha256}{record.suffix}"
            fetch_whole(make(), path, part, record.size, record.sha256, on_bytes)
            return
        except (PathNotFoundError, RemoteError, DamagedError) as error:
            failure = error
    raise failure


def check_part(part: Path, record: Record) -> Record:
    """Return what is known of a file that has arrived.

    Raises
    ------
    ManifestError
        It is not the mod that it should be, or not by the author that the index names.
    DamagedError
        It has an author's signature that does not belong to it.
    """
    manifest = manifest_of(part, f"{record.id} {record.version}")
    if (manifest.id, str(manifest.version)) != (record.id, record.version):
        found = f"{manifest.id} {manifest.version}"
        part.unlink(missing_ok=True)
        raise ManifestError.at(record.id, f"the file of {record.id} {record.version} contains {found}; it was refused")
    author = author_of(part)
    if record.author and author != record.author:
        part.unlink(missing_ok=True)
        sentence = f"the file of {record.id} {record.version} is not signed by the author whom the index names"
        raise ManifestError.at(record.id, f"{sentence}; it was refused")
    return replace(record, author=author)


def manifest_of(file: Path, name: str) -> Manifest:
    """Return the manifest of the only mod in a file.

    Raises
    ------
    ManifestError
        It does not contain exactly one mod.
    """
    mods, _ = read_mods(file)
    for mod in mods:
        mod.close()
    if len(mods) != 1:
        sentence = f"{name} contains {len(mods)} mods; unpack it into the mods folder by hand"
        raise ManifestError.at(name, sentence)
    return mods[0].manifest


def take_file(files: InstalledFiles, source: Path) -> tuple[Record, Manifest]:
    """Copy a mod's file, or a zip of its folder, into the store.

    Raises
    ------
    UnknownFormatError, ManifestError
        It is not a zip or a pack, or not exactly one mod.
    """
    files.parts.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=files.parts) as scratch:
        if source.is_dir():
            copy = pack_folder(source, Path(scratch))
        else:
            suffix = source.suffix.lower()
            if suffix not in _SUFFIXES:
                raise UnknownFormatError.at(str(source), f"{source} is not a folder, a .zip or a .pack file")
            copy = Path(scratch, f"{source.stem}{suffix}")
            shutil.copyfile(source, copy)
        return _kept(files, copy, source.name, "")


def take_address(files: InstalledFiles, address: str, limits: Limits, progress: Progress) -> tuple[Record, Manifest]:
    """Download a mod from any address into the store; nobody says what it should be."""
    name = redacted(address)
    suffix = next((suffix for suffix in _SUFFIXES if address.partition("?")[0].lower().endswith(suffix)), ".zip")
    files.parts.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=files.parts) as scratch:
        stem = os.path.splitext(os.path.basename(address.partition("?")[0]))[0]
        copy = Path(scratch, f"{''.join(c for c in stem if c.isalnum() or c in '-_')[:60] or 'mod'}{suffix}")
        origin = origin_of(address, limits)
        origin.download("", copy, _MOST_UNANNOUNCED, lambda count: progress(count, 0, name))
        return _kept(files, copy, name, address)


def _kept(files: InstalledFiles, copy: Path, name: str, source: str) -> tuple[Record, Manifest]:
    manifest = manifest_of(copy, name)
    digest = file_digest(copy)
    with open(copy, "rb+") as file:
        os.fsync(file.fileno())
    author = author_of(copy)
    record = Record(manifest.id, str(manifest.version), digest, copy.stat().st_size, copy.suffix, source, author)
    files.keep(copy, digest, copy.suffix)
    return record, manifest
