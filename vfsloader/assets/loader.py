"""What makes an object out of a file: the seam at which engines meet the core.

A loader works in two steps. `decode` turns bytes into plain data; it may run on any thread, and what it gives is kept,
so that the same bytes are never decoded twice. `build` makes the object that the game holds; it runs on the game's
own thread, as `replace` does, which brings a living object up to date.
"""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Generic, TypeVar

from vfsloader import paths

T = TypeVar("T")
#: Reads a further file for a loader; see :meth:`Asset.read`.
Reader = Callable[[str], bytes]


class Asset:
    """A file's bytes on their way into a loader.

    Attributes
    ----------
    path
        The virtual path.
    data
        The content.
    layer
        Name of the layer that provides it.
    """

    __slots__ = ("_reader", "_real_path", "data", "layer", "path")

    def __init__(
        self,
        path: str,
        data: bytes,
        layer: str,
        reader: Reader | None = None,
        real_path: Callable[[], str] | None = None,
    ) -> None:
        self.path = path
        self.data = data
        self.layer = layer
        self._reader = reader
        self._real_path = real_path

    def __repr__(self) -> str:
        return f"Asset({self.path!r}, {len(self.data)} bytes, layer={self.layer!r})"

    @property
    def name(self) -> str:
        """The last part of the path: engines tell formats by its suffix."""
        return paths.split(self.path)[1]

    def open(self) -> io.BytesIO:
        """Give the bytes as a stream."""
        return io.BytesIO(self.data)

    def resolve(self, path: str) -> str:
        """Give the whole path of one that is told from this file's folder.

        Examples
        --------
        >>> Asset("/maps/town.tmx", b"", "base").resolve("../tiles.png")
        '/tiles.png'
        """
        return paths.normalise(path if path.startswith("/") else paths.join(paths.parent(self.path), path))

    def real_path(self) -> str:
        """Give a file of the disk with this content, for what can read nothing else.

        Raises
        ------
        OSError
            There is none yet, and it cannot be made.
        """
        if self._real_path is None:
            raise LookupError(f"{self.path} did not come from a manager, which could make a file of it")
        return self._real_path()

    def read(self, path: str) -> bytes:
        """Give the content of a further file on which the resource depends: it is made anew when that changes.

        Parameters
        ----------
        path
            From this file's folder, or whole.

        Raises
        ------
        PathNotFoundError
            No layer has it. The resource depends on it all the same, should it come.
        """
        if self._reader is None:
            raise LookupError(f"{self.path} did not come from a manager, which could read {path}")
        return self._reader(self.resolve(path))


class Loader(ABC, Generic[T]):
    """Makes a resource of an asset, and brings a living one up to date."""

    #: Options that a ``<file>.meta`` beside the asset may set, with the types of their values.
    meta_options: ClassVar[Mapping[str, type | tuple[type, ...]]] = {}

    #: Whether the loader takes :meth:`Asset.real_path` and no bytes: they are not read, and ``data`` is empty.
    is_streamed: ClassVar[bool] = False

    @abstractmethod
    def decode(self, asset: Asset, **options: Any) -> Any:
        """Make data of the bytes; on any thread.

        Raises
        ------
        ResourceError
            The bytes cannot be made into it.
        """

    def build(self, decoded: Any, **options: Any) -> T:
        """Make the resource of what was decoded, and leave that as it is."""
        return decoded  # type: ignore[no-any-return]

    def replace(self, resource: T, decoded: Any, **options: Any) -> T:
        """Give the resource for new data: the same object where it can be changed in place, else a new one."""
        return self.build(decoded, **options)

    def size_of(self, decoded: Any, asset_bytes: int) -> int:
        """Tell how many bytes of memory decoded data takes, about."""
        return asset_bytes

    def cache_key(self, **options: Any) -> str:
        """Name what :meth:`freeze` gives, with all on which it depends but the file; empty: it is not kept on disk."""
        return ""

    def serialize(self, decoded: Any, **options: Any) -> bytes:
        """Give decoded data as bytes for the prepared cache; on any thread. Empty: it is not worth keeping."""
        raise NotImplementedError

    def deserialize(self, data: bytes | memoryview, path: str) -> Any:
        """Make decoded data of what :meth:`freeze` gave; it is built once, and may be used up.

        Raises
        ------
        ValueError
            It was given by another version, or is damaged.
        """
        raise NotImplementedError


class FunctionLoader(Loader[T]):
    """A plain function ``make(asset, **options)`` as a loader; what it gives is shared, and never changed in place."""

    def __init__(self, make: Callable[..., T]) -> None:
        self.make = make

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FunctionLoader) and self.make == other.make

    def __hash__(self) -> int:
        return hash(self.make)

    def decode(self, asset: Asset, **options: Any) -> T:
        """Call the function."""
        return self.make(asset, **options)


class Handle(Generic[T]):
    """A resource that cannot be changed in place, behind a name that stays: ask for `value` when it is needed."""

    __slots__ = ("__weakref__", "path", "value")

    def __init__(self, path: str, value: T) -> None:
        self.path = path
        self.value = value

    def __repr__(self) -> str:
        return f"Handle({self.path!r}, {self.value!r})"


class HandleLoader(Loader[Handle[T]]):
    """Makes handles of what another loader makes."""

    def __init__(self, inner: Loader[T]) -> None:
        self.inner = inner
        self.meta_options = inner.meta_options  # type: ignore[misc] # as the inner one's

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HandleLoader) and self.inner == other.inner

    def __hash__(self) -> int:
        return hash((HandleLoader, self.inner))

    def decode(self, asset: Asset, **options: Any) -> tuple[str, Any]:
        """Let the other loader decode."""
        return asset.path, self.inner.decode(asset, **options)

    def build(self, decoded: tuple[str, Any], **options: Any) -> Handle[T]:
        """Let the other loader build, and hand out a name for it."""
        return Handle(decoded[0], self.inner.build(decoded[1], **options))

    def replace(self, resource: Handle[T], decoded: tuple[str, Any], **options: Any) -> Handle[T]:
        """Put the new value behind the name."""
        resource.value = self.inner.replace(resource.value, decoded[1], **options)
        return resource

    def size_of(self, decoded: tuple[str, Any], asset_bytes: int) -> int:
        """Ask the other loader."""
        return self.inner.size_of(decoded[1], asset_bytes)


_BY_SUFFIX: dict[str, Loader[Any]] = {}


def register_loader(loader: Loader[Any], *suffixes: str) -> None:
    """Say which loader :meth:`ResourceManager.preload` takes for files of some suffixes.

    Examples
    --------
    >>> register_loader(FunctionLoader(len), ".level")
    >>> loader_of("/a.LEVEL") is _BY_SUFFIX.pop(".level")
    True
    """
    for suffix in suffixes:
        _BY_SUFFIX[suffix.lower()] = loader


def loader_of(path: str) -> Loader[Any] | None:
    """Give the loader that is registered for a path's suffix."""
    name = paths.split(path)[1].lower()
    return _BY_SUFFIX.get(name[name.rfind(".") :]) if "." in name else None
