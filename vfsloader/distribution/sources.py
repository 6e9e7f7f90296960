"""The sources that mods come from: their addresses, the keys trusted for them, and the last good index of each.

A source is used only after somebody said yes to it: by naming its key, or by trusting the key (or the lack of one) that
it has now. From then on only that key, or one that it names as its successor, is accepted. An index that is older than
the last one, or too old to be installed from, is refused.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from vfsloader.distribution.foreign import fetch, rows_of
from vfsloader.distribution.head import MOST_HEAD_BYTES, NAME, Head, read_head
from vfsloader.distribution.index_copy import IndexCopy
from vfsloader.distribution.origin import Origin, origin_of
from vfsloader.distribution.rows import IndexedMod
from vfsloader.distribution.source_list import Source, SourceList, hexadecimal, whole_address
from vfsloader.distribution.worlds import WORLDS
from vfsloader.errors import ConfigError, DamagedError, VFSError
from vfsloader.mods.state import write_json
from vfsloader.packs.sign import Key
from vfsloader.quoting import plain, quoted
from vfsloader.remote.addresses import redacted
from vfsloader.runtime.atomic import write_whole
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits

_FILE, _ANSWERS = "sources.json", "answers.json"
#: For so long the list of a source of another world counts as the present one.
FRESH_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Index:
    """What a source offers."""

    source: Source
    head: Head
    mods: dict[str, IndexedMod]
    warning: str = ""
    """Why this is the last good copy, and not the present index; empty if it is the present one."""


class Sources:
    """The sources of a game.

    Parameters
    ----------
    folder
        Where the list and the last good indexes are kept.
    limits
        How long to wait for a server.
    own
        By address, the public keys of the game's own sources. They come first, and nobody has to add them.

    Raises
    ------
    ConfigError
        A key of the game's own sources is not one.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     list(Sources(folder))
    []
    """

    def __init__(
        self, folder: Path | str, limits: Limits = DEFAULT_LIMITS, own: Mapping[str, str] | None = None
    ) -> None:
        self._folder = Path(folder)
        self._limits = limits
        self._buckets: dict[str, Origin] = {}
        self._copies: dict[str, IndexCopy] = {}
        self._list = SourceList(self._folder / _FILE, own or {})

    def __iter__(self) -> Iterator[Source]:
        return iter(self._list.load())

    def __len__(self) -> int:
        return len(self._list.load())

    def __repr__(self) -> str:
        return f"Sources({[redacted(source.address) for source in self]})"

    def add(self, address: str, key: Key | str | None = None, *, trust: bool = False, kind: str = "") -> Source:
        """Add a source, and fetch its index.

        Parameters
        ----------
        address
            An https address, or a folder. ``http://`` is accepted on this computer only.
        key
            The public key of its owner: 32 bytes, 64 hexadecimal digits, or the file that contains it.
        trust
            Without a key: accept the key that the source has now, or that it is not signed.
        kind
            For a source of another world: ``"thunderstore"`` or ``"contentdb"``. These are never signed.

        Raises
        ------
        ConfigError
            The address is not safe, or neither a key was given nor `trust`.
        DamagedError, RemoteError
            The index is not valid, or cannot be reached.
        """
        address = whole_address(address)
        if address in self._list.own_addresses:
            raise ConfigError.at(address, f"{redacted(address)} is a source of the game itself, with the game's key")
        if kind:
            return self._add_foreign(address, key, trust=trust, kind=kind)
        origin = origin_of(address, self._limits, is_signed=key is not None)
        keys: tuple[str, ...] = () if key is None else (hexadecimal(key),)
        data = origin.read(NAME, MOST_HEAD_BYTES)
        head = read_head(data, _head_name(address), keys)
        if not keys and not trust:
            signer = f"signed by {', '.join(head.keys)}" if head.keys else "not signed"
            sentence = f"{redacted(address)} ({head.source}) is {signer}; pass its key, or trust it as it is"
            raise ConfigError.at(address, sentence)
        if not keys and head.keys:
            keys = head.keys
            read_head(data, _head_name(address), keys)
        source = Source(address, keys, head.source)
        shutil.rmtree(self._home(source), ignore_errors=True)
        source = self.refresh(source).source
        self._list.save([*(other for other in self._list.load() if other.address != address), source])
        return source

    def _add_foreign(self, address: str, key: Key | str | None, *, trust: bool, kind: str) -> Source:
        if kind not in WORLDS:
            raise ConfigError.at(address, f"{quoted(kind)} is not a kind of source; the kinds are {', '.join(WORLDS)}")
        if key is not None or not trust:
            sentence = f"{redacted(address)} signs nothing, so there is no key to check; trust it as it is"
            raise ConfigError.at(address, sentence)
        source = Source(address, name=f"{WORLDS[kind].name} at {urlsplit(address).netloc or address}", kind=kind)
        shutil.rmtree(self._home(source), ignore_errors=True)
        self.refresh(source)
        self._list.save([*(other for other in self._list.load() if other.address != address), source])
        return source

    def remove(self, address: str) -> None:
        """Forget a source. What was installed from it stays.

        Raises
        ------
        ConfigError
            There is no such source.
        """
        source = self._of_the_player(address)
        self._list.save([other for other in self._list.load() if other != source])
        shutil.rmtree(self._home(source), ignore_errors=True)

    def trust(self, address: str) -> Source:
        """Accept the key that a source has now, in place of those that were trusted before."""
        source = self._of_the_player(address)
        return self.add(source.address, trust=True, kind=source.kind)

    def _of_the_player(self, address: str) -> Source:
        source = self.find(address)
        if source.is_own:
            sentence = f"{redacted(source.address)} is a source of the game itself: the game's game.toml decides"
            raise ConfigError.at(address, sentence)
        return source

    def find(self, address: str) -> Source:
        """Return a source by its address or its name.

        Raises
        ------
        ConfigError
            There is no such source.
        """
        sources = self._list.load()
        for source in sources:
            if address in (source.address, source.name) or whole_address(address) == source.address:
                return source
        known = ", ".join(redacted(source.address) for source in sources) or "none"
        raise ConfigError.at(address, f"{redacted(address)} is not a source; the sources are: {known}")

    def indexes(self, *, offline: bool = False) -> list[Index]:
        """Return what all sources offer: the present indexes, or the last good copies of those that fail."""
        indexes = []
        for source in self._list.load():
            if offline:
                with contextlib.suppress(VFSError, OSError):
                    indexes.append(self._stored(source))
                continue
            try:
                indexes.append(self.refresh(source))
            except (VFSError, OSError) as error:
                try:
                    indexes.append(replace(self._stored(source), warning=plain(str(error), 500)))
                except (VFSError, OSError):
                    indexes.append(Index(source, _NOTHING, {}, plain(str(error), 500)))
        return indexes

    def refresh(self, source: Source) -> Index:
        """Fetch the index of a source: one small file if nothing changed.

        Raises
        ------
        DamagedError
            It is not signed by a trusted key, older than the last one, or not what its head says.
        RemoteError
            The source cannot be reached.
        """
        if source.kind:
            return self._refresh_foreign(source)
        origin, where = self.origin(source), _head_name(source.address)
        data = origin.read(NAME, MOST_HEAD_BYTES)
        head = read_head(data, where, source.keys)
        home = self._home(source)
        try:
            last = read_head((home / NAME).read_bytes(), where)
        except (OSError, VFSError):
            last = None
        if last is not None and (
            head.version < last.version or (head.version == last.version and head.sha256 != last.sha256)
        ):
            sentence = f"{where} has version {head.version}, and version {last.version} was there before"
            raise DamagedError.at(where, f"{sentence}; an old index was put back, so nothing was used")
        if head.is_expired():
            sentence = f"{where} expired on {head.expires:%Y-%m-%d}; its owner has to renew it"
            raise DamagedError.at(where, f"{sentence}, or the clock of this computer is wrong")
        copy = self._copy(source)
        mods = copy.rows(head, where)
        if mods is None:
            mods = copy.fetch(origin, head, last, where)
        copy.keep(data, head)
        keys = head.keys if source.keys and head.keys else source.keys
        if (keys, head.source) != (source.keys, source.name):
            changed = replace(source, keys=keys, name=head.source)
            self._list.save([changed if other.address == source.address else other for other in self._list.load()])
            source = changed
        return Index(source, head, mods)

    def read(self, source: Source, name: str, most: int) -> bytes:
        """Return a small file of a source that its index names by its digest, such as an icon.

        Raises
        ------
        DamagedError
            The source sends other bytes.
        """
        kept = self._home(source) / name
        data = kept.read_bytes() if kept.exists() else self.origin(source).read(f"by-hash/{name}", most)
        if hashlib.sha256(data).hexdigest() != name[:64]:
            raise DamagedError.at(name, f"{redacted(source.address)} sends other bytes for {name} than its index says")
        if not kept.exists():
            write_whole(kept, data)
        return data

    def origin(self, source: Source, address: str = "") -> Origin:
        """Return where the files of a source come from, or one file that a source of another world names.

        Raises
        ------
        ConfigError
            The file is neither at the source's own host nor at an https address.
        """
        if "://" in address:
            there, here = urlsplit(address), urlsplit(source.address)
            if there.scheme != "https" and (there.scheme, there.netloc) != (here.scheme, here.netloc):
                raise ConfigError.at(address, f"{redacted(source.address)} names a file at {redacted(address)}")
            return origin_of(address, self._limits)
        if source.address.startswith("s3://"):  # it takes boto3 a second to make one
            if source.address not in self._buckets:
                self._buckets[source.address] = origin_of(source.address, self._limits)
            return self._buckets[source.address]
        return origin_of(source.address, self._limits, is_signed=bool(source.keys))

    def _refresh_foreign(self, source: Source) -> Index:
        """Fetch the list of a source of another world, unless that was done some minutes ago: such lists are long."""
        file = self._home(source) / _ANSWERS
        with contextlib.suppress(OSError, VFSError):
            if 0 <= time.time() - file.stat().st_mtime < FRESH_SECONDS:
                return self._stored(source)
        world = WORLDS[source.kind]
        answers = fetch(world, self.origin(source), redacted(source.address))
        mods = rows_of(world, answers, redacted(source.address))
        write_json(file, {path: data.decode("utf-8", "surrogateescape") for path, data in answers.items()})
        return Index(source, _FOREIGN, mods)

    def _stored(self, source: Source) -> Index:
        """Return the last good copy of an index."""
        home, where = self._home(source), _head_name(source.address)
        if source.kind:
            try:
                texts = json.loads((home / _ANSWERS).read_bytes())
                answers = {path: text.encode("utf-8", "surrogateescape") for path, text in texts.items()}
            except (ValueError, AttributeError) as error:
                raise DamagedError.at(where, f"the copy of {where} is damaged: {error}") from None
            return Index(source, _FOREIGN, rows_of(WORLDS[source.kind], answers, redacted(source.address)))
        head = read_head((home / NAME).read_bytes(), where)
        rows = self._copy(source).rows(head, where)
        if rows is None:
            raise DamagedError.at(where, f"there is no copy of the index of {where}")
        return Index(source, head, rows)

    def _copy(self, source: Source) -> IndexCopy:
        if source.address not in self._copies:
            self._copies[source.address] = IndexCopy(self._home(source))
        return self._copies[source.address]

    def _home(self, source: Source) -> Path:
        return self._folder / hashlib.sha256(source.address.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _head_name(address: str) -> str:
    return f"{redacted(address)}/{NAME}"


#: The head of a source that was never reached.
_NOTHING = Head("", 1, datetime.datetime.fromtimestamp(0, datetime.UTC), (), "0" * 64, 1, 1)
#: The head of a source of another world, which has none.
_FOREIGN = Head("", 1, datetime.datetime(9999, 1, 1, tzinfo=datetime.UTC), (), "0" * 64, 1, 1)
