"""Types that a collection's values must have: checked before anything is stored, made again when it is read."""

from __future__ import annotations

import dataclasses
import datetime
import types
import typing
from collections.abc import Callable
from typing import Any

from vfsloader.errors import MissingExtraError

_PLAIN = (bytes, bytearray, datetime.datetime, datetime.date, datetime.time, datetime.timedelta)
_WORDS: dict[str, type] = {"string": str, "bool": bool, "float": float, "bytes": bytes}
_BITS = {"int32": 32, "int64": 64, "int128": 128}


class ValueType:
    """What values must be.

    Parameters
    ----------
    klass
        A type, dataclass or msgspec struct; or one of ``int32 int64 int128 string bool float bytes json``. None for
        anything.

    Raises
    ------
    ValueError, TypeError
        It is none of these.

    Examples
    --------
    >>> ValueType(float).check("3.14")
    Traceback (most recent call last):
        ...
    TypeError: Expected float for float, got str
    """

    def __init__(self, klass: type | str | None = None) -> None:
        self.klass = klass
        #: Gives what is stored for a value; raises TypeError or ValueError for a wrong one.
        self.check: Callable[[Any], Any] = _anything
        #: Gives the value for what is stored.
        self.make: Callable[[Any], Any] = _anything
        if klass is None:
            return
        if isinstance(klass, str):
            self.check = self._by_word(klass)
        elif hasattr(klass, "__struct_fields__"):
            self._by_msgspec(klass)
        elif dataclasses.is_dataclass(klass):
            self.check, self.make = self._fields_of, lambda plain: _made(klass, plain)
        elif isinstance(klass, type):
            self.check = lambda value: _exactly(klass, klass.__name__, value)
        else:
            raise TypeError(f"klass is a type or the name of one, not {klass!r}")

    @property
    def is_any(self) -> bool:
        """Whether nothing is checked."""
        return self.klass is None

    @staticmethod
    def _by_word(word: str) -> Callable[[Any], Any]:
        if word in _WORDS:
            kind = _WORDS[word]
            return lambda value: _exactly(kind, word, value)
        if word in _BITS:
            limit = 1 << (_BITS[word] - 1)

            def bounded(value: Any) -> Any:
                _exactly(int, word, value)
                if not -limit <= value < limit:
                    raise ValueError(f"Value {value} out of range for {word}")
                return value

            return bounded
        if word == "json":
            return _json
        raise ValueError(f"klass is a type or one of {', '.join([*_WORDS, *_BITS, 'json'])}, not {word!r}")

    def _fields_of(self, value: Any) -> Any:
        assert isinstance(self.klass, type)
        return _plain(_exactly(self.klass, self.klass.__name__, value))

    def _by_msgspec(self, klass: type) -> None:
        try:
            import msgspec
        except ImportError as error:
            raise MissingExtraError.of("structs of msgspec", "msgspec", "msgspec") from error
        self.check = lambda value: msgspec.to_builtins(_exactly(klass, klass.__name__, value), builtin_types=_PLAIN)
        self.make = lambda plain: msgspec.convert(plain, klass, builtin_types=_PLAIN)


def _anything(value: Any) -> Any:
    return value


def _exactly(kind: type, name: str, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"Expected {kind.__name__} for {name}, got {type(value).__name__}")
    return value


def _json(value: Any) -> Any:
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: _json(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json(one) for one in value]
    if value is None or type(value) in (str, int, float, bool):
        return value
    raise ValueError(f"Value is not JSON serializable: {value}")


def _plain(value: Any) -> Any:
    """Give a dataclass as a dict of its fields, and those inside it too."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if type(value) in (list, tuple):
        return type(value)(_plain(one) for one in value)
    if type(value) is dict:
        return {key: _plain(one) for key, one in value.items()}
    return value


def _made(hint: Any, plain: Any) -> Any:
    """Make what a type hint says of what :func:`_plain` gave."""
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        hints = typing.get_type_hints(hint)
        fields = {field.name: _made(hints[field.name], plain[field.name]) for field in dataclasses.fields(hint)
                  if field.init and field.name in plain}  # fmt: skip
        return hint(**fields)
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        made = [one for one in inside if one is not type(None)]
        return _made(made[0], plain) if plain is not None and len(made) == 1 else plain
    if origin is list and type(plain) is list:
        return [_made(inside[0], one) for one in plain]
    if origin is tuple and type(plain) is tuple:
        parts = inside[:1] * len(plain) if inside[1:] == (Ellipsis,) else inside
        return tuple([_made(one, value) for one, value in zip(parts, plain, strict=True)])
    if origin is dict and type(plain) is dict:
        return {key: _made(inside[1], one) for key, one in plain.items()}
    return plain
