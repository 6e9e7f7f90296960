"""What the list shows: every mod, and in its place each one that cannot be read."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from vfsloader.pygame.menu.words import Words, fill

from vfsloader.mods.messages import Problem
from vfsloader.mods.metadata.mod import Mod
from vfsloader.paths import natural_key
from vfsloader.quoting import plain

#: What a player reads in the list about a problem, by its kind: the name of a sentence in `Words`.
_SHORT = {
    "missing": "missing",
    "disabled": "is_off",
    "version": "other_version",
    "game_version": "other_game",
    "incompatible": "not_together",
    "broken": "other_broken",
    "manifest": "bad_manifest",
    "unreadable": "unreadable",
}
#: Problems with the game's own files, which are shown after all mods.
_NOT_OF_MODS = frozenset({"state", "state_kept", "save"})


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list."""

    id: str
    """The mod's id, or the name of the file that cannot be read."""
    name: str
    note: str
    """What the second line says: what is wrong, or the description."""
    mod: Mod | None = None
    """None if it cannot be read."""
    problem: Problem | None = None
    """Why it does not load, or a warning."""
    is_on: bool = False
    is_wanted: bool = False
    """Whether the player wants it to load."""
    place: int = 0
    """The place in the load order, from 1; 0 if it does not load."""

    @property
    def is_wrong(self) -> bool:
        """Whether something keeps it from loading although the player wants it."""
        return self.problem is not None and not self.problem.is_warning and (self.mod is None or self.is_wanted)


def make_rows(
    mods: Sequence[Mod],
    enabled: Sequence[str],
    disabled: Collection[str],
    problems: Iterable[Problem],
    order: Sequence[str],
    words: Words,
) -> tuple[Row, ...]:
    """Make the rows of the list.

    Parameters
    ----------
    mods
        All mods that can be read, in the order in which they are listed.
    enabled
        The ids of those that load, in load order.
    disabled
        The ids of those that the player does not want.
    problems
        Everything that is wrong.
    order
        The player's order, by which a mod that cannot be read is put in its place.
    words
        The language.

    Returns
    -------
    tuple[Row, ...]
        One for each mod, and one for each file or folder that cannot be read.
    """
    worst: dict[str, Problem] = {}
    for problem in problems:
        if problem.mod not in worst or (worst[problem.mod].is_warning and not problem.is_warning):
            worst[problem.mod] = problem
    places = {mod: place for place, mod in enumerate(enabled, 1)}
    rows = []
    for mod in mods:
        found = worst.pop(mod.id, None)
        is_wrong = found is not None and not found.is_warning and mod.id not in disabled
        note = short_reason(found, words) if found is not None and is_wrong else mod.description or mod.path.name
        place = places.get(mod.id, 0)
        rows.append(Row(mod.id, mod.name, note, mod, found, bool(place), mod.id not in disabled, place))
    broken = [
        Row(problem.mod, plain(problem.mod) or words.unreadable, short_reason(problem, words), problem=problem)
        for problem in worst.values()
    ]
    return tuple(_put_in_place(rows, broken, order))


def short_reason(problem: Problem, words: Words) -> str:
    """Return in a few words why a mod does not load."""
    if problem.kind in _NOT_OF_MODS:
        return problem.fix
    return fill(getattr(words, _SHORT.get(problem.kind, "cannot_load")), other=problem.other)


def search_rows(rows: Sequence[Row], text: str) -> tuple[Row, ...]:
    """Return the rows in which all words of a text occur, whatever their case and accents.

    Examples
    --------
    >>> [row.id for row in search_rows([Row("a", "Éclair", ""), Row("b", "Snow", "white")], "ecl")]
    ['a']
    """
    wanted = _searchable(text).split()
    if not wanted:
        return tuple(rows)
    return tuple(row for row in rows if all(word in _text_of(row) for word in wanted))


def _put_in_place(rows: list[Row], broken: list[Row], order: Sequence[str]) -> list[Row]:
    """Insert each broken mod where the player's order has it; those that were never read follow at the end."""
    index = {mod: position for position, mod in enumerate(order)}
    unknown = []
    for row in sorted(broken, key=lambda row: natural_key(row.id)):
        known = next((name for name in (row.id, PurePath(row.id).stem) if name in index), None)
        if known is None:
            unknown.append(row)
            continue
        before = [at for at, other in enumerate(rows) if index.get(other.id, len(index)) < index[known]]
        rows.insert(before[-1] + 1 if before else 0, row)
    return [*rows, *sorted(unknown, key=lambda row: row.problem is not None and row.problem.kind in _NOT_OF_MODS)]


def _text_of(row: Row) -> str:
    authors = () if row.mod is None else row.mod.authors
    return _searchable(" ".join((row.name, row.id, row.note, *authors, row.mod.description if row.mod else "")))


def _searchable(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))
