"""Keys of dicts and elements of sets, as they are looked up.

Two keys that are equal in Python have one form: ``1``, ``1.0`` and ``True`` are one key, and so here. What was there
first is what is shown.
"""

from __future__ import annotations

import math
from typing import Any

from vfsloader.collections.codec import Codec, is_encodable
from vfsloader.store.records.mapping import Key


def key_of(value: Any, codec: Codec) -> tuple[Key, str | None]:
    """Give a key's form, and the text that shows it where the form does not say all.

    Raises
    ------
    TypeError
        It cannot be hashed, or there is no form for it.
    """
    if type(value) is str:
        if "\0" not in value and is_encodable(value):
            return value, None
        return b"s" + value.encode("utf-8", "surrogatepass"), None
    hash(value)  # the builtin's own error for lists and dicts
    text = codec.encode(value)
    canonical = codec.encode(_canonical(value))
    return b"j" + canonical.encode(), None if text == canonical else text


def shown(key: Key, text: str | None, codec: Codec) -> Any:
    """Give a key as it was first given."""
    if text is not None:
        return codec.decode(text)
    if isinstance(key, str):
        return key
    return key[1:].decode("utf-8", "surrogatepass") if key[:1] == b"s" else codec.decode(key[1:].decode())


def _canonical(value: Any) -> Any:
    """Give one value for all that are equal to it."""
    kind = type(value)
    if kind is bool:
        return int(value)
    if kind is float and math.isfinite(value) and value == int(value):
        return int(value)
    if kind is complex and not value.imag:
        return _canonical(value.real)
    if kind is tuple:
        return tuple([_canonical(one) for one in value])
    if kind is frozenset:
        return ("frozenset", *sorted([_canonical(one) for one in value], key=repr))
    return value
