"""Versions in SemVer's form that PEP 440 does not know, such as ``1.0-SNAPSHOT`` or ``2.0.0-alpha.beta``.

They are ordered as SemVer orders them, among themselves and among all other versions. A version is compared as one of
PEP 440 whose number encodes its pre-release identifiers, but is shown as its author wrote it.

Pure.

References
----------
https://semver.org/spec/v2.0.0.html#spec-item-11
"""

from __future__ import annotations

import re
from typing import Any

from packaging.version import InvalidVersion, Version

_FORM = re.compile(
    r"\s*v?(?P<release>\d+(?:\.\d+)*)-(?P<pre>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)(?:\+(?P<build>[0-9A-Za-z.-]+))?\s*"
)
_BUILD = re.compile(r"\s*(?P<version>[^+\s]+)\+(?P<build>[0-9A-Za-z.-]+)\s*")
#: Identifiers are compared by this many bytes; nobody writes longer ones.
_WIDTH = 128
_TAGS = (("rc", "rc"), ("beta", "b"), ("alpha", "a"))


class SemVersion(Version):
    """A version that is compared by its encoded form, and shown as it was written.

    Examples
    --------
    >>> snapshot = SemVersion("1.0-SNAPSHOT")
    >>> str(snapshot), Version("0.9") < snapshot < Version("1.0")
    ('1.0-SNAPSHOT', True)
    """

    def __init__(self, text: str) -> None:
        encoded = _encoded(text)
        super().__init__(encoded)
        self._encoded = str(Version(encoded))
        self._text = text.strip()

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"<Version({self._text!r})>"

    def __hash__(self) -> int:
        return super().__hash__()

    def __reduce__(self) -> Any:
        return SemVersion, (self._text,)

    def __deepcopy__(self, memo: object) -> SemVersion:
        return self

    @property
    def encoded(self) -> Version:
        """The version of PEP 440 that it is compared as."""
        return Version(self._encoded)


def _encoded(text: str) -> str:
    """Return a version of PEP 440 at the same place in the order.

    Raises
    ------
    InvalidVersion
        The text is not a version of SemVer.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        if (plain := _BUILD.fullmatch(text)) is not None:  # only what follows the plus is unknown to PEP 440
            return f"{plain['version']}+{_build(plain['build'])}"
        raise InvalidVersion(text)
    identifiers = match["pre"].split(".")
    build = f"+{_build(match['build'])}" if match["build"] else ""
    first = identifiers[0]
    for word, tag in _TAGS:
        if not first.isdecimal() and first >= word:
            if first == word and len(identifiers) > 2 and identifiers[1].isdecimal():  # between alpha.1 and alpha.2
                return f"{match['release']}{tag}{int(identifiers[1])}.post{_number(identifiers[2:])}{build}"
            return f"{match['release']}{tag}{_number(identifiers)}{build}"
    return f"{match['release']}.dev{_number(identifiers)}{build}"


def _number(identifiers: list[str]) -> int:
    """Return a number that is larger for identifiers that come later; it is larger than any that authors write."""
    code = b""
    for identifier in identifiers:
        if identifier.isdecimal():  # numbers come before texts, and are compared as numbers
            digits = identifier.lstrip("0") or "0"
            code += b"\x01" + bytes([len(digits)]) + digits.encode()
        else:
            code += b"\x02" + identifier.encode() + b"\x00"
    if len(code) >= _WIDTH:
        raise InvalidVersion(".".join(identifiers))
    return int.from_bytes(code.ljust(_WIDTH, b"\x00"), "big")


def _build(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", ".", text.lower()).strip(".") or "0"
