"""What an edited picture was made of, kept on the disk beside its pixels, so that the next start need not compose it.

An entry of the cache is named by what is known before a picture is composed: its own bytes and its edits. It lists the
other files, with their digests; these name the entry with the pixels.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import NamedTuple

from vfsloader.assets.edits.apply import EditOutcome
from vfsloader.assets.prepared import PreparedCache
from vfsloader.runtime.hashes import sha256


class PreparedEdits(NamedTuple):
    """What an edited picture was made of."""

    name: str
    """The entry with the pixels."""
    others: frozenset[tuple[str, bytes | None]]
    """Every other file that was asked for, with its digest; None for a missing one."""
    outcomes: tuple[EditOutcome, ...]


def recall(cache: PreparedCache, name: str, digest_now: Callable[[str], bytes | None]) -> PreparedEdits | None:
    """Return what a picture was made of, if all of it is as it was; else None.

    Parameters
    ----------
    cache
        The cache.
    name
        Of the entry that is named by the picture and its edits.
    digest_now
        Returns the digest of a file; None if it is missing.
    """
    entry = cache.get(name)
    if entry is None:
        return None
    try:
        table = json.loads(bytes(entry))
        others = frozenset(
            (path, None if digest is None else bytes.fromhex(digest)) for path, digest in table["others"]
        )
        outcomes = tuple(
            EditOutcome(mod, path, None if area is None else (area[0], area[1], area[2], area[3]), reason, label)
            for mod, path, area, reason, label in table["outcomes"]
        )
    except (ValueError, LookupError, TypeError):
        return None  # it is damaged
    if any(digest_now(path) != digest for path, digest in others):
        return None
    return PreparedEdits(_pixels_name(name, others), others, outcomes)


def remember(
    cache: PreparedCache, name: str, others: Mapping[str, bytes | None], outcomes: tuple[EditOutcome, ...]
) -> str:
    """Keep what a picture was made of. Return the name for the entry with its pixels.

    Parameters
    ----------
    cache, name
        As for :func:`recall`.
    others, outcomes
        As in :class:`PreparedEdits`.
    """
    table = {
        "others": [[path, None if digest is None else digest.hex()] for path, digest in others.items()],
        "outcomes": [[one.mod, one.path, one.area, one.reason, one.label] for one in outcomes],
    }
    cache.put(name, lambda: json.dumps(table).encode())
    return _pixels_name(name, frozenset(others.items()))


def _pixels_name(name: str, others: frozenset[tuple[str, bytes | None]]) -> str:
    listed = sorted((path, digest or b"") for path, digest in others)
    return sha256(repr((name, listed)).encode("utf-8", "backslashreplace")).hexdigest()
