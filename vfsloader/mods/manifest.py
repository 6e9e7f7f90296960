"""What a mod says of itself: ``mod.toml``, checked key by key.

Pure: text or a mapping in, a frozen :class:`Manifest` out, or a :class:`ManifestError` whose sentence
names the key. The format stands in ``docs/mods.md``.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Mapping
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

_KEYS = {
    "": {
        "id", "name", "version", "schema", "kind", "description", "authors", "game_version", "provides",
        "requires", "recommends", "incompatible", "order", "files", "custom",
    },
    "order": {"after", "before", "group"},
    "files": {"root", "mount", "remove"},
}  # fmt: skip


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
        schema = self._get("schema", int, SCHEMA)
        if schema > SCHEMA:
            raise self._wrong("schema", f"{schema} needs a newer vfsloader; this one reads {SCHEMA}")
        self._refuse_unknown("", self._data)
        order = self._get("order", dict, {})
        files = self._get("files", dict, {})
        self._refuse_unknown("order", order)
        self._refuse_unknown("files", files)
        manifest = Manifest(
            id=self._id("id", self._need("id", str)),
            name=self._need("name", str),
            version=self._version("version", self._need("version", str)),
            kind=self._choice("kind", self._get("kind", str, "mod"), KINDS),
            description=self._get("description", str, ""),
            authors=self._strings("authors", self._data.get("authors", [])),
            game_version=self._constraint("game_version", self._get("game_version", str, "*")),
            provides=self._provides(),
            requires=self._constraints("requires"),
            recommends=self._constraints("recommends"),
            incompatible=self._constraints("incompatible"),
            after=self._ids("order.after", order.get("after", [])),
            before=self._ids("order.before", order.get("before", [])),
            group=self._choice("order.group", order.get("group", "default"), GROUPS),
            root=self._folder("files.root", files.get("root", paths.ROOT)),
            mount=self._folder("files.mount", files.get("mount", paths.ROOT)),
            remove=self._globs("files.remove", files.get("remove", [])),
            custom=self._get("custom", dict, {}),
        )
        self._refuse_contradictions(manifest)
        return manifest

    def _wrong(self, key: str, reason: str) -> ManifestError:
        return ManifestError.at(self._where, f"{self._where}: {key}: {reason}")

    def _refuse_unknown(self, table: str, data: Mapping[str, Any]) -> None:
        known = _KEYS[table]
        if data.keys() <= known:
            return
        for key in data:
            if key not in known:
                near = difflib.get_close_matches(key, known, 1)
                hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(known))}"
                raise self._wrong(f"{table}.{key}" if table else key, f"there is no such key; {hint}")

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

    def _get(self, key: str, kind: type, default: Any) -> Any:
        value = self._data.get(key, default)
        return self._typed(key, value, kind)

    def _need(self, key: str, kind: type) -> Any:
        if key not in self._data:
            raise self._wrong(key, "it is missing; id, name and version are all that a mod needs")
        return self._typed(key, self._data[key], kind)

    def _typed(self, key: str, value: Any, kind: type) -> Any:
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            words = {str: "text", int: "a whole number", dict: "a table", list: "a list"}
            raise self._wrong(key, f"this is {words[kind]}, not {value!r:.60}")
        return value

    def _strings(self, key: str, value: Any) -> tuple[str, ...]:
        return tuple(self._typed(key, item, str) for item in self._typed(key, value, list))

    def _ids(self, key: str, value: Any) -> tuple[str, ...]:
        return tuple(self._other(key, item) for item in self._strings(key, value))

    def _id(self, key: str, text: str) -> str:
        if not ID.fullmatch(text):
            raise self._wrong(key, f"{text!r:.60} is no id: a small letter, then 1 to 63 small letters, digits, _ or -")
        return text

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

    def _constraints(self, table: str) -> dict[str, SpecifierSet]:
        rules = self._get(table, dict, {})
        return {self._other(table, mod): self._constraint(f"{table}.{mod}", text) for mod, text in rules.items()}

    def _provides(self) -> dict[str, Version]:
        given = self._get("provides", dict, {})
        return {self._other("provides", mod): self._version(f"provides.{mod}", text) for mod, text in given.items()}

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
