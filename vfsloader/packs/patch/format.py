"""The format of patches: what turns one pack into another.

A patch is a pack itself, of four files: ``/patch.json`` says of which packs it tells, ``/tree.jsonl`` how the tree
changes, ``/recipe.jsonl`` where the bytes of each content come from, ``/literals`` those that the old pack does not
have. "The stream" of a pack are the stored bytes of all contents, one after the other, as they lie in the file.

A line of ``/tree.jsonl`` is a number (so many rows are as in the old tree), a negative one (so many rows of the old
tree are gone), or a new row. A line of ``/recipe.jsonl`` is a run of whole contents of the old pack
(``["=", first, count]``), the head of a new content (``["+", digest, lengths of its compressed chunks or null, size]``)
or steps that make its bytes: ``[offset in the old stream, bytes]`` and ``[bytes of /literals]``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

from vfsloader import paths
from vfsloader.errors import DamagedError
from vfsloader.store import schema
from vfsloader.store.pack.writer import PackFacts, PackNode

FORMAT = 1
FACTS, TREE, RECIPE, LITERALS = "/patch.json", "/tree.jsonl", "/recipe.jsonl", "/literals"
#: Bytes of the longest line; a writer splits long lists of steps.
MAX_LINE_BYTES = 8 << 20
MAX_STEPS_A_LINE = 10_000
_MAX_FACTS_BYTES = 64 << 10

Step = tuple[int, int] | tuple[int]


@dataclass(frozen=True, slots=True)
class PatchFacts:
    """``/patch.json``."""

    format: int
    name: str
    """Name of the old pack's file."""
    old: str
    """Digest of the old pack's tree, in hexadecimal."""
    stream: str
    """Digest of where the old pack's bytes lie, in hexadecimal."""
    new: str
    """Digest of the new pack's tree, in hexadecimal."""
    sha256: str
    """Of the new pack's file, in hexadecimal."""
    size: int
    """Bytes of the new pack's file."""
    layout: int
    chunk_size: int
    page_size: int
    compressed: bool
    signer: str
    signature: str

    def to_bytes(self) -> bytes:
        """Write the file."""
        return json.dumps(asdict(self), indent=1).encode()

    @classmethod
    def parse(cls, stream: BinaryIO, patch: str) -> PatchFacts:
        """Read the file.

        Raises
        ------
        DamagedError
            It is not what it must be, or of a newer format.
        """
        kinds = {"int": int, "str": str, "bool": bool}
        try:
            data = json.loads(stream.read(_MAX_FACTS_BYTES))
            if not isinstance(data, dict) or not isinstance(data.get("format"), int):
                raise ValueError("it is no table with a format")
            if data["format"] > FORMAT:
                raise ValueError(f"it has format {data['format']} and this vfsloader reads {FORMAT}; update vfsloader")
            facts = cls(**{name: data[name] for name in cls.__slots__})
            for name, kind in cls.__annotations__.items():
                if type(getattr(facts, name)) is not kinds[kind]:
                    raise ValueError(f"{name} is {getattr(facts, name)!r:.40}")
            facts.pack_facts()
            sound = facts.size > 0 and schema.MIN_CHUNK_SIZE <= facts.chunk_size <= schema.MAX_CHUNK_SIZE
            if not sound or not paths.is_valid_name(facts.name):
                raise ValueError("a value is out of range")
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise DamagedError.at(patch, f"{patch} is no patch that can be applied: {FACTS}: {error}") from error
        return facts

    def pack_facts(self) -> PackFacts:
        """Give how the new pack is written."""
        signer, signature = bytes.fromhex(self.signer), bytes.fromhex(self.signature)
        if len(signer) != 32 or len(signature) != 64 or self.page_size not in {1 << bits for bits in range(9, 17)}:
            raise ValueError("a value is out of range")
        return PackFacts(self.chunk_size, self.page_size, signer, signature)


def line(value: Any) -> bytes:
    """Write a line."""
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def read_lines(stream: BinaryIO, patch: str, name: str) -> Iterator[Any]:
    """Read all lines of a file.

    Raises
    ------
    DamagedError
        A line is too long, or no JSON.
    """
    while text := stream.readline(MAX_LINE_BYTES):
        try:
            if not text.endswith(b"\n"):
                raise ValueError("a line is too long, or cut off")
            yield json.loads(text)
        except (ValueError, RecursionError) as error:
            raise DamagedError.at(patch, f"{patch} is damaged: {name}: {error}") from error


