"""Names that are fine in a pack and trouble on some computer's disk."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

#: What Windows takes for a device, with any suffix.
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE | re.DOTALL)
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f]')


def name_fault(path: str) -> str | None:
    """Say why Windows cannot have a path, or None.

    Examples
    --------
    >>> name_fault("/data/aux.json")
    '/data/aux.json: Windows takes aux.json for a device'
    >>> name_fault("/data/auxiliary.json")

    References
    ----------
    Microsoft, Naming Files, Paths, and Namespaces.
    """
    for name in path.split("/"):
        if _DEVICE.fullmatch(name.rstrip(" .")):
            return f"{path}: Windows takes {name} for a device"
        forbidden = _FORBIDDEN.search(name)
        if forbidden:
            return f"{path}: Windows allows no {forbidden[0]!r} in a name"
        if name != name.rstrip(" ."):
            return f"{path}: Windows drops the dot or space at the end of {name!r}"
    return None


def name_faults(every: Iterable[str]) -> Iterator[str]:
    """Give what is wrong with names on other disks: on Windows, and where case does not matter.

    Examples
    --------
    >>> list(name_faults(["/A.png", "/a.png"]))
    ['/A.png and /a.png are one file where case does not matter']
    """
    spellings: dict[str, str] = {}
    for path in every:
        fault = name_fault(path)
        if fault is not None:
            yield fault
        other = spellings.setdefault(path.casefold(), path)
        if other != path:
            yield f"{other} and {path} are one file where case does not matter"
