"""A dict that outlives the process."""

from __future__ import annotations

import itertools
import reprlib
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, Unpack

from vfsloader.collections.base import MISSING, Persistent
from vfsloader.collections.keys import key_of, keys_shown, shown
from vfsloader.collections.options import CollectionOptions
from vfsloader.collections.query import condition
from vfsloader.collections.views import ItemsInOrder, KeysInOrder, ValuesInOrder
from vfsloader.store.records.tables import DICT

if TYPE_CHECKING:
    from vfsloader.store.records.mapping import Key, MappingRows, Row


class PersistentDict(Persistent, MutableMapping[Any, Any], kind=DICT, name="dict"):
    """A dict in a file, in a file system's store, in memory, or in a temporary file.

    It behaves as ``dict`` does: it keeps the order in which keys were added, and raises the builtin's errors. Each
    call is one transaction. A list or dict that is stored comes back as a copy: store it again to change it, or store
    a :class:`PersistentList` or :class:`PersistentDict`, which stays live.

    Parameters
    ----------
    keys
        ``str`` refuses all other keys; None allows every key that can be hashed and stored.
    **options
        See :class:`~vfsloader.collections.base.Persistent`.

    Examples
    --------
    >>> settings = PersistentDict(":memory:")
    >>> settings["volume"] = 0.8
    >>> settings.setdefault("language", "en"), dict(settings)
    ('en', {'volume': 0.8, 'language': 'en'})
    """

    _rows: MappingRows
    _only_text = False
    __hash__ = None  # type: ignore[assignment]

    def __init__(
        self,
        where: Any = None,
        name: str | None = None,
        *,
        keys: type | None = None,
        **options: Unpack[CollectionOptions],
    ) -> None:
        if keys not in (None, str):
            raise ValueError(f"keys is str or None, not {keys!r}")
        self._only_text = keys is str
        super().__init__(where, name, **options)

    # --- one key -------------------------------------------------------------------------------------

    def __getitem__(self, key: Any) -> Any:
        value = self._read(self._key(key)[0])
        if value is MISSING:
            raise KeyError(key)
        return value

    def get(self, key: Any, default: Any = None) -> Any:
        """Return a key's value, or the default."""
        value = self._read(self._key(key)[0])
        return default if value is MISSING else value

    def __contains__(self, key: object) -> bool:
        if self._only_text and not isinstance(key, str):
            return False
        return self._rows.has(self._key(key)[0])

    def __setitem__(self, key: Any, value: Any) -> None:
        form, text = self._key(key)
        self._rows.set(form, text, self._values.encode(value))
        if self._threshold is not None:
            self._compact_if_due()

    def __delitem__(self, key: Any) -> None:
        if not self._rows.remove(self._key(key)[0]):
            raise KeyError(key)
        self._compact_if_due()

    def setdefault(self, key: Any, default: Any = None) -> Any:
        """Return a key's value; a missing key is first set to the default, in one step."""
        form, text = self._key(key)
        value = self._read(form)
        if value is not MISSING:
            return value
        stored = self._rows.set_default(form, text, self._values.encode(default))
        assert stored is not None
        return self._values.decode(stored)

    def pop(self, key: Any, default: Any = MISSING) -> Any:
        """Remove a key and return its value, or the default."""
        row = self._rows.pop(self._key(key)[0])
        if row is None:
            if default is MISSING:
                raise KeyError(key)
            return default
        self._compact_if_due()
        assert row[0] is not None
        return self._values.decode(row[0])

    def popitem(self) -> tuple[Any, Any]:
        """Remove the key that was added last, and return it with its value."""
        row = self._rows.pop_last()
        if row is None:
            raise KeyError("popitem(): dictionary is empty")
        self._compact_if_due()
        assert row[2] is not None
        return shown(row[0], row[1], self._codec), self._values.decode(row[2])

    # --- many ----------------------------------------------------------------------------------------

    def update(self, other: Any = (), /, **more: Any) -> None:
        """Set many keys, all or none."""
        pairs: Iterable[Any] = other.items() if isinstance(other, Mapping) else _pairs(other)
        self._rows.set_many(self._row(key, value) for key, value in itertools.chain(pairs, more.items()))

    def clear(self) -> None:
        """Remove everything."""
        self._rows.clear()
        self._compact_if_due()

    def copy(self) -> dict[Any, Any]:
        """Return everything as a builtin dict."""
        return dict(self.items())

    @classmethod
    def fromkeys(cls, keys: Iterable[Any], value: Any = None) -> PersistentDict:
        """Make a temporary dict whose keys all have one value."""
        result = cls()
        result.update((key, value) for key in keys)
        return result

    def __len__(self) -> int:
        return self._rows.count()

    def __iter__(self) -> Iterator[Any]:
        return self._iterate(backwards=False)

    def __reversed__(self) -> Iterator[Any]:
        return self._iterate(backwards=True)

    def keys(self) -> KeysInOrder:
        """Return a view of the keys, in the order in which they were added."""
        return KeysInOrder(self)

    def values(self) -> ValuesInOrder:
        """Return a view of the values, in the order of their keys."""
        return ValuesInOrder(self)

    def items(self) -> ItemsInOrder:
        """Return a view of the keys with their values."""
        return ItemsInOrder(self)

    def pairs(self, *, backwards: bool = False) -> Iterator[tuple[Any, Any]]:
        """Yield the keys with their values as they are now, even if others write while they are read."""
        for rows in self._rows.rows(backwards=backwards):
            yield from self._pairs_of(rows)

    def every_value(self) -> Iterator[Any]:
        """Yield the values as they are now, even if others write while they are read."""
        for rows in self._rows.rows():
            yield from self._values_of(rows)

    def scan(
        self, predicate: Callable[[Any, Any], object] | None = None, *, where: Mapping[str, Any] | None = None
    ) -> Iterator[tuple[Any, Any]]:
        """Yield the keys and values that match, reading a few at a time, however large the dict is.

        Parameters
        ----------
        predicate
            Called with a key and its value; returns whether they match.
        where
            What values must have at paths inside them: ``{"level >=": 3, "stats.name": "moth"}``. The database does
            this search, using an index if :meth:`index` made one.

        Raises
        ------
        ValueError
            A path or comparison in `where` is invalid.
        """
        batches = self._rows.rows() if where is None else self._rows.where(*condition(where))
        for rows in batches:
            for key, value in self._pairs_of(rows):
                if predicate is None or predicate(key, value):
                    yield key, value

    def index(self, path: str) -> None:
        """Keep an index of what the values have at a path, which makes :meth:`scan` fast.

        Raises
        ------
        ValueError
            The path is invalid: it consists of names and numbers with dots between.
        """
        self._rows.index(path)

    # --- as a dict ------------------------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        if other is self:
            return True
        return len(self) == len(other) and dict(self.items()) == dict(other.items())

    def __or__(self, other: Any) -> dict[Any, Any]:
        if not isinstance(other, (dict, PersistentDict)):
            return NotImplemented
        return {**self.copy(), **dict(other.items())}

    def __ror__(self, other: Any) -> dict[Any, Any]:
        if not isinstance(other, (dict, PersistentDict)):
            return NotImplemented
        return {**dict(other.items()), **self.copy()}

    def __ior__(self, other: Any) -> PersistentDict:
        self.update(other)
        return self

    @reprlib.recursive_repr("{...}")
    def __repr__(self) -> str:
        return f"<closed {type(self).__name__}>" if self.closed else repr(self.copy())

    # --- inside --------------------------------------------------------------------------------------

    def _key(self, key: Any) -> tuple[Key, str | None]:
        if self._only_text and not isinstance(key, str):
            raise TypeError(f"keys are text here, not {type(key).__name__}")
        return key_of(key, self._codec)

    def _row(self, key: Any, value: Any) -> Row:
        form, text = self._key(key)
        return form, text, self._values.encode(value)

    def _iterate(self, *, backwards: bool) -> Iterator[Any]:
        for rows in self._rows.rows(values=False, backwards=backwards):
            yield from keys_shown(rows, self._codec)

    def _pairs_of(self, rows: list[Row]) -> Iterator[tuple[Any, Any]]:
        return zip(keys_shown(rows, self._codec), self._values_of(rows), strict=True)

    def _values_of(self, rows: list[Row]) -> list[Any]:
        return self._values.decode_many([text for _, _, text in rows])  # type: ignore[misc]

    def _content(self) -> list[tuple[Any, Any]]:
        return list(self.pairs())

    def _fill(self, content: list[tuple[Any, Any]]) -> None:
        self.update(content)


def _pairs(other: Any) -> Iterable[tuple[Any, Any]]:
    if hasattr(other, "keys"):
        return ((key, other[key]) for key in other.keys())  # noqa: SIM118 - as dict.update does
    return _checked(other)


def _checked(pairs: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Yield pairs, or raise the errors of ``dict.update``."""
    for index, pair in enumerate(pairs):
        try:
            members = tuple(pair)
        except TypeError:
            raise TypeError(f"cannot convert dictionary update sequence element #{index} to a sequence") from None
        if len(members) != 2:
            raise ValueError(f"dictionary update sequence element #{index} has length {len(members)}; 2 is required")
        yield members
