"""A mod's manifest, ``mod.toml``, checked key by key.

Pure: a mapping in, a frozen :class:`Manifest` out, or a :class:`ManifestError` whose sentence names the key.
``docs/mods.md`` describes the format.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from vfsloader import paths
from vfsloader.errors import ManifestError
from vfsloader.mods import messages
from vfsloader.mods.metadata.manifest_tables import PartRule, read_language, read_parts, read_saves, read_sharing
from vfsloader.mods.solve.versions import parse_constraint, read_version
from vfsloader.quoting import plain

if TYPE_CHECKING:
    from vfsloader.mods.options import Option

SCHEMA = 1
#: Tiers of the load order, lowest first. No rule reaches from one tier into another.
KINDS = ("base", "dlc", "mod", "language")
GROUPS = ("early", "default", "late")
_TIER = {kind: tier for tier, kind in enumerate(KINDS)}
_GROUP_INDEX = {group: index for index, group in enumerate(GROUPS)}
ID = re.compile(r"[a-z][a-z0-9_-]{1,63}")
#: Ids of other mods, which may follow the rules of another game's format.
OTHER_ID = re.compile(r"[a-z0-9_][a-z0-9_-]{0,63}")
#: Limits on what a manifest says, far above what real mods need. Menus draw these texts, and every rule costs time.
MAX_NAME = 200
MAX_DESCRIPTION = 10_000
MAX_RULES = 1000
MAX_TAGS, MAX_TAG = 50, 50
#: Patterns are matched against every path that a game asks for.
MAX_PATTERNS = 500
MAX_PATTERN = 500

#: What most manifests say: shared, as it is slow to make.
_ANY_VERSION = SpecifierSet()

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Manifest:
    """A mod's manifest.

    ``requires``, ``recommends`` and ``incompatible`` map an id to the versions that are meant. Control characters and
    lone surrogates in texts for people are escaped, and the texts are shortened, whatever format they come from.
    """

    id: str
    name: str
    version: Version
    kind: str = "mod"
    description: str = ""
    authors: tuple[str, ...] = ()
    game_version: SpecifierSet = _ANY_VERSION
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
    icon: str = ""
    """The path of a picture for menus, from the mod's top; empty if there is none."""
    custom: Mapping[str, Any] = field(default_factory=dict)
    language: str = ""
    """The language of the mod's own texts; empty if the manifest does not say."""
    website: str = ""
    """Shown, and never fetched."""
    license: str = ""
    tags: tuple[str, ...] = ()
    options: Mapping[str, Option] = field(default_factory=dict)
    part: tuple[PartRule, ...] = ()
    saves: bool = False
    """Whether removing the mod can break a save."""
    sharing: tuple[str, bool] = ("gameplay", False)
    """Whether players in one game must have the mod alike, and whether a host may pass it on."""

    def __post_init__(self) -> None:
        for key, text in (("name", plain(self.name, MAX_NAME)), ("description", _plain_lines(self.description))):
            if text != getattr(self, key):
                object.__setattr__(self, key, text)
        authors = tuple(plain(author, MAX_NAME) for author in self.authors[:MAX_RULES])
        if authors != self.authors:
            object.__setattr__(self, "authors", authors)

    @property
    def tier(self) -> int:
        """The index of the mod's kind among the tiers."""
        return _TIER[self.kind]

    @property
    def group_index(self) -> int:
        """The index of the mod's group among the groups."""
        return _GROUP_INDEX[self.group]


