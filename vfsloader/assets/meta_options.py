"""The ``.meta`` file beside an asset: options for its loader, in TOML."""

from __future__ import annotations

import tomllib
from typing import Any

from vfsloader.assets.loader import Loader
from vfsloader.quoting import plain, quoted

#: Far more than a few options need: a TOML parser takes quadratic time and memory for some texts.
MAX_BYTES = 8192
#: Values of a list, such as the two of a size or the four of a colour.
MAX_ITEMS = 16
_MAX_NUMBER = 1 << 31


def read_options(data: bytes, loader: Loader[Any]) -> dict[str, Any]:
    """Return the options in a file; lists as tuples.

    Raises
    ------
    ValueError
        It is not TOML, or the loader has no such options, or they have other types. The message names the key.
    """
    if len(data) > MAX_BYTES:
        raise ValueError(f"it has {len(data):,} bytes; at most {MAX_BYTES:,} are read")
    options = {}
    for key, value in tomllib.loads(data.decode("utf-8-sig")).items():
        if key not in loader.meta_options:
            names = ", ".join(loader.meta_options)
            raise ValueError(f"{plain(key, 60)}: there is no such option; the options are {names}")
        wanted = loader.meta_options[key]
        types = wanted if isinstance(wanted, tuple) else (wanted,)
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise ValueError(f"{key}: {quoted(value)} has the wrong type")
        _check_values(key, value)
        options[key] = tuple(value) if isinstance(value, list) else value
    loader.check_options(options)
    return options


def _check_values(key: str, value: object) -> None:
    """Reject nested lists, and numbers that are out of range for every option."""
    values = value if isinstance(value, list) else [value]
    if len(values) > MAX_ITEMS:
        raise ValueError(f"{key}: {quoted(value)} is too long")
    for item in values:
        if isinstance(item, (int, float)):
            if not -_MAX_NUMBER <= item <= _MAX_NUMBER:
                raise ValueError(f"{key}: {quoted(item)} is out of range")
        elif not isinstance(item, str):
            raise ValueError(f"{key}: {quoted(item)} has the wrong type")
