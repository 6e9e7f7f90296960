"""Values as texts: JSON, with tags for what JSON has not.

Most values are what JSON has, and are told apart by type alone. What it has not becomes an object with one key that
begins with ``$``: bytes, tuples, sets, dates, numbers that JSON readers round, references to collections.
"""

from __future__ import annotations

import base64
import datetime
import json
import math
import pickle
from collections.abc import Callable
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import Any

#: Whole numbers that every reader of JSON keeps as they are, and quick to write.
_PLAIN_INT = 1 << 63

Reference = Callable[[Any], Any]


class Codec:
    """Writes values as texts and reads them.

    Parameters
    ----------
    refer
        Gives, for a collection, what a reference to it says; None for any other value.
    resolve
        Gives the collection that a reference says.
    pickles
        Whether what has no form of its own is pickled, and pickles are read. A pickle can run any code when it is
        read: only for files that nobody else writes.

    Examples
    --------
    >>> codec = Codec()
    >>> codec.decode(codec.encode({"at": (1, 2), "raw": b"x"}))
    {'at': (1, 2), 'raw': b'x'}
    """

    def __init__(
        self, refer: Reference = lambda value: None, resolve: Reference = lambda told: told, *, pickles: bool = False
    ) -> None:
        self._refer = refer
        self._resolve = resolve
        self._pickles = pickles
        self._decode = json.JSONDecoder(object_hook=self._from_object).decode

    def encode(self, value: Any) -> str:
        """Give a value's text, which has no line end.

        Raises
        ------
        TypeError
            There is no form for it.
        """
        kind = type(value)
        if kind is str:
            return encode_basestring(value) if value.isascii() else _text(value)
        if kind is int and -_PLAIN_INT <= value < _PLAIN_INT:
            return repr(value)
        plain = self._plain(value)
        text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return text if is_encodable(text) else json.dumps(plain, separators=(",", ":"), allow_nan=False)

    def decode(self, text: str) -> Any:
        """Read a value."""
        first = text[0]
        if first == '"' and "\\" not in text:
            return text[1:-1]
        if text.isdecimal():
            return int(text)
        return self._decode(text)

    def decode_many(self, texts: list[str]) -> list[Any]:
        """Read many values."""
        return self._decode(f"[{','.join(texts)}]")  # type: ignore[no-any-return]

    def _plain(self, value: Any) -> Any:
        """Give a value as JSON has it."""
        kind = type(value)
        if kind is str or kind is bool or value is None:
            return value
        if kind is int:
            return value if -_PLAIN_INT <= value < _PLAIN_INT else {"$int": hex(value)}
        if kind is float:
            return value if math.isfinite(value) else {"$float": repr(value)}
        if kind is list:
            return [self._plain(one) for one in value]
        if kind is dict:
            if all(type(key) is str for key in value) and not (len(value) == 1 and next(iter(value))[:1] == "$"):
                return {key: self._plain(one) for key, one in value.items()}
            return {"$dict": [[self._plain(key), self._plain(one)] for key, one in value.items()]}
        write = _WRITERS.get(kind)
        if write is not None:
            tag, plain = write(value)
            return {tag: [self._plain(one) for one in plain] if type(plain) is list else plain}
        told = self._refer(value)
        if told is not None:
            return {"$ref": told}
        if self._pickles:
            return {"$pickle": base64.b64encode(pickle.dumps(value)).decode()}
        raise TypeError(
            f"a {kind.__name__} cannot be kept as it is: give klass={kind.__name__} for dataclasses and structs, or "
            "codec='pickle' for anything, in files that nobody else writes"
        )

    def _from_object(self, found: dict[str, Any]) -> Any:
        if len(found) != 1:
            return found
        ((tag, plain),) = found.items()
        if tag[:1] != "$":
            return found
        if tag == "$ref":
            return self._resolve(plain)
        if tag == "$pickle":
            if not self._pickles:
                raise ValueError(
                    "the value is a pickle, which can run any code: codec='pickle' reads it, if you trust it"
                )
            return pickle.loads(base64.b64decode(plain))  # noqa: S301 - asked for by the user
        read = _READERS.get(tag)
        return found if read is None else read(plain)


def _text(value: str) -> str:
    return encode_basestring(value) if is_encodable(value) else encode_basestring_ascii(value)


def is_encodable(text: str) -> bool:
    """Tell whether a text has no lone surrogate, which no database takes."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _with_fold(value: datetime.datetime | datetime.time) -> Any:
    """Give a time as ISO text, and which of the two that a clock shows when it is set back."""
    return [value.isoformat(), 1] if value.fold else value.isoformat()


def _read(kind: type[Any]) -> Callable[[Any], Any]:
    return lambda plain: (
        kind.fromisoformat(plain) if isinstance(plain, str) else kind.fromisoformat(plain[0]).replace(fold=1)
    )


_WRITERS: dict[type, Callable[[Any], tuple[str, Any]]] = {
    bytes: lambda value: ("$bytes", base64.b64encode(value).decode()),
    bytearray: lambda value: ("$bytearray", base64.b64encode(value).decode()),
    tuple: lambda value: ("$tuple", list(value)),
    set: lambda value: ("$set", list(value)),
    frozenset: lambda value: ("$frozenset", list(value)),
    datetime.datetime: lambda value: ("$datetime", _with_fold(value)),
    datetime.date: lambda value: ("$date", value.isoformat()),
    datetime.time: lambda value: ("$time", _with_fold(value)),
    datetime.timedelta: lambda value: ("$timedelta", [value.days, value.seconds, value.microseconds]),
    complex: lambda value: ("$complex", [value.real, value.imag]),
}

_READERS: dict[str, Callable[[Any], Any]] = {
    "$bytes": base64.b64decode,
    "$bytearray": lambda plain: bytearray(base64.b64decode(plain)),
    "$tuple": tuple,
    "$set": set,
    "$frozenset": frozenset,
    "$datetime": _read(datetime.datetime),
    "$date": datetime.date.fromisoformat,
    "$time": _read(datetime.time),
    "$timedelta": lambda plain: datetime.timedelta(*plain),
    "$complex": lambda plain: complex(*plain),
    "$int": lambda plain: int(plain, 16),
    "$float": float,
    "$dict": dict,
}
