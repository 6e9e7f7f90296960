"""Joining a host: finding out what differs, and fetching exactly the contents that are missing here.

Nothing of the player's own mods is touched. What is fetched is kept below ``.getting/joined`` in the mods folder: mods
in ``mods`` under the digests of their contents, and for each set a folder of links to them. The game shows such a set
without storing that it does, so after any end of the game the player's own set is back.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from vfsloader.distribution.build import file_digest
from vfsloader.distribution.host_set import (
    HEAD,
    MOST_HEAD_BYTES,
    MOST_LISTED,
    MOST_SENT_BYTES,
    HostedMod,
    HostedSet,
    ListedFile,
    Piece,
    read_host_head,
    read_list,
    read_set,
)
from vfsloader.distribution.hosting import CODE_LENGTH
from vfsloader.distribution.mod_files import OwnContents, Stretch, assemble
from vfsloader.distribution.origin import Origin, fetch_whole, is_public, origin_of
from vfsloader.distribution.receiving import Received, receive
from vfsloader.distribution.sources import Sources
from vfsloader.distribution.transaction import InstalledFiles
from vfsloader.errors import BudgetError, ConfigError, DamagedError, PathNotFoundError, RemoteError, VFSError
from vfsloader.mods.joining import JoinPlan
from vfsloader.mods.metadata.mod import Mod
from vfsloader.mods.sets.comparison import compare
from vfsloader.mods.sets.fingerprint import Fingerprint, ModPrint
from vfsloader.runtime.atomic import write_whole
from vfsloader.runtime.budget import Limits, check_unpacked_size
from vfsloader.runtime.progress import Progress, ignore_progress

if TYPE_CHECKING:
    from vfsloader.mods.manager import ModManager

FOLDER = "joined"
#: Days for which a set is kept after it was joined last.
_KEPT_DAYS = 14


@dataclass(frozen=True)
class _Wanted:
    """A mod that has to be made here."""

    mod: ModPrint
    files: Sequence[ListedFile] = ()
    fetched: Sequence[int] = ()
    """Which of the pieces of all files the host has to send."""
    local: Mapping[str, Stretch] = field(default_factory=dict)
    """By digest, where the other files and pieces are."""
    hosted: HostedMod | None = None
    """If it comes from a source and not from the host."""

    @property
    def size(self) -> int:
        """Bytes to receive."""
        if self.hosted is not None:
            return self.hosted.size
        pieces = self.pieces
        return sum(pieces[index].size for index in self.fetched)

    @property
    def pieces(self) -> list[Piece]:
        """All pieces of all files."""
        return [piece for file in self.files for piece in file.pieces]

    def reader(self, received: Mapping[str, Received]) -> Callable[[ListedFile], Iterator[bytes]]:
        """Return what reads the files from where their pieces are."""

        def read(file: ListedFile) -> Iterator[bytes]:
            for piece in (file,) if file.sha256 in self.local else file.pieces:
                yield from (self.local.get(piece.sha256) or received[piece.sha256]).read()

        return read


@dataclass(frozen=True)
class _Details:
    origin: Origin
    wanted: Sequence[_Wanted]
    opened: list[Mod] = field(default_factory=list)
    """The mods that were fetched, opened and checked before the game's own thread needs them."""