def parse_manifest(data: Mapping[str, Any], where: str) -> Manifest:
    """Check a manifest.

    Parameters
    ----------
    data
        The table, as ``tomllib`` or ``json`` returns it.
    where
        What messages call the file.

    Returns
    -------
    Manifest
        The checked values.

    Raises
    ------
    ManifestError
        A key is missing, unknown, of the wrong type, or contradicts another.

    Examples
    --------
    >>> manifest = parse_manifest({"id": "winter", "name": "Winter", "version": "1.2"}, "winter/mod.toml")
    >>> manifest.id, str(manifest.version)
    ('winter', '1.2')
    """
    try:
        schema = need("schema", data.get("schema", SCHEMA), int)
        if schema > SCHEMA:
            raise fault("schema", messages.SCHEMA_TOO_NEW, schema=schema, known=SCHEMA)
        fields = _read_keys("", data)
        for table in ("order", "files"):
            fields |= _read_keys(f"{table}.", fields.pop(table, {}))
        fields.pop("schema", None)
        if "part" in fields:
            fields["part"] = _read_parts(fields["part"], fields.get("mount", paths.ROOT))
        for key in ("id", "name", "version"):
            if key not in fields:
                raise fault(key, messages.MISSING_KEY)
        manifest = Manifest(**fields)
        _refuse_contradictions(manifest)
    except ValueError as error:
        raise ManifestError.at(where, messages.fill(messages.MANIFEST_FAULT, where=where, fault=error)) from None
    return manifest


def fault(key: str, sentence: str, **facts: object) -> ValueError:
    """Make the error for a wrong key."""
    return ValueError(messages.fill(messages.FAULT, key=key, reason=messages.fill(sentence, **facts)))


def need(key: str, value: object, expected: type[Value]) -> Value:
    """Return a value that must be of a type."""
    if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        raise fault(key, messages.WRONG_TYPE, type=messages.TYPE_NAMES[expected], value=value)
    return value


def read_strings(key: str, value: object) -> tuple[str, ...]:
    """Read a list of texts."""
    return tuple(need(key, item, str) for item in _members(key, value))


def read_constraint(key: str, value: object) -> SpecifierSet:
    """Read a version constraint."""
    return _parsed(key, value, parse_constraint)


def read_group(key: str, value: object) -> str:
    """Read the name of a group."""
    return _one_of(GROUPS, key, value)


def _read_keys(table: str, data: Mapping[str, object]) -> dict[str, Any]:
    """Read the keys that a table has: most manifests have few."""
    readers = _READERS[table]
    fields = {}
    for key, value in data.items():
        read = readers.get(key)
        if read is None:
            near = difflib.get_close_matches(key, readers, 1) if len(key) < 100 else []
            sentence = messages.MISSPELT_KEY if near else messages.UNKNOWN_KEY
            raise fault(table + key, sentence, near="".join(near), known=", ".join(sorted(readers)))
        fields[key] = read(table + key, value)
    return fields


def _refuse_contradictions(manifest: Manifest) -> None:
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
            raise fault(key, messages.NAMES_ITSELF)
    for rule, other, reason in messages.CONTRADICTIONS:
        for mod in sorted(rules[rule] & rules[other]):
            raise fault(f"{rule} and {other}", messages.NAMED_TWICE, mod=mod, reason=reason)


def _members(key: str, value: object, most: int = MAX_RULES) -> list[object]:
    members: list[object] = need(key, value, list)
    if len(members) > most:
        raise fault(key, messages.TOO_MANY, most=most, found=len(members))
    return members


def _rules(key: str, value: object) -> dict[str, object]:
    rules: dict[str, object] = need(key, value, dict)
    if len(rules) > MAX_RULES:
        raise fault(key, messages.TOO_MANY, most=MAX_RULES, found=len(rules))
    return rules


def _text(key: str, value: object, most: int = MAX_NAME) -> str:
    text = need(key, value, str)
    if len(text) > most:
        raise fault(key, messages.TEXT_TOO_LONG, most=most, found=len(text))
    return text


def _description(key: str, value: object) -> str:
    return _text(key, value, MAX_DESCRIPTION)


def _authors(key: str, value: object) -> tuple[str, ...]:
    return tuple(_text(key, author) for author in _members(key, value))


def _plain_lines(text: str) -> str:
    """Return a text of several lines with other control characters escaped."""
    text = text[:MAX_DESCRIPTION].replace("\r\n", "\n")
    return "\n".join("\t".join(plain(cell, MAX_DESCRIPTION) for cell in line.split("\t")) for line in text.split("\n"))


def _table(key: str, value: object) -> dict[str, Any]:
    return need(key, value, dict)


