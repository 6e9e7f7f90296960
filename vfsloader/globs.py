"""Globs: which paths match a pattern such as ``/sprites/**/*.png``, in time that no pattern can make explode."""

from __future__ import annotations

import functools
import itertools
import operator
import re
from collections.abc import Callable, Iterator, Sequence

#: Whether one part of a path matches one part of a glob, or one character matches one token of it.
_Test = Callable[[str], bool]


class GlobPattern:
    """A glob, ready to match whole normalised paths.

    Matching never backtracks. Its time is at most linear in the length of the pattern times the length of the path,
    so a mod may name any pattern.

    Parameters
    ----------
    pattern
        The glob; see :func:`glob_pattern`.
    case_insensitive
        Whether ``A`` matches ``a``.
    """

    __slots__ = ("_case_insensitive", "_first", "_last", "_middle", "_name_test", "_needs_rest", "pattern")

    def __init__(self, pattern: str, *, case_insensitive: bool = False) -> None:
        self.pattern = pattern
        self._case_insensitive = case_insensitive
        parts = [part for part in pattern.split("/") if part not in ("", ".")] or [""]
        groups: list[list[_Test]] = [[]]
        for part in parts:
            if part == "**":
                groups.append([])
            else:
                groups[-1].append(_part_test(part, case_insensitive))
        # What must match the first parts of a path and the last ones, and the others between them, in turn.
        self._first = groups[0]
        self._last = groups[-1] if len(groups) > 1 else None
        self._middle = [group for group in groups[1:-1] if group]
        self._needs_rest = self._last == []  # `**` at the end matches at least one part
        # Of the commonest patterns, such as /**/*.png, only the name matters.
        is_about_names = len(parts) == 2 and parts[0] == "**" != parts[1]
        self._name_test = groups[1][0] if is_about_names else None

    def __repr__(self) -> str:
        return f"GlobPattern({self.pattern!r})"

    def fullmatch(self, path: str) -> bool:
        """Return whether the whole of a normalised path matches."""
        if self._case_insensitive:
            path = _folded(path)
        if self._name_test is not None:
            return self._name_test(path[path.rfind("/") + 1 :])
        parts = path[1:].split("/")
        first, last = self._first, self._last
        if last is None:
            return len(parts) == len(first) and _fits(first, parts, 0)
        start, end = len(first), len(parts) - len(last) - self._needs_rest
        if start > end or (self._needs_rest and not parts[-1]):
            return False
        if not (_fits(first, parts, 0) and _fits(last, parts, len(parts) - len(last))):
            return False
        for group in self._middle:  # the earliest fit leaves the most to the groups after it
            while start + len(group) <= end and not _fits(group, parts, start):
                start += 1
            start += len(group)
            if start > end:
                return False
        return True


@functools.lru_cache(maxsize=512)
def glob_pattern(pattern: str, *, case_insensitive: bool = False) -> GlobPattern:
    """Prepare a glob for matching whole normalised paths.

    ``*`` and ``?`` match within one part. ``[...]`` is a character class and ``[!...]`` its complement. ``**`` as
    a whole part matches zero or more parts.

    Examples
    --------
    >>> glob_pattern("/**/*.png").fullmatch("/p.png")
    True
    >>> glob_pattern("/*.png").fullmatch("/sprites/p.png")
    False
    """
    return GlobPattern(pattern, case_insensitive=case_insensitive)


def _fits(tests: Sequence[_Test], parts: Sequence[str], start: int) -> bool:
    for index, test in enumerate(tests, start):  # noqa: SIM110 - a generator would cost more than the tests
        if not test(parts[index]):
            return False
    return True


def _folded(text: str) -> str:
    """Return a text without differences of case, with as many characters as before."""
    folded = text.casefold()
    if len(folded) == len(text):
        return folded
    return "".join(next((new for new in (char.casefold(), char.lower()) if len(new) == 1), char) for char in text)


def _part_test(part: str, case_insensitive: bool) -> _Test:
    tokens = list(_glob_tokens(_folded(part) if case_insensitive else part, case_insensitive))
    pieces = [""]
    for token in tokens:
        if callable(token):
            return _TokenTest(tokens)
        if token is None:
            pieces.append("")
        else:
            pieces[-1] += token
    if len(pieces) == 1:
        return pieces[0].__eq__
    first, *middle, last = pieces
    if first or any(middle):
        return functools.partial(_matches_pieces, first, middle, last)
    return functools.partial(_ends_with, last)


def _glob_tokens(part: str, case_insensitive: bool) -> Iterator[str | _Test | None]:
    """Split a part of a glob: a character, a test of a character, or None for any number of characters."""
    at, was_star = 0, False
    while at < len(part):
        char = part[at]
        at += 1
        if char == "*":
            if not was_star:
                yield None
        elif char == "?":
            yield _any_character
        elif char == "[" and (end := _class_end(part, at)) is not None:
            yield _class_test(part[at:end], case_insensitive)
            at = end + 1
        else:
            yield char
        was_star = char == "*"


