"""Names that look like another one: ``w1nter`` for ``winter``, or a Cyrillic letter in a name.

A mod of somebody else can take such a name so that players confuse it with one that they trust. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping

_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_ASCII = str.maketrans({"0": "o", "1": "l", "i": "l", "_": None, "-": None, " ": None})
#: Letters of other alphabets that look like Latin ones, in lower case.
_LETTERS = str.maketrans(
    "абвгеёзикмнорсстухіјѕԁԛԝһαβεικνορτυχηωѵ",
    "a6bree3ukmhopcctyxljsdqwhabelkvoptuxnwv",
)
_MARKS = re.compile(r"[\u0300-\u036f\u200b-\u200f\u2060\ufeff]")


def skeleton(name: str) -> str:
    """Return what a name looks like: equal for two names that a player may confuse.

    Examples
    --------
    >>> skeleton("w1nter") == skeleton("winter") == skeleton("Wint\u0435r")
    True
    >>> skeleton("modem") == skeleton("rnodern"), skeleton("modem") == skeleton("winter")
    (True, False)
    """
    text = _MARKS.sub("", unicodedata.normalize("NFKD", name[:200]).casefold())
    text = text.translate(_LETTERS).translate(_ASCII)
    for pair, one in _PAIRS:
        text = text.replace(pair, one)
    return text


def lookalikes(new: Iterable[str], known: Mapping[str, str], trusted: Collection[str]) -> list[str]:
    """Return warnings about new mods that look like others that the player has or can have.

    Parameters
    ----------
    new
        Ids of mods that are not installed yet.
    known
        By id, the names of all mods that are installed or offered.
    trusted
        Ids of those that are installed, or that come from a source whose signature is checked.
    """
    by_look: dict[str, list[str]] = {}
    for mod in sorted(trusted):
        for look in {skeleton(mod), skeleton(known.get(mod, mod))}:
            by_look.setdefault(look, []).append(mod)
    warnings = []
    for mod in new:
        looks = {skeleton(mod), skeleton(known.get(mod, mod))}
        others = sorted({other for look in looks for other in by_look.get(look, ()) if other != mod})
        if others:
            warnings.append(
                f"{mod} looks like {others[0]}, which is another mod; make sure that it is the one you want"
            )
    return warnings
