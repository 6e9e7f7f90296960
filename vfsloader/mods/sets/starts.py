"""Whether the last starts of the game with a set of mods got ready, and the last set with which one did. Pure.

A start is counted before the mods are loaded, and counts as failed until the game says that it is ready: so a crash,
a hang that the player ends and an exception are all the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from vfsloader.mods.state import Profile
from vfsloader.runtime.hashes import sha256

#: The key of ``mods.json``.
KEY = "starts"
#: So many starts in a row that never got ready are too many.
MAX_FAILED = 2


@dataclass(frozen=True, slots=True)
class Starts:
    """What is known about the starts of a game."""

    failed: int = 0
    """How many starts with the present set never got ready, since the last that did."""
    of: str = ""
    """The set with which they failed; see :func:`key_of`."""
    good: Mapping[str, Any] | None = None
    """The last set with which the game got ready; None if it never did: then starts are not counted."""
    known: frozenset[str] = frozenset()
    """The mods that were installed then."""

    @classmethod
    def read(cls, table: object) -> Starts:
        """Read the table of ``mods.json``; a damaged one is as good as none."""
        if not isinstance(table, Mapping):
            return cls()
        failed, of, good, known = (table.get(key) for key in ("failed", "of", "good", "known"))
        is_whole = type(failed) is int and isinstance(of, str) and isinstance(good, Mapping) and isinstance(known, list)
        return cls(failed, of, good, frozenset(filter(_is_text, known))) if is_whole else cls()  # type: ignore[arg-type]

    def table(self) -> dict[str, Any]:
        """Return the table of ``mods.json``."""
        return {"failed": self.failed, "of": self.of, "good": dict(self.good or {}), "known": sorted(self.known)}

    def begin(self, key: str) -> Starts:
        """Count a start, which has failed until it is known to be good."""
        if self.good is None:
            return self
        return replace(self, failed=self.failed + 1 if self.of == key else 1, of=key)

    def ready(self, key: str, profile: Profile, installed: Iterable[str]) -> Starts:
        """Return what is known after a good start."""
        from vfsloader.mods.sets.history import way_back

        return Starts(0, key, way_back(profile, Profile()), frozenset(installed))

    def good_profile(self, present: Profile, key: str, installed: Iterable[str]) -> Profile | None:
        """Return the set to start with instead of the present one; None to start with that."""
        from vfsloader.mods.sets.history import go

        if self.good is None or self.of != key or self.failed < MAX_FAILED:
            return None
        good = go(Profile(history=present.history, undone=present.undone, named=present.named), {"back": self.good})
        new = set(installed) - self.known
        return replace(good, disabled=good.disabled | new, more=present.more)


def key_of(profile: Profile, mods: Iterable[object]) -> str:
    """Return a text that changes with the set: with what the player chose, and with the installed mods."""
    from vfsloader.mods.sets.history import way_back

    data = [way_back(profile, Profile()), sorted(map(str, mods))]
    return sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _is_text(value: object) -> bool:
    return isinstance(value, str)
