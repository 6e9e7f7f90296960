"""The history of a profile: what each change did, and how to take it back. Pure.

An entry keeps only what it takes to get back from the set after a change to the one before it, so that a toggle among
a thousand mods is a short line of ``mods.json``.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from vfsloader.mods import messages
from vfsloader.mods.state import MOST_CHOICES, FileChoice, Profile, choice_of, choice_table
from vfsloader.quoting import plain

#: How many changes are kept, and how many characters they may have together.
MAX_ENTRIES, MAX_CHARACTERS = 100, 1 << 18
#: How many sets can have a name, and how long a name may be.
MAX_NAMED, MAX_NAME = 50, 100

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PastSet:
    """An earlier set of mods, and the change that ended it."""

    when: str
    """The time of the change, in UTC: ``2031-05-01T18:30:00Z``."""
    what: str
    """The change, in words: ``disabled winter``."""
    profile: Profile
    """The set before the change."""
    name: str = ""
    """The name that the player gave the set; then there was no change."""


def record(before: Profile, after: Profile, what: str = "") -> Profile:
    """Return `after` with its history: the way back to `before`. Unchanged if nothing changed."""
    way = way_back(before, after)
    if not way:
        return replace(after, history=before.history, undone=before.undone, named=before.named)
    entries = _bounded([_entry(what or describe(before, after), way), *before.history])
    return replace(after, history=entries, undone=(), named=before.named)


def undo(profile: Profile) -> Profile | None:
    """Return the set before the last change; None if there is none."""
    if not profile.history:
        return None
    entry = profile.history[0]
    earlier = go(profile, entry)
    again = {**entry, "back": way_back(profile, earlier)}
    return replace(earlier, history=profile.history[1:], undone=_bounded([again, *profile.undone]))


def redo(profile: Profile) -> Profile | None:
    """Return the set after the change that was undone last; None if there is none."""
    if not profile.undone:
        return None
    entry = profile.undone[0]
    later = go(profile, entry)
    back = {**entry, "back": way_back(profile, later)}
    return replace(later, history=_bounded([back, *profile.history]), undone=profile.undone[1:])


def past_sets(profile: Profile) -> list[PastSet]:
    """Return the earlier sets of a profile, newest first."""
    found = []
    for entry in profile.history:
        profile = replace(go(profile, entry), history=(), undone=())
        found.append(PastSet(_text(entry.get("when")), _text(entry.get("what")), profile))
    return found


def name(profile: Profile, title: str) -> Profile:
    """Return the profile with a name for its present set, in place of an earlier set with this name.

    Raises
    ------
    ValueError
        The name is empty or too long, or there are too many.
    """
    if not title.strip() or len(title) > MAX_NAME:
        raise ValueError(messages.fill(messages.BAD_SET_NAME, most=MAX_NAME))
    others = [entry for entry in profile.named if entry.get("name") != title]
    if len(others) >= MAX_NAMED:
        raise ValueError(messages.fill(messages.TOO_MANY_NAMED, most=MAX_NAMED))
    entry = {**_entry("", way_back(profile, Profile())), "name": title}
    return replace(profile, named=(entry, *others))


def forget(profile: Profile, title: str) -> Profile:
    """Return the profile without a name that was given to a set."""
    return replace(profile, named=tuple(entry for entry in profile.named if entry.get("name") != title))


def named_sets(profile: Profile) -> list[PastSet]:
    """Return the sets that have a name, the newest first."""
    blank = Profile(more=profile.more)
    return [
        PastSet(_text(entry.get("when")), "", go(blank, entry), _text(entry.get("name")))
        for entry in profile.named
        if _text(entry.get("name"))
    ]


def way_back(before: Profile, after: Profile) -> dict[str, Any]:
    """Return what to change in `after` to get `before`."""
    way: dict[str, Any] = {}
    if before.order != after.order:
        way["order"] = list(before.order)
    if disable := before.disabled - after.disabled:
        way["disable"] = sorted(disable)
    if enable := after.disabled - before.disabled:
        way["enable"] = sorted(enable)
    for name in ("overrides", "options"):
        earlier, later = getattr(before, name), getattr(after, name)
        changed = {
            mod: None if mod not in earlier else dict(earlier[mod])
            for mod in sorted({*earlier, *later})
            if not _is_same(earlier.get(mod), later.get(mod))
        }
        if changed:
            way[name] = changed
    if before.files != after.files:
        way["files"] = list(map(choice_table, before.files))
    return way


def go(profile: Profile, entry: Entry) -> Profile:
    """Return the set on the other side of a change. Of a damaged entry, what can be used counts."""
    way = entry.get("back")
    way = way if isinstance(way, Mapping) else {}
    disabled = (profile.disabled - set(_texts(way.get("enable")))) | set(_texts(way.get("disable")))
    order = tuple(dict.fromkeys(_texts(way["order"]))) if "order" in way else profile.order
    files = _choices(way["files"]) if "files" in way else profile.files
    tables: dict[str, Any] = {}
    for name in ("overrides", "options"):
        table = dict(getattr(profile, name))
        changed = way.get(name)
        for mod, values in changed.items() if isinstance(changed, Mapping) else ():
            if isinstance(values, Mapping):
                table[mod] = dict(values)
            else:
                table.pop(mod, None)
        tables[name] = table
    return replace(profile, order=order, disabled=disabled, files=files, **tables)


def describe(before: Profile, after: Profile) -> str:
    """Return a change in words.

    Examples
    --------
    >>> describe(Profile(("a", "b")), Profile(("b", "a"), frozenset({"a"})))
    'disabled a; changed the load order'
    """
    parts = []
    for word, mods in (("enabled", before.disabled - after.disabled), ("disabled", after.disabled - before.disabled)):
        if mods:
            parts.append(f"{word} {_names(mods)}")
    if before.order != after.order:
        parts.append("changed the load order")
    for name, words in (("options", "changed options of"), ("overrides", "changed rules of")):
        earlier, later = getattr(before, name), getattr(after, name)
        if changed := {mod for mod in {*earlier, *later} if not _is_same(earlier.get(mod), later.get(mod))}:
            parts.append(f"{words} {_names(changed)}")
    if before.files != after.files:
        parts.append("changed choices for single files")
    return "; ".join(parts)


def _is_same(value: object, other: object) -> bool:
    """Compare as JSON does: 1, 1.0 and true differ."""
    return json.dumps(value, sort_keys=True, default=repr) == json.dumps(other, sort_keys=True, default=repr)


def _names(mods: Iterable[str]) -> str:
    names = sorted(mods)
    return ", ".join(names) if len(names) <= 4 else f"{', '.join(names[:3])} and {len(names) - 3:,} more"


def _entry(what: str, way: Mapping[str, Any]) -> dict[str, Any]:
    now = datetime.datetime.now(datetime.UTC).replace(microsecond=0, tzinfo=None)
    return {"when": f"{now.isoformat()}Z", "what": what, "back": dict(way)}


def _bounded(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the newest entries that fit into the bounds: always the first."""
    kept: list[Entry] = []
    left = MAX_CHARACTERS
    for entry in entries:
        left -= len(json.dumps(entry))
        if kept and (left < 0 or len(kept) >= MAX_ENTRIES):
            break
        kept.append(entry)
    return tuple(kept)


def _text(value: object) -> str:
    return plain(value) if isinstance(value, str) else ""


def _texts(value: object) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _choices(value: object) -> tuple[FileChoice, ...]:
    found = []
    for choice in value[:MOST_CHOICES] if isinstance(value, list) else ():
        try:
            found.append(choice_of("files", choice))
        except ValueError:
            continue
    return tuple(found)
