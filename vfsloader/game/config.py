"""``game.toml``: where a game keeps its layers, for :meth:`ResourceManager.from_config` and the command line."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Any

from vfsloader import paths
from vfsloader.datamerge.parsing import parse_toml
from vfsloader.errors import ConfigError, PathNotFoundError
from vfsloader.freezing.app_path import is_bundled, program_folder
from vfsloader.game.safe_start import SAFE_MODES
from vfsloader.mods.declarations import parse_declarations
from vfsloader.quoting import quoted
from vfsloader.runtime.budget import Limits
from vfsloader.runtime.missing_files import similar_name

#: Keys of the file, each a parameter of :class:`ResourceManager`, with the type of its value.
KEYS: dict[str, type | tuple[type, ...]] = {
    "base": str,
    "dlc": list,
    "mods": (str, list),
    "save": str,
    "profile": str,
    "game_version": str,
    "provides": dict,
    "new_mods": str,
    "language": (str, list),
    "cache": str,
    "cache_bytes": int,
    "watch": bool,
    "budget": dict,
    "state_dir": str,
    "safe_mode": str,
}
#: Tables in which the game declares what it publishes and what its data looks like; see ``docs/declarations.md``.
DECLARED = ("context", "data", "registry")
#: A table for :mod:`vfsloader.guide`, which checks it.
GUIDE = "guide"
_WORDS: dict[type | tuple[type, ...], str] = {
    (str, list): "text or a list of text",
    str: "text",
    list: "a list of text",
    dict: "a table of text",
    bool: "true or false",
    int: "a whole number",
}


def read_config(file: paths.RealPath) -> dict[str, Any]:
    """Read a ``game.toml``; relative paths in it start from the file's own folder.

    Raises
    ------
    PathNotFoundError
        There is no such file.
    ConfigError
        It is not valid TOML, or a key is unknown, missing or of the wrong type.
    """
    path = Path(file)
    if path.suffix != ".toml":
        path = path / "game.toml"
    try:
        data: dict[str, Any] = parse_toml(path.read_bytes())
    except FileNotFoundError:
        raise _missing(path) from None
    except ValueError as error:
        raise ConfigError.at(str(path), f"{path}: {error}") from error
    guide = data.pop(GUIDE, {})
    if not isinstance(guide, dict):
        raise ConfigError.at(str(path), f"{path}: guide must be a table, not {quoted(guide)}; write [guide]")
    declared = {key: data.pop(key) for key in DECLARED if key in data}
    own_sources = _own_sources(path, data.pop("source", []))
    for key, value in data.items():
        _check(path, key, value)
    if "base" not in data:
        raise ConfigError.at(str(path), f'{path}: base is missing; for example, write base = "assets"')
    folder = path.absolute().parent
    if own_sources:
        data["own_sources"] = own_sources
    if declared:
        try:
            data["declares"] = parse_declarations(declared, lambda name: _read_schema(folder, name))
        except ValueError as error:
            raise ConfigError.at(str(path), f"{path}: {error}") from error
    # A frozen program unpacks its files into a folder that is deleted when it ends.
    beside = program_folder() if is_bundled(folder) else folder
    for key, home in (("base", folder), ("mods", beside), ("save", beside), ("cache", beside), ("state_dir", beside)):
        if key in data:
            value = data[key]
            data[key] = [_whole(home, part) for part in value] if isinstance(value, list) else _whole(home, value)
    data["dlc"] = [_whole(folder, expansion) for expansion in data.get("dlc", [])]
    return data


def _read_schema(folder: Path, name: str) -> Any:
    """Read the JSON Schema in a file beside ``game.toml``."""
    try:
        return json.loads((folder / name).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ValueError(f"schema: {folder / name} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ValueError(f"schema: {folder / name} is not JSON: {error}") from None


def _own_sources(path: Path, value: Any) -> dict[str, str]:
    """Return the public keys of the game's own sources of mods, by their addresses: the tables ``[[source]]``."""
    sources: dict[str, str] = {}
    if not isinstance(value, list):
        raise ConfigError.at(str(path), f"{path}: write each source as [[source]], with its address and its key")
    folder = path.absolute().parent
    for row in value:
        if not isinstance(row, dict) or set(row) != {"address", "key"} or not all(map(_is_text, row.values())):
            sentence = "a [[source]] needs two texts: address, and the public key of its owner as key"
            raise ConfigError.at(str(path), f"{path}: {sentence}")
        address, key = _whole(folder, row["address"]), row["key"]
        if address in sources:
            raise ConfigError.at(str(path), f"{path}: {quoted(row['address'])} is there twice as a [[source]]")
        is_key = len(key) == 64 and all(digit in "0123456789abcdef" for digit in key.lower())
        sources[address] = key.lower() if is_key else _whole(folder, key)
    return sources


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _missing(path: Path) -> PathNotFoundError:
    """Return the error for a file that is not there; it names one in a folder above, or says what to write."""
    full = path.absolute()
    above = next((folder / path.name for folder in full.parents[1:] if (folder / path.name).is_file()), None)
    near = similar_name(full)
    if above is not None:
        instead = f"there is {above}"
    elif near is not None:
        instead = f"did you mean {near.name}? It is {near}"
    elif not full.parent.is_dir():
        instead = f"there is no folder {full.parent}"
    else:
        instead = f'write it with at least one line: base = "assets" (it was looked for at {full})'
    return PathNotFoundError.at(str(path), f"there is no {path}, which says where a game's files are; {instead}")


def _whole(folder: Path, text: str) -> str:
    return text if text == "memory:" or "://" in text else str(folder / Path(text).expanduser())


def _check(path: Path, key: str, value: Any) -> None:
    if key not in KEYS:
        swapped = [known for known in KEYS if sorted(known) == sorted(key)]  # "bsae" is base, not save
        known = (*KEYS, *DECLARED, GUIDE, "source")
        near = swapped or difflib.get_close_matches(key, known, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"the keys are {', '.join(known)}"
        raise ConfigError.at(str(path), f"{path}: {key}: there is no such key; {hint}")
    if key == "budget" and isinstance(value, dict):
        try:
            Limits.of(value)
        except ConfigError as error:
            raise ConfigError.at(str(path), f"{path}: {error}") from None
        return
    if key == "safe_mode" and value not in SAFE_MODES:
        raise ConfigError.at(str(path), f"{path}: safe_mode must be {' or '.join(SAFE_MODES)}, not {quoted(value)}")
    parts = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
    if not isinstance(value, KEYS[key]) or not all(isinstance(part, str) for part in parts):
        instead = f'; write {key} = ["{value}"]' if isinstance(value, str) and KEYS[key] is list else ""
        raise ConfigError.at(str(path), f"{path}: {key} must be {_WORDS[KEYS[key]]}, not {quoted(value)}{instead}")
