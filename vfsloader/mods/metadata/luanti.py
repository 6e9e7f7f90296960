"""Reading the mods of Luanti (Minetest): ``mod.conf``, ``depends.txt``, or just an ``init.lua``.

Pure: names and texts in, a :class:`Manifest` out. What its engine reads is read here: a dependency is
hard, an optional one orders only; ``depends.txt`` counts where ``mod.conf`` says nothing of dependencies.

References
----------
https://github.com/luanti-org/luanti/blob/master/doc/lua_api.md, "Mods"
"""

from __future__ import annotations

import re
from collections.abc import Callable

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from vfsloader.errors import ManifestError
from vfsloader.mods.metadata.manifest import Manifest, read_version

MARKERS = ("mod.conf", "depends.txt", "init.lua")
NAME = re.compile(r"[a-z0-9_]{1,128}")


def manifest(folder: str, where: str, read: Callable[[str], str | None]) -> Manifest:
    r"""Make a manifest of a Luanti mod.

    Parameters
    ----------
    folder
        The name of the mod's folder, which is the mod's name where it has no other.
    where
        What messages call the mod.
    read
        Gives the text of a file at the mod's top, or None.

    Raises
    ------
    ManifestError
        The mod's name is none.

    Examples
    --------
    >>> texts = {"mod.conf": "name = doors\ndepends = default\noptional_depends = screwdriver"}
    >>> doors = manifest("doors", "doors", texts.get)
    >>> doors.id, list(doors.requires), doors.after
    ('doors', ['default'], ('screwdriver',))
    """
    conf = parse_conf(read("mod.conf") or "")
    name = conf.get("name") or folder.lower()
    if not NAME.fullmatch(name):
        raise ManifestError.at(
            where, f"{where}: name: {name!r:.60} is no mod name: small letters, digits, _, at most 128"
        )
    if "depends" in conf or "optional_depends" in conf:
        hard, soft = _listed(conf.get("depends", "")), _listed(conf.get("optional_depends", ""))
    else:
        hard, soft = parse_depends(read("depends.txt") or "")
    description = conf.get("description") or (read("description.txt") or "").strip()
    authors = conf.get("author", "")
    # A mod that names itself, or one name both ways, means nothing by it.
    requires = [other for other in hard if other != name]
    after = [other for other in soft if other != name and other not in requires]
    return Manifest(
        id=name,
        name=conf.get("title") or name,
        version=_version(conf.get("version") or conf.get("release") or "0"),
        description=" ".join(description.split()),
        authors=tuple(_listed(authors)),
        requires={other: SpecifierSet() for other in requires},
        after=tuple(after),
    )


def parse_conf(text: str) -> dict[str, str]:
    r'''Read ``key = value`` lines; a value in three quotes may span lines.

    >>> parse_conf('# comment\nname = a\ndescription = """one\ntwo"""')
    {'name': 'a', 'description': 'one\ntwo'}
    '''
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        key, equals, value = line.partition("=")
        key, value = key.strip(), value.strip()
        if not equals or key.startswith("#") or not key:
            continue
        if value.startswith('"""'):
            parts = [value[3:]]
            while not parts[-1].rstrip().endswith('"""'):
                following = next(lines, None)
                if following is None:
                    break
                parts.append(following)
            value = "\n".join(parts).rstrip().removesuffix('"""')
        found[key] = value
    return found


def parse_depends(text: str) -> tuple[list[str], list[str]]:
    r"""Read a ``depends.txt``: a name a line, with ``?`` behind an optional one.

    >>> parse_depends("default\nfire?\n")
    (['default'], ['fire'])
    """
    hard: list[str] = []
    soft: list[str] = []
    for line in text.splitlines():
        name = line.strip()
        optional = name.endswith("?")
        name = name.rstrip("?").strip()
        if NAME.fullmatch(name):
            (soft if optional else hard).append(name)
    return list(dict.fromkeys(hard)), list(dict.fromkeys(soft))


def _listed(text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _version(text: str) -> Version:
    try:
        return read_version(text)
    except ValueError:
        return Version("0")
