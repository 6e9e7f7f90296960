"""A dict that outlives the process."""

from __future__ import annotations

import itertools
import reprlib
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import Any, ClassVar

from vfsloader.collections.base import Persistent
from vfsloader.collections.cache import is_kept
from vfsloader.collections.keys import key_of, shown
from vfsloader.collections.query import condition
from vfsloader.collections.views import ItemsInOrder, KeysInOrder, ValuesInOrder
from vfsloader.store.records.mapping import Key, MappingRows, Row
from vfsloader.store.records.tables import DICT

_MISSING = object()


class PersistentDict(Persistent, MutableMapping[Any, Any]):
    """A dict in a file, in a file system's store, in memory, or in a file that ends with it.

    It does what ``dict`` does: the order is that in which keys came, errors are the builtin's. Each call is one
    transaction. A list or dict that is put in comes back as a copy: to change it, put it in again; or put a
    :class:`PersistentList` or :class:`PersistentDict` in, which stays alive.

    The parameters are those of :class:`~vfsloader.collections.base.Persistent`.

    Parameters
    ----------
    keys
        ``str`` refuses all other keys; None takes what can be hashed and kept.
    **options
        See :class:`~vfsloader.collections.base.Persistent`.

    Examples
    --------
    >>> settings = PersistentDict(":memory:")
    >>> settings["volume"] = 0.8
    >>> settings.setdefault("language", "en"), dict(settings)
    ('en', {'volume': 0.8, 'language': 'en'})
    """

    _kind: ClassVar[int] = DICT
    _rows: MappingRows
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, where: Any = None, name: str | None = None, *, keys: type | None = None, **options: Any) -> None:
        if keys not in (None, str):
            raise ValueError(f"keys is str or None, not {keys!r}")
        self._only_text = keys is str
        super().__init__(where, name, **options)

    def _attach(self) -> None:
        self._only_text = getattr(self, "_only_text", False)
        self._rows = MappingRows(self.place.keeper, self.number)

    # --- one key -------------------------------------------------------------------------------------

    def __getitem__(self, key: Any) -> Any:
        value = self._look_up(key)
        if value is _MISSING:
            raise KeyError(key)
        return value

    def get(self, key: Any, default: Any = None) -> Any:
        """Give a key's value, or the default."""
        value = self._look_up(key)
        return default if value is _MISSING else value

    def __contains__(self, key: object) -> bool:
        if self._only_text and not isinstance(key, str):
            return False
        return self._rows.has(self._key(key)[0])

    def __setitem__(self, key: Any, value: Any) -> None:
        form, text = self._key(key)
        self._rows.set(form, text, self._encode(value))
        if self._threshold is not None:
            self._was_changed()

    def __delitem__(self, key: Any) -> None:
        if not self._rows.remove(self._key(key)[0]):
            raise KeyError(key)
        self._was_changed()

    def setdefault(self, key: Any, default: Any = None) -> Any:
        """Give a key's value, or give it the default where it has none, in one step."""
        found = self._look_up(key)
        if found is not _MISSING:
            return found
        text = self._rows.set_default(*self._key(key), self._encode(default))
        assert text is not None
        return self._decode(text)

    def pop(self, key: Any, default: Any = _MISSING) -> Any:
        """Remove a key and give its value, or the default."""
        row = self._rows.pop(self._key(key)[0])
        if row is None:
            if default is _MISSING:
                raise KeyError(key)
            return default
        self._was_changed()
        assert row[0] is not None
        return self._decode(row[0])

    def popitem(self) -> tuple[Any, Any]:
        """Remove the key that came last; give it with its value."""
        row = self._rows.pop_last()
        if row is None:
            raise KeyError("popitem(): dictionary is empty")
        self._was_changed()
        assert row[2] is not None
        return shown(row[0], row[1], self._codec), self._decode(row[2])

    # --- many ----------------------------------------------------------------------------------------

    def update(self, other: Any = (), /, **more: Any) -> None:
        """Set many keys, all or none."""
        pairs: Iterable[Any] = other.items() if isinstance(other, Mapping) else _pairs(other)
        self._rows.set_many(self._row(key, value) for key, value in itertools.chain(pairs, more.items()))

    def clear(self) -> None:
        """Remove all."""
        self._rows.clear()
        self._was_changed()

    def copy(self) -> dict[Any, Any]:
        """Give everything as a builtin dict."""
        return dict(self.items())

    @classmethod
    def fromkeys(cls, keys: Iterable[Any], value: Any = None) -> PersistentDict:
        """Make a temporary one of keys that all have one value."""
        made = cls()
        made.update((key, value) for key in keys)
        return made

    def __len__(self) -> int:
        return self._rows.count()

    def __iter__(self) -> Iterator[Any]:
        return self._iterate(backwards=False)

    def __reversed__(self) -> Iterator[Any]:
        return self._iterate(backwards=True)

    def keys(self) -> KeysInOrder:
        """Give the keys, in the order in which they came: a view, as a dict's."""
        return KeysInOrder(self)

    def values(self) -> ValuesInOrder:
        """Give the values, in the order of their keys: a view, as a dict's."""
        return ValuesInOrder(self)

    def items(self) -> ItemsInOrder:
        """Give keys with their values: a view, as a dict's."""
        return ItemsInOrder(self)

    def pairs(self, *, backwards: bool = False) -> Iterator[tuple[Any, Any]]:
        """Give keys with their values, as they are now, whoever writes meanwhile."""
        for rows in self._rows.rows(backwards=backwards):
            yield from self._pairs_of(rows)

    def every_value(self) -> Iterator[Any]:
        """Give the values as they are now, whoever writes meanwhile."""
        for rows in self._rows.rows():
            yield from self._decode_all([row[2] for row in rows])  # type: ignore[misc]

    def scan(
        self, predicate: Callable[[Any, Any], object] | None = None, *, where: Mapping[str, Any] | None = None
    ) -> Iterator[tuple[Any, Any]]:
        """Give the keys and values that are asked for, a few at a time, whatever the dict's size.

        Parameters
        ----------
        predicate
            Is given key and value, and says whether they are meant.
        where
            What values have at paths inside them: ``{"level >=": 3, "stats.name": "moth"}``. The database looks, by an
            index if :meth:`index` made one.

        Raises
        ------
        ValueError
            A path or comparison in `where` is none.
        """
        batches = self._rows.rows() if where is None else self._rows.where(*condition(where))
        for rows in batches:
            for key, value in self._pairs_of(rows):
                if predicate is None or predicate(key, value):
                    yield key, value

    def index(self, path: str) -> None:
        """Keep an index of what the values have at a path, so that :meth:`scan` finds them at once.

        Raises
        ------
        ValueError
            The path is none: names and numbers, with dots between.
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
        if self.closed:
            return f"<closed {type(self).__name__}>"
        return "{" + ", ".join([f"{key!r}: {value!r}" for key, value in self.items()]) + "}"

    # --- inside --------------------------------------------------------------------------------------

    def _key(self, key: Any) -> tuple[Key, str | None]:
        if self._only_text and not isinstance(key, str):
            raise TypeError(f"keys are text here, not {type(key).__name__}")
        return key_of(key, self._codec)

    def _row(self, key: Any, value: Any) -> Row:
        form, text = self._key(key)
        return form, text, self._encode(value)

    def _look_up(self, key: Any) -> Any:
        form, _ = self._key(key)
        if self._cache is None:
            text = self._rows.get(form)
            return _MISSING if text is None else self._decode(text)
        keeper = self.place.keeper
        version = keeper.header(self.number).version, keeper.database.rollbacks
        value = self._cache.get(version, form, None)
        if value is None:
            text = self._rows.get(form)
            if text is None:
                return _MISSING
            value = self._decode(text)
            if value is not None and is_kept(value):
                self._cache.put(version, form, value)
        return value

    def _iterate(self, *, backwards: bool) -> Iterator[Any]:
        for rows in self._rows.rows(values=False, backwards=backwards):
            for key, text, _ in rows:
                yield key if text is None and type(key) is str else shown(key, text, self._codec)

    def _pairs_of(self, rows: list[Row]) -> Iterator[tuple[Any, Any]]:
        values = self._decode_all([text or "null" for _, _, text in rows])
        for (key, text, _), value in zip(rows, values, strict=True):
            yield key if text is None and type(key) is str else shown(key, text, self._codec), value

    def _content(self) -> list[tuple[Any, Any]]:
        return list(self.pairs())

    def _fill(self, content: list[tuple[Any, Any]]) -> None:
        self.update(content)


def _pairs(other: Any) -> Iterable[tuple[Any, Any]]:
    if hasattr(other, "keys"):
        return ((key, other[key]) for key in other.keys())  # noqa: SIM118 - as dict.update does
    return _checked(other)


def _checked(pairs: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Give pairs, or dict's own errors."""
    for place, pair in enumerate(pairs):
        try:
            found = tuple(pair)
        except TypeError:
            raise TypeError(f"cannot convert dictionary update sequence element #{place} to a sequence") from None
        if len(found) != 2:
            raise ValueError(f"dictionary update sequence element #{place} has length {len(found)}; 2 is required")
        yield found