def _ends_with(end: str, part: str) -> bool:
    return part.endswith(end)


def _matches_pieces(first: str, middle: Sequence[str], last: str, part: str) -> bool:
    """Match texts with stars between them: each is looked for where the one before it ended."""
    at, end = len(first), len(part) - len(last)
    if at > end or not part.startswith(first) or not part.endswith(last):
        return False
    for piece in middle:
        found = part.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


class _TokenTest:
    """Matches by following all ways through the tokens at once: bit n is set if the first n tokens can match.

    References
    ----------
    R. Baeza-Yates and G. Gonnet, A new approach to text searching, 1992.
    """

    def __init__(self, tokens: Sequence[str | _Test | None]) -> None:
        literal = itertools.takewhile(lambda token: isinstance(token, str), tokens)
        self._start = "".join(map(str, literal))
        self._length = None if None in tokens else len(tokens)
        bits_of: dict[str | _Test, int] = {}
        self._stars = 0
        for index, token in enumerate(tokens):
            if token is None:
                self._stars |= 1 << index
            else:
                bits_of[token] = bits_of.get(token, 0) | 1 << index
        self._bits = [(token if callable(token) else token.__eq__, bits) for token, bits in bits_of.items()]
        self._goal = 1 << len(tokens)
        self._known: dict[str, int] = {}

    def __call__(self, part: str) -> bool:
        if not part.startswith(self._start) or (self._length is not None and len(part) != self._length):
            return False
        stars, known = self._stars, self._known
        at = len(self._start)
        states = 1 << at
        states |= (states & stars) << 1
        for char in part[at:] if at else part:
            bits = known.get(char)
            if bits is None:
                bits = self._bits_for(char)
            states = (states & bits) << 1 | states & stars
            states |= (states & stars) << 1  # a star may match nothing; no two stars are neighbours
            if not states:
                return False
        return bool(states & self._goal)

    def _bits_for(self, char: str) -> int:
        """Return the tokens that a character matches, as bits."""
        if len(self._known) >= 256:
            self._known.clear()
        bits = functools.reduce(operator.or_, [bits for test, bits in self._bits if test(char)], 0)
        self._known[char] = bits
        return bits


def _any_character(char: str) -> bool:
    return True


def _class_end(part: str, start: int) -> int | None:
    # A "]" at the start of the class is a member of it, as in the shell.
    first = start + 1 if part[start : start + 1] == "!" else start
    end = part.find("]", first + 1)
    return None if end < 0 else end


def _class_test(body: str, case_insensitive: bool) -> _Test:
    """Return the test for a class such as ``a-z_``. A reversed range such as ``z-a`` matches nothing."""
    is_negated, body = (True, body[1:]) if body.startswith("!") else (False, body)
    members: set[str] = set()
    ranges: list[tuple[str, str]] = []
    at = 0
    while at < len(body):
        if body[at + 1 : at + 2] == "-" and at + 2 < len(body):
            ranges.append((body[at], body[at + 2]))
            at += 3
        else:
            members.add(body[at])
            at += 1

    def is_member(char: str) -> bool:
        return char in members or any(low <= char <= high for low, high in ranges)

    def test(char: str) -> bool:
        is_in = is_member(char) or (case_insensitive and (is_member(char.upper()) or is_member(char.lower())))
        return is_in != is_negated

    return test


def sqlite_glob(pattern: str) -> str:
    """Return a SQLite GLOB that matches everything `pattern` matches, and possibly more: a first filter.

    >>> sqlite_glob("/**/*.[pj]ng")
    '/**.?ng'
    """
    return re.sub(r"\[!?.[^\]]*\]|[\ud800-\udfff]", "?", pattern).replace("**/", "*")  # SQLite takes no surrogates


def has_magic(pattern: str) -> bool:
    """Return whether a glob contains any of ``* ? [``.

    >>> has_magic("/a/*.png"), has_magic("/a/b.png")
    (True, False)
    """
    return any(char in pattern for char in "*?[")


def glob_escape(path: str) -> str:
    """Return a glob that matches only `path`.

    >>> glob_escape("/a[1]/*")
    '/a[[]1]/[*]'
    """
    return re.sub(r"([*?[])", r"[\1]", path)


def glob_root(pattern: str) -> str:
    """Return the deepest folder that contains every possible match, where a search can start.

    >>> glob_root("/sprites/enemies/*.png"), glob_root("/**/*.png")
    ('/sprites/enemies', '/')
    """
    fixed: list[str] = []
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    for part in parts[:-1]:
        if has_magic(part):
            break
        fixed.append(part)
    return "/" + "/".join(fixed)
