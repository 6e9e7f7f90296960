"""Versions and constraints, in the forms of PEP 440; SemVer forms such as ``1.2.0-rc.1`` are understood too.

Pure. Text of any length and content may come in: it costs bounded time and raises only ``ValueError``.
"""

from __future__ import annotations

import contextlib
import functools

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from vfsloader.mods import messages

#: Longer text is refused before it is parsed: Python itself fails on numbers of thousands of digits.
MAX_CHARACTERS = 200


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
    """
    if len(text) <= MAX_CHARACTERS:
        with contextlib.suppress(InvalidVersion):
            return Version(text)
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
    if text.strip() == "*":
        return SpecifierSet()
    if len(text) <= MAX_CHARACTERS:
        with contextlib.suppress(InvalidSpecifier):
            return SpecifierSet(text, prereleases=True)
        with contextlib.suppress(InvalidVersion):
            raise ValueError(messages.fill(messages.BARE_VERSION, text=text, bare=Version(text)))
    raise ValueError(messages.fill(messages.NOT_A_CONSTRAINT, text=text))


def fits(constraint: SpecifierSet, version: Version) -> bool:
    """Return whether a version satisfies a constraint. Pre-releases count like any other version."""
    # Most constraints are "*", and `contains` is slow even then.
    return not len(constraint) or constraint.contains(version, prereleases=True)
