"""What a mod says of itself: ``mod.toml``, checked key by key.

Pure: text or a mapping in, a frozen :class:`Manifest` out, or a :class:`ManifestError` whose sentence
names the key. The format stands in ``docs/mods.md``.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from vfsloader import paths
from vfsloader.errors import InvalidPathError, ManifestError

SCHEMA = 1
#: Tiers of the load order, lowest first; no rule leads over the wall between two.
KINDS = ("base", "dlc", "mod", "language")
GROUPS = ("early", "default", "late")
ID = re.compile(r"[a-z][a-z0-9_-]{1,63}")
#: Ids of other mods, which may come from a world with other rules.
OTHER_ID = re.compile(r"[a-z0-9_][a-z0-9_-]{0,63}")

MAX_VERSION_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Manifest:
    """A mod's manifest.

    ``requires``, ``recommends`` and ``incompatible`` map an id to the versions meant.
    """

    id: str
    name: str
    version: Version
    kind: str = "mod"
    description: str = ""
    authors: tuple[str, ...] = ()
    game_version: SpecifierSet = field(default_factory=SpecifierSet)
    provides: Mapping[str, Version] = field(default_factory=dict)
    requires: Mapping[str, SpecifierSet] = field(default_factory=dict)
    recommends: Mapping[str, SpecifierSet] = field(default_factory=dict)
    incompatible: Mapping[str, SpecifierSet] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    group: str = "default"
    root: str = paths.ROOT
    mount: str = paths.ROOT
    remove: tuple[str, ...] = ()
    custom: Mapping[str, Any] = field(default_factory=dict)

    @property
    def tier(self) -> int:
        """Place of the mod's kind among the tiers."""
        return KINDS.index(self.kind)


def parse_manifest(data: Mapping[str, Any], where: str) -> Manifest:
    """Check a manifest.

    Parameters
    ----------
    data
        The table, as ``tomllib`` or ``json`` gives it.
    where
        What messages call the file.

    Returns
    -------
    Manifest
        The checked values.

    Raises
    ------
    ManifestError
        A key is missing, unknown, of a wrong type, or contradicts another.

    Examples
    --------
    >>> manifest = parse_manifest({"id": "winter", "name": "Winter", "version": "1.2"}, "winter/mod.toml")
    >>> manifest.id, str(manifest.version)
    ('winter', '1.2')
    """
    return _Reader(data, where).manifest()


def read_version(text: str) -> Version:
    """Read a version.

    Raises
    ------
    ValueError
        It is none, or longer than any; Python refuses numbers of thousands of digits in its own way.
    """
    if len(text) > MAX_VERSION_CHARACTERS:
        raise ValueError(f"{text!r:.60} is too long for a version")
    return Version(text)


@functools.lru_cache(maxsize=1024)
def parse_constraint(text: str) -> SpecifierSet:
    """Read the versions meant by a constraint such as ``">=1,<2"`` or ``"*"``.

    Raises
    ------
    ValueError
        It is none; a bare version is refused with both readings, because half of all authors mean each.
    """
    if text.strip() == "*":
        return SpecifierSet()
    if len(text) > MAX_VERSION_CHARACTERS:
        raise ValueError(f"{text!r:.60} is too long for a version constraint")
    try:
        return SpecifierSet(text, prereleases=True)
    except InvalidSpecifier:
        pass
    try:
        bare = Version(text)
    except InvalidVersion:
        raise ValueError(f'{text!r} is no version constraint; write for example ">=1.0,<2" or "*"') from None
    raise ValueError(f'{text!r} can mean two things; write "=={bare}" for just that or ">={bare}" for that and later')


