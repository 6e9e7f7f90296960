"""Loaders make objects out of files: this is where engines plug into the core.

A loader works in two steps. `decode` turns bytes into plain data. It may run on any thread, and its result is cached,
so that the same bytes are never decoded twice. `build` makes the object that the game holds. It runs on the game's own
thread, as `replace` does, which brings a live object up to date.
"""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, TypeVar

from vfsloader import paths
from vfsloader.quoting import plain
from vfsloader.runtime.budget import DEFAULT_LIMITS, Budget, Limits
from vfsloader.runtime.hashes import sha256

if TYPE_CHECKING:
    from vfsloader.assets.edits.apply import Editing

T = TypeVar("T")
#: Reads a further file for a loader; see :meth:`Asset.read`.
Reader = Callable[[str], bytes]
#: Returns the name of the layer that provides a further file, and the limits of its files; None: it is trusted.
Provider = Callable[[str], tuple[str, Limits | None]]
#: What may be made of a file of the game's own layers: more than any game makes, so that only a mistake reaches it.
OWN_LIMITS = Limits(pixels=1 << 28, samples=1 << 30, nodes=16_000_000)


class Asset:
    """A file that is passed to a loader.

    Attributes
    ----------
    path
        The virtual path.
    data
        The content.
    layer
        The name of the layer that provides it.
    is_trusted
        Whether that layer is the game's own. A mod's file is decoded with more care: only common formats, within
        `limits`.
    limits
        How much may be made of it.
    editing
        Applies the edits that mods make to pictures; None where they do not count. See
        ``vfsloader.assets.edits.apply.has_edits``.
    """

    __slots__ = (
        "_budget",
        "_digest",
        "_provider",
        "_reader",
        "_real_path",
        "data",
        "editing",
        "is_trusted",
        "layer",
        "limits",
        "path",
    )

    def __init__(
        self,
        path: str,
        data: bytes,
        layer: str,
        reader: Reader | None = None,
        real_path: Callable[[], str] | None = None,
        *,
        is_trusted: bool = True,
        limits: Limits | None = None,
        provider: Provider | None = None,
        budget: Budget | None = None,
        editing: Editing | None = None,
        digest: bytes | None = None,
    ) -> None:
        self._digest = digest
        self.path = path
        self.editing = editing
        self.data = data
        self.layer = layer
        self.is_trusted = is_trusted
        self.limits = limits if limits is not None else OWN_LIMITS if is_trusted else DEFAULT_LIMITS
        self._reader = reader
        self._real_path = real_path
        self._provider = provider
        self._budget = budget

    def __repr__(self) -> str:
        return f"Asset({self.path!r}, {len(self.data)} bytes, layer={self.layer!r})"

    @property
    def name(self) -> str:
        """The last part of the path: engines recognise formats by its suffix."""
        return paths.split(self.path)[1]

    @property
    def digest(self) -> bytes:
        """SHA-256 of the content."""
        if self._digest is None:
            self._digest = sha256(self.data).digest()
        return self._digest

    @property
    def budget(self) -> Budget:
        """What is left of the limits for everything that is made of this file and of those that it names."""
        if self._budget is None:
            self._budget = Budget(f"{plain(self.path)} in {plain(self.layer)}", self.limits)
        return self._budget

    def open(self) -> io.BytesIO:
        """Return the bytes as a stream."""
        return io.BytesIO(self.data)

    def resolve(self, path: str) -> str:
        """Return the whole path of one that is relative to this file's folder.

        Examples
        --------
        >>> Asset("/maps/town.tmx", b"", "base").resolve("../tiles.png")
        '/tiles.png'
        """
        return paths.normalise(path if path.startswith("/") else paths.join(paths.parent(self.path), path))

    def real_path(self) -> str:
        """Return a file of the disk with this content, for libraries that can read nothing else.

        Raises
        ------
        OSError
            It has to be copied, and cannot be.
        """
        if self._real_path is None:
            raise LookupError(f"{self.path} was not loaded by a manager, which could make a file of it")
        return self._real_path()

    def read(self, path: str) -> bytes:
        """Return the content of another file. The resource depends on it, and is reloaded when it changes.

        Parameters
        ----------
        path
            Relative to this file's folder, or whole.

        Raises
        ------
        PathNotFoundError
            No layer has it. The resource depends on it even so, in case it is added.
        """
        if self._reader is None:
            raise LookupError(f"{self.path} was not loaded by a manager, which could read {path}")
        return self._reader(self.resolve(path))

    def other(self, path: str, budget: Budget | None = None) -> Asset:
        """Return another file as an asset, which is as trusted as its own layer and counts to the same budget.

        Parameters
        ----------
        path
            As for :meth:`read`.
        budget
            Another budget that it counts to.

        Raises
        ------
        PathNotFoundError
            As for :meth:`read`.
        """
        whole = self.resolve(path)
        data = self.read(whole)
        layer, limits = self.layer, None if self.is_trusted else self.limits
        if self._provider is not None:
            layer, limits = self._provider(whole)
        return Asset(
            whole,
            data,
            layer,
            self._reader,
            is_trusted=limits is None,
            # A mod's sheet that names the game's own picture is still a mod's sheet.
            limits=self.limits if limits is None or not self.is_trusted else limits,
            provider=self._provider,
            budget=self.budget if budget is None else budget,
            editing=self.editing,
        )