def tree_delta(old: Iterable[PackNode], new: Iterable[PackNode]) -> Iterator[Any]:
    """Give the lines that turn one tree into another; both are sorted by path."""
    before, after = iter(old), iter(new)
    one, other = next(before, None), next(after, None)
    run = 0
    while one is not None or other is not None:
        same = one == other
        gone = not same and one is not None and (other is None or one.path <= other.path)
        step = 1 if same else -1 if gone else 0
        if run and (step == 0 or (step > 0) != (run > 0)):
            yield run
            run = 0
        run += step
        if step == 0:
            assert other is not None
            yield [*other[:4], None if other.digest is None else other.digest.hex()]
        if same or gone:
            one = next(before, None)
        if same or not gone:
            other = next(after, None)
    if run:
        yield run


def apply_tree_delta(old: Iterator[PackNode], lines: Iterable[Any]) -> Iterator[PackNode]:
    """Give the new tree.

    Raises
    ------
    ValueError
        A line is not what it must be.
    """
    for one in lines:
        if isinstance(one, list):
            path, kind, size, mtime_ns, digest = one
            if not isinstance(path, str) or not all(type(number) is int for number in (kind, size, mtime_ns)):
                raise ValueError("a row of the tree has a value of another type")
            yield PackNode(path, kind, size, mtime_ns, None if digest is None else bytes.fromhex(digest))
            continue
        for _ in range(abs(one)):
            node = next(old, None)
            if node is None:
                raise ValueError("the old tree has not as many rows")
            if one > 0:
                yield node


class RecipeWriter:
    """Writes the steps that make a content, as few as can be.

    Parameters
    ----------
    write
        Takes the lines.
    literals
        Takes the bytes that the old pack does not have.
    read_old
        Gives bytes of the old stream: ``read_old(offset, count)``, fewer where it ends.
    """

    #: Literals up to this many bytes are compared with what stands beside their neighbours in the old stream.
    _TRIMMED_BYTES = 1 << 20

    def __init__(
        self, write: Callable[[bytes], object], literals: BinaryIO, read_old: Callable[[int, int], bytes]
    ) -> None:
        self._write = write
        self._literals = literals
        self._read_old = read_old
        self._steps: list[list[int]] = []
        self._pending = bytearray()
        self._after: int | None = None  # where in the old stream the last copy ended

    def begin(self, digest: bytes, lengths: Iterable[int] | None, size: int) -> None:
        """Begin a content of `size` stored bytes."""
        self._write(line(["+", digest.hex(), None if lengths is None else list(lengths), size]))
        self._after = None

    def copy(self, offset: int, count: int) -> None:
        """Take bytes from the old stream."""
        back = 0
        if self._pending:
            beside = self._read_old(max(offset - len(self._pending), 0), min(len(self._pending), offset))
            back = _common(bytes(self._pending[::-1]), beside[::-1])
            del self._pending[len(self._pending) - back :]
            self._settle()
        offset, count = offset - back, count + back
        if self._after == offset:
            self._steps[-1][1] += count
        else:
            self._add([offset, count])
        self._after = offset + count

    def add(self, data: bytes) -> None:
        """Take bytes that are new."""
        self._pending += data
        if len(self._pending) > self._TRIMMED_BYTES:
            self._settle()

    def end(self) -> None:
        """End the content."""
        self._settle()
        self._flush()
        self._after = None

    def _settle(self) -> None:
        """Write the pending bytes, less those with which the old stream goes on after the last copy."""
        if not self._pending:
            return
        if self._after is not None:
            on = _common(bytes(self._pending), self._read_old(self._after, len(self._pending)))
            if on:
                self._steps[-1][1] += on
                self._after += on
                del self._pending[:on]
        if self._pending:
            self._literals.write(self._pending)
            self._add([len(self._pending)])
            self._pending.clear()
            self._after = None

    def _add(self, step: list[int]) -> None:
        if len(self._steps) >= MAX_STEPS_A_LINE:
            self._flush()
        self._steps.append(step)

    def _flush(self) -> None:
        if self._steps:
            self._write(line(self._steps))
            self._steps = []
            self._after = None


def _common(one: bytes, other: bytes) -> int:
    """Give how many bytes two begin with alike."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
