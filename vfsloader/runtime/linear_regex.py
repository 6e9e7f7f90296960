r"""Regular expressions that never backtrack: the time of a search grows with the text, whatever the pattern is.

A game's schema has patterns, and mods have the texts that they are matched with. Python's ``re`` takes exponential
time for some of these pairs, such as ``(a+)+b`` and a row of ``a``. Here the pattern, as Python parses it, becomes a
set of states that are followed side by side. What needs backtracking (looking ahead or behind, and references to
groups) is refused when the pattern is compiled.

References
----------
Thompson, "Regular Expression Search Algorithm", Communications of the ACM 11 (6), 1968.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

#: Repeats are written out, so ``(a{1000}){1000}`` would have a million states.
MAX_STATES = 5_000
#: Moves that are remembered, as most texts repeat them.
_MAX_REMEMBERED = 20_000
_WORD, _SPACE, _DIGIT = str.isalnum, str.isspace, str.isdecimal


class _State(NamedTuple):
    """One state: it takes a character, asks where it is, splits, or is the end."""

    takes: Callable[[str], bool] | None = None
    stands: str = ""
    """A position that must hold: ``start``, ``end``, ``very_end``, ``word``, ``not_word``."""
    to: tuple[int, ...] = ()
    is_end: bool = False


class LinearPattern:
    """A compiled pattern.

    Parameters
    ----------
    pattern
        As for :func:`re.compile`.

    Raises
    ------
    ValueError
        It is not a valid pattern, is too large, or cannot be matched without backtracking.

    Examples
    --------
    >>> LinearPattern("^[a-z]+(:[a-z]+)*$").search("winter:scarf")
    True
    >>> LinearPattern("(a+)+b").search("a" * 5000)
    False
    >>> LinearPattern("(?=a)b")
    Traceback (most recent call last):
    ...
    ValueError: the pattern '(?=a)b' looks ahead or behind, which cannot be matched without backtracking
    """

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        parser: Any = importlib.import_module("re._parser")
        try:
            parsed = parser.parse(pattern)
        except (importlib.import_module("re").error, RecursionError, OverflowError) as error:
            raise ValueError(f"{pattern[:80]!r} is not a regular expression: {error}") from None
        if parsed.state.flags & ~32:  # 32: Unicode, which is always set
            raise self._refused("has flags")
        self._states: list[_State] = []
        self._start = self._add_items(parsed, self._add(_State(is_end=True)))
        self._moves: dict[tuple[frozenset[int], str], frozenset[int]] = {}

    def search(self, text: str) -> bool:
        """Return whether the pattern matches anywhere in a text."""
        states: frozenset[int] = frozenset()
        for index in range(len(text) + 1):
            here = self._closure({*states, self._start}, text, index)
            if any(self._states[state].is_end for state in here):
                return True
            if index < len(text):
                states = self._move(here, text[index])
        return False

    def _move(self, states: frozenset[int], char: str) -> frozenset[int]:
        known = self._moves.get((states, char))
        if known is None:
            taken = (self._states[state] for state in states)
            known = frozenset(state.to[0] for state in taken if state.takes is not None and state.takes(char))
            if len(self._moves) < _MAX_REMEMBERED:
                self._moves[states, char] = known
        return known

    def _closure(self, states: Iterable[int], text: str, index: int) -> frozenset[int]:
        """Return the states that take a character, or end, after all that take none."""
        waiting, seen = list(states), set(states)
        while waiting:
            state = self._states[waiting.pop()]
            if state.takes is None and (not state.stands or _stands(state.stands, text, index)):
                fresh = [to for to in state.to if to not in seen]
                seen.update(fresh)
                waiting += fresh
        return frozenset(number for number in seen if self._states[number].takes or self._states[number].is_end)

    def _add(self, state: _State) -> int:
        if len(self._states) >= MAX_STATES:
            raise self._refused(f"needs more than {MAX_STATES:,} states")
        self._states.append(state)
        return len(self._states) - 1

    def _add_items(self, items: Any, then: int) -> int:
        """Add the states of a sequence before the state `then`. Return the first one."""
        for code, argument in reversed(list(items)):
            then = self._add_item(str(code), argument, then)
        return then

    def _add_item(self, code: str, argument: Any, then: int) -> int:
        if code in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
            return self._add(_State(takes=_taker(code, argument), to=(then,)))
        if code == "AT":
            return self._add(_State(stands=self._position(str(argument)), to=(then,)))
        if code == "SUBPATTERN":
            _, added, removed, inner = argument
            if added or removed:
                raise self._refused("has flags")
            return self._add_items(inner, then)
        if code == "BRANCH":
            return self._add(_State(to=tuple(self._add_items(branch, then) for branch in argument[1])))
        if code in ("MAX_REPEAT", "MIN_REPEAT"):
            least, most, inner = argument
            return self._add_repeat(least, most, inner, then)
        raise self._refused(
            {"ASSERT": "looks ahead or behind", "ASSERT_NOT": "looks ahead or behind"}.get(
                code, "refers to a group, or never gives back what it took"
            )
        )

    def _add_repeat(self, least: int, most: Any, inner: Any, then: int) -> int:
        if str(most) == "MAXREPEAT":
            loop = self._add(_State())
            self._states[loop] = _State(to=(self._add_items(inner, loop), then))
            then = loop
        else:
            end = then
            for _ in range(int(most) - least):
                then = self._add(_State(to=(self._add_items(inner, then), end)))
        for _ in range(least):
            then = self._add_items(inner, then)
        return then

    def _position(self, code: str) -> str:
        known = {
            "AT_BEGINNING": "start",
            "AT_BEGINNING_STRING": "start",
            "AT_END": "end",
            "AT_END_STRING": "very_end",
            "AT_BOUNDARY": "word",
            "AT_NON_BOUNDARY": "not_word",
        }
        if code not in known:
            raise self._refused("has flags")
        return known[code]

    def _refused(self, what: str) -> ValueError:
        why = "" if "states" in what or "flags" in what else ", which cannot be matched without backtracking"
        return ValueError(f"the pattern {self.pattern[:80]!r} {what}{why}")


@functools.lru_cache(maxsize=256)
def linear_pattern(pattern: str) -> LinearPattern:
    """Return a compiled pattern: the same one for the same text."""
    return LinearPattern(pattern)


def _stands(position: str, text: str, index: int) -> bool:
    if position == "start":
        return index == 0
    if position == "very_end":
        return index == len(text)
    if position == "end":
        return index == len(text) or (index == len(text) - 1 and text[index] == "\n")
    before = index > 0 and _is_word(text[index - 1])
    after = index < len(text) and _is_word(text[index])
    return (before != after) == (position == "word")


def _is_word(char: str) -> bool:
    return char == "_" or _WORD(char)


def _taker(code: str, argument: Any) -> Callable[[str], bool]:
    """Return a function that says whether an item of a pattern takes a character."""
    if code == "ANY":
        return lambda char: char != "\n"
    if code == "IN":
        items = [(str(kind), value) for kind, value in argument]
        is_negated = items[0][0] == "NEGATE"
        takers = [_taker(kind, value) for kind, value in items[is_negated:]]
        return lambda char: any(taker(char) for taker in takers) != is_negated
    if code == "LITERAL":
        return lambda char: ord(char) == argument
    if code == "NOT_LITERAL":
        return lambda char: ord(char) != argument
    if code == "RANGE":
        low, high = argument
        return lambda char: low <= ord(char) <= high
    category = str(argument)
    test = _is_word if category.endswith("WORD") else _SPACE if category.endswith("SPACE") else _DIGIT
    is_not = "NOT_" in category
    return lambda char: test(char) != is_not
