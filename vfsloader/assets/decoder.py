"""Decoding files, each content once: decoded data is cached by path, content, options and the other files it read."""

from __future__ import annotations

import itertools
import time
import weakref
from collections import Counter, deque
from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from vfsloader.assets.companions import META_SUFFIX, Companions
from vfsloader.assets.edits.gather import EDITS_SUFFIX, NO_EDITS, EditStack, EditStacks, edited_path, edits_key
from vfsloader.assets.loader import Asset, Decoded, Loader, UnreadAsset
from vfsloader.assets.snapshots import MISSING, Snapshot, Snapshots
from vfsloader.errors import (
    BudgetError,
    MissingExtraError,
    NotInitializedError,
    PathNotFoundError,
    ResourceError,
    VFSError,
)
from vfsloader.layers.protocol import Layer, digest_of, prepared_of
from vfsloader.layers.union import Found, Union
from vfsloader.quoting import message, plain
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits
from vfsloader.runtime.hashes import sha256
from vfsloader.runtime.logs import logger
from vfsloader.runtime.lru import ByteLRU

if TYPE_CHECKING:
    from vfsloader.assets.edits.apply import Composed, EditOutcome
    from vfsloader.assets.edits.canvas import Pixels
    from vfsloader.assets.prepared import PreparedCache
    from vfsloader.assets.real_files import RealFiles

_log = logger("vfsloader.assets")
#: What an entry of the cache costs at least, however small its data is.
ENTRY_BYTES = 1024
#: Data that takes more than this part of the cache is not cached: it would evict too much, and be held twice.
LARGEST_SHARE = 32
#: The same for a picture without its edits, which are changed more often than the picture.
LARGEST_SHARE_OF_EDITS = 3

#: Files that packs keep in one form are unpacked together. So many forms are remembered of which some file is left.
UNPACKED_GROUPS = 4

#: What a loader raises whatever the file contains.
_NOT_THE_FILES_FAULT = (NotInitializedError, MissingExtraError)

_Key = tuple[Loader[Any], str, Hashable, bytes]
#: The digest of each other file that was read; None for a missing one.
_Dependencies = frozenset[tuple[str, bytes | None]]
_NO_DEPENDENCIES: _Dependencies = frozenset()


class Failure(NamedTuple):
    """A mod's file that cannot be decoded."""

    path: str
    """The file: the asset itself, or the ``.meta`` file beside it."""
    layer: str
    """The name of the mod's layer."""
    error: str