class _Reader:
    """Takes a table apart and remembers where it stands."""

    def __init__(self, data: Mapping[str, Any], where: str) -> None:
        self._data = data
        self._where = where

    def manifest(self) -> Manifest:
        schema = self._typed("schema", self._data.get("schema", SCHEMA), int)
        if schema > SCHEMA:
            raise self._wrong("schema", f"{schema} needs a newer vfsloader; this one reads {SCHEMA}")
        found: dict[str, Any] = {}
        self._read("", self._data, found)
        for key in ("order", "files"):
            self._read(f"{key}.", found.pop(key, {}), found)
        found.pop("schema", None)
        for key in ("id", "name", "version"):
            if key not in found:
                raise self._wrong(key, "it is missing; id, name and version are all that a mod needs")
        manifest = Manifest(**found)
        self._refuse_contradictions(manifest)
        return manifest

    def _read(self, table: str, data: Mapping[str, Any], found: dict[str, Any]) -> None:
        """Read the keys that are there; most mods say little."""
        for key, value in data.items():
            read = _READERS.get(table + key)
            if read is None:
                known = [one.removeprefix(table) for one in _READERS if one.startswith(table)]
                known = [one for one in known if "." not in one]
                near = difflib.get_close_matches(key, known, 1)
                hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(known))}"
                raise self._wrong(table + key, f"there is no such key; {hint}")
            found[key] = read(self, table + key, value)

    def _wrong(self, key: str, reason: str) -> ManifestError:
        return ManifestError.at(self._where, f"{self._where}: {key}: {reason}")

    def _refuse_contradictions(self, manifest: Manifest) -> None:
        if not (manifest.requires or manifest.recommends or manifest.incompatible or manifest.after or manifest.before):
            return
        rules = {
            "requires": set(manifest.requires),
            "recommends": set(manifest.recommends),
            "incompatible": set(manifest.incompatible),
            "order.after": set(manifest.after),
            "order.before": set(manifest.before),
        }
        for key, ids in rules.items():
            if manifest.id in ids:
                raise self._wrong(key, "the mod names itself")
        against = [
            ("requires", "incompatible", "cannot be needed and forbidden at once"),
            ("recommends", "incompatible", "cannot be recommended and forbidden at once"),
            ("requires", "order.before", "a mod loads after what it requires"),
            ("recommends", "order.before", "a mod loads after what it recommends"),
            ("order.after", "order.before", "cannot be on both sides"),
        ]
        for one, other, reason in against:
            for both in sorted(rules[one] & rules[other]):
                raise self._wrong(f"{one} and {other}", f"{both!r} stands in both: {reason}")

    def _typed(self, key: str, value: Any, kind: type) -> Any:
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            words = {str: "text", int: "a whole number", dict: "a table", list: "a list"}
            raise self._wrong(key, f"this is {words[kind]}, not {value!r:.60}")
        return value

    def _strings(self, key: str, value: Any) -> tuple[str, ...]:
        return tuple(self._typed(key, item, str) for item in self._typed(key, value, list))

    def _ids(self, key: str, value: Any) -> tuple[str, ...]:
        return tuple(self._other(key, item) for item in self._strings(key, value))

    def _id(self, key: str, value: Any) -> str:
        text = self._text(key, value)
        if not ID.fullmatch(text):
            raise self._wrong(key, f"{text!r:.60} is no id: a small letter, then 1 to 63 small letters, digits, _ or -")
        return text

    def _text(self, key: str, value: Any) -> str:
        return str(self._typed(key, value, str))

    def _table(self, key: str, value: Any) -> dict[str, Any]:
        return dict(self._typed(key, value, dict))

    def _number(self, key: str, value: Any) -> int:
        return int(self._typed(key, value, int))

    def _kind(self, key: str, value: Any) -> str:
        return self._choice(key, value, KINDS)

    def _group(self, key: str, value: Any) -> str:
        return self._choice(key, value, GROUPS)

    def _other(self, key: str, text: str) -> str:
        if not OTHER_ID.fullmatch(text):
            raise self._wrong(key, f"{text!r:.60} is no id: small letters, digits, _ and -, at most 64")
        return text

    def _choice(self, key: str, value: Any, among: tuple[str, ...]) -> str:
        if self._typed(key, value, str) not in among:
            raise self._wrong(key, f"{value!r} is none of {', '.join(among)}")
        return str(value)

    def _version(self, key: str, text: Any) -> Version:
        try:
            return read_version(self._typed(key, text, str))
        except ValueError:
            raise self._wrong(key, f"{text!r:.60} is no version; write for example 1.2.0") from None

    def _constraint(self, key: str, text: Any) -> SpecifierSet:
        try:
            return parse_constraint(self._typed(key, text, str))
        except ValueError as error:
            raise self._wrong(key, str(error)) from None

    def _constraints(self, key: str, value: Any) -> dict[str, SpecifierSet]:
        rules = self._typed(key, value, dict)
        return {self._other(key, mod): self._constraint(f"{key}.{mod}", text) for mod, text in rules.items()}

    def _provides(self, key: str, value: Any) -> dict[str, Version]:
        given = self._typed(key, value, dict)
        return {self._other(key, mod): self._version(f"{key}.{mod}", text) for mod, text in given.items()}

    def _folder(self, key: str, value: Any) -> str:
        try:
            return paths.normalise(self._typed(key, value, str) or paths.ROOT)
        except InvalidPathError as error:
            raise self._wrong(key, str(error)) from None

    def _globs(self, key: str, value: Any) -> tuple[str, ...]:
        globs = self._strings(key, value)
        for glob in globs:
            if not glob.startswith("/"):
                raise self._wrong(key, f"{glob!r} must start with /: it is matched on the whole path")
        return globs


#: By key, what reads its value.
_READERS: dict[str, Callable[[_Reader, str, Any], Any]] = {
    "id": _Reader._id,
    "name": _Reader._text,
    "version": _Reader._version,
    "schema": _Reader._number,
    "kind": _Reader._kind,
    "description": _Reader._text,
    "authors": _Reader._strings,
    "game_version": _Reader._constraint,
    "provides": _Reader._provides,
    "requires": _Reader._constraints,
    "recommends": _Reader._constraints,
    "incompatible": _Reader._constraints,
    "order": _Reader._table,
    "order.after": _Reader._ids,
    "order.before": _Reader._ids,
    "order.group": _Reader._group,
    "files": _Reader._table,
    "files.root": _Reader._folder,
    "files.mount": _Reader._folder,
    "files.remove": _Reader._globs,
    "custom": _Reader._table,
}
