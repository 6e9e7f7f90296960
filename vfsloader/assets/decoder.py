"""Decoding files, each content once: what was decoded is kept by path, content, options and what else was read."""

from __future__ import annotations

import hashlib
import logging
import tomllib
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple

from vfsloader.assets.loader import Asset, Loader
from vfsloader.assets.prepared import PreparedCache
from vfsloader.assets.real_files import RealFiles
from vfsloader.assets.snapshots import MISSING, Snapshot, Snapshots
from vfsloader.errors import PathNotFoundError
from vfsloader.runtime.lru import ByteLRU

_log = logging.getLogger("vfsloader.resources")
META_SUFFIX = ".meta"
#: What keeping anything costs, however small it is.
ENTRY_BYTES = 1024

_Key = tuple[Loader[Any], str, Hashable, bytes]
#: Of each further path its digest; None where nothing was there.
_Fingerprint = frozenset[tuple[str, bytes | None]]


class Decoded(NamedTuple):
    """What a file's bytes came to."""

    data: Any
    options: Mapping[str, Any]
    """The caller's options, and those of the ``.meta`` that he left open."""
    paths: frozenset[str]
    """Every path on which it depends."""
    size_bytes: int
    """How much memory it takes, about."""


class Decoder:
    """Decodes files of the merged tree.

    Parameters
    ----------
    snapshots
        The paths.
    cache_bytes
        How much of what was decoded is kept in memory.
    files
        Makes real files for loaders that can read nothing else.
    prepared
        Where it is kept on disk; None: nowhere.
    """

    def __init__(
        self, snapshots: Snapshots, cache_bytes: int, files: RealFiles, prepared: PreparedCache | None = None
    ) -> None:
        self.files = files
        self.lock = snapshots.lock
        self.snapshots = snapshots
        self.prepared = prepared
        self.kept = ByteLRU(cache_bytes, self._forget)
        self.counts: Counter[str] = Counter()
        self._variants: dict[_Key, set[_Fingerprint]] = defaultdict(set)
        self._seen_keys: set[tuple[Loader[Any], str, Hashable]] = set()

    def decode(
        self,
        loader: Loader[Any],
        path: str,
        options: Mapping[str, Any],
        reads: set[str] | None = None,
        look: Snapshot = MISSING,
    ) -> Decoded:
        """Give what a loader makes of a path's bytes, decoding them only where nobody did before.

        Parameters
        ----------
        loader, path, options
            As :meth:`ResourceManager.load` takes them; the path normalised.
        reads
            Takes every path that was asked for, those of a try that fails, too.
        look
            How the path looks, where that has just been found out.

        Raises
        ------
        PathNotFoundError, ResourceError
            There is no such file, or it cannot be decoded. The path is remembered all the same.
        """
        reads = set() if reads is None else reads
        reads.add(path)
        with self.lock:
            meta, about = self._with_meta(loader, path, options)
            reads |= meta
            choices = tuple(sorted(about.items()))
            data = None
            # The digest alone may do.
            if look.digest is None and (loader.is_streamed or (loader, path, choices) in self._seen_keys):
                look = self.snapshots.look(path)
            if look.digest is None:
                data, look = self.snapshots.read(path)
            if loader.is_streamed:
                data = b""
            key = (loader, path, choices, look.digest or b"")
            for fingerprint in self._variants.get(key, ()):
                if all(self._digest(other) == digest for other, digest in fingerprint):
                    found = self.kept.get((key, fingerprint), None)
                    if found is not None:
                        self.counts["remembered"] += 1
                        data, size = found
                        return Decoded(data, about, meta | {path} | {other for other, _ in fingerprint}, size)
            if data is None:
                data, look = self.snapshots.read(path)
        others: dict[str, bytes | None] = {}

        def read(other: str) -> bytes:
            reads.add(other)
            with self.lock:
                try:
                    content, look = self.snapshots.read(other)
                except PathNotFoundError:
                    others[other] = None
                    raise
                others[other] = look.digest
                return content

        name = "" if self.prepared is None else _prepared_name(loader, key, about)
        if self.prepared is not None and name:
            thawed = self._thawed(self.prepared, loader, name, path)
            if thawed is not None:
                with self.lock:
                    self._seen_keys.add(key[:3])
                return Decoded(thawed, about, meta | {path}, loader.size_of(thawed, len(data)))
        asset = Asset(path, data, str(look.name), read, lambda: self.files.real_path(look))
        decoded = loader.decode(asset, **about)
        self.counts["decoded"] += 1
        if self.prepared is not None and name and not others:
            self.prepared.put(name, lambda: loader.serialize(decoded, **about))
        fingerprint = frozenset(others.items())
        with self.lock:
            self._seen_keys.add(key[:3])
            self._variants[key].add(fingerprint)
            size = loader.size_of(decoded, len(data))
            self.kept.put((key, fingerprint), (decoded, size), size + ENTRY_BYTES)
        return Decoded(decoded, about, meta | {path} | others.keys(), size)

    def _thawed(self, prepared: PreparedCache, loader: Loader[Any], name: str, path: str) -> Any:
        frozen = prepared.get(name)
        if frozen is None:
            return None
        try:
            decoded = loader.deserialize(frozen, path)
        except ValueError as error:  # it was written by another version, or damaged: make it anew
            _log.warning("the prepared %s is not used: %s", path, error)
            return None
        self.counts["prepared"] += 1
        return decoded

    def _with_meta(
        self, loader: Loader[Any], path: str, options: Mapping[str, Any]
    ) -> tuple[frozenset[str], Mapping[str, Any]]:
        """Add the options that stand in the file beside an asset; tell which path that is."""
        if not loader.meta_options:
            return frozenset(), options
        meta = path + META_SUFFIX
        if self.snapshots.look(meta).entry is None:  # as with most
            return frozenset({meta}), options
        data, look = self.snapshots.read(meta)
        try:
            table = tomllib.loads(data.decode("utf-8-sig"))
            for key, value in table.items():
                if key not in loader.meta_options:
                    raise ValueError(f"{key}: there is no such option; known are {', '.join(loader.meta_options)}")
                if not isinstance(value, loader.meta_options[key]):
                    raise ValueError(f"{key}: {value!r:.60} is of a wrong type")
        except (ValueError, RecursionError) as error:
            # It may come with a mod, and the asset itself is good.
            _log.warning("%s in %s is not followed: %s", meta, look.name, error)
            return frozenset({meta}), options
        named = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
        return frozenset({meta}), {**named, **options}

    def _digest(self, path: str) -> bytes | None:
        return self.snapshots.look(path).digest

    def _forget(self, kept: tuple[_Key, _Fingerprint]) -> None:
        key, fingerprint = kept
        variants = self._variants.get(key)
        if variants is not None:
            variants.discard(fingerprint)
            if not variants:
                del self._variants[key]


def _prepared_name(loader: Loader[Any], key: _Key, about: Mapping[str, Any]) -> str:
    """Give the name under which decoded data is kept on disk; empty where it is not."""
    cache_key = loader.cache_key(**about)
    if not cache_key:
        return ""
    _, path, options, digest = key
    suffix = path[path.rfind(".") :] if "." in path else ""  # decoders may go by it
    return hashlib.sha256(repr((cache_key, suffix, options, digest)).encode()).hexdigest()
