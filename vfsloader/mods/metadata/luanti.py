"""Reading the mods of Luanti (Minetest): ``mod.conf``, ``depends.txt``, or just an ``init.lua``.

Pure: names and texts in, a :class:`Manifest` out. It reads what Luanti's engine reads. A dependency is required, an
optional one only affects the order, and ``depends.txt`` is used if ``mod.conf`` declares no dependencies.

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
from vfsloader.mods import messages
from vfsloader.mods.metadata.manifest import MAX_RULES, Manifest
from vfsloader.mods.solve.versions import read_version
from vfsloader.quoting import plain

NAME = re.compile(r"[a-z0-9_]{1,128}")


def manifest(folder: str, where: str, read: Callable[[str], str | None]) -> Manifest:
    r"""Make a manifest for a Luanti mod.

    Parameters
    ----------
    folder
        The name of the mod's folder, which is the mod's name if ``mod.conf`` has none.
    where
        What messages call the mod.
    read
        Returns the text of a file at the mod's top, or None if there is no such file.

    Raises
    ------
    ManifestError
        The mod's name is not valid.

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
        raise ManifestError.at(where, messages.fill(messages.NOT_A_LUANTI_NAME, where=where, name=name))
    if "depends" in conf or "optional_depends" in conf:
        depends, optional = _split(conf.get("depends", "")), _split(conf.get("optional_depends", ""))
    else:
        depends, optional = parse_depends(read("depends.txt") or "")
    others = len(depends) + len(optional)
    if others > MAX_RULES:
        raise ManifestError.at(where, messages.fill(messages.TOO_MANY_RULES, where=where, most=MAX_RULES, found=others))
    for other in (*depends, *optional):
        if other != plain(other, 128):
            raise ManifestError.at(where, messages.fill(messages.NOT_A_LUANTI_RULE, where=where, name=other))
    description = conf.get("description") or read("description.txt") or ""
    # Mods name themselves, or one mod in both lists: the engine ignores that.
    requires = [other for other in depends if other != name]
    after = [other for other in optional if other != name and other not in requires]
    return Manifest(
        id=name,
        name=conf.get("title") or name,
        version=_version(conf.get("version") or conf.get("release") or "0"),
        description=" ".join(description.split()),
        authors=tuple(_split(conf.get("author", ""))),
        requires={other: SpecifierSet() for other in requires},
        after=tuple(after),
    )


def parse_conf(text: str) -> dict[str, str]:
    r'''Parse ``key = value`` lines. A value in triple quotes may span several lines.

    >>> parse_conf('# comment\nname = a\ndescription = """one\ntwo"""')
    {'name': 'a', 'description': 'one\ntwo'}
    '''
    values: dict[str, str] = {}
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
        values[key] = value
    return values


def parse_depends(text: str) -> tuple[list[str], list[str]]:
    r"""Parse a ``depends.txt``: one name per line, followed by ``?`` if it is optional. Returns (depends, optional).

    >>> parse_depends("default\nfire?\n")
    (['default'], ['fire'])
    """
    depends: dict[str, None] = {}
    optional: dict[str, None] = {}
    for line in text.splitlines():
        name = line.strip().rstrip("?").strip()
        if NAME.fullmatch(name):
            (optional if line.strip().endswith("?") else depends)[name] = None
    return list(depends), list(optional)


def _split(text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _version(text: str) -> Version:
    try:
        return read_version(text)
    except ValueError:
        return Version("0")
