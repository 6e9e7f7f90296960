"""Types that a collection's values must have: checked before a value is stored, rebuilt when it is read."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import types
import typing
from collections.abc import Callable
from typing import Any

from vfsloader.collections.codec import Codec, Referable
from vfsloader.errors import MissingExtraError

#: What msgspec passes on unchanged, as the codec stores it.
_STORED_AS_IS = (bytes, bytearray, datetime.datetime, datetime.date, datetime.time, datetime.timedelta)
_BUILTINS: dict[str, type] = {"string": str, "bool": bool, "float": float, "bytes": bytes}
_INTEGER_BITS = {"int32": 32, "int64": 64, "int128": 128}


def _unchanged(value: Any) -> Any:
    return value


@dataclasses.dataclass(frozen=True, slots=True)
class ValueType:
    """How values of a type are checked and rebuilt."""

    check: Callable[[Any], Any]
    """Returns what is stored for a value; raises TypeError or ValueError for a wrong one."""
    rebuild: Callable[[Any], Any] = _unchanged
    """Returns the value for what is stored."""


#: The type of a collection whose values are not checked.
ANYTHING = ValueType(_unchanged)


def value_type_of(spec: type | str | None) -> ValueType:
    """Return the value type that a user names.

    Parameters
    ----------
    spec
        A type, dataclass or msgspec struct; or one of ``int32 int64 int128 string bool float bytes json``. None for
        anything.

    Raises
    ------
    ValueError, TypeError
        There is no such value type.

    Examples
    --------
    >>> value_type_of(float).check("3.14")
    Traceback (most recent call last):
        ...
    TypeError: Expected float for float, got str
    """
    if spec is None:
        return ANYTHING
    if isinstance(spec, str):
        return ValueType(_check_named(spec))
    exactly = functools.partial(_exactly, spec, getattr(spec, "__name__", ""))
    if hasattr(spec, "__struct_fields__"):
        return _struct(spec, exactly)
    if dataclasses.is_dataclass(spec):
        return ValueType(lambda value: _plain(exactly(value)), lambda plain: _rebuild(spec, plain))
    if isinstance(spec, type):
        return ValueType(exactly)
    raise TypeError(f"value_type is a type or the name of one, not {spec!r}")


class TypedCodec(Codec):
    """Writes and reads values of one type; collections, which are stored as references, are allowed besides.

    Parameters
    ----------
    value_type
        The type.
    refer, resolve, pickles
        See :class:`Codec`.
    """

    def __init__(
        self, value_type: ValueType, refer: Callable[[Any], Any], resolve: Callable[[Any], Any], *, pickles: bool
    ) -> None:
        super().__init__(refer, resolve, pickles=pickles)
        self._type = value_type

    def encode(self, value: Any) -> str:
        """Return a value as text, after checking it."""
        return super().encode(value if isinstance(value, Referable) else self._type.check(value))

    def decode(self, text: str) -> Any:
        """Read and rebuild a value."""
        return self._rebuild(super().decode(text))

    def decode_many(self, texts: list[str]) -> list[Any]:
        """Read and rebuild many values."""
        return [self._rebuild(plain) for plain in super().decode_many(texts)]

    def _rebuild(self, plain: Any) -> Any:
        return plain if isinstance(plain, Referable) else self._type.rebuild(plain)


def _check_named(name: str) -> Callable[[Any], Any]:
    if name in _BUILTINS:
        return functools.partial(_exactly, _BUILTINS[name], name)
    if name in _INTEGER_BITS:
        limit = 1 << (_INTEGER_BITS[name] - 1)

        def check_range(value: Any) -> Any:
            _exactly(int, name, value)
            if not -limit <= value < limit:
                raise ValueError(f"Value {value} out of range for {name}")
            return value

        return check_range
    if name == "json":
        return _json
    raise ValueError(f"value_type is a type or one of {', '.join([*_BUILTINS, *_INTEGER_BITS, 'json'])}, not {name!r}")


def _struct(cls: type, exactly: Callable[[Any], Any]) -> ValueType:
    try:
        import msgspec
    except ImportError as error:
        raise MissingExtraError.of("structs of msgspec", "msgspec", "msgspec") from error
    return ValueType(
        lambda value: msgspec.to_builtins(exactly(value), builtin_types=_STORED_AS_IS),
        lambda plain: msgspec.convert(plain, cls, builtin_types=_STORED_AS_IS),
    )


def _exactly(cls: type, name: str, value: Any) -> Any:
    if type(value) is not cls:
        raise TypeError(f"Expected {cls.__name__} for {name}, got {type(value).__name__}")
    return value


def _json(value: Any) -> Any:
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: _json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json(item) for item in value]
    if value is None or type(value) in (str, int, float, bool):
        return value
    raise ValueError(f"Value is not JSON serializable: {value}")


def _plain(value: Any) -> Any:
    """Return a dataclass, and those inside it, as dicts of their fields."""
    if type(value) in (list, tuple):
        return type(value)(_plain(item) for item in value)
    if type(value) is dict:
        return {key: _plain(item) for key, item in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value


def _rebuild(hint: Any, plain: Any) -> Any:
    """Return the value that :func:`_plain` was given, whose type hint is `hint`."""
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        hints = typing.get_type_hints(hint)
        fields = {field.name: _rebuild(hints[field.name], plain[field.name]) for field in dataclasses.fields(hint)
                  if field.init and field.name in plain}  # fmt: skip
        return hint(**fields)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        options = [argument for argument in arguments if argument is not type(None)]
        return _rebuild(options[0], plain) if plain is not None and len(options) == 1 else plain
    if origin is list and type(plain) is list:
        return [_rebuild(arguments[0], item) for item in plain]
    if origin is tuple and type(plain) is tuple:
        item_hints = arguments[:1] * len(plain) if arguments[1:] == (Ellipsis,) else arguments
        return tuple([_rebuild(item_hint, item) for item_hint, item in zip(item_hints, plain, strict=True)])
    if origin is dict and type(plain) is dict:
        return {key: _rebuild(arguments[1], item) for key, item in plain.items()}
    return plain
