"""Versions and constraints, in the forms of PEP 440; SemVer forms such as ``1.2.0-rc.1`` are understood too.

What both know is read as PEP 440. For ranges in the style of others, the error says the same in ours.

Pure. Text of any length and content may come in: it costs bounded time and raises only ``ValueError``.
"""

from __future__ import annotations

import contextlib
import functools
import re

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from vfsloader.mods import messages
from vfsloader.mods.solve.semver import SemVersion

#: Longer text is refused before it is parsed: Python itself fails on numbers of thousands of digits.
MAX_CHARACTERS = 200
_CLAUSE_VERSION = re.compile(r"(?<=[=<>])\s*[^\s,=<>*]+(?=\s*(?:,|$))")


@functools.lru_cache(maxsize=4096)
def read_version(text: str) -> Version:
    """Parse a version.

    Raises
    ------
    ValueError
        The text is not a version, or is longer than :data:`MAX_CHARACTERS`.

    Examples
    --------
    >>> read_version("1.2.0-rc.1")
    <Version('1.2.0rc1')>
    >>> read_version("1.0-SNAPSHOT") < read_version("1.0")
    True
    """
    if len(text) <= MAX_CHARACTERS:
        for kind in (Version, SemVersion):
            with contextlib.suppress(InvalidVersion):
                return kind(text)
    raise ValueError(messages.fill(messages.NOT_A_VERSION, text=text))


@functools.lru_cache(maxsize=1024)
def parse_constraint(text: str) -> SpecifierSet:
    """Parse a version constraint such as ``">=1,<2"`` or ``"*"``.

    Raises
    ------
    ValueError
        The text is not a constraint. A bare version is refused too: authors mean either reading of it, and the error
        shows how to write each.

    Examples
    --------
    >>> fits(parse_constraint(">=1,<2"), Version("1.5"))
    True
    """
    from vfsloader.mods.solve.foreign_ranges import in_our_style

    if text.strip() == "*":
        return SpecifierSet()
    if len(text) <= MAX_CHARACTERS:
        with contextlib.suppress(InvalidSpecifier):
            return SpecifierSet(text, prereleases=True)
        with contextlib.suppress(InvalidSpecifier, InvalidVersion):
            return SemConstraint(text)
        if (bare := _version_or_none(text)) is not None:
            raise ValueError(messages.fill(messages.BARE_VERSION, text=text, bare=bare))
        if ranges := in_our_style(text):
            write = '" or "'.join(ranges)
            sentence = messages.OTHER_STYLE if len(ranges) == 1 else messages.NO_ALTERNATIVES
            raise ValueError(messages.fill(sentence, text=text, write=write))
    raise ValueError(messages.fill(messages.NOT_A_CONSTRAINT, text=text))


def fits(constraint: SpecifierSet, version: Version) -> bool:
    """Return whether a version satisfies a constraint. Pre-releases count like any other version."""
    # Most constraints are "*", and `contains` is slow even then.
    if not len(constraint):
        return True
    return _contains(constraint, version.encoded if isinstance(version, SemVersion) else version)


@functools.lru_cache(maxsize=16_384)
def _contains(constraint: SpecifierSet, version: Version) -> bool:
    """Ask once: at each toggle the same versions meet the same constraints."""
    return constraint.contains(version, prereleases=True)


class SemConstraint(SpecifierSet):
    """A constraint with versions in SemVer's form; it is shown as it was written."""

    def __init__(self, text: str) -> None:
        super().__init__(_CLAUSE_VERSION.sub(_encoded_clause, text), prereleases=True)
        self._text = text.strip()

    def __str__(self) -> str:
        return self._text


def _encoded_clause(match: re.Match[str]) -> str:
    try:
        return str(Version(match[0]))
    except InvalidVersion:
        return str(SemVersion(match[0]).encoded)


def _version_or_none(text: str) -> Version | None:
    try:
        return read_version(text)
    except ValueError:
        return None
