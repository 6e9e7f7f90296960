"""The same range of versions in our style, for authors who know npm's, Fabric's, Maven's or Cargo's.

Pure.

References
----------
https://github.com/npm/node-semver#ranges, https://wiki.fabricmc.net/documentation:fabric_mod_json_spec
"""

from __future__ import annotations

import re

_VERSION = r"v?\d+(?:\.(?:\d+|[xX*]))*(?:-[0-9A-Za-z.-]*)?(?:\+[0-9A-Za-z.-]+)?"
_PART = re.compile(rf"(?P<sign>\^|~>?|>=|<=|>|<|==?|)\s*(?P<version>{_VERSION})")
_HYPHEN = re.compile(rf"(?P<low>{_VERSION})\s+-\s+(?P<high>{_VERSION})")
_MAVEN = re.compile(r"(?P<open>[\[(])\s*(?P<low>[^,\[\]()]*)(?:(?P<comma>,)\s*(?P<high>[^,\[\]()]*))?(?P<close>[\])])")


def in_our_style(text: str) -> list[str]:
    """Return what a range in another style means: several ranges if any of them will do, none if it is not known.

    Examples
    --------
    >>> in_our_style("^1.2.3"), in_our_style("~1.2"), in_our_style(">=1.0 <2.0"), in_our_style("1.x || 3.x")
    (['>=1.2.3,<2'], ['>=1.2,<1.3'], ['>=1.0,<2.0'], ['>=1,<2', '>=3,<4'])
    """
    alternatives = [_alternative(part.strip()) for part in text.split("||")]
    return [] if None in alternatives else [part for part in alternatives if part is not None]


def _alternative(text: str) -> str | None:
    if not text:
        return None
    if text in ("*", "x", "X"):
        return "*"
    if match := _HYPHEN.fullmatch(text):
        return f">={_bare(match['low'])},{_up_to(match['high'])}"
    if match := _MAVEN.fullmatch(text):
        return _interval(match)
    clauses: list[str] = []
    at = 0
    while at < len(text):
        match = _PART.match(text, at)
        if match is None:
            return None
        clauses.append(_clause(match["sign"], match["version"]))
        at = match.end()
        while at < len(text) and text[at] in " ,":
            at += 1
    return ",".join(clauses)


def _clause(sign: str, version: str) -> str:
    bare, numbers = _bare(version), _numbers(version)
    is_partial = re.search(r"[xX*]", version.partition("-")[0]) is not None
    if sign == "^":
        fixed = next((index for index, number in enumerate(numbers) if number), len(numbers) - 1)
        return f">={bare},<{_next(numbers[: fixed + 1])}"
    if sign in ("~", "~>"):
        return f">={bare},<{_next(numbers[:2])}"
    if sign in ("", "=", "==") and is_partial:
        return f">={bare},<{_next(numbers)}"
    if sign == "<=" and is_partial:
        return f"<{_next(numbers)}"
    return f"{'==' if sign in ('', '=') else sign}{bare}"


def _up_to(version: str) -> str:
    numbers = _numbers(version)
    return f"<={_bare(version)}" if len(numbers) > 2 or "-" in version else f"<{_next(numbers)}"


def _interval(match: re.Match[str]) -> str | None:
    low, high = match["low"].strip(), (match["high"] or "").strip()
    if not all(re.fullmatch(_VERSION, version) for version in (low, high) if version):
        return None
    if match["comma"] is None:
        return f"=={low}" if low else None
    clauses = [
        f"{'>=' if match['open'] == '[' else '>'}{low}" if low else "",
        f"{'<=' if match['close'] == ']' else '<'}{high}" if high else "",
    ]
    return ",".join(filter(None, clauses)) or "*"


def _bare(version: str) -> str:
    """Return a version without ``v``, without placeholders, and without Fabric's hyphen for "and pre-releases"."""
    release, hyphen, pre = version.partition("+")[0].removeprefix("v").partition("-")
    release = re.sub(r"\.[xX*].*", "", release)
    return f"{release}{hyphen}{pre}" if pre else release


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.split(r"[-+]", _bare(version))[0].split(".")]


def _next(numbers: list[int]) -> str:
    return ".".join(map(str, [*numbers[:-1], numbers[-1] + 1]))