class UnreadAsset(Asset):
    """A file that is read when its content is asked for: what was made of it may be remembered.

    Attributes
    ----------
    fetch
        Returns the content.
    """

    __slots__ = ("_content", "fetch")
    _content: bytes | None
    fetch: Callable[[], bytes]

    @property
    def data(self) -> bytes:
        """The content."""
        if not self._content:
            self._content = self.fetch()
        return self._content

    @data.setter
    def data(self, data: bytes) -> None:
        self._content = data


class Decoded(NamedTuple):
    """The decoded data of a file."""

    data: Any
    options: Mapping[str, Any]
    """The caller's options, and those of the ``.meta`` file that the caller left out."""
    paths: frozenset[str]
    """Every path on which it depends."""
    size_bytes: int
    """About how much memory it takes."""
    seconds: float = 0.0
    """How long decoding took; 0 if it was decoded before."""


#: Decodes a resource's file as it is now.
DecodeAgain = Callable[[], Decoded]


class Loader(ABC, Generic[T]):
    """Makes a resource of an asset, and brings a live one up to date."""

    #: Options that a ``<file>.meta`` beside the asset may set, with the types of their values.
    meta_options: ClassVar[Mapping[str, type | tuple[type, ...]]] = {}

    #: Whether the loader uses :meth:`Asset.real_path` only: the bytes are not read, and ``data`` is empty.
    is_streamed: ClassVar[bool] = False

    #: Whether :meth:`decode` applies the edits of the file; see ``vfsloader.assets.edits.apply.has_edits``.
    shows_edits: ClassVar[bool] = False

    #: Whether nobody sees what :meth:`replace` does before the last :meth:`advance`: so it may be done ahead.
    stages: ClassVar[bool] = False

    #: Whether packs may keep forms of its files that :meth:`prepare` makes and :meth:`unpack` reads.
    uses_prepared: ClassVar[bool] = False

    def check_options(self, options: Mapping[str, Any]) -> None:
        """Check the values of options, those of a ``.meta`` file for example, whose types are right already.

        Raises
        ------
        ValueError
            A value makes no sense. The message names the option.
        """

    @abstractmethod
    def decode(self, asset: Asset, **options: Any) -> Any:
        """Turn the bytes into data; called on any thread.

        Raises
        ------
        ResourceError
            The bytes cannot be decoded.
        """

    def build(self, decoded: Any, **options: Any) -> T:
        """Make the resource of decoded data, without changing the data."""
        return decoded  # type: ignore[no-any-return]

    def replace(self, resource: T, decoded: Any, **options: Any) -> T:
        """Return the resource for new data: the same object if it can be changed in place, else a new one.

        A loader may put off a part of the work until :meth:`advance`.
        """
        return self.build(decoded, **options)

    def prepare_replacement(self, decoded: Any, **options: Any) -> Any:
        """Return what :meth:`replace` takes in place of decoded data, and takes less time for.

        It is called on the game's own thread once for each resource, in the frames before the one that shows all of
        them. By default it is the data itself.
        """
        return decoded

    @property
    def has_work(self) -> bool:
        """Whether :meth:`replace` has put off work that is not done yet."""
        return False

    def advance(self) -> None:
        """Do a small part of the work that :meth:`replace` has put off.

        It is called when all resources have been replaced. So a loader can show all changes at the same time.
        """

    def anchor(self, resource: T, decode_again: DecodeAgain) -> Any:
        """Return the object that is held weakly in place of the resource, and passed to :meth:`replace`.

        The resource is kept up to date while this object lives. By default it is the resource itself. A loader whose
        resource may be dropped while things made of it are still in use returns something that lives as long as they.

        Parameters
        ----------
        resource
            A resource that is about to be used.
        decode_again
            Decodes its file as it is when it is called.
        """
        return resource

    def size_of(self, decoded: Any, asset_bytes: int) -> int:
        """Estimate how many bytes of memory decoded data takes."""
        return asset_bytes

    def prepare(self, assets: Sequence[Asset]) -> Mapping[bytes, bytes]:
        """Return forms of files that a pack keeps beside them, as they are decoded faster; called on any thread.

        Parameters
        ----------
        assets
            Files that follow each other in the pack. Several may have one form together.

        Returns
        -------
        mapping
            The forms by the digest of the file. A file without one has none that is worth its bytes.
        """
        return {}

    def unpack(self, asset: Asset, form: memoryview, digest: bytes, **options: Any) -> dict[bytes, Any]:
        """Unpack a form that :meth:`prepare` returned; called on any thread.

        Parameters
        ----------
        asset
            The file, without its content.
        form
            The form. It may come with a mod.
        digest
            SHA-256 of the file.
        **options
            As for :meth:`decode`.

        Returns
        -------
        dict
            By the digests of the files, what :meth:`decode_unpacked` takes. Without that of the file, the file itself
            is decoded.

        Raises
        ------
        ValueError, VFSError
            The form is damaged, or larger than allowed.
        """
        return {}

    def decode_unpacked(self, asset: Asset, unpacked: Any, **options: Any) -> Any:
        """Return what :meth:`decode` would, or None: decode the file itself.

        Parameters
        ----------
        asset
            The file, without its content.
        unpacked
            What :meth:`unpack` returned for it, perhaps as one of several files; nobody else holds it.
        **options
            As for :meth:`decode`.
        """
        return None

    def hand_over(self, decoded: Any) -> Any:
        """Return decoded data that is not cached, as it is too large, in a form that :meth:`build` may use up."""
        return decoded

    def cache_key(self, **options: Any) -> str:
        """Name the form that :meth:`serialize` returns, with everything it depends on except the file.

        Empty: decoded data is not kept on disk.
        """
        return ""

    def serialize(self, decoded: Any, **options: Any) -> bytes:
        """Return decoded data as bytes for the prepared cache; called on any thread. Empty: it is not worth keeping."""
        raise NotImplementedError

    def deserialize(self, data: bytes | memoryview, path: str) -> Any:
        """Make decoded data of the bytes that :meth:`serialize` returned; the bytes may be used up.

        Raises
        ------
        ValueError
            They were written by another version, or are damaged.
        """
        raise NotImplementedError