def _number(key: str, value: object) -> int:
    return need(key, value, int)


def _tags(key: str, value: object) -> tuple[str, ...]:
    return tuple(_text(key, tag, MAX_TAG) for tag in _members(key, value, MAX_TAGS))


def _read_parts(value: object, mount: str) -> tuple[PartRule, ...]:
    try:
        return read_parts(value, mount)
    except ValueError as error:
        raise fault("part", "{reason}", reason=error) from None


def _one_of(choices: tuple[str, ...], key: str, value: object) -> str:
    if value not in choices:
        raise fault(key, messages.NOT_ONE_OF, value=value, choices=", ".join(choices))
    return str(value)


def _kind(key: str, value: object) -> str:
    return _one_of(KINDS, key, value)


def _id(key: str, value: object) -> str:
    text = need(key, value, str)
    if not ID.fullmatch(text):
        raise fault(key, messages.NOT_AN_ID, text=text)
    return text


def _other_id(key: str, value: object) -> str:
    text = need(key, value, str)
    if not OTHER_ID.fullmatch(text):
        raise fault(key, messages.NOT_AN_OTHER_ID, text=text)
    return text


def _other_ids(key: str, value: object) -> tuple[str, ...]:
    return tuple(_other_id(key, item) for item in _members(key, value))


def _parsed(key: str, value: object, parse: Callable[[str], Value]) -> Value:
    text = need(key, value, str)
    try:
        return parse(text)
    except ValueError as error:
        raise fault(key, "{reason}", reason=error) from None


def _version(key: str, value: object) -> Version:
    return _parsed(key, value, read_version)


def _constraints(key: str, value: object) -> dict[str, SpecifierSet]:
    return {_other_id(key, mod): read_constraint(f"{key}.{mod}", text) for mod, text in _rules(key, value).items()}


def _provides(key: str, value: object) -> dict[str, Version]:
    return {_other_id(key, mod): _version(f"{key}.{mod}", text) for mod, text in _rules(key, value).items()}


def _folder(key: str, value: object) -> str:
    return _parsed(key, value, lambda text: paths.normalise(text or paths.ROOT))


def _file(key: str, value: object) -> str:
    return _parsed(key, _text(key, value, MAX_PATTERN), paths.normalise)


def _globs(key: str, value: object) -> tuple[str, ...]:
    globs = tuple(_text(key, glob, MAX_PATTERN) for glob in _members(key, value, MAX_PATTERNS))
    for glob in globs:
        if not glob.startswith("/"):
            raise fault(key, messages.RELATIVE_GLOB, glob=glob)
    return globs


def _read_options(value: Any) -> dict[str, Option]:
    from vfsloader.mods.options import parse_options  # few mods have options

    return dict(parse_options(value))


def _read_with(read: Callable[[Any], Value]) -> Callable[[str, object], Value]:
    """Return a reader for a value whose own reader does not know the key."""

    def reader(key: str, value: object) -> Value:
        try:
            return read(value)
        except ValueError as error:
            raise fault(key, "{reason}", reason=error) from None

    return reader


def _list_or_table(key: str, value: object) -> Any:
    """Take a value that is read together with others later."""
    return value


#: By table and key, what reads the value.
_READERS: dict[str, dict[str, Callable[[str, object], Any]]] = {
    "": {
        "id": _id,
        "name": _text,
        "version": _version,
        "schema": _number,
        "kind": _kind,
        "description": _description,
        "authors": _authors,
        "game_version": read_constraint,
        "provides": _provides,
        "requires": _constraints,
        "recommends": _constraints,
        "incompatible": _constraints,
        "icon": _file,
        "order": _table,
        "files": _table,
        "custom": _table,
        "language": _read_with(read_language),
        "website": _text,
        "license": _text,
        "tags": _tags,
        "options": _read_with(_read_options),
        "part": _list_or_table,
        "saves": _read_with(read_saves),
        "sharing": _read_with(read_sharing),
    },
    "order.": {"after": _other_ids, "before": _other_ids, "group": read_group},
    "files.": {"root": _folder, "mount": _folder, "remove": _globs},
}
