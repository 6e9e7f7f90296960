"""What makes an object out of a file: the seam at which engines meet the core."""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from vfsloader import paths

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asset:
    """A file's bytes on their way into a loader."""

    path: str
    data: bytes
    layer: str
    """Name of the layer that provides it."""

    @property
    def name(self) -> str:
        """The last part of the path: engines tell formats by its suffix."""
        return paths.split(self.path)[1]

    def open(self) -> io.BytesIO:
        """Give the bytes as a stream."""
        return io.BytesIO(self.data)


class Loader(ABC, Generic[T]):
    """Makes a resource of an asset, and brings a living one up to date."""

    @abstractmethod
    def load(self, asset: Asset, **options: Any) -> T:
        """Make the resource.

        Raises
        ------
        ResourceError
            The bytes cannot be made into one.
        """

    def refresh(self, resource: T, asset: Asset, **options: Any) -> T:
        """Give the resource for new bytes: the same object where it can be changed in place, else a new one."""
        return self.load(asset, **options)


class FunctionLoader(Loader[T]):
    """A plain function ``make(asset, **options)`` as a loader."""

    def __init__(self, make: Callable[..., T]) -> None:
        self.make = make

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FunctionLoader) and self.make == other.make

    def __hash__(self) -> int:
        return hash(self.make)

    def load(self, asset: Asset, **options: Any) -> T:
        """Call the function."""
        return self.make(asset, **options)
