"""Keys of dicts and elements of sets, in the form in which the database looks them up.

Keys that are equal in Python have one form: ``1``, ``1.0`` and ``True`` are one key of a dict, and so they are here.
The key that was stored first is the one that is shown, as in a dict.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from vfsloader.collections.codec import DAMAGE, Codec, is_encodable

if TYPE_CHECKING:
    from vfsloader.store.records.mapping import Key, Row


def key_of(value: Any, codec: Codec) -> tuple[Key, str | None]:
    """Return a key's form, and the text of the key itself where the form does not say all.

    Raises
    ------
    TypeError
        The key cannot be hashed, or its type cannot be stored.
    """
    if type(value) is str:
        if "\0" not in value and is_encodable(value):
            return value, None
        return b"s" + value.encode("utf-8", "surrogatepass"), None
    hash(value)  # raises the builtin's own error for lists and dicts
    text = codec.encode(value)
    canonical = codec.encode(_canonical(value))
    return b"j" + canonical.encode(), None if text == canonical else text


def shown(key: Key, text: str | None, codec: Codec) -> Any:
    """Return a key as it was first stored."""
    if text is not None:
        return codec.decode(text)
    if isinstance(key, str):
        return key
    return key[1:].decode("utf-8", "surrogatepass") if key[:1] == b"s" else codec.decode(key[1:].decode())


def keys_shown(rows: Iterable[Row], codec: Codec) -> list[Any]:
    """Return the keys of many rows; most are text, and cost no call each."""
    try:
        return [key if text is None and type(key) is str else shown(key, text, codec) for key, text, _ in rows]
    except DAMAGE as error:
        raise codec.damaged(error) from error


def _canonical(value: Any) -> Any:
    """Return one value for all that are equal to it."""
    cls = type(value)
    if cls is bool:
        return int(value)
    if cls is float and math.isfinite(value) and value == int(value):
        return int(value)
    if cls is complex and not value.imag:
        return _canonical(value.real)
    if cls is tuple:
        return tuple([_canonical(item) for item in value])
    if cls is frozenset:
        return ("frozenset", *sorted([_canonical(item) for item in value], key=repr))
    return value
