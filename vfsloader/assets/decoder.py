"""Decoding files, each content once: decoded data is cached by path, content, options and the other files it read."""

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

_log = logging.getLogger("vfsloader.assets")
META_SUFFIX = ".meta"
#: What keeping anything costs, however small it is.
ENTRY_BYTES = 1024

_Key = tuple[Loader[Any], str, Hashable, bytes]
#: The digest of each other file that was read; None for a missing one.
_Dependencies = frozenset[tuple[str, bytes | None]]


class Decoded(NamedTuple):
    """The decoded data of a file."""

    data: Any
    options: Mapping[str, Any]
    """The caller's options, and those of the ``.meta`` file that the caller left out."""
    paths: frozenset[str]
    """Every path on which it depends."""
    size_bytes: int
    """About how much memory it takes."""


class Decoder:
    """Decodes files of the merged tree.

    Parameters
    ----------
    snapshots
        The paths.
    cache_bytes
        How many bytes of decoded data are kept in memory.
    files
        Makes real files for loaders that can read nothing else.
    prepared
        Keeps decoded data on disk; None: it is not kept.
    """

    def __init__(
        self, snapshots: Snapshots, cache_bytes: int, files: RealFiles, prepared: PreparedCache | None = None
    ) -> None:
        self.files = files
        self.lock = snapshots.lock
        self.snapshots = snapshots
        self.prepared = prepared
        self.cache = ByteLRU(cache_bytes, self._forget)
        self.counts: Counter[str] = Counter()
        self._variants: dict[_Key, set[_Dependencies]] = defaultdict(set)
        self._seen: set[tuple[Loader[Any], str, Hashable]] = set()

    def decode(
        self,
        loader: Loader[Any],
        path: str,
        options: Mapping[str, Any],
        reads: set[str] | None = None,
        known: Snapshot = MISSING,
    ) -> Decoded:
        """Return what a loader makes of a path's bytes, decoding them only if that was not done before.

        Parameters
        ----------
        loader, path, options
            As :meth:`ResourceManager.load` takes them; the path normalised.
        reads
            Receives every path that was asked for, also by an attempt that fails.
        known
            What is at the path, if that has just been determined.

        Raises
        ------
        PathNotFoundError, ResourceError
            There is no such file, or it cannot be decoded. The path is remembered even so.
        """
        reads = set() if reads is None else reads
        reads.add(path)
        with self.lock:
            meta, merged_options = self._with_meta(loader, path, options)
            reads |= meta
            choices = tuple(sorted(merged_options.items()))
            data = None
            # For data that may be in the cache, or that the loader reads itself, the digest is enough.
            if known.digest is None and (loader.is_streamed or (loader, path, choices) in self._seen):
                known = self.snapshots.look(path)
            if known.digest is None:
                data, known = self.snapshots.read(path)
            if loader.is_streamed:
                data = b""
            key = (loader, path, choices, known.digest or b"")
            for dependencies in self._variants.get(key, ()):
                if all(self.snapshots.look(other).digest == digest for other, digest in dependencies):
                    cached = self.cache.get((key, dependencies), None)
                    if cached is not None:
                        self.counts["remembered"] += 1
                        decoded, size = cached
                        paths = meta | {path} | {other for other, _ in dependencies}
                        return Decoded(decoded, merged_options, paths, size)
            if data is None:
                data, known = self.snapshots.read(path, known)
        others: dict[str, bytes | None] = {}

        def read(other: str) -> bytes:
            reads.add(other)
            with self.lock:
                try:
                    content, snapshot = self.snapshots.read(other)
                except PathNotFoundError:
                    others[other] = None
                    raise
                others[other] = snapshot.digest
                return content

        name = "" if self.prepared is None else _prepared_name(loader, key, merged_options)
        if self.prepared is not None and name:
            prepared = self._deserialize(self.prepared, loader, name, path)
            if prepared is not None:
                with self.lock:
                    self._seen.add(key[:3])
                return Decoded(prepared, merged_options, meta | {path}, loader.size_of(prepared, len(data)))
        asset = Asset(path, data, known.name or "", read, lambda: self.files.real_path(known))
        decoded = loader.decode(asset, **merged_options)
        self.counts["decoded"] += 1
        if self.prepared is not None and name and not others:
            self.prepared.put(name, lambda: loader.serialize(decoded, **merged_options))
        dependencies = frozenset(others.items())
        with self.lock:
            self._seen.add(key[:3])
            self._variants[key].add(dependencies)
            size = loader.size_of(decoded, len(data))
            self.cache.put((key, dependencies), (decoded, size), size + ENTRY_BYTES)
        return Decoded(decoded, merged_options, meta | {path} | others.keys(), size)

    def _deserialize(self, prepared: PreparedCache, loader: Loader[Any], name: str, path: str) -> Any:
        serialized = prepared.get(name)
        if serialized is None:
            return None
        try:
            decoded = loader.deserialize(serialized, path)
        except ValueError as error:  # it was written by another version, or is damaged: decode the file again
            _log.warning("the prepared %s is not used: %s", path, error)
            return None
        self.counts["prepared"] += 1
        return decoded

    def _with_meta(
        self, loader: Loader[Any], path: str, options: Mapping[str, Any]
    ) -> tuple[frozenset[str], Mapping[str, Any]]:
        """Add the options in the ``.meta`` file beside an asset. Return its path, too, if the loader has such."""
        if not loader.meta_options:
            return frozenset(), options
        meta = path + META_SUFFIX
        snapshot = self.snapshots.look(meta)
        if snapshot.entry is None:  # as with most
            return frozenset({meta}), options
        data, snapshot = self.snapshots.read(meta, snapshot)
        try:
            table = tomllib.loads(data.decode("utf-8-sig"))
            for key, value in table.items():
                if key not in loader.meta_options:
                    raise ValueError(
                        f"{key}: there is no such option; the options are {', '.join(loader.meta_options)}"
                    )
                if not isinstance(value, loader.meta_options[key]):
                    raise ValueError(f"{key}: {value!r:.60} has the wrong type")
        except (ValueError, RecursionError) as error:
            # It may come with a mod, and the asset itself is good.
            _log.warning("%s in %s is ignored: %s", meta, snapshot.name, error)
            return frozenset({meta}), options
        named = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
        return frozenset({meta}), {**named, **options}

    def _forget(self, cached: tuple[_Key, _Dependencies]) -> None:
        key, dependencies = cached
        variants = self._variants.get(key)
        if variants is not None:
            variants.discard(dependencies)
            if not variants:
                del self._variants[key]


def _prepared_name(loader: Loader[Any], key: _Key, options: Mapping[str, Any]) -> str:
    """Return the name under which decoded data is kept on disk; empty if it is not kept."""
    cache_key = loader.cache_key(**options)
    if not cache_key:
        return ""
    _, path, choices, digest = key
    suffix = path[path.rfind(".") :] if "." in path else ""  # decoders may depend on it
    return hashlib.sha256(repr((cache_key, suffix, choices, digest)).encode()).hexdigest()