class FunctionLoader(Loader[T]):
    """A plain function ``make(asset, **options)`` as a loader. Its results are shared and never changed in place."""

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
    """A stable reference to a resource that cannot be changed in place: read `value` whenever it is needed."""

    __slots__ = ("__weakref__", "path", "value")

    def __init__(self, path: str, value: T) -> None:
        self.path = path
        self.value = value

    def __repr__(self) -> str:
        return f"Handle({self.path!r}, {self.value!r})"


class HandleLoader(Loader[Handle[T]]):
    """Makes handles of another loader's resources."""

    def __init__(self, inner: Loader[T]) -> None:
        self.inner = inner
        self.meta_options = inner.meta_options  # type: ignore[misc] # as the inner one's

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HandleLoader) and self.inner == other.inner

    def __hash__(self) -> int:
        return hash((HandleLoader, self.inner))

    def check_options(self, options: Mapping[str, Any]) -> None:
        """Let the other loader check them."""
        self.inner.check_options(options)

    def decode(self, asset: Asset, **options: Any) -> tuple[str, Any]:
        """Let the other loader decode."""
        return asset.path, self.inner.decode(asset, **options)

    def build(self, decoded: tuple[str, Any], **options: Any) -> Handle[T]:
        """Let the other loader build, and return a handle."""
        return Handle(decoded[0], self.inner.build(decoded[1], **options))

    def replace(self, resource: Handle[T], decoded: tuple[str, Any], **options: Any) -> Handle[T]:
        """Put the new value into the handle."""
        resource.value = self.inner.replace(resource.value, decoded[1], **options)
        return resource

    def prepare_replacement(self, decoded: tuple[str, Any], **options: Any) -> tuple[str, Any]:
        """Let the other loader prepare."""
        return decoded[0], self.inner.prepare_replacement(decoded[1], **options)

    @property
    def has_work(self) -> bool:
        """Ask the other loader."""
        return self.inner.has_work

    def advance(self) -> None:
        """Let the other loader work."""
        self.inner.advance()

    def anchor(self, resource: Handle[T], decode_again: DecodeAgain) -> Handle[T]:
        """Let the other loader know its resource, and return the handle."""

        def decode_inner() -> Decoded:
            decoded = decode_again()
            return decoded._replace(data=decoded.data[1])

        self.inner.anchor(resource.value, decode_inner)
        return resource

    def size_of(self, decoded: tuple[str, Any], asset_bytes: int) -> int:
        """Ask the other loader."""
        return self.inner.size_of(decoded[1], asset_bytes)


_BY_SUFFIX: dict[str, Loader[Any]] = {}


def register_loader(loader: Loader[Any], *suffixes: str) -> None:
    """Set the loader that :meth:`ResourceManager.preload` uses for files with some suffixes.

    Examples
    --------
    >>> register_loader(FunctionLoader(len), ".level")
    >>> loader_of("/a.LEVEL") is _BY_SUFFIX.pop(".level")
    True
    """
    for suffix in suffixes:
        _BY_SUFFIX[suffix.lower()] = loader


def any_uses_prepared() -> bool:
    """Return whether some registered loader prepares files for packs."""
    return any(loader.uses_prepared for loader in _BY_SUFFIX.values())


def loader_of(path: str) -> Loader[Any] | None:
    """Return the loader that is registered for a path's suffix."""
    name = paths.split(path)[1].lower()
    return _BY_SUFFIX.get(name[name.rfind(".") :]) if "." in name else None