class Joiner:
    """Gets the set of a host.

    Parameters
    ----------
    mods
        The player's mods.
    files
        Where mods are installed.
    sources
        The player's sources, for what the host may not pass on.
    limits
        What untrusted files may cost, and how long to wait.
    """

    def __init__(self, mods: ModManager, files: InstalledFiles, sources: Sources, limits: Limits) -> None:
        self._mods = mods
        self._sources = sources
        self._limits = limits
        self._files = files
        home = files.home / FOLDER
        self._kept, self._contents, self._sets = home / "mods", home / "contents", home / "sets"

    def plan(self, address: str, present: Fingerprint | None = None, progress: Progress = ignore_progress) -> JoinPlan:
        """Ask a host what it plays with, and find out what is missing here.

        Parameters
        ----------
        address
            As the host shows it.
        present
            The fingerprint of the player's own set, if it is known.
        progress
            Called with the mods that were compared, how many there are, and a name.

        Raises
        ------
        ConfigError
            The address is not safe, or not one.
        DamagedError, RemoteError
            There is no host, or it does not say what it should.
        """
        base, code = _parted(address)
        origin = origin_of(base, self._limits, is_signed=bool(code))
        head = read_host_head(origin.read(HEAD, MOST_HEAD_BYTES), base)
        if code and not head.set.startswith(code):
            sentence = f"{base} has another set than its address says: ask the host for the present address"
            raise DamagedError.at(base, sentence)
        if present is None:
            present = self._mods.fingerprint()
        if head.digest == present.digest:
            return JoinPlan(base, head.name, present, details=_Details(origin, ()))
        hosted = read_set(origin.read(f"join/{head.set}.zst", head.size), head, base)
        installed = {mod.id for mod in self._mods.available}
        off = {mod for mod in installed if self._mods.is_disabled(mod)}
        wanted, missing = self._wanted(hosted, origin, base, progress)
        return JoinPlan(
            base,
            head.name,
            hosted.fingerprint,
            tuple(compare(hosted.fingerprint, present, installed, off)),
            tuple(one.mod.id for one in wanted if one.size),
            sum(one.size for one in wanted),
            tuple(f"{name} cannot be had here: its author does not let the host pass it on" for name in missing),
            tuple(missing),
            _Details(origin, wanted),
        )

    def fetch(self, plan: JoinPlan, progress: Progress = ignore_progress) -> Path:
        """Fetch what a plan needs, and return the folder of the set.

        Raises
        ------
        VFSError
            Something cannot be had, or is not what the host said. What was received is kept for the next attempt.
        """
        with self._files.lock():
            try:
                return self._fetch(plan, progress)
            except DamagedError:
                self._forget_contents()  # nobody asks this host again for the same
                raise

    def _fetch(self, plan: JoinPlan, progress: Progress) -> Path:
        details: _Details = plan.details
        for folder in (self._kept, self._contents, self._sets):
            folder.mkdir(parents=True, exist_ok=True)
        needed = sum(2 * sum(file.size for file in one.files) + one.size for one in details.wanted)
        if needed > (free := shutil.disk_usage(self._kept).free):
            raise BudgetError.at(str(self._kept), f"{needed:,} bytes are needed in {self._kept}; {free:,} are free")
        done, lock = 0, threading.Lock()

        def on_bytes(count: int, what: str) -> None:
            nonlocal done
            with lock:
                done += count
                progress(min(done, plan.size), plan.size, what)

        made = [self._make(one, details.origin, on_bytes) for one in details.wanted]
        folder = self._sets / plan.fingerprint.digest[:32]
        folder.mkdir(exist_ok=True)
        details.opened.clear()
        for file, one in zip(made, details.wanted, strict=True):
            _link(file, folder / f"{one.mod.id}-{file.name}")
            details.opened.append(self._checked(file, folder / f"{one.mod.id}-{file.name}", one.mod))
        known = {f"{one.mod.id}-{file.name}" for file, one in zip(made, details.wanted, strict=True)}
        for file in folder.iterdir():
            if file.name not in known:
                file.unlink(missing_ok=True)
        table = {"folder": str(folder.absolute()), "fingerprint": plan.fingerprint.to_json()}
        write_whole(folder.with_suffix(".json"), json.dumps(table).encode())
        self._tidy(folder)
        return folder

    def file_of(self, folder: Path) -> Path:
        """Return the file that says what a set is, for a game that is started with it."""
        return folder.with_suffix(".json")

    # --- what is missing -----------------------------------------------------------------------------

    def _wanted(
        self, hosted: HostedSet, origin: Origin, base: str, progress: Progress
    ) -> tuple[list[_Wanted], list[str]]:
        wanted: list[_Wanted] = []
        missing: list[str] = []
        contents = OwnContents([copy for mod in self._mods.available for copy in self._mods.copies(mod.id)])
        for number, mod in enumerate(hosted.fingerprint.mods):
            progress(number, len(hosted.fingerprint.mods), mod.name or mod.id)
            if self._has(mod):
                continue
            how = hosted.mods[mod.id]
            if self._is_kept(mod) is not None:
                wanted.append(_Wanted(mod))
            elif how.is_sent:
                wanted.append(self._compared(mod, origin, base, contents))
                if sum(len(one.files) for one in wanted) > MOST_LISTED:
                    raise DamagedError.at(base, f"{base} lists more than {MOST_LISTED:,} files; nothing was changed")
            elif how.file and (len(self._sources) or is_public(how.source)):
                wanted.append(_Wanted(mod, hosted=how))
            else:
                missing.append(f"{mod.name or mod.id} {mod.version}")
        return wanted, missing

    def _has(self, mod: ModPrint) -> bool:
        """Return whether the copy that the game would use is the host's."""
        if mod.id not in {known.id for known in self._mods.available}:
            return False
        copies = [copy for copy in self._mods.copies(mod.id) if str(copy.version) == mod.version]
        return bool(copies) and self._mods.digest_of(copies[0]) == mod.sha256

    def _is_kept(self, mod: ModPrint) -> Path | None:
        return next(
            (file for suffix in (".zip", ".pack") if (file := self._kept / f"{mod.sha256}{suffix}").exists()), None
        )

    def _compared(self, mod: ModPrint, origin: Origin, base: str, contents: OwnContents) -> _Wanted:
        files = read_list(origin.read(f"list/{mod.sha256}.zst", MOST_SENT_BYTES), base)
        local = contents.find(mod.id, files)
        pieces = [piece for file in files for piece in file.pieces]
        different = sum({piece.sha256: piece.size for piece in pieces}.values())
        # A few contents that are in very many files would fill the disk.
        check_unpacked_size(sum(piece.size for piece in pieces), different, f"{mod.id} of {base}", self._limits)
        here = {piece.sha256 for file in files if file.sha256 in local for piece in file.pieces} | local.keys()
        first = {piece.sha256: index for index, piece in reversed(list(enumerate(pieces)))}
        fetched = sorted(index for sha256, index in first.items() if sha256 not in here)
        return _Wanted(mod, files, fetched, local)

    # --- making the mods -----------------------------------------------------------------------------

    def _make(self, wanted: _Wanted, origin: Origin, on_bytes: Callable[[int, str], object]) -> Path:
        kept = self._is_kept(wanted.mod)
        if kept is not None:
            os.utime(kept)
            return kept
        name = wanted.mod.name or wanted.mod.id
        if wanted.hosted is not None:
            part = self._kept / f"{wanted.mod.sha256}.part{wanted.hosted.file[64:]}"
            self._from_sources(wanted, wanted.hosted, part, on_bytes)
        else:
            count = partial(_counted, on_bytes, name)
            sha256, numbers = wanted.mod.sha256, wanted.fetched
            received = receive(origin, sha256, wanted.pieces, numbers, self._contents, count)
            part = self._kept / f"{sha256}.part.zip"
            try:
                assemble(part, wanted.files, wanted.reader(received), lambda _: count(0))
            except BaseException:
                part.unlink(missing_ok=True)
                raise
        target = part.with_name(part.name.replace(".part", ""))
        os.replace(part, target)
        return target

    def _from_sources(
        self, wanted: _Wanted, hosted: HostedMod, part: Path, on_bytes: Callable[[int, str], object]
    ) -> None:
        name = wanted.mod.name or wanted.mod.id
        sources = sorted(self._sources, key=lambda source: source.address != hosted.source)
        makers: list[Callable[[], Origin]] = [partial(self._sources.origin, source) for source in sources]
        if is_public(hosted.source) and hosted.source not in [source.address for source in sources]:
            makers.append(partial(origin_of, hosted.source, self._limits))  # its bytes are checked by their digest
        before = 0

        def count(there: int) -> None:
            nonlocal before
            on_bytes(max(0, there - before), name)
            before = max(before, there)

        for make in makers:
            try:
                fetch_whole(make(), f"by-hash/{hosted.file}", part, hosted.size, hosted.file[:64], count)
            except (PathNotFoundError, RemoteError, DamagedError):
                continue
            return
        sentence = (
            f"{name} {wanted.mod.version} is in none of your sources, and its author does not let the host pass it on"
        )
        raise PathNotFoundError.at(wanted.mod.id, sentence)

    def _checked(self, kept: Path, file: Path, wanted: ModPrint) -> Mod:
        """Open a file, and check that it is the mod of the fingerprint, and nothing else. If not, it is deleted."""
        mods = self._mods.open_ahead(file, file)
        with contextlib.suppress(VFSError, ValueError):
            if (
                len(mods) == 1
                and (mods[0].id, str(mods[0].version)) == (wanted.id, wanted.version)
                and self._mods.digest_of(mods[0]) == wanted.sha256
            ):
                return mods[0]
        for mod in mods:
            mod.close()
        file.unlink(missing_ok=True)
        kept.unlink(missing_ok=True)
        sentence = f"what was received as {wanted.id} {wanted.version} is not the mod of the host; nothing was changed"
        raise DamagedError.at(wanted.id, sentence)

    def _forget_contents(self) -> None:
        for file in self._contents.iterdir():
            file.unlink(missing_ok=True)

    def _tidy(self, present: Path) -> None:
        """Delete what was not joined for some time, and contents that are in a mod now."""
        oldest = time.time() - _KEPT_DAYS * 86400
        self._forget_contents()
        for folder in self._sets.iterdir():
            if folder.is_dir() and folder != present and folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)
                folder.with_suffix(".json").unlink(missing_ok=True)
        for file in self._kept.iterdir():
            if file.stat().st_mtime < oldest:
                file.unlink(missing_ok=True)