def _every_layer_is_trusted(layer: str) -> bool:
    return True


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
    is_trusted
        Says of a layer's name whether it is the game's own, and not a mod's.
    limits
        How much may be made of a file of another layer.

    Attributes
    ----------
    has_prepared
        Whether some layer keeps files in forms that loaders read faster; see :meth:`look_for_prepared`.
    edits
        The edits of the pictures that were asked for.
    recent
        The paths that were decoded last, the newest last.
    outcomes
        By path, what became of the edits of the pictures that its resource is made of, if it has any.
    failures
        By path, the mod's file that is not used because it cannot be decoded. Another layer's file, or what was
        decoded before, is used instead if there is any.
    """

    def __init__(
        self,
        snapshots: Snapshots,
        cache_bytes: int,
        files: RealFiles,
        prepared: PreparedCache | None = None,
        is_trusted: Callable[[str], bool] = _every_layer_is_trusted,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self.is_trusted = is_trusted
        self.limits = limits
        self.edits = EditStacks(snapshots)
        self._companions = Companions(snapshots)
        self.failures: dict[str, Failure] = {}
        self.outcomes: dict[str, tuple[EditOutcome, ...]] = {}
        self.files = files
        self.snapshots = snapshots
        self.prepared = prepared
        self.has_prepared = False
        self.recent: deque[str] = deque(maxlen=32)
        self.cache = ByteLRU(cache_bytes, self._forget)
        self.counts: Counter[str] = Counter()
        #: What was composed last of each picture that is too large to be cached as a whole, while it is remembered.
        self._composed: weakref.WeakValueDictionary[str, Composed] = weakref.WeakValueDictionary()
        #: Replaced and never changed, as several threads use it; what was unpacked of each form, by digest.
        self._unpacked: tuple[tuple[Layer, dict[bytes, Any]], ...] = ()
        self._variants: dict[_Key, tuple[_Dependencies, ...]] = {}
        self._seen: set[tuple[Loader[Any], str, Hashable]] = set()

    def decode(
        self,
        loader: Loader[Any],
        path: str,
        options: Mapping[str, Any],
        reads: set[str] | None = None,
        known: Snapshot = MISSING,
        *,
        falls_back: bool = True,
    ) -> Decoded:
        """Return what a loader makes of a path's bytes, decoding them only if that was not done before.

        If a mod's file cannot be decoded, the next layer's file is used instead. If it cannot be decoded with the
        options of a mod's ``.meta`` file, these are left out. Either is noted in `failures` and in the log.

        Parameters
        ----------
        loader, path, options
            As :meth:`ResourceManager.load` takes them; the path normalised.
        reads
            Receives every path that was asked for, also by an attempt that fails.
        known
            What is at the path, if that has just been determined.
        falls_back
            Whether to do without a mod's file that cannot be decoded.

        Raises
        ------
        PathNotFoundError, ResourceError
            There is no such file, or it cannot be decoded. The path is remembered even so.
        """
        reads = set() if reads is None else reads
        reads.add(path)
        self.recent.append(path)
        try:
            decoded = self._decode(loader, path, options, reads, known)
        except Exception as error:  # a game's own loader may raise anything about a mod's file
            instead = self._decode_instead(loader, path, options, reads, error) if falls_back else None
            if instead is not None:
                return instead
            self._note_unless_trusted(path, error)
            if isinstance(error, PathNotFoundError) and loader.shows_edits:
                from vfsloader.assets.edits.apply import outcomes_without

                self._note_outcomes(path, outcomes_without(path, self.edits.last(path)))
            if isinstance(error, BudgetError):
                raise ResourceError.at(path, str(error)) from error
            raise
        if self.failures:
            self.failures.pop(path, None)
        return decoded

    def look_for_prepared(self, union: Union) -> None:
        """Determine whether some layer keeps files in forms that loaders read faster; call it for each new union."""
        self.has_prepared = any(getattr(mount.layer, "has_prepared", False) for mount in union.mounts)

    def _decode_instead(
        self, loader: Loader[Any], path: str, options: Mapping[str, Any], reads: set[str], error: Exception
    ) -> Decoded | None:
        """Decode a path without what a mod got wrong; return None if nothing else can be decoded."""
        if isinstance(error, _NOT_THE_FILES_FAULT):
            return None
        with self.snapshots.lock:
            meta = self.snapshots.last(path + META_SUFFIX) if loader.meta_options else MISSING
            copies = list(self.snapshots.copies(path))
        is_meta_doubtful = meta.name is not None and not self.is_trusted(meta.name)
        attempts: list[tuple[str, str, Found | None, bool]] = []
        if is_meta_doubtful and copies:
            attempts.append((path + META_SUFFIX, meta.name or "", None, False))
        for failed, lower in itertools.pairwise(copies):
            if self.is_trusted(failed.name):
                break
            attempts.append((path, copies[0].name, lower, True))
            if is_meta_doubtful:
                attempts.append((path, copies[0].name, lower, False))
        for culprit, layer, copy, has_meta in attempts:
            try:
                decoded = self._decode(loader, path, options, reads, MISSING, copy, has_meta=has_meta)
            except Exception as again:  # as above; the first error is the one to report
                _log.debug("neither is another copy of %s: %s", plain(path), plain(str(again), 500))
                continue
            self._note(path, Failure(culprit, layer, message(str(error)) or type(error).__name__))
            return decoded._replace(paths=decoded.paths | reads)
        return None

    def _note_unless_trusted(self, path: str, error: Exception) -> None:
        """Note that a mod's file cannot be decoded, and that nothing replaces it."""
        layer = self.snapshots.last(path).name
        if layer is not None and not self.is_trusted(layer) and not isinstance(error, _NOT_THE_FILES_FAULT):
            self._note(path, Failure(path, layer, message(str(error)) or type(error).__name__))

    def _note(self, path: str, failure: Failure) -> None:
        if self.failures.get(path) != failure:
            self.failures[path] = failure
            _log.warning(
                "%s of %s is not used: %s", plain(failure.path), plain(failure.layer), plain(failure.error, 500)
            )

    def _decode(
        self,
        loader: Loader[Any],
        path: str,
        options: Mapping[str, Any],
        reads: set[str],
        known: Snapshot,
        copy: Found | None = None,
        *,
        has_meta: bool = True,
    ) -> Decoded:
        """Decode the winning file of a path, or `copy`, the file of another layer."""
        with self.snapshots.lock:
            has_companions = self._companions.may_have(path)
            meta, merged_options, is_meta_trusted = self._with_meta(loader, path, options, has_companions)
            if not has_meta:
                merged_options, is_meta_trusted = options, True
            choices = tuple(sorted(merged_options.items())) if merged_options else ()
            stack = NO_EDITS
            if loader.shows_edits:
                if has_companions:
                    stack = self.edits.look(path)
                else:
                    self.edits.miss(path)
                meta |= {path + EDITS_SUFFIX}
            reads |= meta
            data = None
            if copy is not None:
                known = Snapshot(*copy, digest_of(copy.layer, copy.entry))
            # For data that may be in the cache, or that the loader reads itself, the digest is enough.
            if known.digest is None and (loader.is_streamed or (loader, path, choices) in self._seen):
                known = self.snapshots.look(path)
            if known.digest is None and (self.has_prepared or self.prepared is not None):
                known = self.snapshots.resolve(path)
            if known.digest is None:
                data, known = self.snapshots.read(path, known)
            if loader.is_streamed:
                data = b""
            key = (loader, path, choices, (known.digest or b"") + (stack.digest or b""))
            ready: Composed | None = None
            ready_of = _NO_DEPENDENCIES
            for dependencies in self._variants.get(key, ()):
                if all(self._digest_now(other) == digest for other, digest in dependencies):
                    cached = self.cache.get((key, dependencies), None)
                    if cached is not None:
                        self.counts["remembered"] += 1
                        decoded, size, outcomes = cached
                        if self._composed and _is_composed(decoded):  # the picture itself is too large
                            ready, ready_of = decoded, dependencies
                            break
                        self._note_outcomes(path, outcomes)
                        paths = meta | {path} | {other for other, _ in dependencies}
                        return Decoded(decoded, merged_options, paths, size)
        name = "" if self.prepared is None else _prepared_name(loader, key, merged_options)
        if ready is None and name:
            kept = self._recall(name, key, stack, merged_options, meta | {path}, known)
            if kept is not None:
                return kept
        if self.has_prepared and loader.uses_prepared and data is None and not stack.files and ready is None:
            limits = None if is_meta_trusted else self.limits
            from_pack = self._decode_prepared(loader, path, known, limits, merged_options)
            if from_pack is not None:
                # It is not cached: unpacking it again takes about as long as copying it does.
                self.counts["prepared"] += 1
                if self.outcomes:
                    self._note_outcomes(path, ())
                size = loader.size_of(from_pack, 0 if known.entry is None else known.entry.size)
                return Decoded(loader.hand_over(from_pack), merged_options, meta | {path}, size)
        others: dict[str, bytes | None] = dict(ready_of)

        def read(other: str) -> bytes:
            reads.add(other)
            with self.snapshots.lock:
                try:
                    content, snapshot = self.snapshots.read(other)
                except PathNotFoundError:
                    others[other] = None
                    raise
                others[other] = snapshot.digest
                return content

        def stack_of(picture: str) -> EditStack:
            if loader.shows_edits and picture == path:
                return stack
            key = edits_key(picture)
            reads.add(key)
            with self.snapshots.lock:
                edits = self.edits.look(picture)
            others[key] = edits.digest
            return edits

        # Most pictures have no edits, and name no other pictures.
        editing = None
        if stack.files or not loader.shows_edits:
            from vfsloader.assets.edits.apply import Editing

            editing = Editing(stack_of, self.limits_of, self.remember, earlier=self._composed, ready=ready)

        def provider(other: str) -> tuple[str, Limits | None]:
            name = self.snapshots.last(other).name or ""
            return name, None if self.is_trusted(name) else self.limits

        is_unread = data is None and copy is None and editing is not None and known.entry is not None
        if data is None and not is_unread:
            with self.snapshots.lock:
                if copy is None:
                    data, known = self.snapshots.read(path, known)
                else:  # the path still counts as the winner's
                    data = copy.layer.read(copy.entry)
        layer = known.name or ""
        is_trusted = self.is_trusted(layer)
        asset = (UnreadAsset if is_unread else Asset)(
            path,
            data or b"",
            layer,
            read,
            lambda: self.files.real_path(known),
            is_trusted=is_trusted,
            limits=None if is_trusted and is_meta_trusted else self.limits,
            provider=provider,
            editing=editing,
            digest=known.digest,
        )
        if isinstance(asset, UnreadAsset):
            asset.fetch = lambda: self._fetch(path, known)
        started = time.perf_counter()
        decoded = loader.decode(asset, **merged_options)
        seconds = time.perf_counter() - started
        outcomes = () if editing is None else editing.outcomes()
        if ready is None:
            self.counts["decoded"] += 1
        is_serialized = bool(name) and ready is None and (bool(stack.files) or not others)
        if self.prepared is not None and is_serialized:
            if stack.files:
                from vfsloader.assets.prepared_edits import remember

                name = remember(self.prepared, name, others, outcomes)
            self.prepared.put(name, lambda: loader.serialize(decoded, **merged_options))
        dependencies = frozenset(others.items()) if others else _NO_DEPENDENCIES  # each empty set takes 216 bytes
        file_bytes = len(data) if data is not None else 0 if known.entry is None else known.entry.size
        size = loader.size_of(decoded, file_bytes)
        composed = None if editing is None else editing.composed
        with self.snapshots.lock:
            if outcomes or self.outcomes:
                self._note_outcomes(path, outcomes)
            self._seen.add(key[:3])
            variants = self._variants.get(key, ())
            if dependencies not in variants:
                variants = (*variants, dependencies)
            if size <= self.cache.max_bytes // LARGEST_SHARE:
                self._variants[key] = variants
                self.cache.put((key, dependencies), (decoded, size, outcomes), size + ENTRY_BYTES)
            else:
                if composed is not None and composed.size_bytes <= self.cache.max_bytes // LARGEST_SHARE_OF_EDITS:
                    self._variants[key] = variants
                    self.cache.put((key, dependencies), (composed, size, outcomes), composed.size_bytes + ENTRY_BYTES)
                    self._composed[path] = composed
                if not is_serialized:
                    decoded = loader.hand_over(decoded)
        return Decoded(decoded, merged_options, meta | {path} | others.keys(), size, seconds)

    def _fetch(self, path: str, known: Snapshot) -> bytes:
        with self.snapshots.lock:
            return self.snapshots.read(path, known)[0]

    def forget(self, name: str) -> None:
        """Stop remembering a path, or the edits of a picture."""
        picture = edited_path(name)
        if picture is None:
            self.snapshots.forget(name)
        else:
            self.edits.forget(picture)

    def note(self, loader: Loader[Any], path: str, found: Found, options: Mapping[str, Any]) -> Decoded | None:
        """Remember a file that somebody else reads and decodes, as if it had been done here.

        Parameters
        ----------
        loader, path, options
            As for :meth:`decode`.
        found
            The winning file of the path.

        Returns
        -------
        Decoded or None
            All but the data. None if more than that file counts, or it may change without notice: decode it here.
        """
        with self.snapshots.lock:
            has_companions = self._companions.may_have(path)
            paths, merged_options, _ = self._with_meta(loader, path, options, has_companions)
            if merged_options is not options or not self.snapshots.note(path, found):
                return None
            if loader.shows_edits:
                if not has_companions:
                    self.edits.miss(path)
                elif self.edits.look(path).files:
                    return None
                paths |= {path + EDITS_SUFFIX}
        self.recent.append(path)
        return Decoded(None, options, paths | {path}, found.entry.size)

    def asset(self, path: str) -> Asset:
        """Return the file at a normalised path as an asset.

        Raises
        ------
        PathNotFoundError
            There is no such file. The path is remembered even so.
        """
        with self.snapshots.lock:
            data, snapshot = self.snapshots.read(path)
        name = snapshot.name or ""
        is_trusted = self.is_trusted(name)
        limits = None if is_trusted else self.limits
        return Asset(
            path, data, name, None, lambda: self.files.real_path(snapshot), is_trusted=is_trusted, limits=limits
        )

    def _recall(
        self,
        name: str,
        key: _Key,
        stack: EditStack,
        options: Mapping[str, Any],
        paths: frozenset[str],
        known: Snapshot,
    ) -> Decoded | None:
        """Return what is kept on disk of a file, with the edits of a picture; None if nothing is."""
        loader, path = key[:2]
        assert self.prepared is not None
        outcomes: tuple[EditOutcome, ...] = ()
        if stack.files:
            from vfsloader.assets.prepared_edits import recall

            with self.snapshots.lock:
                kept = None if path in self._composed else recall(self.prepared, name, self._digest_now)
            if kept is None:
                return None
            name, outcomes = kept.name, kept.outcomes
            paths |= {other for other, _ in kept.others}
        prepared = self._deserialize(self.prepared, loader, name, path)
        if prepared is None:
            return None
        with self.snapshots.lock:
            self._seen.add(key[:3])
        if outcomes or self.outcomes:
            self._note_outcomes(path, outcomes)
        entry_bytes = 0 if known.entry is None else known.entry.size
        return Decoded(prepared, options, paths, loader.size_of(prepared, entry_bytes))

    def _decode_prepared(
        self, loader: Loader[Any], path: str, known: Snapshot, limits: Limits | None, options: Mapping[str, Any]
    ) -> Any:
        """Decode what a pack keeps beside a file; return None if it keeps nothing that can be used."""
        if known.layer is None or known.entry is None or known.digest is None:
            return None
        is_trusted = self.is_trusted(known.name or "")
        asset = Asset(path, b"", known.name or "", is_trusted=is_trusted, limits=limits if is_trusted else self.limits)
        try:
            unpacked = self._take_unpacked(known.layer, known.digest)
            if unpacked is None:
                form = prepared_of(known.layer, known.entry)
                files = {} if form is None else loader.unpack(asset, form, known.digest, **options)
                unpacked = files.pop(known.digest, None)
                if files:  # they will probably be wanted next
                    self._unpacked = (*self._unpacked[1 - UNPACKED_GROUPS :], (known.layer, files))
            return None if unpacked is None else loader.decode_unpacked(asset, unpacked, **options)
        except (ValueError, VFSError, OSError) as error:
            _log.warning("what is prepared for %s is not used: %s", plain(path), plain(str(error), 500))
            return None

    def _take_unpacked(self, layer: Layer, digest: bytes) -> Any:
        """Return what was unpacked of a file together with another one of its layer, or None."""
        for owner, files in self._unpacked:
            if owner is layer:
                unpacked = files.pop(digest, None)
                if unpacked is not None:
                    return unpacked
        return None

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
        self, loader: Loader[Any], path: str, options: Mapping[str, Any], may_have: bool
    ) -> tuple[frozenset[str], Mapping[str, Any], bool]:
        """Add the options in the ``.meta`` file beside an asset, which it may have.

        Return its path, too, if the loader has such; and whether everything that was added is trusted.
        """
        if not loader.meta_options:
            return frozenset(), options, True
        meta = path + META_SUFFIX
        if not may_have:
            self.snapshots.miss(meta)
            return frozenset({meta}), options, True
        snapshot = self.snapshots.look(meta)
        if snapshot.entry is None:  # as with most
            return frozenset({meta}), options, True
        from vfsloader.assets.meta_options import read_options

        data, snapshot = self.snapshots.read(meta, snapshot)
        try:
            table = read_options(data, loader)
        except (ValueError, RecursionError) as error:
            # It may come with a mod, and the asset itself is good.
            reason = plain(str(error), 500)
            _log.warning("%s in %s is ignored: %s", plain(meta), plain(snapshot.name or ""), reason)
            return frozenset({meta}), options, True
        return frozenset({meta}), {**table, **options}, self.is_trusted(snapshot.name or "")

    def _digest_now(self, name: str) -> bytes | None:
        picture = edited_path(name)
        return self.snapshots.look(name).digest if picture is None else self.edits.look(picture).digest

    def limits_of(self, layer: str) -> Limits | None:
        """Return the limits for a layer's files; None if it is the game's own."""
        return None if self.is_trusted(layer) else self.limits

    def remember(self, key: Hashable, make: Callable[[], Pixels]) -> Pixels:
        """Return a decoded picture without its edits, from the cache if it is there."""
        cached_as = (("unedited", key), frozenset[Any]())  # as the keys of resources, with what they depend on
        with self.snapshots.lock:
            picture: Pixels | None = self.cache.get(cached_as, None)
        if picture is None:
            picture = make()
            size = picture.size_bytes
            if size <= self.cache.max_bytes // LARGEST_SHARE_OF_EDITS:
                with self.snapshots.lock:
                    self.cache.put(cached_as, picture, size + ENTRY_BYTES)
        return picture

    def _note_outcomes(self, path: str, outcomes: tuple[EditOutcome, ...]) -> None:
        if outcomes:
            if self.outcomes.get(path) != outcomes:
                for outcome in outcomes:
                    if outcome.reason is not None:
                        _log.warning("an edit is left out: %s", plain(str(outcome), 700))
            self.outcomes[path] = outcomes
        else:
            self.outcomes.pop(path, None)

    def _forget(self, cached: tuple[_Key, _Dependencies]) -> None:
        key, dependencies = cached
        left = tuple(variant for variant in self._variants.pop(key, ()) if variant != dependencies)
        if left:
            self._variants[key] = left


def _prepared_name(loader: Loader[Any], key: _Key, options: Mapping[str, Any]) -> str:
    """Return the name under which decoded data is kept on disk; empty if it is not kept."""
    cache_key = loader.cache_key(**options)
    if not cache_key:
        return ""
    _, path, choices, digest = key
    suffix = path[path.rfind(".") :] if "." in path else ""  # decoders may depend on it
    return sha256(repr((cache_key, suffix, choices, digest)).encode()).hexdigest()


def _is_composed(decoded: object) -> bool:
    from vfsloader.assets.edits.apply import Composed

    return isinstance(decoded, Composed)
