"""The format of patches, which turn one pack into another.

A patch is itself a pack of four files: ``/patch.json`` says which packs it is for, ``/tree.jsonl`` how the tree
changes, ``/recipe.jsonl`` where the bytes of each content come from, and ``/literals`` has the bytes that the old pack
lacks. The "stored stream" of a pack is the stored bytes of all its contents, one after the other, in the order of the
file.

A line of ``/tree.jsonl`` is a positive number (this many rows are the same as in the old tree), a negative number (this
many rows of the old tree are removed), or a new row. A line of ``/recipe.jsonl`` is a run of whole contents of the old
pack (``["=", first, count]``), the head of a new content (``["+", digest, encoding, bytes as stored]``), or the steps
that make its bytes: ``[offset in the stored stream, bytes]`` and ``[bytes of /literals]``.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

from vfsloader import paths
from vfsloader.errors import DamagedError
from vfsloader.store.pack.writer import PackFacts, PackNode

FORMAT = 2
FACTS, TREE, RECIPE, LITERALS = "/patch.json", "/tree.jsonl", "/recipe.jsonl", "/literals"
#: The longest line in bytes; the writer splits long lists of steps.
MAX_LINE_BYTES = 8 << 20
_MAX_FACTS_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class PatchFacts:
    """``/patch.json``."""

    format: int
    name: str
    """File name of the old pack."""
    old: str
    """Digest of the old tree, in hexadecimal."""
    stream: str
    """Digest of the layout of the old pack's stored stream, in hexadecimal."""
    new: str
    """Digest of the new tree, in hexadecimal."""
    sha256: str
    """SHA-256 of the new pack's file, in hexadecimal."""
    size: int
    """Size of the new pack's file in bytes."""
    layout: int
    page_size: int
    heap_start: int
    signer: str
    signature: str

    def to_bytes(self) -> bytes:
        """Return the file's bytes."""
        return json.dumps(asdict(self), indent=1).encode()

    @classmethod
    def parse(cls, stream: BinaryIO, patch: str) -> PatchFacts:
        """Parse the file.

        Raises
        ------
        DamagedError
            The file is invalid, or has a newer format.
        """
        types = {"int": int, "str": str}
        try:
            data = json.loads(stream.read(_MAX_FACTS_BYTES))
            if not isinstance(data, dict) or not isinstance(data.get("format"), int):
                raise ValueError("it is not a JSON object with a format number")
            if data["format"] != FORMAT:
                raise ValueError(f"it has format {data['format']}, and this vfsloader reads {FORMAT}")
            facts = cls(**{name: data[name] for name in cls.__slots__})
            for name, type_name in cls.__annotations__.items():
                if type(data[name]) is not types[type_name]:
                    raise ValueError(f"{name} is {data[name]!r:.40}, not {type_name}")
            facts.pack_facts()
            if not 0 < facts.heap_start <= facts.size or not paths.is_valid_name(facts.name):
                raise ValueError("a value is out of range")
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise DamagedError.at(patch, f"{patch} cannot be applied: {FACTS} is invalid: {error}") from error
        return facts

    def pack_facts(self) -> PackFacts:
        """Return how the new pack is written."""
        signer, signature = bytes.fromhex(self.signer), bytes.fromhex(self.signature)
        if len(signer) != 32 or len(signature) != 64 or self.page_size not in {1 << bits for bits in range(9, 17)}:
            raise ValueError("a value is out of range")
        return PackFacts(self.page_size, self.heap_start, signer, signature)


def encode_line(value: Any) -> bytes:
    """Return a value as a line of JSON."""
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def read_lines(stream: BinaryIO, patch: str, name: str) -> Iterator[Any]:
    """Read all lines of a file of a patch.

    Raises
    ------
    DamagedError
        A line is too long, or is not JSON.
    """
    while text := stream.readline(MAX_LINE_BYTES):
        try:
            if not text.endswith(b"\n"):
                raise ValueError("a line is too long, or cut off")
            yield json.loads(text)
        except (ValueError, RecursionError) as error:
            raise DamagedError.at(patch, f"{patch} is damaged: {name}: {error}") from error


def tree_delta(old: Iterable[PackNode], new: Iterable[PackNode]) -> Iterator[Any]:
    """Return the lines that turn one tree into another; both are sorted by path."""
    for number, edits in itertools.groupby(_edits(old, new), lambda edit: edit if isinstance(edit, int) else None):
        if number is None:
            yield from edits
        else:
            yield number * sum(1 for _ in edits)


def _edits(old: Iterable[PackNode], new: Iterable[PackNode]) -> Iterator[Any]:
    """Return 1 for each row that stays, -1 for each row that is removed, and the new rows."""
    before, after = iter(old), iter(new)
    old_node, new_node = next(before, None), next(after, None)
    while old_node is not None or new_node is not None:
        if old_node == new_node:
            yield 1
            old_node, new_node = next(before, None), next(after, None)
        elif new_node is None or (old_node is not None and old_node.path <= new_node.path):
            yield -1
            old_node = next(before, None)
        else:
            yield [*new_node[:4], None if new_node.digest is None else new_node.digest.hex()]
            new_node = next(after, None)


def apply_tree_delta(old: Iterator[PackNode], lines: Iterable[Any]) -> Iterator[PackNode]:
    """Return the new tree.

    Raises
    ------
    ValueError
        A line is invalid.
    """
    for line in lines:
        if isinstance(line, list):
            path, kind, size, mtime_ns, digest = line
            if not isinstance(path, str) or not all(type(number) is int for number in (kind, size, mtime_ns)):
                raise ValueError("a row of the tree has a value of the wrong type")
            yield PackNode(path, kind, size, mtime_ns, None if digest is None else bytes.fromhex(digest))
            continue
        for _ in range(abs(line)):
            node = next(old, None)
            if node is None:
                raise ValueError("the old tree has fewer rows than the patch expects")
            if line > 0:
                yield node