def _parted(address: str) -> tuple[str, str]:
    """Divide the address of a host into the address of its server and the code of its set."""
    text = address.strip()
    whole = text if "://" in text else f"http://{text}"
    base, _, code = whole.partition("#")
    if code and (len(code) != CODE_LENGTH or not all(char in "0123456789abcdef" for char in code)):
        raise ConfigError.at("address", f"the code after # in the address is not one of {CODE_LENGTH} characters")
    try:
        parts = urlsplit(base)
        is_loopback = parts.hostname in ("localhost", "127.0.0.1", "::1")
    except ValueError:
        raise ConfigError.at("address", f"{address} is not the address of a host") from None
    if parts.scheme == "http" and not code and not is_loopback:
        sentence = f"{address} is not encrypted, so anybody in the network could change what is sent"
        raise ConfigError.at("address", f"{sentence}; use the whole address that the host shows, with the part after #")
    return base.rstrip("/"), code


def _counted(on_bytes: Callable[[int, str], object], name: str, count: int) -> None:
    on_bytes(count, name)


def _link(stored: Path, target: Path) -> None:
    if target.exists() and (target.samefile(stored) or file_digest(target) == file_digest(stored)):
        return
    target.unlink(missing_ok=True)
    try:
        os.link(stored, target)
    except OSError:  # no file system has links
        shutil.copyfile(stored, target)
