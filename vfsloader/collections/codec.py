"""Values as text: JSON, with tags for the types that JSON lacks.

Most values are plain JSON, and their type alone shows it. Anything else becomes an object with one key that begins
with ``$``: bytes, tuples, sets, dates, numbers that JSON readers round, references to collections.
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

from vfsloader.errors import DamagedError, VFSError
from vfsloader.quoting import plain

#: Integers below this in size are kept exactly by every JSON reader, and are quick to write.
#: What reading a value raises if it is not one that a collection wrote.
DAMAGE = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError)
_PLAIN_INT = 1 << 63


class Referable:
    """A value that is stored as a reference: a collection."""


class _OwnError(ValueError):
    """What the caller is told in these words: a pickle that was not asked for, or a reference to nothing."""


class Codec:
    """Writes values as text and reads them.

    Parameters
    ----------
    refer
        Called with a :class:`Referable`; returns the reference to store, as JSON.
    resolve
        Called with a stored reference; returns the value.
    pickles
        Whether values of other types are pickled, and pickles are read. A pickle can run any code when it is read:
        only for files that nobody else writes.

    Examples
    --------
    >>> codec = Codec()
    >>> codec.decode(codec.encode({"at": (1, 2), "raw": b"x"}))
    {'at': (1, 2), 'raw': b'x'}
    """

    def __init__(
        self,
        refer: Callable[[Any], Any] = lambda value: value,
        resolve: Callable[[Any], Any] = lambda reference: reference,
        *,
        pickles: bool = False,
    ) -> None:
        self._refer = refer
        self._resolve = resolve
        self._pickles = pickles
        self._decode = json.JSONDecoder(object_hook=self._from_object).decode

    def encode(self, value: Any) -> str:
        """Return a value as text without a line end.

        Raises
        ------
        TypeError
            Values of this type cannot be stored.
        """
        cls = type(value)
        if cls is str:
            return encode_basestring(value) if value.isascii() else _quoted(value)
        if cls is int and -_PLAIN_INT <= value < _PLAIN_INT:
            return repr(value)
        plain = self._plain(value)
        text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return text if is_encodable(text) else json.dumps(plain, separators=(",", ":"), allow_nan=False)

    def decode(self, text: str) -> Any:
        """Read a value.

        Raises
        ------
        DamagedError
            It is not one that a collection wrote.
        """
        try:
            first = text[0]
            if first == '"' and "\\" not in text:
                return text[1:-1]
            if text.isdecimal():
                return int(text)
            return self._decode(text)
        except DAMAGE as error:
            raise self.damaged(error) from error

    def decode_many(self, texts: list[str]) -> list[Any]:
        """Read many values in one call of the JSON decoder, which is faster; see :meth:`decode`."""
        try:
            values: list[Any] = self._decode(f"[{','.join(texts)}]")
            if len(values) != len(texts):
                raise ValueError("one of its texts is not one value")
            return values
        except DAMAGE as error:
            raise self.damaged(error) from error

    def damaged(self, error: Exception) -> Exception:
        """Return the error to raise for a value that cannot be read: ours, or that of a pickle or a reference."""
        if self._pickles or isinstance(error, (VFSError, _OwnError)):
            return error
        reason = plain(str(error) or type(error).__name__)
        return DamagedError.at("collection", f"a value of the collection is damaged: {reason}")

    def _plain(self, value: Any) -> Any:
        """Return a value in the types that JSON has."""
        cls = type(value)
        if cls is str or cls is bool or value is None:
            return value
        if cls is int:
            return value if -_PLAIN_INT <= value < _PLAIN_INT else {"$int": hex(value)}
        if cls is float:
            return value if math.isfinite(value) else {"$float": repr(value)}
        if cls is list:
            return [self._plain(item) for item in value]
        if cls is dict:
            if all(type(key) is str for key in value) and not (len(value) == 1 and next(iter(value))[:1] == "$"):
                return {key: self._plain(item) for key, item in value.items()}
            return {"$dict": [[self._plain(key), self._plain(item)] for key, item in value.items()]}
        write = _WRITERS.get(cls)
        if write is not None:
            tag, plain = write(value)
            return {tag: [self._plain(item) for item in plain] if type(plain) is list else plain}
        if isinstance(value, Referable):
            return {"$ref": self._refer(value)}
        if self._pickles:
            return {"$pickle": base64.b64encode(pickle.dumps(value)).decode()}
        raise TypeError(
            f"cannot store a {cls.__name__}: open the collection with value_type={cls.__name__} if it is a dataclass "
            "or struct, or with codec='pickle', which stores anything, if nobody else writes the file"
        )

    def _from_object(self, members: dict[str, Any]) -> Any:
        if len(members) != 1:
            return members
        ((tag, plain),) = members.items()
        if tag[:1] != "$":
            return members
        if tag == "$ref":
            try:
                return self._resolve(plain)
            except ValueError as error:
                if isinstance(error, VFSError):
                    raise
                raise _OwnError(str(error)) from error
        if tag == "$pickle":
            if not self._pickles:
                raise _OwnError(
                    "the value is a pickle, which can run any code: open the collection with codec='pickle' if you "
                    "trust the file"
                )
            return pickle.loads(base64.b64decode(plain))  # noqa: S301 - the user asked for it
        read = _READERS.get(tag)
        return members if read is None else read(plain)


def is_encodable(text: str) -> bool:
    """Return whether a text has no lone surrogate, which no database accepts."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _quoted(value: str) -> str:
    return encode_basestring(value) if is_encodable(value) else encode_basestring_ascii(value)


def _iso(value: datetime.datetime | datetime.time) -> Any:
    """Return a time as ISO text; with 1 if it is the second of two equal times, when clocks are set back."""
    return [value.isoformat(), 1] if value.fold else value.isoformat()


def _iso_reader(cls: type[Any]) -> Callable[[Any], Any]:
    return lambda plain: (
        cls.fromisoformat(plain) if isinstance(plain, str) else cls.fromisoformat(plain[0]).replace(fold=1)
    )


_WRITERS: dict[type, Callable[[Any], tuple[str, Any]]] = {
    bytes: lambda value: ("$bytes", base64.b64encode(value).decode()),
    bytearray: lambda value: ("$bytearray", base64.b64encode(value).decode()),
    tuple: lambda value: ("$tuple", list(value)),
    set: lambda value: ("$set", list(value)),
    frozenset: lambda value: ("$frozenset", list(value)),
    datetime.datetime: lambda value: ("$datetime", _iso(value)),
    datetime.date: lambda value: ("$date", value.isoformat()),
    datetime.time: lambda value: ("$time", _iso(value)),
    datetime.timedelta: lambda value: ("$timedelta", [value.days, value.seconds, value.microseconds]),
    complex: lambda value: ("$complex", [value.real, value.imag]),
}

_READERS: dict[str, Callable[[Any], Any]] = {
    "$bytes": base64.b64decode,
    "$bytearray": lambda plain: bytearray(base64.b64decode(plain)),
    "$tuple": tuple,
    "$set": set,
    "$frozenset": frozenset,
    "$datetime": _iso_reader(datetime.datetime),
    "$date": datetime.date.fromisoformat,
    "$time": _iso_reader(datetime.time),
    "$timedelta": lambda plain: datetime.timedelta(*plain),
    "$complex": lambda plain: complex(*plain),
    "$int": lambda plain: int(plain, 16),
    "$float": float,
    "$dict": dict,
}
