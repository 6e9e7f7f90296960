"""What a pack says of itself, without reading its contents."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vfsloader import paths
from vfsloader.store import schema
from vfsloader.store.pack.contents import PackFile
from vfsloader.store.store import Store


@dataclass(frozen=True, slots=True)
class PackInfo:
    """The facts of a pack; none of them is checked, see :func:`verify`."""

    path: str
    files: int
    folders: int
    """Without the root."""
    size: int
    """Bytes of content, each file counted."""
    stored: int
    """Bytes of the pack."""
    contents: int
    """Different contents."""
    compressed: int
    """Contents that are compressed."""
    digest: str | None
    """SHA-256 of the tree, in hexadecimal; None for a store that is not sealed."""
    signer: str | None
    """The public key in whose name it is signed, in hexadecimal."""
    format: int
    chunk_size: int
    page_size: int


def info(pack: paths.RealPath) -> PackInfo:
    """Tell what a pack says of itself.

    Parameters
    ----------
    pack
        The file.

    Raises
    ------
    PathNotFoundError, NotAStoreError, DamagedError
        There is no such file, or it is no pack.

    Examples
    --------
    >>> import tempfile
    >>> from vfsloader import Store, packs
    >>> store = Store()
    >>> store.write("/a.txt", b"same")
    >>> store.write("/b/c.txt", b"same")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = packs.build(store, f"{folder}/base.pack")
    ...     found = info(f"{folder}/base.pack")
    >>> found.files, found.folders, found.size, found.contents
    (2, 1, 8, 1)
    """
    with Store(pack, read_only=True) as store:
        opened = PackFile(store)
        facts, digest, contents = opened.facts(), opened.digest(), opened.contents()
        nodes = list(opened.nodes())
        return PackInfo(
            path=str(pack),
            files=sum(node.kind == schema.FILE for node in nodes),
            folders=sum(node.kind in (schema.FOLDER, schema.OPAQUE_FOLDER) for node in nodes) - 1,
            size=sum(node.size for node in nodes),
            stored=Path(pack).stat().st_size,
            contents=len(contents),
            compressed=sum(content.is_compressed for content in contents),
            digest=None if digest is None else digest.hex(),
            signer=facts.signer.hex() if any(facts.signer) else None,
            format=opened.format(),
            chunk_size=facts.chunk_size,
            page_size=facts.page_size,
        )
